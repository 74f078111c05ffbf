// seat.c - the place on a worker where the input of a session arrives.
// Owner: hp_session.  Thread: the session's worker; post, bind, unbind, close from the home thread.
#include "plugin/seat.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <glib.h>

#include "base/bucket.h"
#include "base/clock.h"
#include "base/input.h"
#include "base/input_sink.h"
#include "base/timer.h"
#include "base/worker.h"
#include "plugin/early.h"
#include "plugin/held.h"
#include "plugin/last_move.h"
#include "plugin/plugins.h"

enum {
    MAX_WAITING = 4096, // events from the WebSocket under way to the worker
    KEYS_PER_S = 200, // keys, buttons and touches going down
    MOVES_PER_S = 1000, // beyond it moves are joined: the last one counts
    MOVE_BURST = 50,
    MOVE_FLUSH_US = 2000, // the longest wait of a joined move
    CLICKS_PER_S = 1000, // of the wheel
    CLICKS_MAX = 100, // of the wheel in one event
    LOOK_US = 100000, // between two looks for a sign of life while something is held
    SILENT_LOOKS = 10, // so many without one, and everything is released
};

// A bit in `cursor`: the pointer has moved since the last take. x has 15 bits, y 16.
#define CURSOR_MOVED (1U << 31)

struct hp_seat {
    struct hp_input_sink sink; // the first member: push_input() casts back
    struct hp_seat_params params;
    unsigned binding; // the epoch for which this seat is bound; 0: none
    unsigned expected; // the epoch for which it is about to be bound; 0: none
    struct hp_early early; // what came since then
    bool is_closed;
    struct hp_held held;
    atomic_bool is_holding; // `held` is not empty
    struct hp_timer watch; // runs while it is not
    unsigned silent_looks;
    bool was_heard; // since the last look
    atomic_llong heard_us; // hp_clock; 0: never
    struct hp_bucket keys, moves, clicks;
    bool has_pending; // a move waits for its turn
    struct hp_input pending;
    struct hp_timer flush;
    atomic_uint waiting;
    atomic_uint dropped;
    struct hp_last_move last_move;
    atomic_bool is_releasing; // a release of all is under way to the worker
    atomic_uint cursor; // CURSOR_MOVED | x << 16 | y
};

// A message to the seat, or from the seat to home.
struct note {
    struct hp_seat *seat;
    struct hp_input input;
    bool has_place; // a move to (x, y) comes before the input
    int x, y;
    unsigned epoch; // or a move's round
    void (*done)(void *arg);
    void *arg;
};

static bool
is_bound(const struct hp_seat *seat)
{
    return seat->binding != 0
            && seat->binding == atomic_load_explicit(seat->params.epoch, memory_order_acquire);
}

static void
deliver(struct hp_seat *seat, const struct hp_input *input)
{
    hp_plugins_handle_input(seat->params.plugins, seat->params.session, input);
}

static void
flush_move(struct hp_seat *seat)
{
    if (seat->has_pending) {
        seat->has_pending = false;
        hp_timer_stop(&seat->flush);
        deliver(seat, &seat->pending);
    }
}

static void
on_flush(void *arg)
{
    struct hp_seat *seat = arg;
    if (!is_bound(seat)) {
        seat->has_pending = false;
    } else if (hp_bucket_take(&seat->moves, 1)) {
        flush_move(seat);
    } else {
        hp_timer_start(&seat->flush, MOVE_FLUSH_US);
    }
}

static void
drop(struct hp_seat *seat)
{
    atomic_fetch_add_explicit(&seat->dropped, 1, memory_order_relaxed);
}

static void
handle_move(struct hp_seat *seat, const struct hp_input *input)
{
    if (!seat->has_pending && hp_bucket_take(&seat->moves, 1)) {
        deliver(seat, input);
        return;
    }
    if (seat->has_pending) {
        drop(seat); // the new move takes the place of the waiting one
    }
    seat->pending = *input;
    seat->has_pending = true;
    if (!hp_timer_is_running(&seat->flush)) {
        hp_timer_start(&seat->flush, MOVE_FLUSH_US);
    }
}

