// Tests of base/worker.c.
#include "base/worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct record {
    struct hp_worker *main;
    struct hp_worker *other;
    int order[4];
    int count;
    struct hp_timer timers[3];
};

static void
finish(void *arg)
{
    struct record *record = arg;
    hp_worker_quit(record->main);
}

static void
note_post(void *arg)
{
    struct record *record = arg;
    assert_true(hp_worker_is_current(record->other));
    record->count++;
    if (record->count == 1000) {
        hp_worker_post(record->main, finish, record);
    }
}

static void
posts_arrive_on_the_workers_thread(void **state)
{
    (void) state;
    struct record record = { .main = hp_worker_create_main() };
    record.other = hp_worker_create("test");
    for (int i = 0; i < 1000; i++) {
        hp_worker_post(record.other, note_post, &record);
    }
    hp_worker_run(record.main);
    assert_int_equal(record.count, 1000);
    hp_worker_destroy(record.other);
    hp_worker_destroy(record.main);
}

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posts_arrive_on_the_workers_thread),
        cmocka_unit_test(timers_fire_in_order_and_not_when_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
