// seat.h - where the input of a session arrives on its worker: checks control, caps rates, remembers
// the keys and buttons that are held. Lives as long as its session.
//
//   input ---> binding == epoch? ---> rate caps ---> on_input of the plugins
//                    no: only the inactive pointer is noted
//
// The epoch belongs to hp_control: control that is taken away bumps it, so that the old host's input
// stops with the next event, whichever worker the old host lives on.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct hp_input;
struct hp_input_sink;
struct hp_plugins;
struct hp_seat;
struct hp_session;
struct hp_worker;

struct hp_seat_params {
    struct hp_session *session; // kept
    struct hp_worker *worker, *home;
    struct hp_plugins *plugins; // kept; they hear nothing once hp_seat_close() was seen on the worker
    const atomic_uint *epoch; // the one that is in force; kept
    atomic_int *open_channels; // how many are open of each bound label, by its number; kept
    // Home thread: the echo of hp_seat_close(); the seat has been freed.
    void (*on_closed)(void *arg, struct hp_session *session);
    void *arg;
};

// Home thread. Owner: hp_session, until on_closed.
struct hp_seat *hp_seat_create(const struct hp_seat_params *params);
void hp_seat_close(struct hp_seat *seat); // lets go of all keys and buttons, then on_closed

// Takes the input of the session's peer, on the seat's worker. Lives as long as the seat.
struct hp_input_sink *hp_seat_input_sink(struct hp_seat *seat);

// The seat's worker.
void hp_seat_handle_data(struct hp_seat *seat, const char *label, const void *data, size_t size);
// A data channel opened or closed. Also from home, for one that was open when its peer ended.
void hp_seat_handle_channel(struct hp_seat *seat, const char *label, bool is_open);
void hp_seat_release(struct hp_seat *seat); // lets go of all keys and buttons; the binding stays

// Home thread; each posts. Input of the signaling connection: dropped when 256 events wait.
void hp_seat_post_input(struct hp_seat *seat, const struct hp_input *input);
void hp_seat_post_release(struct hp_seat *seat);
// From now on input with this epoch moves the desktop.
void hp_seat_bind(struct hp_seat *seat, unsigned epoch);
// Lets go of all keys and buttons, ends the binding, then calls done(arg) on the home thread.
void hp_seat_unbind(struct hp_seat *seat, void (*done)(void *arg), void *arg);

// Any thread. Where the pointer of a session without control is; false: the pointer has not moved
// since the last call.
bool hp_seat_take_cursor(struct hp_seat *seat, int *x, int *y);

// Any thread. Events that were dropped by the caps.
unsigned hp_seat_drop_count(const struct hp_seat *seat);
