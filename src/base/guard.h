// guard.h - keeps an object alive while calls of its own are on the stack, so that a callback may
// destroy the object that calls it. One thread, that of the object. Pure.
//
//   enter ... callback: destroy (false: not yet) ... leave (true: free the object now)
#pragma once

#include <stdbool.h>

// Part of the object; zeroed: no call is on the stack.
struct hp_guard {
    unsigned depth;    // calls of the object that are on the stack
    bool is_destroyed; // the owner has destroyed it: no callback may follow
};

// A call of the object begins. Each hp_guard_enter() has its hp_guard_leave().
static inline void
hp_guard_enter(struct hp_guard *guard)
{
    guard->depth++;
}

// The call ends. True: the object was destroyed meanwhile, and this was the last call: free the
// object.
static inline bool
hp_guard_leave(struct hp_guard *guard)
{
    guard->depth--;
    return guard->depth == 0 && guard->is_destroyed;
}

// The owner destroys the object. True: free the object now. False: a call is on the stack, and its
// hp_guard_leave() returns true when the object may be freed.
static inline bool
hp_guard_destroy(struct hp_guard *guard)
{
    guard->is_destroyed = true;
    return guard->depth == 0;
}
