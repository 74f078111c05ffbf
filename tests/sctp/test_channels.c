// Tests of sctp/channels.c and sctp/inputs.c: two ends back to back through a network in memory.
#include "sctp/channels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/input_sink.h"
#include "base/worker.h"
#include "fixture/dice.h"
#include "fixture/lossy_link.h"
#include "sctp/data_channel.h"
#include "sctp/inputs.h"
#include "sctp/sctp.h"
#include "sctp/sctp_stack.h"
#include "fixture/until.h"

enum {
    MTU = 1163
};

struct end {
    struct pair *pair;
    struct hp_channels *channels;
    struct lossy_link link; // from here to the other end
    unsigned opened, closed, received, lost;
    char label[300]; // of the last callback
    char text[100]; // of the last message
    size_t size;
    bool is_text, destroys_in_callback, closes_in_callback;
};

struct pair {
    struct hp_worker *worker;
    struct hp_sctp_stack *stack;
    struct end ends[2]; // the DTLS client, the server
    struct until until;
    unsigned wanted;
};

static void
note(struct end *end, const char *label)
{
    snprintf(end->label, sizeof(end->label), "%s", label);
    if (end->destroys_in_callback) {
        hp_channels_destroy(end->channels);
        end->channels = NULL;
    }
    if (end->closes_in_callback && end->channels != NULL) {
        hp_channels_close_label(end->channels, label);
    }
    until_look(&end->pair->until);
}

static void
on_send(void *arg, const uint8_t *data, size_t size)
{
    struct end *end = arg;
    lossy_link_send(&end->link, data, size);
}

static void
on_open(void *arg, const char *label)
{
    struct end *end = arg;
    end->opened++;
    note(end, label);
}

static void
on_close(void *arg, const char *label)
{
    struct end *end = arg;
    end->closed++;
    assert_true(end->closed <= end->opened);
    note(end, label);
}

static void
on_message(void *arg, const char *label, const uint8_t *data, size_t size, bool is_text)
{
    struct end *end = arg;
    end->received++;
    end->size = size;
    end->is_text = is_text;
    memcpy(end->text, data, size < sizeof(end->text) ? size : sizeof(end->text));
    note(end, label);
}

static void
on_lost(void *arg, const char *reason)
{
    struct end *end = arg;
    end->lost++;
    assert_int_equal(end->closed, end->opened);
    note(end, reason);
}

static const struct hp_channels_cbs cbs = { on_send, on_open, on_close, on_message, on_lost };

static void
deliver(void *arg, const uint8_t *data, size_t size)
{
    struct end *end = arg;
    if (end->channels != NULL) {
        hp_channels_recv(end->channels, data, size);
    }
}

static void
open_pair(struct pair *pair)
{
    *pair = (struct pair){ .worker = hp_worker_create_main() };
    pair->stack = hp_sctp_stack_create(pair->worker);
    for (int i = 0; i < 2; i++) {
        struct end *end = &pair->ends[i];
        struct hp_channels_params params = {
            .id = "test", .worker = pair->worker, .stack = pair->stack
        };
        end->pair = pair;
        end->link = (struct lossy_link){ .worker = pair->worker,
            .deliver = deliver,
            .arg = &pair->ends[1 - i],
            .seed = dice_seed() + (uint32_t) i };
        end->channels = hp_channels_create(&params, &cbs, end);
    }
    until_init(&pair->until, pair->worker, pair);
}

static void
start_ends(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        struct hp_channels_start start = { .opens_even_streams = i == 0,
            .mtu = MTU };
        assert_true(hp_channels_start(pair->ends[i].channels, &start));
    }
}

static void
close_pair(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        hp_channels_destroy(pair->ends[i].channels);
        lossy_link_finish(&pair->ends[i].link);
    }
    until_finish(&pair->until);
    hp_sctp_stack_destroy(pair->stack);
    hp_worker_destroy(pair->worker);
}

static bool
run_until(struct pair *pair, bool (*is_done)(void *arg), unsigned wanted)
{
    pair->wanted = wanted;
    return until_run(&pair->until, is_done);
}

