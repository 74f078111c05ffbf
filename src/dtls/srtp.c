// srtp.c - SRTP and SRTCP contexts of one browser: libsrtp2, and OpenSSL for the RTP that we send.
// Owner: the transport.  Thread: the peer's worker, always.
// RFC 3711, RFC 5764, RFC 7714.
#include "dtls/srtp.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include <glib.h>
#include <openssl/crypto.h>
#include <srtp2/srtp.h>

#define LOG_TAG "srtp"
#include "base/log.h"
#include "base/rtp_transport.h"
#include "dtls/srtp_cipher.h"
#include "dtls/srtp_gcm.h"
#include "dtls/srtp_mb.h"

enum {
    RTP_HEADER_SIZE = 12,
    RTCP_HEADER_SIZE = 8, // header of the first packet and the SSRC of its sender
    WINDOW_SIZE = 4096, // packets that may come late or be repeated
};

static const struct {
    size_t key_size, salt_size;
    srtp_profile_t id;
} profiles[] = {
    [HP_SRTP_AEAD_AES_128_GCM] = { 16, 12, srtp_profile_aead_aes_128_gcm },
    [HP_SRTP_AES128_CM_HMAC_SHA1_80] = { 16, 14, srtp_profile_aes128_cm_sha1_80 },
};

// libsrtp's contexts take kilobytes, so each is made when the first packet needs it.
struct hp_srtp {
    struct hp_srtp_keys keys;
    srtp_t outbound; // NULL: no packet needed it yet; never made if has_gcm
    srtp_t inbound; // NULL: no packet has come yet
    struct hp_srtp_gcm gcm;
    bool has_gcm; // all that we send goes through gcm
    bool has_library; // this object counts as a user of libsrtp
    uint32_t ssrcs[HP_SRTP_SSRCS_MAX]; // inbound SSRCs that libsrtp keeps state for
    unsigned ssrc_count;
    unsigned next_evicted;
    struct hp_srtp_stats stats;
};

// libsrtp2 is initialised once for the process: the first user starts it, the last one shuts it
// down.
static pthread_mutex_t library_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned library_users;
static bool library_has_gcm;
// A context of nobody. Debian's libsrtp2 loads the modules of NSS for the first cipher that there
// is and unloads them behind the last one; so nobody's join pays for that.
static srtp_t library_keeper;

static void
create_keeper(void)
{
    uint8_t key[HP_SRTP_KEY_SIZE_MAX] = { 0 };
    srtp_policy_t policy = { .ssrc = { .type = ssrc_any_inbound }, .key = key };
    srtp_crypto_policy_set_rtp_default(&policy.rtp);
    srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
    if (srtp_create(&library_keeper, &policy) != srtp_err_status_ok) {
        library_keeper = NULL; // all works without it
    }
}

static void
destroy_keeper(void)
{
    if (library_keeper != NULL) {
        srtp_dealloc(library_keeper);
        library_keeper = NULL;
    }
}

// A libsrtp2 that was built without AES-GCM knows no policy for it, or refuses the cipher.
static bool
start_library(void)
{
    srtp_crypto_policy_t policy;
    if (srtp_init() != srtp_err_status_ok) {
        return false;
    }
    library_has_gcm = srtp_crypto_policy_set_from_profile_for_rtp(
                              &policy, profiles[HP_SRTP_AEAD_AES_128_GCM].id)
                    == srtp_err_status_ok
            && hp_srtp_cipher_install();
    create_keeper();
    return true;
}

static bool
ref_library(void)
{
    pthread_mutex_lock(&library_lock);
    bool is_up = library_users > 0 || start_library();
    if (is_up) {
        library_users++;
    }
    pthread_mutex_unlock(&library_lock);
    return is_up;
}

static void
unref_library(void)
{
    pthread_mutex_lock(&library_lock);
    library_users--;
    if (library_users == 0) {
        destroy_keeper();
        srtp_shutdown();
    }
    pthread_mutex_unlock(&library_lock);
}

bool
hp_srtp_hold(bool *has_gcm)
{
    if (!ref_library()) {
        log_error("libsrtp2 does not start: install the one of the system again");
        return false;
    }
    *has_gcm = library_has_gcm; // fixed as long as we use the library
    const char *set = hp_srtp_mb_get_set(); // starts it, so that nobody's join pays for that
    log_debug("AES-GCM by %s", set == NULL ? "OpenSSL" : set);
    return true;
}

