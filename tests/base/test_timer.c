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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_in_order_and_not_when_stopped),
        cmocka_unit_test(only_long_delays_end_on_a_tick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
