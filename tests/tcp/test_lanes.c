// Tests of tcp/lanes.c: peers of another worker, and clients that do not read.
#include "tcp/lanes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <glib.h>

#include <cmocka.h>

#include "base/worker.h"
#include "tcp/clients_scene.h"
#include "tcp/framer.h"

enum {
    ROUNDS = 64, // in which nothing happens any more
    MESSAGE_SIZE = 1000,
    SENT_MAX = 20000, // messages; far more than all buffers on the way hold
    READ_SIZE = 64 * 1024,
};

static void
await_steps(unsigned wanted)
{
    while (atomic_load(&scene.steps) < wanted) {
        look();
    }
}

static void
run_send(void *arg)
{
    static const uint8_t data[] = { 0x40, 1, 0, 2, 0x80, 1 };
    struct hp_segment run[] = { { data, sizeof(data) }, { data, sizeof(data) } };
    const struct hp_flow *flow = &scene.flows[0];
    (void) arg;
    assert_int_equal(flow->carrier->ops->send_run(flow->carrier, flow, run, 2), 2);
    atomic_fetch_add(&scene.steps, 1);
}

static void
a_peer_of_another_worker_reaches_the_client(void **state)
{
    (void) state;
    static const uint8_t padded[] = { 0x40, 1, 0, 2, 0x80, 1, 0, 0 };
    scene.is_silent = true;
    take();
    say(0, binding, sizeof(binding));
    hp_worker_post(scene.bench.other, run_send, NULL);
    await_steps(1);
    look();
    assert_read(0, padded, sizeof(padded));
    assert_read(0, padded, sizeof(padded));
}

// Sends numbered messages until there is no room, and waits for it. The wait is told, and waits
// again, as long as only worker 0 is behind.
static void
fill(void *arg)
{
    uint8_t data[MESSAGE_SIZE] = { 0x40, 1, (MESSAGE_SIZE - 4) >> 8, (MESSAGE_SIZE - 4) & 0xff,
        0x80 };
    struct hp_segment segment = { data, sizeof(data) };
    const struct hp_flow *flow = &scene.flows[0];
    unsigned taken = 1;
    (void) arg;
    while (taken == 1 && atomic_load(&scene.sent) < SENT_MAX) {
        unsigned number = atomic_load(&scene.sent);
        memcpy(&data[5], &number, sizeof(number));
        taken = flow->carrier->ops->send_run(flow->carrier, flow, &segment, 1);
        atomic_fetch_add(&scene.sent, taken);
    }
    if (atomic_load(&scene.sent) < SENT_MAX) {
        flow->carrier->ops->await(flow->carrier, flow, &scene.wait);
    }
    atomic_fetch_add(&scene.steps, 1);
}

static void
on_writable(void *arg)
{
    atomic_fetch_add(&scene.rooms, 1);
    fill(arg);
}

// Reads whole numbered messages, each once and in order. Returns how many came.
static unsigned
read_numbered(struct hp_framer *framer, unsigned *next)
{
    static uint8_t data[READ_SIZE];
    unsigned got = 0;
    ssize_t count;
    while ((count = recv(scene.clients[0], data, sizeof(data), MSG_DONTWAIT)) > 0) {
        const uint8_t *at = data;
        size_t left = (size_t) count;
        const uint8_t *datagram;
        size_t size;
        while (hp_framer_take(framer, &at, &left, &datagram, &size) == HP_FRAMER_DATAGRAM) {
            unsigned number;
            assert_int_equal(size, MESSAGE_SIZE);
            memcpy(&number, datagram + 5, sizeof(number));
            assert_int_equal(number, (*next)++);
            got++;
        }
    }
    return got;
}

static void
a_client_that_does_not_read_holds_up_its_peer_and_no_other_client(void **state)
{
    (void) state;
    unsigned got = 0, next = 0, steps;
    struct hp_framer framer = { .kind = HP_FRAMER_TURN };
    scene.is_silent = scene.is_known = true;
    scene.wait = (struct hp_flow_wait){ .worker = scene.bench.other, .on_writable = on_writable };
    take();
    take();
    say(0, binding, sizeof(binding));
    say(1, binding, sizeof(binding)); // so that its silence is not timed out meanwhile
    hp_worker_post(scene.bench.other, fill, NULL);
    do { // until all is full: nothing happens any more
        steps = atomic_load(&scene.steps);
        for (unsigned i = 0; i < ROUNDS; i++) {
            g_thread_yield();
            look();
        }
    } while (steps == 0 || atomic_load(&scene.steps) != steps);
    assert_true(atomic_load(&scene.sent) < SENT_MAX);
    scene.is_silent = false;
    say(1, binding, sizeof(binding));
    assert_read(1, binding, sizeof(binding));
    while (next < SENT_MAX) {
        got += read_numbered(&framer, &next);
        look();
    }
    assert_true(atomic_load(&scene.rooms) > 0);
    assert_int_equal(atomic_load(&scene.sent), SENT_MAX);
    assert_int_equal(got, SENT_MAX);
    assert_int_equal(finish().lost, 0);
}

static void
a_check_passes_media_that_waits_for_a_slow_client(void **state)
{
    (void) state;
    static const uint8_t check[] = { 0x40, 1, 0, 4, 0, 1, 0, 0 };
    struct hp_segment media = { (const uint8_t *) "\x40\1\0\4\x80\1\0\0", 8 };
    struct hp_segment segment = { check, sizeof(check) };
    scene.is_silent = scene.is_known = true;
    take();
    say(0, binding, sizeof(binding));
    const struct hp_flow *flow = &scene.flows[0];
    while (flow->carrier->ops->send_run(flow->carrier, flow, &media, 1) == 1) {
    }
    assert_int_equal(flow->carrier->ops->send_run(flow->carrier, flow, &segment, 1), 1);
    assert_int_equal(flow->carrier->ops->send_run(flow->carrier, flow, &media, 1), 0);
}

static void
run_await_and_cancel(void *arg)
{
    const struct hp_flow *flow = &scene.flows[0];
    (void) arg;
    flow->carrier->ops->await(flow->carrier, flow, &scene.wait);
    flow->carrier->ops->cancel(flow->carrier, &scene.wait);
    assert_false(scene.wait.is_waiting);
    atomic_fetch_add(&scene.steps, 1);
}

static void
who_waits_no_more_is_not_told(void **state)
{
    (void) state;
    scene.is_known = true;
    scene.wait = (struct hp_flow_wait){ .worker = scene.bench.other, .on_writable = on_writable };
    take();
    say(0, binding, sizeof(binding));
    hp_worker_post(scene.bench.other, run_await_and_cancel, NULL);
    await_steps(1);
    look();
    (void) finish();
    assert_int_equal(atomic_load(&scene.rooms), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_peer_of_another_worker_reaches_the_client),
        TEST(a_client_that_does_not_read_holds_up_its_peer_and_no_other_client),
        TEST(a_check_passes_media_that_waits_for_a_slow_client),
        TEST(who_waits_no_more_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
