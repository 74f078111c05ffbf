// outer.c - the side of a gate that the client has: the answers, and a refusal behind them.
// Owner: the gate.  Thread: main.
#include "gate/outer.h"

#include "gate/inner.h"
#include "gate/piece.h"
#include "gate/refusal.h"
#include "gate/stream.h"

enum {
    PIECE = HP_STREAM_READ_SIZE, // bytes that one read takes
    STALL_US = 20000000, // a client that takes no bytes for this long is cut
    DISCARD_PIECES = 256, // that are read and forgotten behind the last answer: 4 MB
};

static const char UNREADABLE[] =
        "the request cannot be read: send fewer or other headers and parameters";
static const char CUT_SHORT[] = "the connection ended before the request's body did";

void
hp_outer_init(struct hp_outer *outer, struct hp_worker *main, void (*on_stall)(void *arg),
        void *arg)
{
    *outer = (struct hp_outer){ .out = NULL };
    hp_timer_init(&outer->stall_timer, main, on_stall, arg);
}

void
hp_outer_finish(struct hp_outer *outer)
{
    hp_timer_stop(&outer->stall_timer);
    hp_piece_clear(&outer->out);
    hp_piece_clear(&outer->refusal);
}

bool
hp_outer_refuse(struct hp_outer *outer, int status, const char *message)
{
    if (outer->refusal != NULL || outer->is_whole) {
        return false;
    }
    outer->refusal = g_byte_array_new();
    hp_refusal_write(outer->refusal, status, message == NULL ? UNREADABLE : message);
    return true;
}

bool
hp_outer_take(struct hp_outer *outer, struct hp_inner *inner)
{
    uint8_t data[PIECE];
    ssize_t count = hp_inner_recv(inner, data, sizeof(data));
    if (count > 0) {
        hp_piece_append(&outer->out, data, (size_t) count);
        return true;
    }
    if (count == 0 && outer->refusal == NULL) {
        return false;
    }
    // libwebsockets closes without a word when a head has more parts than it has room for.
    bool is_refused = count == 0;
    if (count < 0 && hp_inner_has_open_request(inner)) {
        hp_outer_refuse(outer, 400, inner->is_client_done ? CUT_SHORT : NULL);
        is_refused = true;
    }
    if (is_refused) { // the answers before the refusal are read
        outer->out = g_steal_pointer(&outer->refusal);
    }
    hp_inner_close(inner);
    hp_inner_stop(inner);
    outer->is_whole = true;
    return hp_piece_size(outer->out) > 0;
}

int
hp_outer_flush(struct hp_outer *outer, struct hp_stream *stream)
{
    while (hp_piece_size(outer->out) > 0) {
        int count = hp_stream_write(stream, outer->out->data, outer->out->len);
        if (count <= 0) {
            return count;
        }
        hp_timer_stop(&outer->stall_timer);
        hp_piece_drop(&outer->out, (size_t) count);
    }
    return 1;
}

bool
hp_outer_waits(struct hp_outer *outer)
{
    bool has_output = hp_piece_size(outer->out) > 0;
    if (has_output && !hp_timer_is_running(&outer->stall_timer)) {
        hp_timer_start_deadline(&outer->stall_timer, STALL_US);
    }
    return has_output;
}

bool
hp_outer_discard(struct hp_outer *outer, struct hp_stream *stream)
{
    return ++outer->discarded <= DISCARD_PIECES && hp_stream_discard(stream);
}
