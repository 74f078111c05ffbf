// Tests of sctp/inputs.c: bytes of the data channel become input, a ping becomes a pong. The
// channels are the test's own.
#include "sctp/inputs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/clock.h"
#include "base/input_sink.h"
#include "base/worker.h"
#include "sctp/channels.h"

struct scene {
    struct hp_input_sink sink; // first
    struct hp_inputs inputs;
    hp_channels_message_fn fn;
    void *arg;
    struct hp_input input;
    unsigned pushed, sent, probes, alive;
    uint64_t heard;
    bool is_holding;
    struct hp_worker *worker;
    uint8_t pong[HP_INPUT_PONG_SIZE];
};

static struct scene scene;
static int64_t fake_now_us;

void
hp_channels_bind(
        struct hp_channels *channels, const char *label, hp_channels_message_fn fn, void *arg)
{
    assert_null(channels);
    assert_string_equal(label, "data");
    scene.fn = fn;
    scene.arg = arg;
}

bool
hp_channels_send(struct hp_channels *channels, const char *label, const void *data, size_t size,
        bool is_text)
{
    assert_null(channels);
    assert_string_equal(label, "data");
    assert_int_equal(size, sizeof(scene.pong));
    assert_false(is_text);
    memcpy(scene.pong, data, size);
    scene.sent++;
    return true;
}

static void
push(struct hp_input_sink *sink, const struct hp_input *input)
{
    assert_ptr_equal(sink, &scene.sink);
    if (input->kind == HP_INPUT_ALIVE) {
        scene.alive++;
        return;
    }
    scene.input = *input;
    scene.pushed++;
}

static bool
is_holding(const struct hp_input_sink *sink)
{
    assert_ptr_equal(sink, &scene.sink);
    return scene.is_holding;
}

uint64_t
hp_channels_heard(const struct hp_channels *channels)
{
    assert_null(channels);
    return scene.heard;
}

void
hp_channels_probe(struct hp_channels *channels)
{
    assert_null(channels);
    scene.probes++;
}

static int64_t
now_us(void)
{
    return fake_now_us;
}

static void
pass(int milliseconds)
{
    for (int i = 0; i < milliseconds; i += 10) {
        fake_now_us += 10000;
        g_main_context_iteration(NULL, FALSE);
        g_main_context_iteration(NULL, FALSE);
    }
}

static int
begin(void **state)
{
    static const struct hp_input_sink_ops ops = { .push = push, .is_holding = is_holding };
    (void) state;
    fake_now_us = 5000000;
    hp_clock_fake(now_us);
    scene = (struct scene){ .sink = { .ops = &ops }, .worker = hp_worker_create_main() };
    hp_inputs_init(&scene.inputs, scene.worker, HP_DIALECT_V3, NULL, &scene.sink);
    assert_non_null(scene.fn);
    return 0;
}

static int
end(void **state)
{
    (void) state;
    hp_inputs_stop(&scene.inputs);
    hp_worker_destroy(scene.worker);
    hp_clock_fake(NULL);
    return 0;
}

static void
an_act_is_pushed_and_not_answered(void **state)
{
    static const uint8_t move[] = { 1, 0, 4, 1, 2, 3, 4 };
    (void) state;
    scene.fn(scene.arg, move, sizeof(move));
    assert_int_equal(scene.pushed, 1);
    assert_int_equal(scene.input.kind, HP_INPUT_MOVE);
    assert_int_equal(scene.input.x, 0x102);
    assert_int_equal(scene.input.y, 0x304);
    assert_int_equal(scene.sent, 0);
}

static void
a_ping_is_answered_and_shows_who_is_there(void **state)
{
    static const uint8_t ping[] = { 7, 0, 8, 0, 0, 1, 0xa1, 0xf8, 0x5c, 0x40, 0x82 };
    uint8_t pong[HP_INPUT_PONG_SIZE];
    (void) state;
    scene.fn(scene.arg, ping, sizeof(ping));
    assert_int_equal(scene.pushed, 1);
    assert_int_equal(scene.input.kind, HP_INPUT_PING);
    assert_int_equal(scene.sent, 1);
    hp_input_write_pong(pong, ping, (uint64_t) hp_clock_wall_us(now_us()) / 1000);
    assert_memory_equal(scene.pong, pong, 11); // its head and the time of the ping
    assert_int_not_equal(scene.pong[17] | scene.pong[18], 0); // and ours
}

// Neko's clients do not say that they are there: their SCTP does, when it is asked.
static void
a_silent_client_is_asked_while_it_holds_a_key(void **state)
{
    static const uint8_t down[] = { 3, 0, 4, 0, 0, 0, 'a' };
    (void) state;
    scene.fn(scene.arg, down, sizeof(down));
    scene.is_holding = true;
    pass(1000);
    assert_in_range(scene.probes, 3, 4);
    assert_int_equal(scene.alive, 0);
    scene.heard++;
    pass(100);
    assert_int_equal(scene.alive, 1);
    scene.heard += 10;
    pass(400);
    assert_int_equal(scene.alive, 2);
    scene.is_holding = false;
    pass(100);
    unsigned probes = scene.probes;
    scene.heard++;
    pass(2000);
    assert_int_equal(scene.probes, probes);
    assert_int_equal(scene.alive, 2);
}

static void
a_client_that_says_that_it_is_there_is_not_asked(void **state)
{
    static const uint8_t down[] = { 3, 0, 4, 0, 0, 0, 'a' };
    static const uint8_t alive[] = { 0x40, 0, 0 };
    (void) state;
    scene.is_holding = true;
    scene.fn(scene.arg, alive, sizeof(alive));
    assert_int_equal(scene.alive, 1);
    scene.fn(scene.arg, down, sizeof(down));
    pass(3000);
    assert_int_equal(scene.probes, 0);
    assert_int_equal(scene.alive, 1);
    scene.heard++; // a packet, though its message may still wait for one that was lost
    pass(200);
    assert_int_equal(scene.alive, 2);
}

static void
what_does_not_parse_is_counted(void **state)
{
    static const uint8_t unknown[] = { 99, 0, 0 };
    (void) state;
    scene.fn(scene.arg, unknown, sizeof(unknown));
    scene.fn(scene.arg, unknown, 1);
    assert_int_equal(scene.inputs.bad_messages, 2);
    assert_int_equal(scene.pushed + scene.sent, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_act_is_pushed_and_not_answered, begin, end),
        cmocka_unit_test_setup_teardown(a_ping_is_answered_and_shows_who_is_there, begin, end),
        cmocka_unit_test_setup_teardown(
                a_silent_client_is_asked_while_it_holds_a_key, begin, end),
        cmocka_unit_test_setup_teardown(
                a_client_that_says_that_it_is_there_is_not_asked, begin, end),
        cmocka_unit_test_setup_teardown(what_does_not_parse_is_counted, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
