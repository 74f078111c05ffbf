// gate.c - stands between a client's connection and libwebsockets.
// Owner: the connection of edge.  Thread: main.
// RFC 9112 (requests), RFC 6455 (frames).
//
//   client <== TCP, TLS ==> stream   in --reads heads, follows frames--> up    pair   libwebsockets
//                                    out <---------------------------------- of sockets
//
// Each direction holds one piece at a time and reads no more while the other side takes no more. So
// the limits of edge for clients that are slow hold behind the gate as well.
//
//   HEAD --whole--> BODY --all handed on--> WAIT --hp_gate_next()--> HEAD
//                                            '--hp_gate_upgrade()--> FRAMES
//   any --refused, frame not valid--> DEAF: nothing more is handed on
#include "gate/gate.h"

#include <errno.h>

#include <sys/socket.h>
#include <unistd.h>

#include "base/timer.h"
#include "gate/frames.h"
#include "gate/head.h"
#include "gate/piece.h"
#include "gate/poller.h"
#include "gate/refusal.h"
#include "gate/stream.h"

enum {
    PIECE = HP_STREAM_READ_SIZE, // bytes that one read takes
    PAIR_BUFFER = 64 * 1024, // bytes that the kernel keeps between the two sockets, each way
    TURNS = 8, // pieces at a time, so that one connection does not hold up the others
    STALL_US = 20000000, // a client that takes no bytes for this long is cut
    LINGER_US = 500000, // for a client that is still sending, to read why it was refused
    LINGER_PIECES = 256, // that are read and forgotten meanwhile: 4 MB
};

static const char UNREADABLE[] =
        "the request cannot be read: send fewer or other headers and parameters";
static const char CUT_SHORT[] = "the connection ended before the request's body did";

enum state {
    STATE_HEAD,
    STATE_BODY,
    STATE_WAIT,
    STATE_FRAMES,
    STATE_DEAF
};

struct hp_gate {
    struct hp_gate_params params;
    const struct hp_gate_cbs *cbs;
    void *arg;
    struct hp_stream *stream; // NULL: closed
    struct hp_poller_watch inner; // our end of the pair; its fd is -1: not open yet, or closed
    enum state state;
    GByteArray *in; // from the client, not handed on yet
    GByteArray *up; // to libwebsockets
    GByteArray *out; // to the client
    GByteArray *refusal; // follows the answers before it; NULL: none
    size_t body_left;
    struct hp_frames frames;
    bool has_begun; // bytes of this head have come
    bool is_answered; // at least in part
    bool has_skipped; // the empty line that may stand before a head
    bool is_client_done; // the client sends no more
    bool is_end_told; // to libwebsockets
    bool is_answer_whole; // no more comes from libwebsockets
    bool is_lingering;
    unsigned discarded; // pieces, while lingering
    bool must_stay;
    struct hp_timer timer; // of the handshake, the head, idle time, lingering, or the end
    struct hp_timer stall_timer;
};

static void
close_inner(struct hp_gate *gate)
{
    hp_poller_finish_watch(&gate->inner);
    if (gate->inner.fd >= 0) {
        close(gate->inner.fd);
        gate->inner.fd = -1;
    }
    hp_piece_clear(&gate->up);
}

static void
end(struct hp_gate *gate)
{
    if (gate->stream == NULL) {
        return;
    }
    close_inner(gate);
    g_clear_pointer(&gate->stream, hp_stream_destroy);
    hp_timer_stop(&gate->stall_timer);
    hp_timer_start(&gate->timer, 0); // on_closed
}

static void
start_timer(struct hp_gate *gate, unsigned delay_ms)
{
    hp_timer_start(&gate->timer, (int64_t) delay_ms * 1000);
}

// Nothing more is handed on.
static void
be_deaf(struct hp_gate *gate)
{
    gate->state = STATE_DEAF;
    hp_timer_stop(&gate->timer);
    hp_piece_clear(&gate->in);
    hp_piece_clear(&gate->up);
}

static void
refuse(struct hp_gate *gate, int status, const char *message)
{
    if (gate->refusal == NULL && !gate->is_answer_whole) {
        gate->refusal = g_byte_array_new();
        hp_refusal_write(gate->refusal, status, message);
        be_deaf(gate);
    }
}

// Opens the pair and hands one end of it over. False: no descriptor is left.
static bool
open_inner(struct hp_gate *gate)
{
    int ends[2];
    int size = PAIR_BUFFER;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    }
    gate->inner.fd = ends[0];
    if (!gate->cbs->on_open(gate->arg, ends[1])) {
        close_inner(gate);
        return false;
    }
    return true;
}

static void
hand_on(struct hp_gate *gate, const struct hp_head *head)
{
    if (gate->inner.fd < 0 && !open_inner(gate)) {
        refuse(gate, 503, "the server has no room for this connection: try again later");
        return;
    }
    GByteArray *text = g_byte_array_new();
    hp_head_write(head, gate->params.may_pass, text);
    gate->up = text;
    bool has_body = head->length > 0 && !hp_head_is_upgrade(head);
    gate->body_left = head->length;
    gate->state = has_body ? STATE_BODY : STATE_WAIT;
    gate->is_answered = false;
    start_timer(gate, gate->params.head_timeout_ms); // until the request has been read
}

