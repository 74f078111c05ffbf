// peek.c - tells from the first bytes of a connection which protocol it speaks.
// Pure.  Thread: any.
// RFC 8489 (STUN), RFC 4571 (framing), RFC 7983 (which protocol begins with which byte).
#include "port/peek.h"

#include <stdbool.h>

#include <glib.h>

enum {
    STUN_HEADER_SIZE = 20,
    STUN_MAX_SIZE = 2048, // a connectivity check or an Allocate is far smaller
};

static bool
has_cookie(const uint8_t *data)
{
    return data[0] == 0x21 && data[1] == 0x12 && data[2] == 0xa4 && data[3] == 0x42;
}

//   STUN:          0 type(2)   2 length(2)  4 cookie(4)
//   framed STUN:   0 size(2)   2 type(2)    4 length(2)  6 cookie(4)
// Both begin with a small number; TLS begins with 0x16, HTTP with a letter or an empty line.
static enum hp_peek
classify_stun(const uint8_t *data, size_t size)
{
    unsigned first = size < 2 ? 0 : data[0] << 8 | data[1];
    if (data[0] > STUN_MAX_SIZE >> 8) {
        return HP_PEEK_JUNK;
    }
    if (size >= 8 && has_cookie(data + 4)) {
        return HP_PEEK_STUN;
    }
    if (size < HP_PEEK_SIZE) {
        return HP_PEEK_MORE;
    }
    bool is_framed = first >= STUN_HEADER_SIZE && first <= STUN_MAX_SIZE && has_cookie(data + 6);
    return is_framed ? HP_PEEK_FRAMED_STUN : HP_PEEK_JUNK;
}

enum hp_peek
hp_peek_classify(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return HP_PEEK_MORE;
    }
    if (data[0] == 0x16) {
        return HP_PEEK_TLS;
    }
    if (g_ascii_isupper(data[0]) || data[0] == '\r') { // RFC 9112 2.2: an empty line may come first
        return HP_PEEK_HTTP;
    }
    return classify_stun(data, size);
}