static void
handle_scroll(struct hp_seat *seat, const struct hp_input *input)
{
    struct hp_input scroll = *input;
    scroll.delta_x = CLAMP(scroll.delta_x, -CLICKS_MAX, CLICKS_MAX);
    scroll.delta_y = CLAMP(scroll.delta_y, -CLICKS_MAX, CLICKS_MAX);
    int clicks = abs(scroll.delta_x) + abs(scroll.delta_y);
    if (!hp_bucket_take(&seat->clicks, MAX(clicks, 1))) {
        drop(seat);
        return;
    }
    flush_move(seat);
    deliver(seat, &scroll);
}

static void
update_holding(struct hp_seat *seat)
{
    bool is_holding = !hp_held_is_empty(&seat->held);
    atomic_store_explicit(&seat->is_holding, is_holding, memory_order_relaxed);
    if (is_holding && !hp_timer_is_running(&seat->watch)) {
        seat->silent_looks = 0;
        hp_timer_start(&seat->watch, LOOK_US);
    }
}

static void
release(struct hp_seat *seat)
{
    static const struct hp_input all = { .kind = HP_INPUT_RELEASE_ALL };
    hp_held_update(&seat->held, &all);
    update_holding(seat);
    deliver(seat, &all);
}

// Whoever has vanished with a key down must not type on.
static void
on_watch(void *arg)
{
    struct hp_seat *seat = arg;
    if (hp_held_is_empty(&seat->held)) {
        return;
    }
    seat->silent_looks = seat->was_heard ? 0 : seat->silent_looks + 1;
    seat->was_heard = false;
    if (seat->silent_looks >= SILENT_LOOKS) {
        release(seat);
    } else {
        hp_timer_start(&seat->watch, LOOK_US);
    }
}

// A release does not count against the cap: only a key that is down can go up.
static void
handle_press(struct hp_seat *seat, const struct hp_input *input)
{
    bool is_down = input->kind == HP_INPUT_KEY_DOWN || input->kind == HP_INPUT_BUTTON_DOWN
            || input->kind == HP_INPUT_TOUCH_BEGIN;
    if (is_down && !hp_bucket_take(&seat->keys, 1)) {
        drop(seat);
        return;
    }
    if (!hp_held_update(&seat->held, input)) {
        return;
    }
    update_holding(seat);
    flush_move(seat);
    deliver(seat, input);
}

static void
note_cursor(struct hp_seat *seat, const struct hp_input *input)
{
    unsigned x = (unsigned) CLAMP(input->x, 0, 0x7fff);
    unsigned y = (unsigned) CLAMP(input->y, 0, 0x7fff);
    atomic_store_explicit(&seat->cursor, CURSOR_MOVED | x << 16 | y, memory_order_relaxed);
}

static bool
is_expected(const struct hp_seat *seat)
{
    return seat->expected != 0
            && seat->expected == atomic_load_explicit(seat->params.epoch, memory_order_acquire);
}

static void
forget_early(struct hp_seat *seat)
{
    seat->expected = 0;
    hp_early_clear(&seat->early);
}

static void
push_unbound(struct hp_seat *seat, const struct hp_input *input)
{
    if (is_expected(seat)) {
        unsigned dropped = hp_early_add(&seat->early, input);
        atomic_fetch_add_explicit(&seat->dropped, dropped, memory_order_relaxed);
    } else if (input->kind == HP_INPUT_MOVE) {
        note_cursor(seat, input);
    }
}

static void
push_input(struct hp_input_sink *sink, const struct hp_input *input)
{
    struct hp_seat *seat = (struct hp_seat *) sink; // the first member
    assert(hp_worker_is_current(seat->params.worker));
    if (seat->is_closed) {
        return;
    }
    seat->was_heard = true;
    atomic_store_explicit(&seat->heard_us, hp_clock_now_us(), memory_order_relaxed);
    if (!is_bound(seat)) {
        push_unbound(seat, input);
        return;
    }
    switch (input->kind) {
    case HP_INPUT_MOVE: handle_move(seat, input); break;
    case HP_INPUT_SCROLL: handle_scroll(seat, input); break;
    case HP_INPUT_TOUCH_UPDATE:
        if (hp_held_update(&seat->held, input) && hp_bucket_take(&seat->moves, 1)) {
            deliver(seat, input);
        }
        break;
    case HP_INPUT_KEY_DOWN:
    case HP_INPUT_KEY_UP:
    case HP_INPUT_BUTTON_DOWN:
    case HP_INPUT_BUTTON_UP:
    case HP_INPUT_TOUCH_BEGIN:
    case HP_INPUT_TOUCH_END: handle_press(seat, input); break;
    case HP_INPUT_RELEASE_ALL: hp_seat_release(seat); break;
    case HP_INPUT_PING:
    case HP_INPUT_ALIVE: break;
    }
}

