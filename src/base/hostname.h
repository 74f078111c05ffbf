// hostname.h - names of hosts as people write them. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    HP_HOSTNAME_MAX = 253 // bytes, without a dot at the end
};

// Are these bytes a name that may be looked up, or an IPv4 address (RFC 1123 section 2.1, with the
// "_" that container networks use): labels of letters, digits, "-" and "_", none of them empty or
// longer than 63? A name whose last label is a number has to be an address, as in URLs.
bool hp_hostname_is_good(const char *text, size_t size);
