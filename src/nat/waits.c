// waits.c - those that wait until a carrier has room.
// Owner: a carrier.  Thread: one worker's.
#include "nat/waits.h"

#include <stddef.h>

#include "nat/flow.h"

void
hp_waits_add(struct hp_waits *waits, struct hp_flow_wait *wait)
{
    wait->previous = waits->last;
    wait->next = NULL;
    if (waits->last != NULL) {
        waits->last->next = wait;
    } else {
        waits->first = wait;
    }
    waits->last = wait;
    wait->is_waiting = true;
}

void
hp_waits_remove(struct hp_waits *waits, struct hp_flow_wait *wait)
{
    if (wait->previous != NULL) {
        wait->previous->next = wait->next;
    } else {
        waits->first = wait->next;
    }
    if (wait->next != NULL) {
        wait->next->previous = wait->previous;
    } else {
        waits->last = wait->previous;
    }
    wait->previous = wait->next = NULL;
    wait->is_waiting = false;
}

bool
hp_waits_has(const struct hp_waits *waits, const struct hp_flow_wait *wait)
{
    const struct hp_flow_wait *other = waits->first;
    while (other != NULL && other != wait) {
        other = other->next;
    }
    return other != NULL;
}

void
hp_waits_tell(struct hp_waits *waits)
{
    unsigned count = 0;
    for (const struct hp_flow_wait *wait = waits->first; wait != NULL; wait = wait->next) {
        count++;
    }
    while (count-- > 0 && waits->first != NULL) {
        struct hp_flow_wait *wait = waits->first;
        hp_waits_remove(waits, wait);
        wait->on_writable(wait->arg);
    }
}
