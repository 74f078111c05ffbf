// Tests of base/queue.c.
#include "base/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>
#include <pthread.h>

#include <cmocka.h>

enum {
    PRODUCERS = 4,
    ITEMS = 20000
};

static void
items_leave_in_the_order_they_came(void **state)
{
    (void) state;
    struct hp_queue *queue = hp_queue_create(1000);
    for (int i = 1; i <= 1000; i++) {
        assert_true(hp_queue_push(queue, GINT_TO_POINTER(i)));
    }
    for (int i = 1; i <= 1000; i++) {
        assert_int_equal(GPOINTER_TO_INT(hp_queue_pop(queue)), i);
    }
    assert_null(hp_queue_pop(queue));
    hp_queue_destroy(queue);
}

static void
a_full_queue_refuses_and_the_caller_keeps_the_item(void **state)
{
    (void) state;
    struct hp_queue *queue = hp_queue_create(3);
    for (int i = 1; i <= 3; i++) {
        assert_true(hp_queue_push(queue, GINT_TO_POINTER(i)));
    }
    assert_false(hp_queue_push(queue, GINT_TO_POINTER(4)));
    assert_int_equal(hp_queue_count(queue), 3);
    assert_int_equal(GPOINTER_TO_INT(hp_queue_pop(queue)), 1);
    assert_true(hp_queue_push(queue, GINT_TO_POINTER(5)));
    hp_queue_destroy(queue);
}

static void *
produce(void *arg)
{
    struct hp_queue *queue = arg;
    for (int i = 1; i <= ITEMS; i++) {
        while (!hp_queue_push(queue, GINT_TO_POINTER(i))) {
            g_thread_yield();
        }
    }
    return NULL;
}

static void
nothing_is_lost_between_threads(void **state)
{
    (void) state;
    struct hp_queue *queue = hp_queue_create(256);
    pthread_t threads[PRODUCERS];
    int64_t sum = 0;
    for (int i = 0; i < PRODUCERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, produce, queue), 0);
    }
    for (int count = 0; count < PRODUCERS * ITEMS;) {
        void *item = hp_queue_pop(queue);
        if (item == NULL) {
            g_thread_yield();
            continue;
        }
        sum += GPOINTER_TO_INT(item);
        count++;
    }
    for (int i = 0; i < PRODUCERS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(sum, (int64_t) PRODUCERS * ITEMS * (ITEMS + 1) / 2);
    assert_null(hp_queue_pop(queue));
    hp_queue_destroy(queue);
}

static void
destroying_nothing_is_fine(void **state)
{
    (void) state;
    hp_queue_destroy(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_leave_in_the_order_they_came),
        cmocka_unit_test(a_full_queue_refuses_and_the_caller_keeps_the_item),
        cmocka_unit_test(nothing_is_lost_between_threads),
        cmocka_unit_test(destroying_nothing_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
