// srtp_mb.h - AES-128-GCM of one key by Intel's IPsec multi-buffer library (ipsec-mb), which takes
// a quarter of OpenSSL's time where the processor has AVX-512. RFC 7714.
// It is there if configure has found it and the processor serves; else OpenSSL does the work.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct hp_rtp_packet;
struct hp_srtp_mb;

// The set of instructions that it uses, "AVX512" for one; NULL: it is not there. Any thread. The
// first call starts the library, for as long as the process lives.
const char *hp_srtp_mb_get_set(void);

// The caller owns the key's context. `key`, of 16 bytes, is copied. NULL: it is not there.
struct hp_srtp_mb *hp_srtp_mb_create(const uint8_t *key);
void hp_srtp_mb_destroy(struct hp_srtp_mb *mb); // or NULL; the key is overwritten

// Writes prefix and payload encrypted, and the tag of 16 bytes, behind the place of the header in
// `out`. The header is authenticated; the caller copies it. `nonce` has 12 bytes. One thread at a
// time for each context.
void hp_srtp_mb_encrypt(const struct hp_srtp_mb *mb, const struct hp_rtp_packet *packet,
        const uint8_t *nonce, uint8_t *out);
