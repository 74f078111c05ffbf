// Tests of wire/rtp.c.
#include "wire/rtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct hp_rtp_ext_ids ids = {
    .mid = 4,
    .transport_seq = 3,
    .playout_delay = 5,
    .abs_send_time = 2,
};

static void
a_plain_header_is_read(void **state)
{
    static const uint8_t packet[] = { 0x80, 0xe0, 0x12, 0x34, 0x00, 0x00, 0x10, 0x00, 0xde, 0xad,
        0xbe, 0xef, 'a', 'b' };
    struct hp_rtp rtp;
    assert_int_equal(hp_rtp_parse(packet, sizeof(packet), &ids, &rtp), 12);
    assert_true(rtp.is_last);
    assert_int_equal(rtp.payload_type, 96);
    assert_int_equal(rtp.seq, 0x1234);
    assert_int_equal(rtp.timestamp, 0x1000);
    assert_int_equal(rtp.ssrc, 0xdeadbeef);
    assert_int_equal(rtp.payload_size, 2);
    assert_string_equal(rtp.mid, "");
    assert_false(rtp.has_transport_seq);
}

static void
contributing_sources_and_padding_are_no_payload(void **state)
{
    static const uint8_t packet[] = { 0xa1, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 'x', 0,
        0, 3 };
    struct hp_rtp rtp;
    assert_int_equal(hp_rtp_parse(packet, sizeof(packet), &ids, &rtp), 16);
    assert_int_equal(rtp.payload_size, 1);
}

static void
elements_are_read_past_padding_and_unknown_ones(void **state)
{
    // RFC 8285: id 0 is a padding byte without a length, id 15 ends the list.
    static const uint8_t packet[] = { 0x90, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xbe, 0xde, 0, 4,
        0x40, '1', 0, 0xe1, 9, 9, 0x31, 0xab, 0xcd, 0x52, 0x00, 0xa0, 0x14, 0xf0, 0x31, 0xff };
    struct hp_rtp rtp;
    assert_int_equal(hp_rtp_parse(packet, sizeof(packet), &ids, &rtp), sizeof(packet));
    assert_string_equal(rtp.mid, "1");
    assert_true(rtp.has_transport_seq);
    assert_int_equal(rtp.transport_seq, 0xabcd);
    assert_true(rtp.has_playout_delay);
    assert_int_equal(rtp.playout_min, 10);
    assert_int_equal(rtp.playout_max, 20);
    assert_false(rtp.has_abs_send_time);
}

static void
what_is_written_is_read_again(void **state)
{
    struct hp_rtp rtp = {
        .is_last = true,
        .payload_type = 97,
        .seq = 65535,
        .timestamp = 0xfffffff0,
        .ssrc = 7,
        .mid = "video",
        .has_transport_seq = true,
        .transport_seq = 513,
        .has_playout_delay = true,
        .playout_min = 0,
        .playout_max = 4095,
        .has_abs_send_time = true,
        .abs_send_time = 0x123456,
    };
    uint8_t packet[HP_RTP_HEADER_SIZE_MAX];
    ssize_t size = hp_rtp_write(packet, sizeof(packet), &ids, &rtp);
    assert_int_equal(size % 4, 0);
    struct hp_rtp again;
    assert_int_equal(hp_rtp_parse(packet, (size_t) size, &ids, &again), size);
    assert_true(again.is_last);
    assert_string_equal(again.mid, "video");
    assert_int_equal(again.transport_seq, 513);
    uint8_t packet_again[HP_RTP_HEADER_SIZE_MAX];
    assert_int_equal(hp_rtp_write(packet_again, sizeof(packet_again), &ids, &again), size);
    assert_memory_equal(packet_again, packet, (size_t) size);
}

static void
extensions_without_a_number_are_not_written(void **state)
{
    static const struct hp_rtp_ext_ids none = { 0 };
    struct hp_rtp rtp = { .mid = "0", .has_transport_seq = true };
    uint8_t packet[HP_RTP_HEADER_SIZE_MAX];
    assert_int_equal(hp_rtp_write(packet, sizeof(packet), &none, &rtp), 12);
    assert_int_equal(packet[0], 0x80);
}

