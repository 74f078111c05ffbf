// ident.h - random names and keys from the kernel's generator.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Writes `size` random bytes. Ends the process if the kernel gives none. Any thread.
void hp_ident_random(void *data, size_t size);

// Writes `length` random letters of [-_0-9a-zA-Z] and a NUL: 6 bits each. Any thread.
void hp_ident_token(char *text, size_t length);

// A hash for tables that many share: nobody who does not know the random seed can aim at a place.
// Any thread.
uint64_t hp_ident_hash(uint64_t seed, const void *data, size_t size);

// Are the texts equal? For secrets: the time depends only on the length of `b`. Any thread.
bool hp_ident_equal(const char *a, const char *b);
