// sctp_stack.h - usrsctp, which a process has once: brought up, its clock, its table of associations.
//
// usrsctp is one instance for the whole process with a clock of its own, so three rules hold:
// - one thread at a time calls its timers: that of the oldest hp_sctp_stack;
// - usrsctp knows an association by an id, looked up in a table under a lock, never by a pointer;
// - a packet of usrsctp is copied and posted to the association's own worker, which looks the id up
//   again.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

struct hp_sctp_stack;
struct hp_worker;

// Brings the library up (once for the process, where it then stays; several stacks may live side by
// side) and runs its timers on `worker`, on whose thread it is created and destroyed. Owner: hp_rtc,
// with its home thread. All associations of a stack are destroyed before it, all workers after it.
struct hp_sctp_stack *hp_sctp_stack_create(struct hp_worker *worker);
void hp_sctp_stack_destroy(struct hp_sctp_stack *stack);

// Enters an association into the table. `wake(arg)` is called on `worker` when the library has put
// out packets or has news. Returns the association's id, never 0. On the association's worker.
uintptr_t hp_sctp_stack_add(struct hp_sctp_stack *stack, struct hp_worker *worker,
        void (*wake)(void *arg), void *arg);

// From now on the id means nothing. On the association's worker.
void hp_sctp_stack_remove(struct hp_sctp_stack *stack, uintptr_t id);

// The association has news. Any thread, from inside the library too.
void hp_sctp_stack_wake(uintptr_t id);

// The caller, on the association's worker, is about to look after it by itself, so nothing has to be
// posted until hp_sctp_stack_take has returned false.
void hp_sctp_stack_hold(uintptr_t id);

// Appends what the library has put out (GBytes, the caller's now) to `packets`. False: there was
// no news at all.
bool hp_sctp_stack_take(uintptr_t id, GQueue *packets);
