// tries.h - failed log-ins, counted per address: who guesses passwords is slowed down, who logs in
// behind the same address is not. Main thread.
#pragma once

struct hp_tries;

struct hp_tries *hp_tries_create(void);
void hp_tries_destroy(struct hp_tries *tries);

// Seconds that this address has to wait before its next try; 0: none.
unsigned hp_tries_get_wait(struct hp_tries *tries, const char *address);
void hp_tries_add_failure(struct hp_tries *tries, const char *address);