void
hp_seat_handle_data(struct hp_seat *seat, const char *label, const void *data, size_t size)
{
    assert(hp_worker_is_current(seat->params.worker));
    if (!seat->is_closed) {
        hp_plugins_handle_data(seat->params.plugins, seat->params.session, label, data, size);
    }
}

void
hp_seat_handle_channel(struct hp_seat *seat, const char *label, bool is_open)
{
    int channel = hp_plugins_find_channel(seat->params.plugins, label);
    if (channel >= 0) {
        atomic_fetch_add(&seat->params.open_channels[channel], is_open ? 1 : -1);
    }
}

void
hp_seat_release(struct hp_seat *seat)
{
    assert(hp_worker_is_current(seat->params.worker));
    if (!seat->is_closed && !hp_held_is_empty(&seat->held)) {
        release(seat);
    }
}

static void
end_binding(struct hp_seat *seat)
{
    hp_timer_stop(&seat->flush);
    hp_timer_stop(&seat->watch);
    seat->has_pending = false;
    forget_early(seat);
    if (seat->binding != 0) {
        seat->binding = 0;
        release(seat);
    }
}

static bool
is_holding(const struct hp_input_sink *sink)
{
    const struct hp_seat *seat = (const struct hp_seat *) sink; // the first member
    return seat->early.inputs != NULL || !hp_held_is_empty(&seat->held);
}

static const struct hp_input_sink_ops sink_ops = { .push = push_input, .is_holding = is_holding };

struct hp_input_sink *
hp_seat_input_sink(struct hp_seat *seat)
{
    return &seat->sink;
}

struct hp_seat *
hp_seat_create(const struct hp_seat_params *params)
{
    struct hp_seat *seat = g_new0(struct hp_seat, 1);
    seat->sink.ops = &sink_ops;
    seat->params = *params;
    hp_last_move_init(&seat->last_move);
    hp_bucket_init(&seat->keys, KEYS_PER_S, KEYS_PER_S);
    hp_bucket_init(&seat->moves, MOVES_PER_S, MOVE_BURST);
    hp_bucket_init(&seat->clicks, CLICKS_PER_S, CLICKS_PER_S);
    hp_timer_init(&seat->flush, params->worker, on_flush, seat);
    hp_timer_init(&seat->watch, params->worker, on_watch, seat);
    return seat;
}

static void
post_note(struct hp_seat *seat, hp_task_fn fn, const struct note *note)
{
    assert(hp_worker_is_current(seat->params.home));
    struct note *copy = g_memdup2(note, sizeof(*note));
    copy->seat = seat;
    hp_worker_post(seat->params.worker, fn, copy);
}

static void
run_close_echo(void *arg)
{
    struct hp_seat *seat = arg;
    seat->params.on_closed(seat->params.arg, seat->params.session);
    g_free(seat);
}

static void
run_close(void *arg)
{
    struct note *note = arg;
    struct hp_seat *seat = note->seat;
    end_binding(seat);
    seat->is_closed = true;
    g_free(note);
    hp_worker_post(seat->params.home, run_close_echo, seat);
}

void
hp_seat_close(struct hp_seat *seat)
{
    post_note(seat, run_close, &(struct note){ .epoch = 0 });
}

static void
push_place(struct hp_seat *seat, int x, int y)
{
    push_input(&seat->sink, &(struct hp_input){ .kind = HP_INPUT_MOVE, .x = x, .y = y });
}

static void
run_input(void *arg)
{
    struct note *note = arg;
    atomic_fetch_sub(&note->seat->waiting, 1);
    if (note->has_place) {
        push_place(note->seat, note->x, note->y);
    }
    push_input(&note->seat->sink, &note->input);
    g_free(note);
}

