// seat.h - the place on a worker where the input of a session arrives: checks control, caps rates,
// remembers which keys and buttons are held and releases them when the one who holds them falls
// silent for a second. Lives as long as its session.
//
//   input ---> binding == epoch? ---> rate caps ---> on_input of the plugins
//                    no: kept, if the seat is about to be bound; else only the pointer is noted
//
// The epoch belongs to hp_control. Taking control away increments the epoch, so that the old host's
// input stops with the next event, on whichever worker the old host lives.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_input;
struct hp_input_sink;
struct hp_plugins;
struct hp_seat;
struct hp_session;
struct hp_worker;

struct hp_seat_params {
    struct hp_session *session; // kept
    struct hp_worker *worker, *home;
    // kept; not called any more once hp_seat_close() has reached the worker
    struct hp_plugins *plugins;
    const atomic_uint *epoch; // the epoch in force; kept
    // number of open channels of each bound label, by the label's number; kept
    atomic_int *open_channels;
    // Home thread: the echo of hp_seat_close(); the seat has been freed.
    void (*on_closed)(void *arg, struct hp_session *session);
    void *arg;
};

// Home thread. Owner: hp_session, until on_closed.
struct hp_seat *hp_seat_create(const struct hp_seat_params *params);
void hp_seat_close(struct hp_seat *seat); // releases all keys and buttons, then on_closed

// The sink for the input of the session's peer; used on the seat's worker. Lives as long as the
// seat.
struct hp_input_sink *hp_seat_input_sink(struct hp_seat *seat);

// Gives the plugins data of a channel. The seat's worker.
void hp_seat_handle_data(struct hp_seat *seat, const char *label, const void *data, size_t size);
// A data channel has opened or closed. Also from home, for a channel that was open when its peer
// ended.
void hp_seat_handle_channel(struct hp_seat *seat, const char *label, bool is_open);
void hp_seat_release(struct hp_seat *seat); // releases all keys and buttons; the seat stays bound

// Home thread; each of these posts. Input from the signaling connection. False: it is dropped,
// since 4,096 events wait already.
bool hp_seat_post_input(struct hp_seat *seat, const struct hp_input *input);
void hp_seat_post_release(struct hp_seat *seat);
// The seat will be bound for this epoch as soon as the old host's keys are released. What comes
// until then is kept, at most 256 events, and played when the seat is bound.
void hp_seat_expect(struct hp_seat *seat, unsigned epoch);
// From now on input with this epoch moves the desktop.
void hp_seat_bind(struct hp_seat *seat, unsigned epoch);
// Releases all keys and buttons, ends the binding, then calls done(arg) on the home thread.
void hp_seat_unbind(struct hp_seat *seat, void (*done)(void *arg), void *arg);

// Any thread. Takes the place of the pointer of a session without control; false: the pointer has
// not moved since the last call.
bool hp_seat_take_cursor(struct hp_seat *seat, int *x, int *y);

// Any thread. Is a key, button or touch held?
bool hp_seat_is_holding(const struct hp_seat *seat);

// Any thread. When the session was last heard here (hp_clock); 0: never.
int64_t hp_seat_heard_us(const struct hp_seat *seat);

// Any thread. Number of events that the caps dropped.
unsigned hp_seat_drop_count(const struct hp_seat *seat);
