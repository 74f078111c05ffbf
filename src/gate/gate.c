// gate.c - stands between a client's connection and libwebsockets.
// Owner: the connection of edge.  Thread: main.
// RFC 9112 (requests), RFC 6455 (frames).
//
//   client <== TCP, TLS ==> stream   in --reads heads, follows frames--> up    pair   libwebsockets
//                                    out <---------------------------------- of sockets
//                                    outer.c                           inner.c
//
// Each direction holds one piece at a time and reads no more while the other side takes no more. So
// the limits of edge for clients that are slow hold behind the gate as well.
#include "gate/gate.h"

#include <glib.h>

#include "base/timer.h"
#include "gate/inner.h"
#include "gate/outer.h"
#include "gate/piece.h"
#include "gate/stream.h"

enum {
    PIECE = HP_STREAM_READ_SIZE, // bytes that one read takes
    TURNS = 8, // pieces at a time, so that one connection does not hold up the others
    LINGER_US = 500000, // for a client that is still sending, to read why it was refused
    STUN_LAST = 3, // the most that the first byte of a STUN message, or of its length, is
};

struct hp_gate {
    struct hp_gate_params params;
    const struct hp_gate_cbs *cbs;
    void *arg;
    struct hp_stream *stream; // NULL: closed
    struct hp_inner inner;
    struct hp_outer outer;
    bool is_end_told; // to libwebsockets
    bool is_lingering;
    bool must_stay;
    struct hp_timer timer; // of the handshake, the head, idle time, lingering, or the end
};

static void
end(struct hp_gate *gate)
{
    if (gate->stream == NULL) {
        return;
    }
    hp_inner_close(&gate->inner);
    g_clear_pointer(&gate->stream, hp_stream_destroy);
    hp_outer_finish(&gate->outer);
    hp_timer_start(&gate->timer, 0); // on_closed
}

static void
start_timer(struct hp_gate *gate, unsigned delay_ms)
{
    hp_timer_start_deadline(&gate->timer, (int64_t) delay_ms * 1000);
}

// Nothing more is handed on.
static void
be_deaf(struct hp_gate *gate)
{
    hp_inner_stop(&gate->inner);
    hp_timer_stop(&gate->timer);
}

// message: NULL, or copied.
static void
refuse(struct hp_gate *gate, int status, const char *message)
{
    if (hp_outer_refuse(&gate->outer, status, message)) {
        be_deaf(gate);
    }
}

static bool
begin_request(struct hp_gate *gate)
{
    if (!hp_inner_open(&gate->inner, gate->cbs->on_open, gate->arg)) {
        refuse(gate, 503, "the server has no room for this connection: try again later");
        return false;
    }
    start_timer(gate, gate->params.head_timeout_ms); // until the request has been read
    return true;
}

// Makes the next piece ready that may be handed on now. False: there is none.
static bool
take(struct hp_gate *gate)
{
    struct hp_inner *inner = &gate->inner;
    switch (hp_inner_take(inner)) {
    case HP_INNER_NOTHING: return false;
    case HP_INNER_MOVED: return true;
    case HP_INNER_REQUEST: return begin_request(gate);
    case HP_INNER_BROKEN: hp_timer_stop(&gate->timer); return true;
    case HP_INNER_REFUSED: refuse(gate, inner->status, inner->message); return false;
    }
    return false;
}

// False: libwebsockets takes no more at present.
static bool
flush_up(struct hp_gate *gate)
{
    int result = hp_inner_flush(&gate->inner);
    if (result < 0) {
        be_deaf(gate);
    }
    return result != 0;
}

// The client sends no more: libwebsockets hears of it when it has got everything.
static void
tell_end(struct hp_gate *gate)
{
    if (gate->is_end_told || gate->outer.refusal != NULL || !hp_inner_is_done(&gate->inner)) {
        return;
    }
    gate->is_end_told = true;
    if (hp_inner_is_open(&gate->inner)) {
        hp_inner_tell_end(&gate->inner);
    } else {
        gate->outer.is_whole = true;
    }
}

static void
push_up(struct hp_gate *gate)
{
    while (flush_up(gate)) {
        if (!take(gate)) {
            tell_end(gate);
            return;
        }
    }
}

// False: the client takes no more at present, or the gate has ended.
static bool
flush_out(struct hp_gate *gate)
{
    int result = hp_outer_flush(&gate->outer, gate->stream);
    if (result < 0) {
        end(gate);
    }
    return result > 0;
}

static void
push_out(struct hp_gate *gate)
{
    bool has_more = true;
    for (unsigned i = 0; i < TURNS && has_more && flush_out(gate) && !gate->outer.is_whole; i++) {
        has_more = hp_outer_take(&gate->outer, &gate->inner);
        if (gate->outer.is_whole) {
            hp_timer_stop(&gate->timer);
        }
    }
}

// Closing a socket with unread input resets the connection, and the client may lose the answer.
static void
linger(struct hp_gate *gate)
{
    gate->is_lingering = true;
    hp_stream_end(gate->stream);
    if (gate->inner.is_client_done) {
        end(gate);
    } else {
        hp_timer_start_deadline(&gate->timer, LINGER_US);
    }
}

// Asks for the events that lead on.
static void
settle(struct hp_gate *gate)
{
    bool has_output = hp_outer_waits(&gate->outer);
    bool wants_input = gate->is_lingering || hp_inner_wants_input(&gate->inner);
    hp_stream_watch(gate->stream,
            (wants_input ? HP_STREAM_READABLE : 0u) | (has_output ? HP_STREAM_WRITABLE : 0u),
            gate->must_stay);
    hp_inner_watch(&gate->inner, !has_output);
}

