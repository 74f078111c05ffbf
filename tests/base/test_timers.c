// Tests of base/timers.c: the heap against a plain search.
#include "base/timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fixture/dice.h"

enum {
    COUNT = 300,
    STEPS = 20000,
    NOW_US = 500,
};

struct fixture {
    GMainContext *context;
    struct hp_timers timers;
    GRand *random;
};

static int
setup(void **state)
{
    static struct fixture fixture;
    fixture.context = g_main_context_new();
    hp_timers_init(&fixture.timers, fixture.context);
    fixture.random = dice_create();
    *state = &fixture;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *fixture = *state;
    hp_clock_fake(NULL);
    g_rand_free(fixture->random);
    hp_timers_finish(&fixture->timers);
    g_main_context_unref(fixture->context);
    return 0;
}

static int64_t
find_first_us(const struct hp_timer *all)
{
    int64_t first_us = -1;
    for (int i = 0; i < COUNT; i++) {
        if (all[i].heap_index != 0 && (first_us < 0 || all[i].due_us < first_us)) {
            first_us = all[i].due_us;
        }
    }
    return first_us;
}

static void
the_source_is_ready_when_the_first_timer_is_due(void **state)
{
    struct fixture *fixture = *state;
    struct hp_timer all[COUNT] = { { 0 } };
    for (int step = 0; step < STEPS; step++) {
        struct hp_timer *timer = &all[g_rand_int_range(fixture->random, 0, COUNT)];
        if (timer->heap_index != 0 && g_rand_boolean(fixture->random)) {
            hp_timers_stop(&fixture->timers, timer);
        } else {
            hp_timers_start(&fixture->timers, timer, g_rand_int_range(fixture->random, 0, 1000));
        }
        assert_int_equal(g_source_get_ready_time(fixture->timers.source), find_first_us(all));
    }
}

static int64_t
now_us(void)
{
    return NOW_US;
}

struct record {
    struct hp_timer timer;
    int64_t *last_us;
    int *count;
};

static void
on_due(void *arg)
{
    struct record *record = arg;
    assert_true(record->timer.due_us >= *record->last_us);
    *record->last_us = record->timer.due_us;
    ++*record->count;
}

static void
timers_that_are_due_fire_once_and_in_order(void **state)
{
    struct fixture *fixture = *state;
    struct record all[COUNT];
    int64_t last_us = 0;
    int count = 0, expected = 0;
    for (int i = 0; i < COUNT; i++) {
        all[i] = (struct record){ .last_us = &last_us, .count = &count };
        all[i].timer.fn = on_due;
        all[i].timer.arg = &all[i];
    }
    for (int step = 0; step < STEPS; step++) { // each is moved again and again
        struct hp_timer *timer = &all[step % COUNT].timer;
        hp_timers_start(&fixture->timers, timer, g_rand_int_range(fixture->random, 0, 1000));
    }
    for (int i = 0; i < COUNT; i++) {
        expected += all[i].timer.due_us <= NOW_US;
    }
    hp_clock_fake(now_us);
    g_main_context_iteration(fixture->context, FALSE);
    assert_int_equal(count, expected);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(all[i].timer.heap_index != 0, all[i].timer.due_us > NOW_US);
    }
    assert_int_equal(g_source_get_ready_time(fixture->timers.source), 0); // as in any fake time
}

static int64_t
tell_a_later_year(void)
{
    return g_get_monotonic_time() + INT64_C(366) * 86400 * 1000000;
}

// A computer that has just been started has a clock near zero; tests pass hours nevertheless.
static void
a_fake_time_may_be_later_than_the_real_one(void **state)
{
    struct fixture *fixture = *state;
    int64_t last_us = 0;
    int count = 0;
    struct record record = { .last_us = &last_us, .count = &count };
    record.timer.fn = on_due;
    record.timer.arg = &record;
    hp_clock_fake(tell_a_later_year);
    hp_timers_start(&fixture->timers, &record.timer, hp_clock_now_us());
    g_main_context_iteration(fixture->context, FALSE);
    assert_int_equal(count, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                the_source_is_ready_when_the_first_timer_is_due, setup, teardown),
        cmocka_unit_test_setup_teardown(
                timers_that_are_due_fire_once_and_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(
                a_fake_time_may_be_later_than_the_real_one, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