static bool
both_have_opened(void *arg)
{
    const struct pair *pair = arg;
    return pair->ends[0].opened >= pair->wanted && pair->ends[1].opened >= pair->wanted;
}

static bool
both_have_closed(void *arg)
{
    const struct pair *pair = arg;
    return pair->ends[0].closed >= pair->wanted && pair->ends[1].closed >= pair->wanted;
}

static bool
client_has_received(void *arg)
{
    const struct pair *pair = arg;
    return pair->ends[0].received >= pair->wanted;
}

static bool
server_has_received(void *arg)
{
    const struct pair *pair = arg;
    return pair->ends[1].received >= pair->wanted;
}

static bool
client_is_lost(void *arg)
{
    const struct pair *pair = arg;
    return pair->ends[0].lost >= pair->wanted;
}

static void
a_channel_of_either_side_carries_messages_both_ways(void **state)
{
    (void) state;
    for (int side = 0; side < 2; side++) {
        struct pair pair;
        open_pair(&pair);
        assert_true(hp_channels_open(pair.ends[side].channels, "data", NULL)); // before it starts
        assert_int_equal(pair.ends[side].opened, 0);
        start_ends(&pair);
        assert_true(run_until(&pair, both_have_opened, 1));
        assert_string_equal(pair.ends[0].label, "data");
        assert_string_equal(pair.ends[1].label, "data");
        assert_true(hp_channels_send(pair.ends[0].channels, "data", "up", 2, false));
        assert_true(run_until(&pair, server_has_received, 1));
        assert_memory_equal(pair.ends[1].text, "up", 2);
        assert_false(pair.ends[1].is_text);
        assert_true(hp_channels_send(pair.ends[1].channels, "data", "down", 4, true));
        assert_true(run_until(&pair, client_has_received, 1));
        assert_memory_equal(pair.ends[0].text, "down", 4);
        assert_true(pair.ends[0].is_text);
        close_pair(&pair);
    }
}

static void
empty_messages_arrive_empty(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair);
    hp_channels_open(pair.ends[0].channels, "data", NULL);
    start_ends(&pair);
    assert_true(run_until(&pair, both_have_opened, 1));
    for (unsigned i = 0; i < 2; i++) {
        pair.ends[1].size = 9;
        assert_true(hp_channels_send(pair.ends[0].channels, "data", NULL, 0, i == 1));
        assert_true(run_until(&pair, server_has_received, i + 1));
        assert_int_equal(pair.ends[1].size, 0);
        assert_int_equal(pair.ends[1].is_text, i == 1);
    }
    close_pair(&pair);
}

struct bound {
    struct pair *pair;
    unsigned count;
    uint8_t last;
};

static void
on_bound(void *arg, const uint8_t *data, size_t size)
{
    struct bound *bound = arg;
    assert_int_equal(size, 1);
    bound->count++;
    bound->last = data[0];
    until_look(&bound->pair->until);
}

static void
messages_of_a_bound_label_go_their_own_way(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair);
    struct bound bound = { .pair = &pair };
    hp_channels_bind(pair.ends[1].channels, "data", on_bound, &bound);
    assert_true(hp_channels_open(pair.ends[0].channels, "data", NULL));
    assert_true(hp_channels_open(pair.ends[0].channels, "other", NULL));
    start_ends(&pair);
    assert_true(run_until(&pair, both_have_opened, 2)); // opening is told of both
    assert_true(hp_channels_send(pair.ends[0].channels, "data", "x", 1, false));
    assert_true(hp_channels_send(pair.ends[0].channels, "other", "yz", 2, false));
    assert_true(run_until(&pair, server_has_received, 1));
    assert_string_equal(pair.ends[1].label, "other");
    assert_int_equal(pair.ends[1].received, 1);
    assert_int_equal(bound.count, 1);
    assert_int_equal(bound.last, 'x');
    close_pair(&pair);
}

struct desk {
    struct hp_input_sink sink; // first
    unsigned count, moves;
    struct hp_input last; // of the moves
};

static void
keep_input(struct hp_input_sink *sink, const struct hp_input *input)
{
    struct desk *desk = (struct desk *) sink;
    desk->count++;
    if (input->kind == HP_INPUT_MOVE) {
        desk->moves++;
        desk->last = *input;
    }
}

