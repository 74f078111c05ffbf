// Tests of media/audio_time.c.
#include "media/audio_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

// How far the next packet begins behind this one.
static uint32_t
length_of(const uint8_t *packet, size_t size)
{
    struct hp_audio_time time = { 0 };
    uint32_t begin = hp_audio_time_next(&time, 5000, packet, size);
    return time.next - begin;
}

static uint32_t
samples_of(uint8_t config, uint8_t code, uint8_t frames)
{
    uint8_t packet[2] = { (uint8_t) (config << 3 | code), frames };
    return length_of(packet, sizeof(packet));
}

static void
samples_are_read_from_the_packet(void **state)
{
    static const uint8_t toc_of_three[] = { 0x03 };
    (void) state;
    assert_int_equal(samples_of(31, 0, 0), 960); // CELT, 20 ms
    assert_int_equal(samples_of(28, 0, 0), 120);
    assert_int_equal(samples_of(15, 0, 0), 960); // hybrid
    assert_int_equal(samples_of(14, 1, 0), 960);
    assert_int_equal(samples_of(3, 0, 0), 2880); // SILK, 60 ms
    assert_int_equal(samples_of(31, 2, 0), 1920);
    assert_int_equal(samples_of(31, 3, 0xc3), 2880);
    assert_int_equal(length_of(NULL, 0), 0);
    assert_int_equal(length_of(toc_of_three, sizeof(toc_of_three)), 0);
}

static void
small_errors_of_the_clock_make_no_seam(void **state)
{
    static const uint8_t packet[] = { 31 << 3 };
    struct hp_audio_time time = { 0 };
    (void) state;
    assert_int_equal(hp_audio_time_next(&time, UINT32_MAX - 99, packet, 1), UINT32_MAX - 99);
    assert_int_equal(hp_audio_time_next(&time, 548, packet, 1), 860);
    assert_int_equal(hp_audio_time_next(&time, 1900, packet, 1), 1820);
}

static void
a_gap_is_kept(void **state)
{
    static const uint8_t packet[] = { 31 << 3 };
    struct hp_audio_time time = { 0 };
    (void) state;
    hp_audio_time_next(&time, 1000, packet, 1);
    assert_int_equal(hp_audio_time_next(&time, 50000, packet, 1), 50000);
    assert_int_equal(hp_audio_time_next(&time, 50960, packet, 1), 50960);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_read_from_the_packet),
        cmocka_unit_test(small_errors_of_the_clock_make_no_seam),
        cmocka_unit_test(a_gap_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