static void
pump(struct hp_gate *gate)
{
    push_up(gate);
    push_out(gate);
    bool is_over = gate->outer.is_whole && hp_piece_size(gate->outer.out) == 0;
    if (gate->stream != NULL && is_over && !gate->is_lingering) {
        linger(gate);
    }
    if (gate->stream != NULL) {
        settle(gate);
    }
}

static void
on_inner_event(void *arg, uint32_t events)
{
    (void) events;
    pump(arg);
}

// Do the first bytes under TLS begin as STUN does, and no head of HTTP?
static bool
is_guest(const struct hp_gate *gate, uint8_t first)
{
    bool is_first = !gate->inner.has_begun && !hp_inner_is_open(&gate->inner);
    return gate->params.ssl != NULL && gate->cbs->on_guest != NULL && is_first
            && first <= STUN_LAST;
}

static void
give_away(struct hp_gate *gate, const uint8_t *data, size_t size)
{
    hp_timer_start(&gate->timer, 0); // on_closed
    hp_stream_detach(gate->stream);
    gate->cbs->on_guest(gate->arg, g_steal_pointer(&gate->stream), data, size);
}

static void
read_client(struct hp_gate *gate)
{
    uint8_t data[PIECE];
    int count = hp_stream_read(gate->stream, data, sizeof(data));
    if (count < 0) {
        gate->inner.is_client_done = true;
    } else if (count > 0 && is_guest(gate, data[0])) {
        give_away(gate, data, (size_t) count);
    } else if (count > 0 && hp_inner_put(&gate->inner, data, (size_t) count)
            && hp_inner_is_open(&gate->inner)) {
        // the time of the first head runs since the connection came
        start_timer(gate, gate->params.head_timeout_ms);
    }
}

static void
on_stream_event(void *arg, unsigned events)
{
    struct hp_gate *gate = arg;
    if (events & HP_STREAM_BROKEN) {
        end(gate);
        return;
    }
    if (events & HP_STREAM_GREETED) {
        start_timer(gate, gate->params.head_timeout_ms);
    }
    if (events & HP_STREAM_READABLE && gate->is_lingering) {
        if (!hp_outer_discard(&gate->outer, gate->stream)) {
            end(gate);
        }
        return;
    }
    if (events & HP_STREAM_READABLE) {
        read_client(gate);
    }
    if (gate->stream != NULL) {
        pump(gate);
    }
}

static void
on_timer(void *arg)
{
    struct hp_gate *gate = arg;
    bool is_head_due = gate->inner.state == HP_INNER_HEAD;
    if (gate->stream == NULL) {
        gate->cbs->on_closed(gate->arg);
    } else if (hp_inner_has_open_request(&gate->inner)) {
        refuse(gate, 400, NULL);
        pump(gate);
    } else if (is_head_due && gate->inner.has_begun && !gate->is_lingering) {
        refuse(gate, 408, "the request's head did not come in time");
        pump(gate);
    } else if (is_head_due && hp_piece_size(gate->outer.out) > 0) {
        start_timer(gate, gate->params.idle_timeout_ms); // not idle yet: the other timer decides
    } else {
        end(gate);
    }
}

static void
on_stall(void *arg)
{
    end(arg);
}

struct hp_gate *
hp_gate_create(const struct hp_gate_params *params, const struct hp_gate_cbs *cbs, void *arg)
{
    struct hp_gate *gate = g_new0(struct hp_gate, 1);
    gate->params = *params;
    gate->cbs = cbs;
    gate->arg = arg;
    hp_inner_init(&gate->inner, params->poller, params->may_pass, on_inner_event, gate);
    hp_timer_init(&gate->timer, params->main, on_timer, gate);
    hp_outer_init(&gate->outer, params->main, on_stall, gate);
    start_timer(gate, params->head_timeout_ms);
    gate->stream =
            hp_stream_create(params->poller, params->fd, params->ssl, on_stream_event, gate);
    settle(gate);
    return gate;
}

void
hp_gate_destroy(struct hp_gate *gate)
{
    if (gate == NULL) {
        return;
    }
    end(gate);
    hp_timer_stop(&gate->timer);
    hp_inner_finish(&gate->inner);
    g_free(gate);
}

void
hp_gate_note_read(struct hp_gate *gate)
{
    if (gate->stream != NULL && !gate->is_lingering) {
        hp_timer_stop(&gate->timer);
    }
}

void
hp_gate_next(struct hp_gate *gate)
{
    if (gate->stream == NULL || gate->inner.state != HP_INNER_WAIT) {
        return; // it ends
    }
    hp_inner_next(&gate->inner);
    start_timer(gate,
            gate->inner.has_begun ? gate->params.head_timeout_ms : gate->params.idle_timeout_ms);
    pump(gate);
}

void
hp_gate_upgrade(struct hp_gate *gate)
{
    if (gate->stream != NULL && gate->inner.state == HP_INNER_WAIT) {
        hp_inner_upgrade(&gate->inner);
        pump(gate);
    }
}

void
hp_gate_refuse(struct hp_gate *gate, int status, const char *message)
{
    if (gate->stream != NULL) {
        refuse(gate, status, message);
        pump(gate);
    }
}

void
hp_gate_cut(struct hp_gate *gate)
{
    end(gate);
}

void
hp_gate_set_must_stay(struct hp_gate *gate, bool must_stay)
{
    gate->must_stay = must_stay;
    if (gate->stream != NULL) {
        settle(gate);
    }
}
