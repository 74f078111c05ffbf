// Tests of sctp/sctp.c: two associations back to back through a network in memory, on one worker.
#include "sctp/sctp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <usrsctp.h>

#include "base/worker.h"
#include "fixture/dice.h"
#include "fixture/lossy_link.h"
#include "sctp/sctp_socket.h"
#include "sctp/sctp_stack.h"
#include "fixture/until.h"

enum {
    HEADER_SIZE = 12,
    HEARTBEAT_ACK = 5, // RFC 9260 section 3.2
    MTU = 1163,
    MAX_SIZE = HP_SCTP_MESSAGE_MAX
};

struct end {
    struct pair *pair;
    struct hp_sctp *sctp;
    struct lossy_link link; // from here to the other end
    bool is_connected, is_closed, destroys_in_callback;
    unsigned received, writable, resets, heartbeat_acks;
    uint16_t last_reset;
    unsigned expected; // the seed of the message that has to come next, if all are in order
    struct hp_sctp_message last; // without its data
};

struct pair {
    struct hp_worker *worker;
    struct hp_sctp_stack *stack;
    struct end ends[2];
    struct until until;
    unsigned wanted;
};

static uint8_t big[MAX_SIZE + 65536];

static void
check_done(struct end *end)
{
    until_look(&end->pair->until);
    if (end->destroys_in_callback) {
        hp_sctp_destroy(end->sctp);
        end->sctp = NULL;
    }
}

static void
on_send(void *arg, const uint8_t *data, size_t size)
{
    struct end *end = arg;
    lossy_link_send(&end->link, data, size);
}

static void
on_connected(void *arg)
{
    struct end *end = arg;
    assert_false(end->is_connected);
    end->is_connected = true;
    check_done(end);
}

// Message number n consists of bytes that follow from n and the place.
static void
fill(uint8_t *data, size_t size, unsigned number)
{
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t) (number * 31 + i * 7 + i / 251);
    }
}

static void
on_message(void *arg, const struct hp_sctp_message *message)
{
    struct end *end = arg;
    if (message->ppid == 53) {
        unsigned number = end->expected++;
        for (size_t i = 0; i < message->size; i++) {
            assert_int_equal(message->data[i], (uint8_t) (number * 31 + i * 7 + i / 251));
        }
    }
    end->received++;
    end->last = *message;
    check_done(end);
}

static void
on_stream_reset(void *arg, uint16_t stream)
{
    struct end *end = arg;
    end->resets++;
    end->last_reset = stream;
    check_done(end);
}

static void
on_writable(void *arg)
{
    struct end *end = arg;
    end->writable++;
    check_done(end);
}

static void
on_closed(void *arg, const char *reason)
{
    struct end *end = arg;
    assert_non_null(reason);
    assert_false(end->is_closed);
    end->is_closed = true;
    check_done(end);
}

static const struct hp_sctp_cbs cbs = { on_send, on_connected, on_message, on_stream_reset,
    on_writable, on_closed };

static void
deliver(void *arg, const uint8_t *data, size_t size)
{
    struct end *end = arg;
    end->heartbeat_acks += size > HEADER_SIZE && data[HEADER_SIZE] == HEARTBEAT_ACK;
    if (end->sctp != NULL) {
        hp_sctp_recv(end->sctp, data, size);
        until_look(&end->pair->until);
    }
}

static void
create_end(struct end *end)
{
    struct hp_sctp_params params = { .id = "test",
        .worker = end->pair->worker,
        .stack = end->pair->stack,
        .mtu = MTU,
        .max_send_size = MAX_SIZE };
    end->sctp = hp_sctp_create(&params, &cbs, end);
    assert_non_null(end->sctp);
}

