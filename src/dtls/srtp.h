// srtp.h - SRTP and SRTCP contexts of one browser, both directions, with keys from DTLS. RFC 3711,
// RFC 7714. All calls on one thread, the peer's worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_rtp_packet;

enum hp_srtp_profile {
    HP_SRTP_AEAD_AES_128_GCM, // RFC 7714: 16 bytes of key, 12 of salt, 16 of tag
    HP_SRTP_AES128_CM_HMAC_SHA1_80, // RFC 3711: 16 bytes of key, 14 of salt, 10 of tag
};

enum {
    HP_SRTP_KEY_SIZE_MAX = 30, // key and salt
    HP_SRTP_OVERHEAD_MAX = 16, // the most bytes that protect adds to an RTP packet
    HP_SRTCP_OVERHEAD_MAX = 20, // the most bytes that protect_rtcp adds
};

// Master key followed by master salt for each direction.
struct hp_srtp_keys {
    enum hp_srtp_profile profile;
    uint8_t local[HP_SRTP_KEY_SIZE_MAX]; // for packets that we send
    uint8_t remote[HP_SRTP_KEY_SIZE_MAX]; // for packets that we receive
};

// Bytes of the master key and of the master salt in a profile.
size_t hp_srtp_key_size(enum hp_srtp_profile profile);
size_t hp_srtp_salt_size(enum hp_srtp_profile profile);

// Counters for a metrics page; the server does not act on them.
struct hp_srtp_stats {
    uint64_t bad; // inbound: malformed or not authentic
    uint64_t replayed; // inbound: seen before or too old
    uint64_t refused; // outbound: could not be protected
};

struct hp_srtp;

// Starts libsrtp2 and keeps it up until it is released: that costs 20 ms of CPU, which otherwise a
// browser that comes alone pays. False: it does not start, which has been logged. *has_gcm: both
// profiles; else, built without OpenSSL and NSS, it has AES-CM only. Any thread.
bool hp_srtp_hold(bool *has_gcm);
void hp_srtp_release(void);

// Owner: the transport. NULL: the reason has been logged.
struct hp_srtp *hp_srtp_create(const struct hp_srtp_keys *keys); // copied
void hp_srtp_destroy(struct hp_srtp *srtp);

// Writes the protected packet to `out`, which needs room for the sizes of all pieces +
// HP_SRTP_OVERHEAD_MAX. Returns the size; 0: the packet was refused (counted). The hot path: the
// shared payload is read once, straight into the send buffer.
// A packet may be sent again under its old sequence number only if all its bytes are the same,
// those of the header extensions too: AES-GCM must never encrypt two texts under one number. A
// packet with any change (transport-wide sequence number, send time) goes as RTX on an SSRC of its
// own.
size_t hp_srtp_protect(
        struct hp_srtp *srtp, const struct hp_rtp_packet *packet, uint8_t *out, size_t capacity);

// The same for a compound RTCP packet; `out` needs room for size + HP_SRTCP_OVERHEAD_MAX.
size_t hp_srtp_protect_rtcp(
        struct hp_srtp *srtp, const uint8_t *data, size_t size, uint8_t *out, size_t capacity);

// Checks and decrypts a datagram to `out`, which needs room for `size` bytes. Returns the size of
// the plain packet; 0: not authentic, or a replay (counted). Forged packets leave no state behind.
size_t hp_srtp_unprotect(
        struct hp_srtp *srtp, const uint8_t *data, size_t size, uint8_t *out, size_t capacity);
size_t hp_srtp_unprotect_rtcp(
        struct hp_srtp *srtp, const uint8_t *data, size_t size, uint8_t *out, size_t capacity);

const struct hp_srtp_stats *hp_srtp_stats(const struct hp_srtp *srtp);
