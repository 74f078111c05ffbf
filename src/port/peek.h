// peek.h - tells from the first bytes of a connection which protocol it speaks. Pure, any thread.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum hp_peek {
    HP_PEEK_TLS, // a TLS record of type handshake
    HP_PEEK_HTTP, // a method in capital letters
    HP_PEEK_STUN, // STUN without a frame: TURN over TCP (RFC 8656)
    HP_PEEK_FRAMED_STUN, // STUN behind a length: ICE over TCP (RFC 4571, RFC 6544)
    HP_PEEK_MORE, // too early to tell
    HP_PEEK_JUNK, // no protocol of these
};

enum {
    HP_PEEK_KINDS = HP_PEEK_FRAMED_STUN + 1, // the kinds that a handler can have
    HP_PEEK_SIZE = 10, // bytes that tell the kind for certain
};

// Looks at the bytes that have come so far; HP_PEEK_SIZE of them always suffice.
enum hp_peek hp_peek_classify(const uint8_t *data, size_t size);
