// seat.h - where a session's input arrives on its worker: checks control, caps rates, remembers what
// is held. Lives as long as its session.
//
//   input ---> rate caps ---> binding == epoch? ---> on_input (the plugins)
//                                  no: only the inactive cursor is noted
//
// The epoch belongs to hp_control: it is bumped when control is taken away, so that the old host's
// input stops with the next event, whichever worker it lives on.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct hp_input;
struct hp_input_sink;
struct hp_seat;
struct hp_session;
struct hp_worker;

struct hp_seat_params {
    struct hp_session *session; // kept, handed to the callbacks
    struct hp_worker *worker, *home;
    const atomic_uint *epoch; // the one that is in force; kept
};

struct hp_seat_cbs {
    // The seat's worker, never after hp_seat_close() was seen there.
    void (*on_input)(void *arg, struct hp_session *session, const struct hp_input *input);
    void (*on_data)(void *arg, struct hp_session *session, const char *label, const void *data,
            size_t size);
    // The seat's worker, or the home thread for one that was open when its peer ended.
    void (*on_channel)(void *arg, struct hp_session *session, const char *label, bool is_open);
    // Home thread: the echo of hp_seat_close(); the seat has been freed.
    void (*on_closed)(void *arg, struct hp_session *session);
};

// Home thread. Owner: hp_session, until on_closed.
struct hp_seat *hp_seat_create(
        const struct hp_seat_params *params, const struct hp_seat_cbs *cbs, void *arg);
void hp_seat_close(struct hp_seat *seat); // lets go of what is held, then on_closed

// For the session's peer: takes input on the seat's worker. Lives as long as the seat.
struct hp_input_sink *hp_seat_input_sink(struct hp_seat *seat);

// The seat's worker.
void hp_seat_handle_input(struct hp_seat *seat, const struct hp_input *input);
void hp_seat_handle_data(struct hp_seat *seat, const char *label, const void *data, size_t size);
void hp_seat_handle_channel(struct hp_seat *seat, const char *label, bool is_open);
void hp_seat_release(struct hp_seat *seat); // lets go of what is held; the binding stays

// Home thread; each posts. Input that came over the WebSocket: dropped when 256 wait.
void hp_seat_post_input(struct hp_seat *seat, const struct hp_input *input);
void hp_seat_post_release(struct hp_seat *seat);
// From now on input with this epoch moves the desktop.
void hp_seat_bind(struct hp_seat *seat, unsigned epoch);
// Lets go of what is held, ends the binding, then calls done(arg) on the home thread.
void hp_seat_unbind(struct hp_seat *seat, void (*done)(void *arg), void *arg);

// Any thread. Where the pointer of someone without control is; false: it has not moved since the
// last call.
bool hp_seat_take_cursor(struct hp_seat *seat, int *x, int *y);

// Any thread. Events that were dropped by the caps.
unsigned hp_seat_drop_count(const struct hp_seat *seat);
