// returns.h - who has been turned away, at an address where many log-ins fail, and comes back. A
// guesser tries another password each time; a person tries the same again. Bounded memory: keys
// share a fixed number of places by a hash that nobody outside can predict, and the latest has the
// place. Main thread.
#pragma once

#include <stdbool.h>

struct hp_returns;

// Never NULL. Owner: hp_tries.
struct hp_returns *hp_returns_create(void);
void hp_returns_destroy(struct hp_returns *returns);

// Whose key this is (address, name and password) is turned away. Who is known already keeps the
// earlier time.
void hp_returns_note(struct hp_returns *returns, const char *key);

// Has that one been turned away, and waited for as long as others do? That counts for 30 seconds.
bool hp_returns_has_waited(const struct hp_returns *returns, const char *key);

// It was that one's turn: no further try counts as a return.
void hp_returns_forget(struct hp_returns *returns, const char *key);