static void
the_largest_header_fits_the_promised_size(void **state)
{
    struct hp_rtp rtp = { .mid = "0123456789abcdef", .has_transport_seq = true };
    rtp.has_playout_delay = true;
    rtp.has_abs_send_time = true;
    uint8_t packet[HP_RTP_HEADER_SIZE_MAX];
    ssize_t size = hp_rtp_write(packet, sizeof(packet), &ids, &rtp);
    assert_true(size > 0);
    assert_int_equal(hp_rtp_write(packet, (size_t) size - 1, &ids, &rtp), -1);
}

static void
every_cut_of_a_packet_is_refused_or_shorter(void **state)
{
    struct hp_rtp rtp = { .mid = "0", .has_transport_seq = true };
    uint8_t packet[HP_RTP_HEADER_SIZE_MAX];
    ssize_t size = hp_rtp_write(packet, sizeof(packet), &ids, &rtp);
    for (ssize_t cut = 0; cut < size; cut++) {
        assert_int_equal(hp_rtp_parse(packet, (size_t) cut, &ids, &rtp), -1);
    }
}

static void
padding_beyond_the_payload_is_refused(void **state)
{
    uint8_t packet[] = { 0xa0, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 'x', 3 };
    struct hp_rtp rtp;
    assert_int_equal(hp_rtp_parse(packet, sizeof(packet), &ids, &rtp), -1);
    packet[13] = 0;
    assert_int_equal(hp_rtp_parse(packet, sizeof(packet), &ids, &rtp), -1);
}

static void
rtcp_is_told_from_rtp(void **state)
{
    static const uint8_t sender_report[] = { 0x80, 200 };
    static const uint8_t marked_rtp[] = { 0x80, 0xe0 };
    static const uint8_t dtls[] = { 22, 254 };
    assert_true(hp_rtp_is_rtcp(sender_report, 2));
    assert_false(hp_rtp_is_rtcp(marked_rtp, 2));
    assert_false(hp_rtp_is_rtcp(dtls, 2));
    assert_false(hp_rtp_is_rtcp(sender_report, 1));
}

static void
sequence_numbers_unwrap_in_both_directions(void **state)
{
    struct hp_rtp_unwrapper unwrapper = { 0 };
    assert_int_equal(hp_rtp_unwrap(&unwrapper, 65534), 65534);
    assert_int_equal(hp_rtp_unwrap(&unwrapper, 1), 65537);
    assert_int_equal(hp_rtp_unwrap(&unwrapper, 65535), 65535);
    assert_int_equal(hp_rtp_unwrap(&unwrapper, 2), 65538);
    struct hp_rtp_unwrapper fresh = { 0 };
    assert_int_equal(hp_rtp_unwrap(&fresh, 1), 1);
    assert_int_equal(hp_rtp_unwrap(&fresh, 65535), -1);
}

static void
an_rtx_payload_tells_the_original_number(void **state)
{
    uint8_t payload[HP_RTP_OSN_SIZE];
    uint16_t seq;
    hp_rtp_write_osn(payload, 0xfedc);
    assert_int_equal(hp_rtp_parse_osn(payload, sizeof(payload), &seq), 2);
    assert_int_equal(seq, 0xfedc);
    assert_int_equal(hp_rtp_parse_osn(payload, 1, &seq), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_header_is_read),
        cmocka_unit_test(contributing_sources_and_padding_are_no_payload),
        cmocka_unit_test(elements_are_read_past_padding_and_unknown_ones),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(extensions_without_a_number_are_not_written),
        cmocka_unit_test(the_largest_header_fits_the_promised_size),
        cmocka_unit_test(every_cut_of_a_packet_is_refused_or_shorter),
        cmocka_unit_test(padding_beyond_the_payload_is_refused),
        cmocka_unit_test(rtcp_is_told_from_rtp),
        cmocka_unit_test(sequence_numbers_unwrap_in_both_directions),
        cmocka_unit_test(an_rtx_payload_tells_the_original_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
