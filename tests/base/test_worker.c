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
    int count;
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posts_arrive_on_the_workers_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
