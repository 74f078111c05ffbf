// inner.h - the side of a gate that libwebsockets has: what the client sent and may be handed on,
// one request at a time, and the pair of sockets by which it goes there. Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>
#include <sys/types.h>

#include "gate/frames.h"
#include "gate/poller.h"

enum hp_inner_state {
    HP_INNER_HEAD,
    HP_INNER_BODY,
    HP_INNER_WAIT, // for the answer
    HP_INNER_FRAMES, // of a WebSocket
    HP_INNER_DEAF, // nothing more is handed on
};

enum hp_inner_step {
    HP_INNER_NOTHING, // more bytes have to come first, or the answer
    HP_INNER_MOVED,
    HP_INNER_REQUEST, // a head: the pair must be open before it can go
    HP_INNER_BROKEN, // a frame that is not valid: a close frame goes in its place, then nothing
    HP_INNER_REFUSED, // by `status` and `message`
};

// Part of the gate. Its owner sets is_client_done; the rest is set by the functions below.
struct hp_inner {
    struct hp_poller_watch watch; // our end of the pair; its fd is -1: not open yet, or closed
    bool (*may_pass)(const char *name); // of a header; NULL: all are handed on
    enum hp_inner_state state;
    GByteArray *in; // from the client, not handed on yet
    GByteArray *up; // to libwebsockets
    size_t body_left;
    struct hp_frames frames;
    bool has_begun; // bytes of this head have come
    bool has_skipped; // the empty line that may stand before a head
    bool is_answered; // at least in part
    bool is_client_done; // the client sends no more
    int status; // of the refusal
    const char *message; // of the refusal: static
};

// fn: the pair has bytes of an answer, or room, as hp_inner_watch() asked.
void hp_inner_init(struct hp_inner *inner, struct hp_poller *poller,
        bool (*may_pass)(const char *name), hp_poller_fn fn, void *arg);
void hp_inner_finish(struct hp_inner *inner); // closes the pair; may be repeated

// Opens the pair, unless it is open, and hands the other end to `take`, which returns false if it
// has closed that. False: no descriptor is left.
bool hp_inner_open(struct hp_inner *inner, bool (*take)(void *arg, int fd), void *arg);
bool hp_inner_is_open(const struct hp_inner *inner);
void hp_inner_close(struct hp_inner *inner); // what has not gone yet is lost; may be repeated
void hp_inner_stop(struct hp_inner *inner); // nothing more is handed on; answers still come

// Bytes from the client, copied. True: a head begins with them.
bool hp_inner_put(struct hp_inner *inner, const void *data, size_t size);
bool hp_inner_wants_input(const struct hp_inner *inner);
// Makes the next piece ready that may be handed on now. All before must have gone.
enum hp_inner_step hp_inner_take(struct hp_inner *inner);
// Sends what is ready. Returns 1: all has gone; 0: libwebsockets takes no more at present; -1: it
// has closed, and its last bytes are still to be read.
int hp_inner_flush(struct hp_inner *inner);

// Has everything been handed on that the client will ever send?
bool hp_inner_is_done(const struct hp_inner *inner);
void hp_inner_tell_end(struct hp_inner *inner); // to libwebsockets, after that

// Reads the answer. Returns how many bytes; 0: none has come; -1: libwebsockets has closed.
ssize_t hp_inner_recv(struct hp_inner *inner, void *data, size_t size);
// Is there a request of which nothing is answered yet?
bool hp_inner_has_open_request(const struct hp_inner *inner);
// Asks for the events that lead on.
void hp_inner_watch(struct hp_inner *inner, bool wants_answer);

void hp_inner_next(struct hp_inner *inner); // the answer is whole: the next head may come
void hp_inner_upgrade(struct hp_inner *inner); // frames follow