static void
skip_empty_line(struct hp_gate *gate)
{
    const GByteArray *in = gate->in;
    if (!gate->has_skipped && hp_piece_size(in) >= 2 && in->data[0] == '\r'
            && in->data[1] == '\n') {
        gate->has_skipped = true;
        hp_piece_drop(&gate->in, 2);
    }
}

static bool
take_head(struct hp_gate *gate)
{
    int status;
    skip_empty_line(gate);
    size_t in_size = hp_piece_size(gate->in);
    if (in_size == 0) {
        return false;
    }
    const char *text = (const char *) gate->in->data;
    size_t size = hp_head_find_end(text, in_size, &status);
    if (status != 0) {
        refuse(gate, status, hp_head_message(status));
    } else if (size == 0 && gate->is_client_done) {
        refuse(gate, 400, "the connection ended before the request's head did");
    }
    if (size == 0) {
        return false;
    }
    struct hp_head *head = hp_head_parse(text, size);
    hp_piece_drop(&gate->in, size);
    if (head->status != 0) {
        refuse(gate, head->status, head->message);
    } else {
        hand_on(gate, head);
    }
    hp_head_destroy(head);
    return hp_piece_size(gate->up) > 0;
}

static void
move_up(struct hp_gate *gate, size_t size)
{
    hp_piece_append(&gate->up, gate->in->data, size);
    hp_piece_drop(&gate->in, size);
}

static bool
take_body(struct hp_gate *gate)
{
    size_t size = MIN(hp_piece_size(gate->in), gate->body_left);
    if (size == 0) {
        return false;
    }
    move_up(gate, size);
    gate->body_left -= size;
    if (gate->body_left == 0) {
        gate->state = STATE_WAIT;
    }
    return true;
}

// libwebsockets takes frames without a mask and some others that RFC 6455 does not allow. It gets a
// close frame in place of such a one, and answers with the same code.
static bool
take_frames(struct hp_gate *gate)
{
    static const uint8_t close_1002[] = { 0x88, 0x82, 0, 0, 0, 0, 1002 >> 8, 1002 & 0xff };
    size_t size = hp_piece_size(gate->in);
    if (size == 0) {
        return false;
    }
    ssize_t taken = hp_frames_take(&gate->frames, gate->in->data, size);
    if (taken > 0) {
        move_up(gate, (size_t) taken);
    } else if (taken < 0) {
        be_deaf(gate);
        hp_piece_append(&gate->up, close_1002, sizeof(close_1002));
    }
    if (gate->frames.is_closed && gate->frames.left == 0) {
        gate->state = STATE_DEAF; // what follows a close frame is not read
        hp_piece_clear(&gate->in);
    }
    return taken != 0;
}

// Moves what may be handed on now. False: nothing.
static bool
take(struct hp_gate *gate)
{
    switch (gate->state) {
    case STATE_HEAD: return take_head(gate);
    case STATE_BODY: return take_body(gate);
    case STATE_FRAMES: return take_frames(gate);
    case STATE_WAIT:
    case STATE_DEAF: return false;
    }
    return false;
}

// False: libwebsockets takes no more at present.
static bool
flush_up(struct hp_gate *gate)
{
    while (hp_piece_size(gate->up) > 0) {
        ssize_t count = send(gate->inner.fd, gate->up->data, gate->up->len,
                MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count > 0) {
            hp_piece_drop(&gate->up, (size_t) count);
        } else if (errno == EAGAIN) {
            return false;
        } else if (errno != EINTR) {
            be_deaf(gate); // libwebsockets has closed; its last bytes are still to be read
        }
    }
    return true;
}