void
hp_srtp_release(void)
{
    unref_library();
}

size_t
hp_srtp_key_size(enum hp_srtp_profile profile)
{
    return profiles[profile].key_size;
}

size_t
hp_srtp_salt_size(enum hp_srtp_profile profile)
{
    return profiles[profile].salt_size;
}

// Makes a context unless there is one. False: libsrtp refuses the keys, which has been logged.
static bool
need_context(srtp_t *context, srtp_ssrc_type_t direction, enum hp_srtp_profile profile,
        const uint8_t *master)
{
    if (*context != NULL) {
        return true;
    }
    uint8_t key[HP_SRTP_KEY_SIZE_MAX];
    memcpy(key, master, sizeof(key)); // libsrtp wants it writable
    srtp_policy_t policy = {
        .ssrc = { .type = direction },
        .key = key,
        .window_size = WINDOW_SIZE,
        .allow_repeat_tx = 1,
    };
    srtp_profile_t id = profiles[profile].id;
    srtp_err_status_t status = srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, id);
    if (status == srtp_err_status_ok) {
        status = srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, id);
    }
    if (status == srtp_err_status_ok) {
        status = srtp_create(context, &policy);
    }
    OPENSSL_cleanse(key, sizeof(key));
    if (status != srtp_err_status_ok) {
        *context = NULL;
        log_error("SRTP cannot be set up: libsrtp2 refuses the keys");
    }
    return status == srtp_err_status_ok;
}

static bool
need_outbound(struct hp_srtp *srtp)
{
    return need_context(
            &srtp->outbound, ssrc_any_outbound, srtp->keys.profile, srtp->keys.local);
}

static bool
need_inbound(struct hp_srtp *srtp)
{
    return need_context(&srtp->inbound, ssrc_any_inbound, srtp->keys.profile, srtp->keys.remote);
}

struct hp_srtp *
hp_srtp_create(const struct hp_srtp_keys *keys)
{
    struct hp_srtp *srtp = g_new0(struct hp_srtp, 1);
    srtp->keys = *keys;
    srtp->has_library = ref_library();
    if (!srtp->has_library) {
        log_error("SRTP cannot be set up: libsrtp2 does not start");
        goto fail;
    }
    if (keys->profile == HP_SRTP_AEAD_AES_128_GCM) {
        srtp->has_gcm = true;
        if (!hp_srtp_gcm_init(&srtp->gcm, keys->local)) {
            log_error("no AES-GCM in OpenSSL");
            goto fail;
        }
    }
    return srtp;
fail:
    hp_srtp_destroy(srtp);
    return NULL;
}

void
hp_srtp_destroy(struct hp_srtp *srtp)
{
    if (srtp == NULL) {
        return;
    }
    if (srtp->has_gcm) {
        hp_srtp_gcm_finish(&srtp->gcm);
    }
    if (srtp->inbound != NULL) {
        srtp_dealloc(srtp->inbound);
    }
    if (srtp->outbound != NULL) {
        srtp_dealloc(srtp->outbound);
    }
    if (srtp->has_library) {
        unref_library();
    }
    OPENSSL_cleanse(&srtp->keys, sizeof(srtp->keys));
    g_free(srtp);
}

static size_t
protect_by_library(
        struct hp_srtp *srtp, const struct hp_rtp_packet *packet, uint8_t *out, size_t capacity)
{
    size_t size = packet->header_size + packet->prefix_size + packet->payload_size;
    if (packet->header_size < RTP_HEADER_SIZE || size + HP_SRTP_OVERHEAD_MAX > capacity
            || size > UINT16_MAX || !need_outbound(srtp)) {
        return 0;
    }
    memcpy(out, packet->header, packet->header_size);
    if (packet->prefix_size > 0) {
        memcpy(out + packet->header_size, packet->prefix, packet->prefix_size);
    }
    if (packet->payload_size > 0) {
        memcpy(out + packet->header_size + packet->prefix_size, packet->payload,
                packet->payload_size);
    }
    int protected_size = (int) size;
    srtp_err_status_t status = srtp_protect(srtp->outbound, out, &protected_size);
    return status == srtp_err_status_ok ? (size_t) protected_size : 0;
}