static void
inputs_push_events_answer_pings_and_count_the_rest(void **state)
{
    (void) state;
    static const struct hp_input_sink_ops ops = { .push = keep_input };
    static const uint8_t ping[] = { 7, 0, 8, 0, 0, 1, 0xa1, 0xf8, 0x5c, 0x40, 0x82 };
    static const uint8_t move[] = { 1, 0, 4, 0, 5, 0, 6 };
    struct pair pair;
    struct desk desk = { .sink = { .ops = &ops } };
    struct hp_inputs inputs;
    open_pair(&pair);
    hp_inputs_init(&inputs, pair.worker, HP_DIALECT_V3, pair.ends[1].channels, &desk.sink);
    assert_true(hp_channels_open(pair.ends[0].channels, HP_INPUTS_LABEL, NULL));
    start_ends(&pair);
    assert_true(run_until(&pair, both_have_opened, 1));
    hp_channels_send(pair.ends[0].channels, HP_INPUTS_LABEL, move, sizeof(move), false);
    hp_channels_send(pair.ends[0].channels, HP_INPUTS_LABEL, "?", 1, false);
    hp_channels_send(pair.ends[0].channels, HP_INPUTS_LABEL, ping, sizeof(ping), false);
    assert_true(run_until(&pair, client_has_received, 1)); // the pong
    assert_int_equal(pair.ends[0].size, HP_INPUT_PONG_SIZE);
    assert_int_equal(desk.moves, 1);
    assert_int_equal(desk.last.x, 5);
    assert_int_equal(desk.count, 2); // a ping shows that the browser is there
    assert_int_equal(inputs.bad_messages, 1);
    assert_int_equal(pair.ends[1].received, 0); // nothing goes past the inputs
    hp_inputs_stop(&inputs);
    close_pair(&pair);
}

static void
both_sides_may_open_the_same_label(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair);
    for (int i = 0; i < 2; i++) {
        assert_true(hp_channels_open(pair.ends[i].channels, "data", NULL));
        assert_false(hp_channels_open(pair.ends[i].channels, "data", NULL));
    }
    start_ends(&pair);
    assert_true(run_until(&pair, both_have_opened, 1));
    hp_channels_send(pair.ends[0].channels, "data", "x", 1, false);
    assert_true(run_until(&pair, server_has_received, 1));
    hp_channels_send(pair.ends[1].channels, "data", "y", 1, false);
    assert_true(run_until(&pair, client_has_received, 1));
    hp_channels_close_label(pair.ends[0].channels, "data");
    assert_true(run_until(&pair, both_have_closed, 1));
    assert_int_equal(pair.ends[0].opened, 1);
    assert_int_equal(pair.ends[1].opened, 1);
    assert_int_equal(pair.ends[1].closed, 1);
    close_pair(&pair);
}

static void
a_closed_label_can_be_opened_again(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair);
    start_ends(&pair);
    const struct hp_channel_options options = { .is_unordered = true, .has_max_retransmits = true };
    for (unsigned i = 1; i <= 40; i++) { // more than channels there may be
        unsigned side = i % 2;
        assert_true(hp_channels_open(pair.ends[side].channels, "again", &options));
        assert_true(run_until(&pair, both_have_opened, i));
        assert_true(hp_channels_send(pair.ends[0].channels, "again", "x", 1, false));
        assert_true(run_until(&pair, server_has_received, i));
        hp_channels_close_label(pair.ends[i / 2 % 2].channels, "again");
        assert_true(run_until(&pair, both_have_closed, i));
        assert_false(hp_channels_send(pair.ends[0].channels, "again", "x", 1, false));
    }
    assert_int_equal(hp_channels_stats(pair.ends[0].channels)->dropped_messages, 40);
    close_pair(&pair);
}

// Loses the packet that carries the message "lost", once.
static bool
lose_first_copy(void *arg, unsigned number, const uint8_t *data, size_t size)
{
    bool *is_lost = arg;
    (void) number;
    if (*is_lost || memmem(data, size, "lost", 4) == NULL) {
        return true;
    }
    *is_lost = true;
    return false;
}

