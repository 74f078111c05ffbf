// Tests of base/timers.c: the heap against a plain search.
#include "base/timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include <cmocka.h>

#include "base/worker.h"

enum {
    COUNT = 300,
    STEPS = 20000
};

static void
the_first_due_is_always_on_top(void **state)
{
    (void) state;
    struct hp_timers timers = { 0 };
    struct hp_timer all[COUNT] = { { 0 } };
    GRand *random = g_rand_new_with_seed(7);
    for (int step = 0; step < STEPS; step++) {
        struct hp_timer *timer = &all[g_rand_int_range(random, 0, COUNT)];
        if (timer->heap_index != 0) {
            hp_timers_remove(&timers, timer);
        } else {
            timer->due_us = g_rand_int_range(random, 0, 1000);
            hp_timers_add(&timers, timer);
        }
        int64_t first_us = INT64_MAX;
        for (int i = 0; i < COUNT; i++) {
            if (all[i].heap_index != 0) {
                first_us = MIN(first_us, all[i].due_us);
            }
        }
        const struct hp_timer *first = hp_timers_first(&timers);
        assert_int_equal(first == NULL ? INT64_MAX : first->due_us, first_us);
    }
    g_rand_free(random);
    hp_timers_finish(&timers);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_due_is_always_on_top),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
