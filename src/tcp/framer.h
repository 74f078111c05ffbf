// framer.h - datagrams in a stream of bytes: cuts what comes into datagrams, and frames those that
// go out. Pure. On its owner's thread.
//
//   ICE   |  length (16)  |  datagram  |                            RFC 4571, RFC 6544
//   TURN  |  STUN message, which says its length  |                 RFC 8489 section 6.2.2
//         |  channel (16)  |  length (16)  |  data, padded to 4  |  RFC 8656 section 12.5
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nat/service.h"

enum hp_framer_kind {
    HP_FRAMER_UNKNOWN, // the first message tells
    HP_FRAMER_ICE,
    HP_FRAMER_TURN,
};

enum {
    HP_FRAMER_DATAGRAM_MAX = 1600, // bytes; browsers send at most 1,500
    HP_FRAMER_HEAD_MAX = 4, // bytes that come with a datagram: its length, or its padding
};

// Part of another object; {0} is a fresh one.
struct hp_framer {
    enum hp_framer_kind kind;
    size_t size; // bytes that have come of the message under way
    bool is_taken; // the message in `data` has been given
    uint8_t data[HP_FRAMER_HEAD_MAX + HP_FRAMER_DATAGRAM_MAX + HP_SERVICE_SPARE];
};

enum hp_framer_verdict {
    HP_FRAMER_DATAGRAM,
    HP_FRAMER_MORE, // all bytes are taken
    HP_FRAMER_BROKEN, // no message begins so, or it is too large: the stream has no meaning
};

// Takes bytes up to the end of the next datagram; *data and *size tell what is left. DATAGRAM: it
// is at *datagram until the next call, with HP_SERVICE_SPARE zero bytes behind it.
enum hp_framer_verdict hp_framer_take(struct hp_framer *framer, const uint8_t **data, size_t *size,
        const uint8_t **datagram, size_t *datagram_size);

// Is it of a picture or a sound, or of DTLS, rather than a STUN message, which its receiver waits
// for? TURN: what is inside of ChannelData and of a Data indication counts.
bool hp_framer_is_media(enum hp_framer_kind kind, const uint8_t *datagram, size_t size);

// Writes a framed datagram. Returns its size; 0: it needs more than `room`, or no length can say
// its size.
size_t hp_framer_write(enum hp_framer_kind kind, const uint8_t *datagram, size_t size, uint8_t *to,
        size_t room);
