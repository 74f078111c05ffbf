// ident.c - random names and keys from the kernel's generator.
// Owner: nobody.  Thread: any.
#include "base/ident.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define LOG_TAG "ident"
#include "base/log.h"

void
hp_ident_random(void *data, size_t size)
{
    uint8_t *bytes = data;
    while (size > 0) {
        ssize_t count = getrandom(bytes, size, 0);
        if (count <= 0) {
            log_error("the server ends: it needs random bytes for keys, and the kernel's "
                      "getrandom() gives none");
            abort();
        }
        bytes += count;
        size -= (size_t) count;
    }
}

void
hp_ident_token(char *text, size_t length)
{
    static const char letters[] =
            "_-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    hp_ident_random(text, length);
    for (size_t i = 0; i < length; i++) {
        text[i] = letters[(unsigned char) text[i] & 63];
    }
    text[length] = '\0';
}

uint64_t
hp_ident_hash(uint64_t seed, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint64_t sum = seed;
    for (size_t i = 0; i < size; i++) {
        sum = (sum ^ bytes[i]) * 0x9e3779b97f4a7c15u;
        sum ^= sum >> 29;
    }
    return sum;
}

bool
hp_ident_equal(const char *a, const char *b)
{
    size_t a_length = strlen(a);
    size_t b_length = strlen(b);
    unsigned difference = a_length != b_length;
    for (size_t i = 0; i < b_length; i++) {
        difference |= (unsigned char) b[i] ^ (unsigned char) (a_length == 0 ? 0 : a[i % a_length]);
    }
    return difference == 0;
}