static void
open_pair(struct pair *pair)
{
    *pair = (struct pair){ .worker = hp_worker_create_main() };
    pair->stack = hp_sctp_stack_create(pair->worker);
    for (int i = 0; i < 2; i++) {
        pair->ends[i].pair = pair;
        pair->ends[i].link = (struct lossy_link){ .worker = pair->worker,
            .deliver = deliver,
            .arg = &pair->ends[1 - i],
            .seed = dice_seed() + (uint32_t) i };
    }
    until_init(&pair->until, pair->worker, pair);
}

static void
close_pair(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        hp_sctp_destroy(pair->ends[i].sctp);
        lossy_link_finish(&pair->ends[i].link);
    }
    until_finish(&pair->until);
    hp_sctp_stack_destroy(pair->stack);
    hp_worker_destroy(pair->worker);
}

static bool
both_are_connected(void *arg)
{
    const struct pair *pair = arg;
    return pair->ends[0].is_connected && pair->ends[1].is_connected;
}

static bool
second_has_all(void *arg)
{
    const struct pair *pair = arg;
    return pair->ends[1].received >= pair->wanted;
}

static bool
first_is_writable(void *arg)
{
    const struct pair *pair = arg;
    return pair->ends[0].writable > 0;
}

static bool
second_is_closed(void *arg)
{
    const struct pair *pair = arg;
    return pair->ends[1].is_closed;
}

static bool
second_has_reset(void *arg)
{
    const struct pair *pair = arg;
    return pair->ends[1].resets >= pair->wanted;
}

static void
connect_pair(struct pair *pair)
{
    open_pair(pair);
    create_end(&pair->ends[0]);
    create_end(&pair->ends[1]);
    assert_true(until_run(&pair->until, both_are_connected));
}

static bool
send_number(struct end *end, unsigned number, uint16_t stream, size_t size)
{
    fill(big, size, number);
    struct hp_sctp_message message = { .stream = stream, .ppid = 53, .data = big, .size = size };
    return hp_sctp_send(end->sctp, &message);
}

static void
a_message_is_sent_before_the_call_returns(void **state)
{
    (void) state;
    struct pair pair;
    connect_pair(&pair);
    unsigned before = pair.ends[0].link.count;
    assert_true(send_number(&pair.ends[0], 0, 1, 16));
    assert_int_equal(pair.ends[0].link.count, before + 1);
    pair.wanted = 1;
    assert_true(until_run(&pair.until, second_has_all));
    close_pair(&pair);
}

static void
messages_of_all_sizes_arrive_whole_and_in_order(void **state)
{
    (void) state;
    static const size_t sizes[] = { 1, 7, 1100, 1163, 1200, 16384, 16385, 65536, 200000, MAX_SIZE };
    struct pair pair;
    connect_pair(&pair);
    assert_int_equal(hp_sctp_stream_count(pair.ends[0].sctp), HP_SCTP_STREAMS);
    pair.wanted = sizeof(sizes) / sizeof(sizes[0]);
    for (unsigned i = 0; i < pair.wanted; i++) {
        assert_true(send_number(&pair.ends[0], i, 3, sizes[i]));
    }
    assert_true(until_run(&pair.until, second_has_all));
    assert_int_equal(pair.ends[1].last.size, MAX_SIZE);
    assert_int_equal(pair.ends[1].last.stream, 3);
    assert_true(pair.ends[0].link.max_size <= MTU && pair.ends[1].link.max_size <= MTU);
    close_pair(&pair);
}

static bool
first_has_an_answer(void *arg)
{
    const struct pair *pair = arg;
    return pair->ends[0].heartbeat_acks >= pair->wanted;
}

static void
a_probe_is_answered_and_no_application_notices(void **state)
{
    (void) state;
    struct pair pair;
    connect_pair(&pair);
    assert_int_equal(pair.ends[0].heartbeat_acks, 0);
    for (pair.wanted = 1; pair.wanted <= 3; pair.wanted++) {
        hp_sctp_probe(pair.ends[0].sctp);
        assert_true(until_run(&pair.until, first_has_an_answer));
    }
    assert_int_equal(pair.ends[0].received + pair.ends[1].received, 0);
    close_pair(&pair);
}

