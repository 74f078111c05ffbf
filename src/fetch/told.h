// told.h - reads the answer of a server outside that tells our address. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "wire/address.h"

// The body is white space around one public address, which is written in its usual form. False: it
// is anything else, and the address is "".
bool hp_told_parse(const char *body, size_t size, char address[HP_ADDRESS_TEXT_SIZE]);
