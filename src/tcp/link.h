// link.h - one TCP connection that carries datagrams: the bytes that have come and the bytes that
// wait to go, both bounded. On the thread of its worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/bucket.h"
#include "base/path.h"
#include "nat/demux.h"
#include "nat/flow.h"
#include "tcp/framer.h"

struct hp_stream;

enum {
    // Bytes that the kernel keeps unsent, 50 ms of 5 Mbit/s: what waits there is old when it goes.
    HP_LINK_UNSENT_MAX = 32 * 1024,
    HP_LINK_OUT_SIZE = 16 * 1024, // bytes of media that wait here: one record of TLS
    HP_LINK_OUT_MAX = HP_LINK_OUT_SIZE + 4 * 1024, // with STUN, which goes past media's limit
    HP_LINK_TURN_OUT_MAX = 256 * 1024, // with what other workers had sent before they knew
};

// Owner: the reception, then a side, which fill in what stands below `rest`.
struct hp_link {
    struct hp_stream *stream;
    struct hp_framer framer;
    uint8_t *out; // framed, owned until it is out; NULL: nothing has been sent yet
    size_t out_room, out_size;
    bool is_blocked; // bytes wait until the client takes them
    bool is_broken; // nothing can be sent any more
    uint8_t *rest; // has been read, and is to be looked at from rest_at on; NULL: nothing
    size_t rest_at, rest_size;

    void *owner;
    uint64_t guest; // the number of its place
    struct hp_flow flow; // of all its datagrams
    struct hp_demux_peer peer; // ICE: whose it is
    const uint8_t *first; // a datagram in the framer that nobody has got yet; NULL: none
    size_t first_size;
    bool is_preferred; // TURN: it has asked for an allocation
    bool is_valid; // an authentic check has come by it; TURN: has had an allocation
    int64_t since_us, heard_us;
    int64_t used_us; // ICE: when media was last sent by it; 0: never
    int64_t known_us; // TURN: when it was last seen to have an allocation; else since_us
    bool is_marked; // TURN: other workers see that it is blocked
    struct hp_bucket checks; // that cost an HMAC; TURN: messages before its first allocation
    GList item; // of the reception's list; TURN: of those that are to be flushed
    bool is_listed;
};

// Takes the stream. `data` has been read of it already, and is copied.
struct hp_link *hp_link_create(
        struct hp_stream *stream, const uint8_t *data, size_t size, uint64_t guest);
void hp_link_destroy(struct hp_link *link);

// Reads what has come. False: no more will come.
bool hp_link_read(struct hp_link *link);

// The next datagram of what has been read, borrowed until the next call; see hp_framer_take().
enum hp_framer_verdict hp_link_next(
        struct hp_link *link, const uint8_t **datagram, size_t *size);

// Takes datagrams, as a carrier does (nat/flow.h). Fewer than `count`: the link is blocked. What is
// no media is never refused: it is taken as long as there is any room, and else lost. A broken link
// takes all.
unsigned hp_link_send(struct hp_link *link, const struct hp_segment *segments, unsigned count);

// Takes a datagram of a sender that could not know whether the link is blocked; it goes out by
// hp_link_flush() at the latest. False: there is no room for the whole, and it is lost.
bool hp_link_push(struct hp_link *link, const struct hp_segment *segment);

// The client takes bytes again. True: the link is not blocked any more.
bool hp_link_flush(struct hp_link *link);

// Is a part of a message there, whose rest has not come yet?
bool hp_link_has_part(const struct hp_link *link);

// Watches for bytes that come, and for room if the link is blocked.
void hp_link_watch(struct hp_link *link);