static void
a_brief_message_that_gets_lost_is_given_up(void **state)
{
    (void) state;
    struct pair pair;
    bool is_lost = false;
    open_pair(&pair);
    assert_true(hp_channels_open(pair.ends[0].channels, "data", NULL));
    start_ends(&pair);
    assert_true(run_until(&pair, both_have_opened, 1));
    pair.ends[0].link.filter = lose_first_copy;
    pair.ends[0].link.filter_arg = &is_lost;
    assert_true(hp_channels_send_brief(pair.ends[0].channels, "data", "lost", 4));
    assert_true(hp_channels_send(pair.ends[0].channels, "data", "new", 3, false));
    assert_true(run_until(&pair, server_has_received, 1));
    assert_true(is_lost);
    assert_memory_equal(pair.ends[1].text, "new", 3);
    assert_true(hp_channels_send_brief(pair.ends[0].channels, "data", "brief", 5));
    assert_true(run_until(&pair, server_has_received, 2));
    assert_memory_equal(pair.ends[1].text, "brief", 5);
    close_pair(&pair);
}

static bool
next_has_come(void *arg)
{
    const struct pair *pair = arg;
    return memcmp(pair->ends[1].text, "next", 4) == 0;
}

// The first message is lost on the way: a reliable channel brings it before the next one.
static void
a_lost_message_comes_again_unless_the_channel_may_lose_it(void **state)
{
    static const struct hp_channel_options options[] = {
        { .is_unordered = false },
        { .has_max_retransmits = true, .max_retransmits = 0 },
        { .has_max_lifetime = true, .max_lifetime_ms = 1 },
    };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        struct pair pair;
        open_pair(&pair);
        assert_true(hp_channels_open(pair.ends[0].channels, "data", &options[i]));
        start_ends(&pair);
        assert_true(run_until(&pair, both_have_opened, 1));
        bool is_lost = false;
        pair.ends[0].link.filter = lose_first_copy;
        pair.ends[0].link.filter_arg = &is_lost;
        assert_true(hp_channels_send(pair.ends[0].channels, "data", "lost", 4, false));
        assert_true(hp_channels_send(pair.ends[0].channels, "data", "next", 4, false));
        assert_true(until_run(&pair.until, next_has_come));
        assert_true(is_lost);
        assert_int_equal(pair.ends[1].received, i == 0 ? 2 : 1);
        close_pair(&pair);
    }
}

static void
there_are_at_most_32_channels(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair);
    char label[300];
    for (unsigned i = 0; i < HP_CHANNELS_MAX; i++) {
        snprintf(label, sizeof(label), "channel %u", i);
        assert_true(hp_channels_open(pair.ends[0].channels, label, NULL));
    }
    assert_false(hp_channels_open(pair.ends[0].channels, "more", NULL));
    start_ends(&pair);
    assert_true(run_until(&pair, both_have_opened, HP_CHANNELS_MAX));
    assert_false(hp_channels_open(pair.ends[1].channels, "more", NULL));
    memset(label, 'x', sizeof(label) - 1);
    label[256] = '\0';
    hp_channels_close_label(pair.ends[0].channels, "channel 3");
    assert_true(run_until(&pair, both_have_closed, 1));
    assert_false(hp_channels_open(pair.ends[0].channels, label, NULL)); // too long
    label[255] = '\0';
    assert_true(hp_channels_open(pair.ends[0].channels, label, NULL));
    assert_true(run_until(&pair, both_have_opened, HP_CHANNELS_MAX + 1));
    assert_string_equal(pair.ends[1].label, label);
    close_pair(&pair);
}

static bool
one_has_refused(void *arg)
{
    const struct pair *pair = arg;
    return hp_channels_stats(pair->ends[0].channels)->bad_messages > 0
            || hp_channels_stats(pair->ends[1].channels)->bad_messages > 0;
}

