// outer.h - the side of a gate that the client has: the answers of libwebsockets, and behind them
// the refusal of a request that cannot be handed on. Main thread.
#pragma once

#include <stdbool.h>

#include <glib.h>

#include "base/timer.h"

struct hp_inner;
struct hp_stream;
struct hp_worker;

// Part of the gate.
struct hp_outer {
    GByteArray *out; // to the client
    GByteArray *refusal; // follows the answers before it; NULL: none
    bool is_whole; // nothing more will come
    unsigned discarded; // pieces
    struct hp_timer stall_timer;
};

// on_stall: the client has taken no bytes for too long.
void hp_outer_init(struct hp_outer *outer, struct hp_worker *main, void (*on_stall)(void *arg),
        void *arg);
void hp_outer_finish(struct hp_outer *outer); // may be repeated

// Appends a refusal, the last of the answers; message: copied; NULL: it cannot be read. False: the
// answers have their end already.
bool hp_outer_refuse(struct hp_outer *outer, int status, const char *message);
// Takes the next piece: of libwebsockets, then the refusal. False: none has come. After the last
// one the pair is closed and is_whole is true.
bool hp_outer_take(struct hp_outer *outer, struct hp_inner *inner);
// Returns 1: the client has taken everything; 0: it takes no more at present; -1: it is broken.
int hp_outer_flush(struct hp_outer *outer, struct hp_stream *stream);
// Has it bytes that the client has not taken? The time of the client runs from then on.
bool hp_outer_waits(struct hp_outer *outer);
// Forgets a piece that the client still sends after the last answer. False: no more will come, or
// too much has.
bool hp_outer_discard(struct hp_outer *outer, struct hp_stream *stream);
