// srtp.h - SRTP and SRTCP contexts of one browser, both directions, keyed by DTLS.
// All calls on one thread, the peer's worker.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct hp_rtp_packet;

enum hp_srtp_profile {
    HP_SRTP_AEAD_AES_128_GCM, // RFC 7714: 16 bytes of key, 12 of salt, 16 of tag
    HP_SRTP_AES128_CM_HMAC_SHA1_80, // RFC 3711: 16 bytes of key, 14 of salt, 10 of tag
};

enum {
    HP_SRTP_KEY_SIZE_MAX = 30, // key and salt
    HP_SRTP_OVERHEAD_MAX = 16, // what protect adds to an RTP packet at most
    HP_SRTCP_OVERHEAD_MAX = 20, // what protect_rtcp adds at most
};

// Master key followed by master salt for each direction.
struct hp_srtp_keys {
    enum hp_srtp_profile profile;
    uint8_t local[HP_SRTP_KEY_SIZE_MAX]; // what we send
    uint8_t remote[HP_SRTP_KEY_SIZE_MAX]; // what we receive
};

// Bytes of master key and salt that a profile uses.
size_t hp_srtp_key_size(enum hp_srtp_profile profile);
size_t hp_srtp_salt_size(enum hp_srtp_profile profile);

// Figures for the metrics.
struct hp_srtp_stats {
    uint64_t bad; // inbound: not authentic or malformed
    uint64_t replayed; // inbound: seen before or too old
    uint64_t refused; // outbound: could not be protected
};

struct hp_srtp;

// Owner: the transport. NULL after logging why.
struct hp_srtp *hp_srtp_create(const struct hp_srtp_keys *keys); // copied
void hp_srtp_destroy(struct hp_srtp *srtp);

// Writes the protected packet to `out`, of which it needs all pieces' sizes +
// HP_SRTP_OVERHEAD_MAX. Returns its size, 0 when it was refused (counted). The hot path: the shared
// payload is read once, straight into the send buffer.
// A packet may be sent again with its old sequence number only if it is the same byte for byte, its
// header extensions too: AES-GCM must never see two texts under one number. If anything of it
// changes (transport-wide sequence number, send time) it goes as RTX on an SSRC of its own.
size_t hp_srtp_protect(
        struct hp_srtp *srtp, const struct hp_rtp_packet *packet, uint8_t *out, size_t capacity);

// The same for a compound RTCP packet; needs size + HP_SRTCP_OVERHEAD_MAX.
size_t hp_srtp_protect_rtcp(
        struct hp_srtp *srtp, const uint8_t *data, size_t size, uint8_t *out, size_t capacity);

// Checks and decrypts a datagram to `out` (needs `size` bytes). Returns the size of the plain
// packet, 0 when it is not authentic or a replay (counted). Forged packets leave no state behind.
size_t hp_srtp_unprotect(
        struct hp_srtp *srtp, const uint8_t *data, size_t size, uint8_t *out, size_t capacity);
size_t hp_srtp_unprotect_rtcp(
        struct hp_srtp *srtp, const uint8_t *data, size_t size, uint8_t *out, size_t capacity);

const struct hp_srtp_stats *hp_srtp_stats(const struct hp_srtp *srtp);