static void
a_channel_beyond_the_limit_is_refused(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair);
    char label[32];
    for (unsigned i = 0; i < 20; i++) { // of each side: 32 fit
        for (unsigned side = 0; side < 2; side++) {
            snprintf(label, sizeof(label), "channel %u of %u", i, side);
            assert_true(hp_channels_open(pair.ends[side].channels, label, NULL));
        }
    }
    start_ends(&pair);
    assert_true(run_until(&pair, both_have_opened, 12));
    assert_true(hp_channels_send(pair.ends[0].channels, "channel 0 of 0", "x", 1, false));
    assert_true(run_until(&pair, server_has_received, 1));
    assert_true(one_has_refused(&pair));
    for (unsigned side = 0; side < 2; side++) {
        struct end *end = &pair.ends[side];
        assert_true(end->opened - end->closed <= HP_CHANNELS_MAX);
    }
    close_pair(&pair);
}

static bool
one_has_opened(void *arg)
{
    const struct pair *pair = arg;
    return pair->ends[pair->wanted].opened > 0;
}

static void
channels_open_and_close_over_a_bad_line(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair);
    for (int i = 0; i < 2; i++) {
        pair.ends[i].link.loss_percent = 10;
        pair.ends[i].link.duplicate_percent = 10;
        pair.ends[i].link.max_delay_us = 5000;
    }
    hp_channels_open(pair.ends[1].channels, "data", NULL);
    start_ends(&pair);
    assert_true(run_until(&pair, both_have_opened, 1));
    for (unsigned i = 1; i <= 50; i++) {
        hp_channels_send(pair.ends[0].channels, "data", "0123456789", 1 + i % 10, false);
    }
    assert_true(run_until(&pair, server_has_received, 50));
    hp_channels_close_label(pair.ends[1].channels, "data");
    assert_true(run_until(&pair, both_have_closed, 1));
    close_pair(&pair);
}

static void
the_end_of_the_association_closes_every_label(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair);
    hp_channels_open(pair.ends[0].channels, "one", NULL);
    hp_channels_open(pair.ends[1].channels, "other", NULL);
    start_ends(&pair);
    assert_true(run_until(&pair, both_have_opened, 2));
    hp_channels_close(pair.ends[1].channels);
    assert_true(run_until(&pair, client_is_lost, 1));
    assert_int_equal(pair.ends[0].closed, 2);
    assert_int_equal(pair.ends[1].closed, 0); // it knows by itself
    assert_false(hp_channels_send(pair.ends[1].channels, "one", "x", 1, false));
    close_pair(&pair);
}

static void
callbacks_may_close_and_destroy(void **state)
{
    (void) state;
    struct pair pair;
    for (int side = 0; side < 2; side++) {
        open_pair(&pair);
        pair.ends[side].destroys_in_callback = true;
        hp_channels_open(pair.ends[1].channels, "data", NULL);
        start_ends(&pair);
        assert_true(run_until(&pair, one_has_opened, (unsigned) side));
        assert_null(pair.ends[side].channels);
        close_pair(&pair);

        open_pair(&pair);
        pair.ends[side].closes_in_callback = true;
        hp_channels_open(pair.ends[1].channels, "data", NULL);
        hp_channels_open(pair.ends[0].channels, "data", NULL);
        start_ends(&pair);
        assert_true(run_until(&pair, both_have_closed, 1));
        close_pair(&pair);
    }
    hp_channels_destroy(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_brief_message_that_gets_lost_is_given_up),
        cmocka_unit_test(a_channel_of_either_side_carries_messages_both_ways),
        cmocka_unit_test(empty_messages_arrive_empty),
        cmocka_unit_test(messages_of_a_bound_label_go_their_own_way),
        cmocka_unit_test(inputs_push_events_answer_pings_and_count_the_rest),
        cmocka_unit_test(both_sides_may_open_the_same_label),
        cmocka_unit_test(a_closed_label_can_be_opened_again),
        cmocka_unit_test(a_lost_message_comes_again_unless_the_channel_may_lose_it),
        cmocka_unit_test(there_are_at_most_32_channels),
        cmocka_unit_test(a_channel_beyond_the_limit_is_refused),
        cmocka_unit_test(channels_open_and_close_over_a_bad_line),
        cmocka_unit_test(the_end_of_the_association_closes_every_label),
        cmocka_unit_test(callbacks_may_close_and_destroy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
