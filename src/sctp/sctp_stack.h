// sctp_stack.h - the table of associations and the clock of usrsctp, as sctp.c sees them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "sctp/sctp.h"

// Enters an association into the table. `wake(sctp)` is called on `worker` when the library has put
// out packets or has news. Returns its id, never 0.
uintptr_t hp_sctp_stack_add(struct hp_sctp_stack *stack, struct hp_worker *worker,
        void (*wake)(struct hp_sctp *sctp), struct hp_sctp *sctp);

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