static void
run_move(void *arg)
{
    struct note *note = arg;
    struct hp_seat *seat = note->seat;
    int x, y;
    atomic_fetch_sub(&seat->waiting, 1);
    if (hp_last_move_take(&seat->last_move, note->epoch, &x, &y)) {
        push_place(seat, x, y);
    }
    g_free(note);
}

static void
post_move(struct hp_seat *seat, const struct hp_input *input)
{
    unsigned round = hp_last_move_put(&seat->last_move, input->x, input->y);
    if (round == 0) {
        drop(seat); // the task of the older move delivers the new one
        return;
    }
    atomic_fetch_add(&seat->waiting, 1);
    post_note(seat, run_move, &(struct note){ .epoch = round });
}

// The event takes along the move that waits before it.
static void
post_event(struct hp_seat *seat, const struct hp_input *input)
{
    struct note note = { .input = *input };
    note.has_place = hp_last_move_end(&seat->last_move, &note.x, &note.y);
    atomic_fetch_add(&seat->waiting, 1);
    post_note(seat, run_input, &note);
}

bool
hp_seat_post_input(struct hp_seat *seat, const struct hp_input *input)
{
    if (atomic_load(&seat->waiting) >= MAX_WAITING) {
        drop(seat);
        return false;
    }
    if (input->kind == HP_INPUT_MOVE) {
        post_move(seat, input);
    } else {
        post_event(seat, input);
    }
    return true;
}

static void
run_release(void *arg)
{
    struct note *note = arg;
    atomic_store(&note->seat->is_releasing, false);
    hp_seat_release(note->seat);
    g_free(note);
}

void
hp_seat_post_release(struct hp_seat *seat)
{
    if (!atomic_exchange(&seat->is_releasing, true)) {
        post_note(seat, run_release, &(struct note){ .epoch = 0 });
    }
}

static void
run_expect(void *arg)
{
    struct note *note = arg;
    forget_early(note->seat);
    note->seat->expected = note->epoch;
    g_free(note);
}

void
hp_seat_expect(struct hp_seat *seat, unsigned epoch)
{
    post_note(seat, run_expect, &(struct note){ .epoch = epoch });
}

// What came early is played as if it came now.
static void
run_bind(void *arg)
{
    struct note *note = arg;
    struct hp_seat *seat = note->seat;
    GArray *early =
            seat->expected == note->epoch ? g_steal_pointer(&seat->early.inputs) : NULL;
    forget_early(seat);
    seat->binding = note->epoch;
    for (unsigned i = 0; early != NULL && i < early->len; i++) {
        push_input(&seat->sink, &g_array_index(early, struct hp_input, i));
    }
    g_clear_pointer(&early, g_array_unref);
    g_free(note);
}

void
hp_seat_bind(struct hp_seat *seat, unsigned epoch)
{
    post_note(seat, run_bind, &(struct note){ .epoch = epoch });
}

static void
run_unbind_echo(void *arg)
{
    struct note *note = arg;
    note->done(note->arg);
    g_free(note);
}

static void
run_unbind(void *arg)
{
    struct note *note = arg;
    end_binding(note->seat);
    hp_worker_post(note->seat->params.home, run_unbind_echo, note);
}

void
hp_seat_unbind(struct hp_seat *seat, void (*done)(void *arg), void *arg)
{
    post_note(seat, run_unbind, &(struct note){ .done = done, .arg = arg });
}

bool
hp_seat_take_cursor(struct hp_seat *seat, int *x, int *y)
{
    unsigned cursor = atomic_exchange_explicit(&seat->cursor, 0, memory_order_relaxed);
    *x = (int) (cursor >> 16 & 0x7fff);
    *y = (int) (cursor & 0xffff);
    return (cursor & CURSOR_MOVED) != 0;
}

bool
hp_seat_is_holding(const struct hp_seat *seat)
{
    return atomic_load_explicit(&((struct hp_seat *) seat)->is_holding, memory_order_relaxed);
}

int64_t
hp_seat_heard_us(const struct hp_seat *seat)
{
    return atomic_load_explicit(&((struct hp_seat *) seat)->heard_us, memory_order_relaxed);
}

unsigned
hp_seat_drop_count(const struct hp_seat *seat)
{
    return atomic_load_explicit(&((struct hp_seat *) seat)->dropped, memory_order_relaxed);
}
