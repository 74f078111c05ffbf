// srtp_mb.c - AES-128-GCM by Intel's IPsec multi-buffer library.
// Owner: hp_srtp_gcm.  Thread: the peer's worker; the library's start: any, once.
#include "dtls/srtp_mb.h"

#include "config.h"

#include <stddef.h>

#ifdef HAVE_IPSEC_MB
#include <glib.h>
#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>
#include <pthread.h>

#include "base/rtp_transport.h"

enum {
    TAG_SIZE = 16,
    ALIGNMENT = 64, // which the library wants of keys
};

struct hp_srtp_mb {
    struct gcm_key_data key;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static IMB_MGR *manager; // its functions for this processor; NULL: they are not there
static const char *set;

static const char *
name_set(uint64_t features)
{
    if ((features & IMB_FEATURE_AVX512_SKX) == IMB_FEATURE_AVX512_SKX) {
        return "AVX512";
    }
    return features & IMB_FEATURE_AVX2 ? "AVX2" : "SSE";
}

static void
start(void)
{
    IMB_ARCH found;
    IMB_MGR *started = alloc_mb_mgr(0);
    if (started == NULL) {
        return;
    }
    init_mb_mgr_auto(started, &found);
    bool has_aes = (started->features & IMB_FEATURE_AESNI) != 0; // without it OpenSSL is faster
    if (imb_get_errno(started) != 0 || !has_aes) {
        free_mb_mgr(started);
        return;
    }
    set = name_set(started->features);
    manager = started;
}

const char *
hp_srtp_mb_get_set(void)
{
    pthread_once(&once, start);
    return set;
}

struct hp_srtp_mb *
hp_srtp_mb_create(const uint8_t *key)
{
    if (hp_srtp_mb_get_set() == NULL) {
        return NULL;
    }
    struct hp_srtp_mb *mb = g_aligned_alloc0(1, sizeof(*mb), ALIGNMENT);
    IMB_AES128_GCM_PRE(manager, key, &mb->key);
    return mb;
}

void
hp_srtp_mb_destroy(struct hp_srtp_mb *mb)
{
    if (mb != NULL) {
        OPENSSL_cleanse(mb, sizeof(*mb));
        g_aligned_free(mb);
    }
}

void
hp_srtp_mb_encrypt(const struct hp_srtp_mb *mb, const struct hp_rtp_packet *packet,
        const uint8_t *nonce, uint8_t *out)
{
    struct gcm_context_data context;
    uint8_t *body = out + packet->header_size;
    uint8_t *payload = body + packet->prefix_size;
    IMB_AES128_GCM_INIT(manager, &mb->key, &context, nonce, packet->header, packet->header_size);
    if (packet->prefix_size > 0) {
        IMB_AES128_GCM_ENC_UPDATE(
                manager, &mb->key, &context, body, packet->prefix, packet->prefix_size);
    }
    if (packet->payload_size > 0) {
        IMB_AES128_GCM_ENC_UPDATE(
                manager, &mb->key, &context, payload, packet->payload, packet->payload_size);
    }
    IMB_AES128_GCM_ENC_FINALIZE(
            manager, &mb->key, &context, payload + packet->payload_size, TAG_SIZE);
}

#else

const char *
hp_srtp_mb_get_set(void)
{
    return NULL;
}

struct hp_srtp_mb *
hp_srtp_mb_create(const uint8_t *key)
{
    return NULL;
}

void
hp_srtp_mb_destroy(struct hp_srtp_mb *mb)
{
}

void
hp_srtp_mb_encrypt(const struct hp_srtp_mb *mb, const struct hp_rtp_packet *packet,
        const uint8_t *nonce, uint8_t *out)
{
}

#endif