static void
the_kind_of_a_message_travels_with_the_message(void **state)
{
    (void) state;
    struct pair pair;
    connect_pair(&pair);
    const uint32_t ppids[] = { 50, 51, 56, 57 };
    for (unsigned i = 0; i < 4; i++) {
        struct hp_sctp_message message = { .stream = (uint16_t) (i * 21),
            .ppid = ppids[i],
            .is_unordered = i % 2 == 1,
            .reliability = i == 3 ? HP_SCTP_MAX_RETRANSMITS : HP_SCTP_RELIABLE,
            .data = (const uint8_t *) "x",
            .size = 1 };
        pair.wanted = i + 1;
        assert_true(hp_sctp_send(pair.ends[0].sctp, &message));
        assert_true(until_run(&pair.until, second_has_all));
        assert_int_equal(pair.ends[1].last.ppid, ppids[i]);
        assert_int_equal(pair.ends[1].last.stream, i * 21);
        assert_int_equal(pair.ends[1].last.is_unordered, i % 2);
    }
    close_pair(&pair);
}

static void
a_message_that_cannot_be_sent_is_refused(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair);
    create_end(&pair.ends[0]);
    assert_false(send_number(&pair.ends[0], 0, 0, 1)); // not connected
    create_end(&pair.ends[1]);
    assert_true(until_run(&pair.until, both_are_connected));
    assert_false(send_number(&pair.ends[0], 0, 0, 0));
    assert_false(send_number(&pair.ends[0], 0, 0, MAX_SIZE + 1));
    assert_false(send_number(&pair.ends[0], 0, HP_SCTP_STREAMS, 1));
    close_pair(&pair);
}

static void
all_arrives_in_order_over_a_bad_line(void **state)
{
    (void) state;
    for (uint32_t round = 0; round < 3; round++) {
        struct pair pair;
        open_pair(&pair);
        for (int i = 0; i < 2; i++) {
            pair.ends[i].link.seed = dice_seed() + round * 991 + (uint32_t) i;
            pair.ends[i].link.loss_percent = 8;
            pair.ends[i].link.duplicate_percent = 8;
            pair.ends[i].link.max_delay_us = 4000;
        }
        create_end(&pair.ends[0]);
        create_end(&pair.ends[1]);
        assert_true(until_run(&pair.until, both_are_connected));
        pair.wanted = 100;
        for (unsigned i = 0; i < pair.wanted; i++) {
            assert_true(send_number(&pair.ends[0], i, 1, 1 + i * 37 % 5000));
        }
        assert_true(until_run(&pair.until, second_has_all));
        assert_int_equal(pair.ends[1].expected, 100);
        close_pair(&pair);
    }
}

static void
one_end_may_begin_later(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair);
    pair.ends[0].link.deliver = deliver;
    create_end(&pair.ends[0]);
    until_pass(&pair.until, 100000); // its first INIT is lost meanwhile
    create_end(&pair.ends[1]);
    assert_true(until_run(&pair.until, both_are_connected));
    pair.wanted = 1;
    assert_true(send_number(&pair.ends[0], 0, 0, 5));
    assert_true(until_run(&pair.until, second_has_all));
    close_pair(&pair);
}

static bool
lose_all(void *arg, unsigned number, const uint8_t *data, size_t size)
{
    const bool *is_cut = arg;
    (void) number;
    (void) data;
    (void) size;
    return !*is_cut;
}

static void
a_blocked_line_fills_a_bounded_buffer_and_nothing_is_lost(void **state)
{
    (void) state;
    struct pair pair;
    connect_pair(&pair);
    bool is_cut = true;
    pair.ends[0].link.filter = lose_all;
    pair.ends[0].link.filter_arg = &is_cut;
    unsigned count = 0;
    while (send_number(&pair.ends[0], count, 0, 10000)) {
        count++;
        assert_true(count < 200); // 2 MB
    }
    assert_true(count > 100);
    is_cut = false;
    pair.wanted = count;
    assert_true(until_run(&pair.until, first_is_writable));
    assert_true(until_run(&pair.until, second_has_all));
    assert_int_equal(pair.ends[0].writable, 1);
    close_pair(&pair);
}

