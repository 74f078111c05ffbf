// Tests of sctp/sctp.c across threads: associations on two workers, timers on a third thread, closed
// at every step of their life.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/timer.h"
#include "base/worker.h"
#include "sctp/sctp.h"
#include "sctp/sctp_stack.h"

enum {
    STEPS = 24,
    ENDING_PAIRS = 2 * 2 * STEPS, // each step on each side, with close and without
    PAIRS = ENDING_PAIRS + 4, // the last ones stay until all is over
    CHECK_US = 50000,
    MAX_CHECKS = 600, // 30 s; a build with TSan takes a few
    MTU = 1163,
    MESSAGE_SIZE = 20000,
};

struct end {
    struct pair *pair;
    struct end *other;
    struct hp_worker *worker;
    struct hp_sctp *sctp; // on its worker only
    unsigned sent;
    int ends_at; // the packet after which it ends, -1: never
    bool does_close; // tells the peer
};

struct pair {
    struct field *field;
    struct end ends[2];
};

struct field {
    struct hp_worker *main;
    struct hp_worker *workers[2];
    struct hp_sctp_stack *stack;
    struct hp_timer timer;
    unsigned checks, gone; // on main
    unsigned ended, messages; // atomic
    struct pair pairs[PAIRS];
};

struct packet {
    struct end *end;
    size_t size;
    uint8_t data[];
};

static void
arrive(void *arg)
{
    struct packet *packet = arg;
    if (packet->end->sctp != NULL) {
        hp_sctp_recv(packet->end->sctp, packet->data, packet->size);
    }
    g_free(packet);
}

static void
finish_end(void *arg)
{
    struct end *end = arg;
    if (end->sctp != NULL && end->does_close) {
        hp_sctp_close(end->sctp);
    }
    hp_sctp_destroy(end->sctp);
    end->sctp = NULL;
}

static void
on_send(void *arg, const uint8_t *data, size_t size)
{
    struct end *end = arg;
    struct packet *packet = g_malloc(sizeof(*packet) + size);
    packet->end = end->other;
    packet->size = size;
    memcpy(packet->data, data, size);
    hp_worker_post(end->other->worker, arrive, packet);
    if ((int) end->sent++ != end->ends_at) {
        return;
    }
    __atomic_add_fetch(&end->pair->field->ended, 1, __ATOMIC_RELAXED);
    if (end->sent % 2 == 0 && !end->does_close) {
        finish_end(end); // from inside
    } else {
        hp_worker_post(end->worker, finish_end, end);
    }
}

static void
on_connected(void *arg)
{
    static const uint8_t data[MESSAGE_SIZE];
    struct end *end = arg;
    for (uint16_t i = 0; i < 20; i++) {
        struct hp_sctp_message message = {
            .stream = i, .ppid = 53, .data = data, .size = sizeof(data)
        };
        assert_true(hp_sctp_send(end->sctp, &message));
    }
    hp_sctp_reset_stream(end->sctp, 3);
}

static void
on_message(void *arg, const struct hp_sctp_message *message)
{
    struct end *end = arg;
    assert_int_equal(message->size, MESSAGE_SIZE);
    __atomic_add_fetch(&end->pair->field->messages, 1, __ATOMIC_RELAXED);
}

static void
on_stream_reset(void *arg, uint16_t stream)
{
    (void) arg;
    (void) stream;
}

static void
on_writable(void *arg)
{
    (void) arg;
}

static void
on_closed(void *arg, const char *reason)
{
    struct end *end = arg;
    (void) reason;
    if (end->sent % 2 == 0) {
        finish_end(end);
    }
}

static const struct hp_sctp_cbs cbs = { on_send, on_connected, on_message, on_stream_reset,
    on_writable, on_closed };

static void
start_end(void *arg)
{
    struct end *end = arg;
    struct hp_sctp_params params = {
        .id = "test", .worker = end->worker, .stack = end->pair->field->stack, .mtu = MTU
    };
    end->sctp = hp_sctp_create(&params, &cbs, end);
    assert_non_null(end->sctp);
}

static void
count_gone(void *arg)
{
    struct field *field = arg;
    field->gone++;
    if (field->gone == 2) {
        hp_worker_quit(field->main);
    }
}

static void
finish_worker(void *arg)
{
    struct end *first = arg;
    struct field *field = first->pair->field;
    unsigned side = first == &first->pair->ends[1];
    for (unsigned i = 0; i < PAIRS; i++) {
        finish_end(&field->pairs[i].ends[side]);
    }
    hp_worker_post(field->main, count_gone, field);
}

static void
check(void *arg)
{
    struct field *field = arg;
    unsigned ended = __atomic_load_n(&field->ended, __ATOMIC_RELAXED);
    unsigned messages = __atomic_load_n(&field->messages, __ATOMIC_RELAXED);
    field->checks++;
    if ((ended < ENDING_PAIRS || messages == 0) && field->checks < MAX_CHECKS) {
        hp_timer_start(&field->timer, CHECK_US);
        return;
    }
    for (unsigned side = 0; side < 2; side++) {
        hp_worker_post(field->workers[side], finish_worker, &field->pairs[0].ends[side]);
    }
}

static void
closing_at_any_step_touches_nothing_that_is_gone(void **state)
{
    (void) state;
    struct field *field = g_new0(struct field, 1);
    field->main = hp_worker_create_main();
    field->stack = hp_sctp_stack_create(field->main);
    field->workers[0] = hp_worker_create("one");
    field->workers[1] = hp_worker_create("other");
    for (unsigned i = 0; i < PAIRS; i++) {
        struct pair *pair = &field->pairs[i];
        pair->field = field;
        for (unsigned side = 0; side < 2; side++) {
            struct end *end = &pair->ends[side];
            end->pair = pair;
            end->other = &pair->ends[1 - side];
            end->worker = field->workers[side];
            end->ends_at = i < ENDING_PAIRS && i % 2 == side ? (int) (i / 4) : -1;
            end->does_close = i / 2 % 2 == 0;
        }
    }
    for (unsigned i = 0; i < PAIRS; i++) {
        hp_worker_post(field->workers[0], start_end, &field->pairs[i].ends[0]);
        hp_worker_post(field->workers[1], start_end, &field->pairs[i].ends[1]);
    }
    hp_timer_init(&field->timer, field->main, check, field);
    hp_timer_start(&field->timer, CHECK_US);
    hp_worker_run(field->main);
    assert_int_equal(field->gone, 2);
    assert_int_equal(__atomic_load_n(&field->ended, __ATOMIC_RELAXED), ENDING_PAIRS);
    assert_true(__atomic_load_n(&field->messages, __ATOMIC_RELAXED) > 0);
    hp_sctp_stack_destroy(field->stack);
    hp_worker_destroy(field->workers[0]);
    hp_worker_destroy(field->workers[1]);
    hp_worker_destroy(field->main);
    g_free(field);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_at_any_step_touches_nothing_that_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
