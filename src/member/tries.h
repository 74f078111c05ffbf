// tries.h - log-ins, counted per address, and per address and name: a client that guesses passwords
// is slowed down, people behind the same address are not locked out. Main thread.
#pragma once

#include <stdbool.h>

struct hp_tries;

enum hp_tries_verdict {
    HP_TRIES_NOW, // the password may be looked at, once
    HP_TRIES_SLOWLY, // only after a wait: the address has failed too often under other names
    HP_TRIES_REFUSED, // not now: this name has failed too often from this address
};

// A log-in that is tried.
struct hp_tries_login {
    const char *address, *name, *password;
};

// Owner: hp_entrance. Never NULL.
struct hp_tries *hp_tries_create(void);
void hp_tries_destroy(struct hp_tries *tries);

// May this password be looked at? *wait_s is set with HP_TRIES_REFUSED: the seconds until the next
// try.
enum hp_tries_verdict hp_tries_judge(
        struct hp_tries *tries, const struct hp_tries_login *login, unsigned *wait_s);
void hp_tries_add_failure(struct hp_tries *tries, const char *address, const char *name);

// Counts a slow try of this address that begins to wait. False: too many of it wait already.
bool hp_tries_begin_wait(struct hp_tries *tries, const char *address);
// This try is refused, or finds no place to wait. Who comes back a second later with the same name
// and password has a way of their own, which no guess takes: it is another one each time.
void hp_tries_turn_away(struct hp_tries *tries, const struct hp_tries_login *login);
void hp_tries_end_wait(struct hp_tries *tries, const char *address);

// May one more person without an admin's rights come in from this address? Right passwords are
// limited as well, far more generously: several hundred people may share an address.
bool hp_tries_may_enter(struct hp_tries *tries, const char *address);
void hp_tries_add_entry(struct hp_tries *tries, const char *address);