static void
a_reset_comes_after_what_was_sent(void **state)
{
    (void) state;
    struct pair pair;
    connect_pair(&pair);
    for (unsigned i = 0; i < 60; i++) {
        assert_true(send_number(&pair.ends[0], i, 4, 10000)); // more than the library takes at once
    }
    hp_sctp_reset_stream(pair.ends[0].sctp, 4);
    hp_sctp_reset_stream(pair.ends[0].sctp, 4);
    hp_sctp_reset_stream(pair.ends[0].sctp, 6); // several at a time
    hp_sctp_reset_stream(pair.ends[0].sctp, 8);
    pair.wanted = 3;
    assert_true(until_run(&pair.until, second_has_reset));
    assert_int_equal(pair.ends[1].received, 60);
    assert_int_equal(pair.ends[0].resets, 0);
    pair.wanted = 61; // the stream is as new
    assert_true(send_number(&pair.ends[0], 60, 4, 10));
    assert_true(until_run(&pair.until, second_has_all));
    close_pair(&pair);
}

static void
an_abort_closes_the_other_end(void **state)
{
    (void) state;
    struct pair pair;
    connect_pair(&pair);
    hp_sctp_close(pair.ends[0].sctp);
    hp_sctp_close(pair.ends[0].sctp);
    assert_true(until_run(&pair.until, second_is_closed));
    assert_false(pair.ends[0].is_closed);
    assert_false(send_number(&pair.ends[1], 0, 0, 1));
    assert_false(hp_sctp_is_connected(pair.ends[1].sctp));
    close_pair(&pair);
}

// A peer that keeps to no rule: a socket without an hp_sctp.
struct rogue {
    struct pair *pair;
    struct socket *socket;
    uintptr_t id;
};

static void
wake_rogue(void *arg)
{
    struct rogue *rogue = arg;
    GQueue packets = G_QUEUE_INIT;
    bool has_news = true;
    while (has_news) {
        GBytes *packet;
        has_news = hp_sctp_stack_take(rogue->id, &packets);
        while ((packet = g_queue_pop_head(&packets)) != NULL) {
            lossy_link_send(&rogue->pair->ends[0].link, g_bytes_get_data(packet, NULL),
                    g_bytes_get_size(packet));
            g_bytes_unref(packet);
        }
    }
}

static void
deliver_to_rogue(void *arg, const uint8_t *data, size_t size)
{
    struct rogue *rogue = arg;
    usrsctp_conninput(GSIZE_TO_POINTER(rogue->id), data, size, 0);
}

static bool
second_is_connected(void *arg)
{
    const struct pair *pair = arg;
    return pair->ends[1].is_connected;
}

static void
a_message_that_is_too_large_closes(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair);
    struct rogue rogue = { .pair = &pair };
    struct hp_sctp_socket_params params = { .id = "rogue", .mtu = MTU };
    rogue.id = hp_sctp_stack_add(pair.stack, pair.worker, wake_rogue, &rogue);
    rogue.socket = hp_sctp_socket_open(&params, rogue.id);
    pair.ends[1].link.deliver = deliver_to_rogue;
    pair.ends[1].link.arg = &rogue;
    create_end(&pair.ends[1]);
    assert_true(until_run(&pair.until, second_is_connected));
    struct hp_sctp_message message = { .ppid = 53, .data = big, .size = MAX_SIZE + 1 };
    fill(big, message.size, 0);
    enum hp_sctp_sent sent = hp_sctp_socket_send(rogue.socket, &message);
    assert_int_equal(sent, HP_SCTP_SENT);
    assert_true(until_run(&pair.until, second_is_closed));
    assert_int_equal(pair.ends[1].received, 0);
    hp_sctp_stack_remove(pair.stack, rogue.id);
    hp_sctp_socket_close(rogue.socket, rogue.id);
    close_pair(&pair);
}

