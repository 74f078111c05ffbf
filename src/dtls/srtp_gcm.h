// srtp_gcm.h - outbound RTP by AES-128-GCM, straight from the shared payload into the send buffer:
// the only hot part of SRTP. RFC 7714. Embedded in hp_srtp, on its thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evp_cipher_ctx_st; // OpenSSL's EVP_CIPHER_CTX
struct hp_rtp_packet;
struct hp_srtp_mb;

enum {
    HP_SRTP_GCM_SALT_SIZE = 12,
    HP_SRTP_SSRCS_MAX = 32, // of each direction of one browser
};

// The 48-bit packet number of one SSRC: how often its 16 bits have rolled over.
struct hp_srtp_gcm_stream {
    uint32_t ssrc;
    uint32_t roll_overs;
    uint16_t highest; // sequence number
};

struct hp_srtp_gcm {
    struct hp_srtp_mb *fast; // NULL: OpenSSL's cipher does the work
    struct evp_cipher_ctx_st *cipher; // NULL beside `fast`
    uint8_t salt[HP_SRTP_GCM_SALT_SIZE];
    struct hp_srtp_gcm_stream streams[HP_SRTP_SSRCS_MAX];
    unsigned stream_count;
    struct evp_cipher_ctx_st *rtcp_cipher;
    uint8_t rtcp_salt[HP_SRTP_GCM_SALT_SIZE];
    uint32_t rtcp_index; // of the last packet; 31 bits
};

// `master` has 16 bytes of key and 12 of salt. False: out of memory.
bool hp_srtp_gcm_init(struct hp_srtp_gcm *gcm, const uint8_t *master);
void hp_srtp_gcm_finish(struct hp_srtp_gcm *gcm);

// Like hp_srtp_protect().
size_t hp_srtp_gcm_protect(struct hp_srtp_gcm *gcm, const struct hp_rtp_packet *packet,
        uint8_t *out, size_t capacity);

// Like hp_srtp_protect_rtcp(). After 2^31 packets all are refused (RFC 3711 section 9.2).
size_t hp_srtp_gcm_protect_rtcp(
        struct hp_srtp_gcm *gcm, const uint8_t *data, size_t size, uint8_t *out, size_t capacity);
