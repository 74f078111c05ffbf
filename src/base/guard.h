// guard.h - keeps an object alive while calls of its own are on the stack, so that a callback may
// destroy the object that calls it. One thread, that of the object. Pure.
//
//   enter ... callback: destroy (false: not yet) ... leave (true: free the object now)
#pragma once

#include <stdbool.h>

// Part of the object; zeroed: no call is on the stack.
struct hp_guard {
    unsigned depth;    // calls of the object that are on the stack
    bool is_destroyed; // the owner is done with it: no callback may follow
};

// A call of the object begins. Each has its hp_guard_leave().
static inline void
hp_guard_enter(struct hp_guard *guard)
{
    guard->depth++;
}

// The call ends. True: the object was destroyed meanwhile and this was the last call: free it.
static inline bool
hp_guard_leave(struct hp_guard *guard)
{
    guard->depth--;
    return guard->depth == 0 && guard->is_destroyed;
}

// The owner destroys the object. True: free it now. False: a call is on the stack, its
// hp_guard_leave() says when.
static inline bool
hp_guard_destroy(struct hp_guard *guard)
{
    guard->is_destroyed = true;
    return guard->depth == 0;
}
