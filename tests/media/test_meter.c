// Tests of media/meter.c.
#include "media/meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

// One picture that takes so long. Returns the percentile if this was the last one, else 0.
static int64_t
encode(struct hp_meter *meter, int64_t span_us)
{
    int64_t p95_us = 0;
    hp_meter_begin(meter, 1000);
    bool is_last = hp_meter_end(meter, 1000 + span_us, &p95_us);
    assert_int_equal(is_last, p95_us != 0);
    return p95_us;
}

static void
one_picture_of_twenty_may_take_longer(void **state)
{
    struct hp_meter meter = { 0 };
    int64_t p95_us = 0;
    (void) state;
    for (int i = 1; i <= HP_METER_PICTURES; i++) {
        assert_int_equal(p95_us, 0);
        p95_us = encode(&meter, i % 20 == 0 ? 90000 : 3000 + i);
    }
    assert_int_equal(p95_us, 3000 + HP_METER_PICTURES - 1);
}

static void
four_of_sixty_that_take_longer_count(void **state)
{
    struct hp_meter meter = { 0 };
    int64_t p95_us = 0;
    (void) state;
    for (int i = 1; i <= HP_METER_PICTURES; i++) {
        p95_us = encode(&meter, i <= 4 ? 90000 : 3000);
    }
    assert_int_equal(p95_us, 90000);
}

static void
later_pictures_are_counted_anew(void **state)
{
    struct hp_meter meter = { 0 };
    int64_t p95_us = 0;
    (void) state;
    for (int i = 1; i <= 2 * HP_METER_PICTURES; i++) {
        p95_us = encode(&meter, i <= HP_METER_PICTURES ? 90000 : 3000);
    }
    assert_int_equal(p95_us, 3000);
}

static void
a_picture_that_the_encoder_drops_does_not_count(void **state)
{
    struct hp_meter meter = { 0 };
    int64_t p95_us = 0;
    (void) state;
    assert_false(hp_meter_end(&meter, 99, &p95_us)); // of a picture from before
    hp_meter_begin(&meter, 1);
    for (int i = 1; i < HP_METER_PICTURES; i++) {
        assert_int_equal(encode(&meter, 3000), 0);
    }
    assert_int_equal(encode(&meter, 3000), 3000);
    assert_false(hp_meter_end(&meter, 9999999, &p95_us));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_picture_of_twenty_may_take_longer),
        cmocka_unit_test(four_of_sixty_that_take_longer_count),
        cmocka_unit_test(later_pictures_are_counted_anew),
        cmocka_unit_test(a_picture_that_the_encoder_drops_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