size_t
hp_srtp_protect(
        struct hp_srtp *srtp, const struct hp_rtp_packet *packet, uint8_t *out, size_t capacity)
{
    size_t size = srtp->has_gcm ? hp_srtp_gcm_protect(&srtp->gcm, packet, out, capacity)
                                : protect_by_library(srtp, packet, out, capacity);
    if (size == 0) {
        srtp->stats.refused++;
    }
    return size;
}

static size_t
protect_rtcp_by_library(
        struct hp_srtp *srtp, const uint8_t *data, size_t size, uint8_t *out, size_t capacity)
{
    if (size < RTCP_HEADER_SIZE || size > UINT16_MAX || size + HP_SRTCP_OVERHEAD_MAX > capacity
            || !need_outbound(srtp)) {
        return 0;
    }
    memcpy(out, data, size);
    int protected_size = (int) size;
    srtp_err_status_t status = srtp_protect_rtcp(srtp->outbound, out, &protected_size);
    return status == srtp_err_status_ok ? (size_t) protected_size : 0;
}

size_t
hp_srtp_protect_rtcp(
        struct hp_srtp *srtp, const uint8_t *data, size_t size, uint8_t *out, size_t capacity)
{
    size_t protected_size = srtp->has_gcm
            ? hp_srtp_gcm_protect_rtcp(&srtp->gcm, data, size, out, capacity)
            : protect_rtcp_by_library(srtp, data, size, out, capacity);
    if (protected_size == 0) {
        srtp->stats.refused++;
    }
    return protected_size;
}

// libsrtp keeps state for every SSRC of which it has seen an authentic packet. The oldest SSRC is
// forgotten for a new one, so that a browser cannot make us keep 2^32 of them.
static void
note_ssrc(struct hp_srtp *srtp, const uint8_t *ssrc_be)
{
    uint32_t ssrc;
    memcpy(&ssrc, ssrc_be, sizeof(ssrc));
    for (unsigned i = 0; i < srtp->ssrc_count; i++) {
        if (srtp->ssrcs[i] == ssrc) {
            return;
        }
    }
    if (srtp->ssrc_count < HP_SRTP_SSRCS_MAX) {
        srtp->ssrcs[srtp->ssrc_count++] = ssrc;
        return;
    }
    // libsrtp expects network order
    srtp_remove_stream(srtp->inbound, srtp->ssrcs[srtp->next_evicted]);
    srtp->ssrcs[srtp->next_evicted] = ssrc;
    srtp->next_evicted = (srtp->next_evicted + 1) % HP_SRTP_SSRCS_MAX;
}

static void
count_refusal(struct hp_srtp *srtp, srtp_err_status_t status)
{
    if (status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old) {
        srtp->stats.replayed++;
    } else {
        srtp->stats.bad++;
    }
}

size_t
hp_srtp_unprotect(
        struct hp_srtp *srtp, const uint8_t *data, size_t size, uint8_t *out, size_t capacity)
{
    if (size < RTP_HEADER_SIZE || size > UINT16_MAX || size > capacity || !need_inbound(srtp)) {
        srtp->stats.bad++;
        return 0;
    }
    memcpy(out, data, size);
    int plain_size = (int) size;
    srtp_err_status_t status = srtp_unprotect(srtp->inbound, out, &plain_size);
    if (status != srtp_err_status_ok) {
        count_refusal(srtp, status);
        return 0;
    }
    note_ssrc(srtp, data + 8);
    return (size_t) plain_size;
}

size_t
hp_srtp_unprotect_rtcp(
        struct hp_srtp *srtp, const uint8_t *data, size_t size, uint8_t *out, size_t capacity)
{
    if (size < RTCP_HEADER_SIZE || size > UINT16_MAX || size > capacity || !need_inbound(srtp)) {
        srtp->stats.bad++;
        return 0;
    }
    memcpy(out, data, size);
    int plain_size = (int) size;
    srtp_err_status_t status = srtp_unprotect_rtcp(srtp->inbound, out, &plain_size);
    if (status != srtp_err_status_ok) {
        count_refusal(srtp, status);
        return 0;
    }
    note_ssrc(srtp, data + 4);
    return (size_t) plain_size;
}

const struct hp_srtp_stats *
hp_srtp_stats(const struct hp_srtp *srtp)
{
    return &srtp->stats;
}
