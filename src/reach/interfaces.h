// interfaces.h - the addresses of this host, followed while they change. Home thread.
#pragma once

struct hp_interfaces;
struct hp_own;
struct hp_worker;

// Asks the kernel, and calls on_change when the answer differs later on: a change that lasts less
// than 200 ms, or comes in many steps, is told once. Never NULL: what the kernel does not tell is
// empty. Owner: hp_reach.
struct hp_interfaces *hp_interfaces_create(
        struct hp_worker *home, void (*on_change)(void *arg), void *arg);
void hp_interfaces_destroy(struct hp_interfaces *interfaces); // NULL is fine

const struct hp_own *hp_interfaces_own(const struct hp_interfaces *interfaces); // borrowed
