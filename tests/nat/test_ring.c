// Tests of nat/ring.c.
#include "nat/ring.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <poll.h>

#include <cmocka.h>

enum { SLOTS = 8, MANY = 20000 };

static const struct hp_flow no_flow;

static bool
push(struct hp_ring *ring, uint32_t number)
{
    return hp_ring_push(ring, number, &no_flow, (const uint8_t *) &number, sizeof(number));
}

static void
datagrams_come_out_in_order_and_whole(void **state)
{
    (void) state;
    struct hp_ring *ring = hp_ring_create(SLOTS);
    struct hp_flow flow = { .id = 5 };
    uint8_t data[HP_DATAGRAM_MAX];
    memset(data, 9, sizeof(data));
    assert_true(hp_ring_push(ring, 1, &flow, data, sizeof(data)));
    assert_true(hp_ring_push(ring, 2, &flow, data, 1));
    const struct hp_datagram *first = hp_ring_peek(ring);
    assert_int_equal(first->handle, 1);
    assert_int_equal(first->flow.id, 5);
    assert_int_equal(first->size, sizeof(data));
    assert_memory_equal(first->data, data, sizeof(data));
    hp_ring_pop(ring);
    assert_int_equal(hp_ring_peek(ring)->handle, 2);
    hp_ring_pop(ring);
    assert_null(hp_ring_peek(ring));
    hp_ring_destroy(ring);
}

static void
behind_a_datagram_are_zeroes(void **state)
{
    (void) state;
    static const uint8_t zeroes[HP_SERVICE_SPARE];
    struct hp_ring *ring = hp_ring_create(1);
    uint8_t data[200];
    memset(data, 9, sizeof(data));
    assert_true(hp_ring_push(ring, 1, &no_flow, data, sizeof(data)));
    hp_ring_pop(ring);
    assert_true(hp_ring_push(ring, 1, &no_flow, data, 10));
    assert_memory_equal(&hp_ring_peek(ring)->data[10], zeroes, sizeof(zeroes));
    hp_ring_destroy(ring);
}

static void
a_full_ring_takes_nothing_and_loses_nothing(void **state)
{
    (void) state;
    struct hp_ring *ring = hp_ring_create(SLOTS);
    for (unsigned i = 0; i < SLOTS; i++) {
        assert_true(push(ring, i));
    }
    assert_false(push(ring, SLOTS));
    for (unsigned i = 0; i < SLOTS; i++) {
        assert_int_equal(hp_ring_peek(ring)->handle, i);
        hp_ring_pop(ring);
    }
    assert_true(push(ring, SLOTS));
    hp_ring_destroy(ring);
}

static void
a_datagram_that_is_too_large_is_refused(void **state)
{
    (void) state;
    struct hp_ring *ring = hp_ring_create(SLOTS);
    static uint8_t data[HP_DATAGRAM_MAX + 1];
    assert_false(hp_ring_push(ring, 1, &no_flow, data, sizeof(data)));
    assert_null(hp_ring_peek(ring));
    hp_ring_destroy(ring);
}

static bool
is_readable(const struct hp_ring *ring)
{
    struct pollfd fd = { .fd = hp_ring_fd(ring), .events = POLLIN };
    return poll(&fd, 1, 0) == 1;
}

static void
a_wake_is_seen_until_it_is_cleared(void **state)
{
    (void) state;
    struct hp_ring *ring = hp_ring_create(SLOTS);
    assert_false(is_readable(ring));
    hp_ring_wake(ring);
    hp_ring_wake(ring);
    assert_true(is_readable(ring));
    hp_ring_clear_event(ring);
    assert_false(is_readable(ring));
    hp_ring_destroy(ring);
}

static void *
produce(void *arg)
{
    uint32_t number = 0;
    while (number < MANY) {
        number += push(arg, number);
    }
    return NULL;
}

static void
two_threads_see_every_datagram_once(void **state)
{
    (void) state;
    struct hp_ring *ring = hp_ring_create(SLOTS);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, produce, ring), 0);
    uint32_t number = 0;
    while (number < MANY) {
        const struct hp_datagram *datagram = hp_ring_peek(ring);
        if (datagram != NULL) {
            assert_int_equal(datagram->handle, number);
            assert_memory_equal(datagram->data, &number, sizeof(number));
            hp_ring_pop(ring);
            number++;
        }
    }
    pthread_join(thread, NULL);
    assert_null(hp_ring_peek(ring));
    hp_ring_destroy(ring);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_come_out_in_order_and_whole),
        cmocka_unit_test(behind_a_datagram_are_zeroes),
        cmocka_unit_test(a_full_ring_takes_nothing_and_loses_nothing),
        cmocka_unit_test(a_datagram_that_is_too_large_is_refused),
        cmocka_unit_test(a_wake_is_seen_until_it_is_cleared),
        cmocka_unit_test(two_threads_see_every_datagram_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