static void
garbage_changes_nothing(void **state)
{
    (void) state;
    struct pair pair;
    connect_pair(&pair);
    struct lossy_link random = { .seed = dice_seed() };
    uint8_t data[100];
    unsigned count = pair.ends[1].link.count;
    for (unsigned i = 0; i < 20000; i++) {
        size_t size = lossy_link_random(&random) % sizeof(data);
        for (size_t k = 0; k < size; k++) {
            data[k] = (uint8_t) lossy_link_random(&random);
        }
        hp_sctp_recv(pair.ends[1].sctp, data, size);
    }
    assert_true(pair.ends[1].link.count <= count + 2);
    pair.wanted = 1;
    assert_true(send_number(&pair.ends[0], 0, 0, 5));
    assert_true(until_run(&pair.until, second_has_all));
    close_pair(&pair);
}

static void
destroying_inside_any_callback_is_fine(void **state)
{
    (void) state;
    for (int step = 0; step < 4; step++) {
        struct pair pair;
        open_pair(&pair);
        create_end(&pair.ends[0]);
        create_end(&pair.ends[1]);
        pair.ends[1].destroys_in_callback = step == 0;
        assert_true(until_run(&pair.until, step == 0 ? second_is_connected : both_are_connected));
        pair.ends[1].destroys_in_callback = true;
        pair.wanted = 1;
        if (step == 1) {
            assert_true(send_number(&pair.ends[0], 0, 0, 100000));
            assert_true(until_run(&pair.until, second_has_all));
        } else if (step == 2) {
            hp_sctp_reset_stream(pair.ends[0].sctp, 1);
            assert_true(until_run(&pair.until, second_has_reset));
        } else if (step == 3) {
            hp_sctp_close(pair.ends[0].sctp);
            assert_true(until_run(&pair.until, second_is_closed));
        }
        assert_null(pair.ends[1].sctp);
        close_pair(&pair);
    }
    hp_sctp_destroy(NULL);
    hp_sctp_stack_destroy(NULL);
}

static void
two_stacks_live_side_by_side(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair);
    struct hp_sctp_stack *other = hp_sctp_stack_create(pair.worker);
    create_end(&pair.ends[0]);
    struct hp_sctp_stack *first = pair.stack;
    pair.stack = other;
    create_end(&pair.ends[1]);
    pair.stack = first;
    assert_true(until_run(&pair.until, both_are_connected));
    hp_sctp_destroy(pair.ends[0].sctp);
    pair.ends[0].sctp = NULL;
    hp_sctp_stack_destroy(first); // the clock goes over to the other one
    pair.stack = other;
    close_pair(&pair);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_sent_before_the_call_returns),
        cmocka_unit_test(messages_of_all_sizes_arrive_whole_and_in_order),
        cmocka_unit_test(a_probe_is_answered_and_no_application_notices),
        cmocka_unit_test(the_kind_of_a_message_travels_with_the_message),
        cmocka_unit_test(a_message_that_cannot_be_sent_is_refused),
        cmocka_unit_test(all_arrives_in_order_over_a_bad_line),
        cmocka_unit_test(one_end_may_begin_later),
        cmocka_unit_test(a_blocked_line_fills_a_bounded_buffer_and_nothing_is_lost),
        cmocka_unit_test(a_reset_comes_after_what_was_sent),
        cmocka_unit_test(an_abort_closes_the_other_end),
        cmocka_unit_test(a_message_that_is_too_large_closes),
        cmocka_unit_test(garbage_changes_nothing),
        cmocka_unit_test(destroying_inside_any_callback_is_fine),
        cmocka_unit_test(two_stacks_live_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
