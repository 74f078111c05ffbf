// hostname.c - names of hosts as people write them.
// Owner: nobody, pure.  Thread: any.
// RFC 1123 section 2.1 (the letters), RFC 1035 section 2.3.4 (the sizes).
#include "base/hostname.h"

#include <arpa/inet.h>
#include <string.h>

#include <glib.h>

enum {
    LABEL_MAX = 63
};

static bool
is_label(const char *label, size_t size)
{
    if (size == 0 || size > LABEL_MAX || label[0] == '-' || label[size - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isalnum(label[i]) && label[i] != '-' && label[i] != '_') {
            return false;
        }
    }
    return true;
}

static bool
is_number(const char *label, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isdigit(label[i])) {
            return false;
        }
    }
    return true;
}

static bool
is_ipv4(const char *text, size_t size)
{
    char copy[INET_ADDRSTRLEN] = "";
    struct in_addr address;
    if (size >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text, size);
    return inet_pton(AF_INET, copy, &address) == 1;
}

bool
hp_hostname_is_good(const char *text, size_t size)
{
    if (is_ipv4(text, size)) {
        return true;
    }
    if (size > 0 && text[size - 1] == '.') {
        size--; // a full name ends so
    }
    if (size > HP_HOSTNAME_MAX) {
        return false;
    }
    for (size_t start = 0;;) {
        const char *dot = memchr(text + start, '.', size - start);
        size_t label_size = dot == NULL ? size - start : (size_t) (dot - text) - start;
        if (!is_label(text + start, label_size)) {
            return false;
        }
        if (dot == NULL) {
            return !is_number(text + start, label_size);
        }
        start += label_size + 1;
    }
}
