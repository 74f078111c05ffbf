// token.h - the header names that libwebsockets knows. Main thread.
#pragma once

#include <stdbool.h>

// The enum lws_token_indexes of a lower case name; -1: libwebsockets keeps it as it came.
int hp_token_find(const char *name);
// Does libwebsockets read that name? It loses its place at one that a known word begins with.
bool hp_token_is_readable(const char *name);
