// tries.h - failed log-ins, counted per address: a client that guesses passwords is slowed down,
// people who log in behind the same address are not. Main thread.
#pragma once

struct hp_tries;

// Owner: hp_rest. Never NULL.
struct hp_tries *hp_tries_create(void);
void hp_tries_destroy(struct hp_tries *tries);

// The seconds that this address has to wait before its next try; 0: none.
unsigned hp_tries_get_wait(struct hp_tries *tries, const char *address);
void hp_tries_add_failure(struct hp_tries *tries, const char *address);
