// sctp_stack.h - usrsctp, which exists once in a process: its start, clock and table of
// associations.
//
// usrsctp is one instance for the whole process with a clock of its own, so three rules hold:
// - one thread at a time runs its timers: the thread of the oldest hp_sctp_stack;
// - usrsctp knows an association by an id, found in a table under a lock, never by a pointer;
// - a packet of usrsctp is copied and posted to the association's own worker, which looks the id up
// again.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

struct hp_sctp_stack;
struct hp_worker;

// Starts the library (once for the process, until its end; several stacks may live side by side)
// and runs its timers on `worker`. The thread of `worker` creates and destroys the stack. Owner:
// hp_rtc, with its home thread. A stack is destroyed after all its associations and before the
// workers.
struct hp_sctp_stack *hp_sctp_stack_create(struct hp_worker *worker);
void hp_sctp_stack_destroy(struct hp_sctp_stack *stack);

// Enters an association into the table. `wake(arg)` is called on `worker` when the library has put
// out packets or has news. Returns the id of the association, never 0. On the association's worker.
uintptr_t hp_sctp_stack_add(struct hp_sctp_stack *stack, struct hp_worker *worker,
        void (*wake)(void *arg), void *arg);

// From now on the id has no meaning. On the association's worker.
void hp_sctp_stack_remove(struct hp_sctp_stack *stack, uintptr_t id);

// The association has news. Any thread, even from inside the library.
void hp_sctp_stack_wake(uintptr_t id);

// The caller, on the association's worker, is about to look for news by itself: no wake is posted
// until hp_sctp_stack_take() has returned false.
void hp_sctp_stack_hold(uintptr_t id);

// The caller, on the association's worker, is about to take the packets that a call of the library
// puts out: no wake is posted for them until hp_sctp_stack_take() has been called.
void hp_sctp_stack_await(uintptr_t id);

// hp_sctp_stack_take() has told of news for which the caller cannot look now: a wake is posted. On
// the association's worker.
void hp_sctp_stack_defer(uintptr_t id);

// Appends the packets that the library has put out (GBytes, which the caller owns now) to
// `packets`. False: there was no news besides them.
bool hp_sctp_stack_take(uintptr_t id, GQueue *packets);