// The client sends no more: libwebsockets hears of it when it has got everything.
static void
tell_end(struct hp_gate *gate)
{
    bool has_more = gate->state == STATE_HEAD && hp_piece_size(gate->in) > 0;
    if (!gate->is_client_done || gate->is_end_told || has_more || gate->state == STATE_WAIT
            || gate->refusal != NULL) {
        return;
    }
    gate->is_end_told = true;
    if (gate->inner.fd >= 0) {
        shutdown(gate->inner.fd, SHUT_WR);
    } else {
        gate->is_answer_whole = true;
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
    while (hp_piece_size(gate->out) > 0) {
        int count = hp_stream_write(gate->stream, gate->out->data, gate->out->len);
        if (count < 0) {
            end(gate);
        }
        if (count <= 0) {
            return false;
        }
        hp_timer_stop(&gate->stall_timer);
        hp_piece_drop(&gate->out, (size_t) count);
    }
    return true;
}

// libwebsockets closes without a word when a head has more parts than it has room for.
static bool
has_open_request(const struct hp_gate *gate)
{
    bool is_open = gate->state == STATE_BODY
            || (gate->state == STATE_WAIT && !gate->is_client_done);
    return is_open && !gate->is_answered;
}

// Takes the next piece of the answer. False: none has come.
static bool
take_answer(struct hp_gate *gate)
{
    uint8_t data[PIECE];
    ssize_t count =
            gate->inner.fd < 0 ? -1 : recv(gate->inner.fd, data, sizeof(data), MSG_DONTWAIT);
    if (count > 0) {
        hp_piece_append(&gate->out, data, (size_t) count);
        gate->is_answered = true;
        return true;
    }
    bool is_waiting = gate->inner.fd < 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
    if (is_waiting && gate->refusal == NULL) {
        return false;
    }
    if (!is_waiting && has_open_request(gate)) {
        refuse(gate, 400, gate->is_client_done ? CUT_SHORT : UNREADABLE);
        is_waiting = true;
    }
    if (is_waiting) { // the answers before the refusal are read
        gate->out = g_steal_pointer(&gate->refusal);
    }
    close_inner(gate);
    be_deaf(gate);
    gate->is_answer_whole = true;
    return hp_piece_size(gate->out) > 0;
}

static void
push_out(struct hp_gate *gate)
{
    for (unsigned i = 0; i < TURNS; i++) {
        if (!flush_out(gate) || gate->is_answer_whole || !take_answer(gate)) {
            return;
        }
    }
}

// Closing a socket with unread input resets the connection, and the client may lose the answer.
static void
linger(struct hp_gate *gate)
{
    gate->is_lingering = true;
    hp_stream_end(gate->stream);
    if (gate->is_client_done) {
        end(gate);
    } else {
        hp_timer_start(&gate->timer, LINGER_US);
    }
}

static bool
wants_input(const struct hp_gate *gate)
{
    bool is_open = gate->state == STATE_HEAD || gate->state == STATE_BODY
            || gate->state == STATE_FRAMES;
    return gate->is_lingering
            || (is_open && !gate->is_client_done && hp_piece_size(gate->up) == 0);
}

// Asks for the events that lead on.
static void
settle(struct hp_gate *gate)
{
    bool has_output = hp_piece_size(gate->out) > 0;
    if (has_output && !hp_timer_is_running(&gate->stall_timer)) {
        hp_timer_start(&gate->stall_timer, STALL_US);
    }
    hp_stream_watch(gate->stream,
            (wants_input(gate) ? HP_STREAM_READABLE : 0u)
                    | (has_output ? HP_STREAM_WRITABLE : 0u),
            gate->must_stay);
    if (gate->inner.fd >= 0) {
        hp_poller_set(&gate->inner,
                (has_output ? 0u : EPOLLIN) | (hp_piece_size(gate->up) > 0 ? EPOLLOUT : 0u));
    }
}

static void
pump(struct hp_gate *gate)
{
    push_up(gate);
    push_out(gate);
    if (gate->stream != NULL && gate->is_answer_whole && hp_piece_size(gate->out) == 0
            && !gate->is_lingering) {
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

static void
read_client(struct hp_gate *gate)
{
    uint8_t data[PIECE];
    int count = hp_stream_read(gate->stream, data, sizeof(data));
    if (count < 0) {
        gate->is_client_done = true;
    } else if (count > 0) {
        hp_piece_append(&gate->in, data, (size_t) count);
    }
    if (count > 0 && gate->state == STATE_HEAD && !gate->has_begun) {
        gate->has_begun = true;
        if (gate->inner.fd >= 0) { // the time of the first head runs since the connection came
            start_timer(gate, gate->params.head_timeout_ms);
        }
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
        if (++gate->discarded > LINGER_PIECES || !hp_stream_discard(gate->stream)) {
            end(gate);
        }
        return;
    }
    if (events & HP_STREAM_READABLE) {
        read_client(gate);
    }
    pump(gate);
}

static void
on_timer(void *arg)
{
    struct hp_gate *gate = arg;
    if (gate->stream == NULL) {
        gate->cbs->on_closed(gate->arg);
    } else if (has_open_request(gate)) {
        refuse(gate, 400, UNREADABLE);
        pump(gate);
    } else if (gate->state == STATE_HEAD && gate->has_begun && !gate->is_lingering) {
        refuse(gate, 408, "the request's head did not come in time");
        pump(gate);
    } else if (gate->state == STATE_HEAD && hp_piece_size(gate->out) > 0) {
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
    hp_poller_init_watch(&gate->inner, params->poller, -1, on_inner_event, gate);
    hp_timer_init(&gate->timer, params->main, on_timer, gate);
    hp_timer_init(&gate->stall_timer, params->main, on_stall, gate);
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
    hp_piece_clear(&gate->in);
    hp_piece_clear(&gate->out);
    hp_piece_clear(&gate->refusal);
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
    if (gate->stream == NULL || gate->state != STATE_WAIT) {
        return; // it ends
    }
    gate->state = STATE_HEAD;
    gate->has_skipped = false;
    gate->has_begun = hp_piece_size(gate->in) > 0;
    start_timer(gate,
            gate->has_begun ? gate->params.head_timeout_ms : gate->params.idle_timeout_ms);
    pump(gate);
}

void
hp_gate_upgrade(struct hp_gate *gate)
{
    if (gate->stream != NULL && gate->state == STATE_WAIT) {
        gate->state = STATE_FRAMES;
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
