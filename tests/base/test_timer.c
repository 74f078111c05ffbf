// Tests of base/timer.c.
#include "base/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

struct record {
    struct hp_worker *main;
    int order[4];
    int count;
    struct hp_timer timers[3];
};

static void
note_timer(struct record *record, int name)
{
    record->order[record->count++] = name;
    if (record->count == 2) {
        hp_worker_quit(record->main);
    }
}

static void
on_first(void *arg)
{
    note_timer(arg, 1);
}

static void
on_second(void *arg)
{
    note_timer(arg, 2);
}

static void
timers_fire_in_order_and_not_when_stopped(void **state)
{
    (void) state;
    struct record record = { .main = hp_worker_create_main() };
    hp_timer_init(&record.timers[0], record.main, on_second, &record);
    hp_timer_init(&record.timers[1], record.main, on_first, &record);
    hp_timer_init(&record.timers[2], record.main, on_first, &record);
    hp_timer_start(&record.timers[0], 20000);
    hp_timer_start(&record.timers[2], 1000);
    hp_timer_start(&record.timers[1], 2000);
    hp_timer_stop(&record.timers[2]);
    assert_false(hp_timer_is_running(&record.timers[2]));
    hp_worker_run(record.main);
    assert_int_equal(record.count, 2);
    assert_int_equal(record.order[0], 1);
    assert_int_equal(record.order[1], 2);
    hp_worker_destroy(record.main);
}

static int64_t
fake_now_us(void)
{
    return 1234567;
}

static void
only_long_delays_end_on_a_tick(void **state)
{
    (void) state;
    hp_clock_fake(fake_now_us);
    struct hp_worker *worker = hp_worker_create_main();
    struct hp_timer timer;
    hp_timer_init(&timer, worker, on_first, NULL);
    hp_timer_start(&timer, 499999);
    assert_int_equal(timer.due_us, 1234567 + 499999);
    hp_timer_start(&timer, 600000);
    assert_int_equal(timer.due_us, 1850000);
    assert_true(hp_timer_is_running(&timer));
    hp_timer_stop(&timer);
    hp_worker_destroy(worker);
    hp_clock_fake(NULL);
}

static int64_t test_now_us;

static int64_t
tell_test_time(void)
{
    return test_now_us;
}

static void
count(void *arg)
{
    ++*(int *) arg;
}

static void
turn(struct hp_worker *worker, int64_t pass_us)
{
    test_now_us += pass_us;
    g_main_context_iteration(hp_worker_context(worker), FALSE);
}

static void
after_a_pause_of_the_loop_deadlines_begin_anew_and_other_timers_fire(void **state)
{
    (void) state;
    int deadlines = 0, alarms = 0;
    struct hp_timer passed, later, alarm;
    test_now_us = 1000000; // GLib, whose time is the real one, finds each timer due
    hp_clock_fake(tell_test_time);
    struct hp_worker *worker = hp_worker_create_main();
    hp_timer_init(&passed, worker, count, &deadlines);
    hp_timer_init(&later, worker, count, &deadlines);
    hp_timer_init(&alarm, worker, count, &alarms);
    hp_timer_start_deadline(&passed, 9000000);
    hp_timer_start_deadline(&later, 21000000);
    hp_timer_start(&alarm, 9500000);
    turn(worker, 20000000);
    assert_int_equal(deadlines, 0);
    assert_int_equal(alarms, 1);
    assert_int_equal(passed.due_us, test_now_us + 9000000);
    assert_int_equal(later.due_us, test_now_us + 21000000);
    assert_int_equal(hp_clock_silence_us(0), 0);
    for (unsigned i = 0; i < 18; i++) {
        assert_int_equal(deadlines, 0);
        turn(worker, 500000);
    }
    assert_int_equal(deadlines, 1);
    hp_timer_start(&later, 0); // no deadline any more
    turn(worker, 2000000);
    assert_int_equal(deadlines, 2);
    hp_worker_destroy(worker);
    hp_clock_fake(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_in_order_and_not_when_stopped),
        cmocka_unit_test(after_a_pause_of_the_loop_deadlines_begin_anew_and_other_timers_fire),
        cmocka_unit_test(only_long_delays_end_on_a_tick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
