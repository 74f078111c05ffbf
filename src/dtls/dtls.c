// dtls.c - DTLS 1.2 with one browser: handshake, fingerprint check, keys for SRTP, records for
// SCTP.
// Owner: the transport.  Thread: the peer's worker, always.
// RFC 6347 (DTLS 1.2), RFC 5764 (keys for SRTP), RFC 8261 (SCTP inside).
#include "dtls/dtls.h"

#include <assert.h>
#include <string.h>
#include <sys/time.h>

#include <glib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#define LOG_TAG "dtls"
#include "base/fallback.h"
#include "base/guard.h"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "dtls/dtls_bio.h"
#include "dtls/dtls_context.h"
#include "dtls/fingerprint.h"
#include "dtls/handshake_pages.h"
#include "dtls/srtp.h"

enum {
    DEFAULT_MTU = 1200, // bytes; every path of the Internet carries it
    MIN_MTU = 256,
    RECORD_HEADER_SIZE = 13,
    RECORD_OVERHEAD = RECORD_HEADER_SIZE + 8 + 16, // AEAD: explicit nonce and tag
    // The nonce and tag of AES-GCM. OpenSSL 3.0.20 ends the connection over a forged record that is
    // shorter.
    MIN_SEALED_SIZE = 8 + 16,
    MAX_RECORD_DATA = 16 * 1024, // RFC 6347 section 4.3.1
    DEFAULT_TIMEOUT_MS = 15000,
    FIRST_RETRANSMIT_US = 50000, // short paths matter most; doubles with each one
    MAX_RETRANSMIT_US = 1600000,
};

enum dtls_state {
    STATE_IDLE,
    STATE_HANDSHAKE,
    STATE_CONNECTED,
    STATE_ENDED
};

struct hp_dtls {
    char *id;
    struct hp_worker *worker;
    enum hp_dtls_role role;
    struct hp_fingerprints fingerprints;
    int64_t timeout_ms;
    enum dtls_state state;
    SSL *ssl;
    struct hp_handshake_pages pages;
    struct hp_dtls_bio bio;
    struct hp_timer retransmit;
    struct hp_timer deadline;
    struct hp_guard guard; // a callback may destroy the object
    struct hp_dtls_stats stats;
    const struct hp_dtls_cbs *cbs;
    void *cbs_arg;
};

static void
free_dtls(struct hp_dtls *dtls)
{
    hp_timer_stop(&dtls->retransmit);
    hp_timer_stop(&dtls->deadline);
    SSL_free(dtls->ssl);
    hp_dtls_bio_finish(&dtls->bio);
    g_free(dtls->id);
    g_free(dtls);
}

// The error queue belongs to the thread: errors of other users would confuse us. To look is cheap,
// to clear 16 empty entries is not, and this runs twice for each packet.
static void
forget_errors(void)
{
    if (ERR_peek_error() != 0) {
        ERR_clear_error();
    }
}

static void
enter(struct hp_dtls *dtls)
{
    assert(hp_worker_is_current(dtls->worker));
    hp_guard_enter(&dtls->guard);
    forget_errors();
    if (dtls->state == STATE_CONNECTED) {
        SSL_alloc_buffers(dtls->ssl); // what leave() has freed
    }
}

static void
leave(struct hp_dtls *dtls)
{
    if (dtls->state == STATE_CONNECTED && dtls->guard.depth == 1) {
        SSL_free_buffers(dtls->ssl); // 19 KB, and most connections are silent most of the time
    }
    if (hp_guard_leave(&dtls->guard)) {
        free_dtls(dtls);
    }
}

static void
flush(struct hp_dtls *dtls)
{
    GBytes *datagram;
    while (!dtls->guard.is_destroyed && (datagram = hp_dtls_bio_pop(&dtls->bio)) != NULL) {
        gsize size = 0;
        const uint8_t *data = g_bytes_get_data(datagram, &size);
        dtls->cbs->on_send(dtls->cbs_arg, data, size);
        g_bytes_unref(datagram);
    }
}

static void
end(struct hp_dtls *dtls, const char *reason)
{
    if (dtls->state == STATE_ENDED) {
        return;
    }
    bool was_connected = dtls->state == STATE_CONNECTED;
    dtls->state = STATE_ENDED;
    hp_timer_stop(&dtls->retransmit);
    hp_timer_stop(&dtls->deadline);
    flush(dtls); // the alert is sent
    if (dtls->guard.is_destroyed) {
        return;
    }
    if (was_connected) {
        log_debug("peer %s: DTLS ended: %s", dtls->id, reason);
        dtls->cbs->on_closed(dtls->cbs_arg);
    } else {
        log_debug("peer %s: DTLS failed: %s", dtls->id, reason);
        dtls->cbs->on_failed(dtls->cbs_arg, reason);
    }
}

// The reason in OpenSSL's words, for the log.
static const char *
find_reason(const struct hp_dtls *dtls)
{
    if (SSL_get_verify_result(dtls->ssl) == X509_V_ERR_CERT_REJECTED) {
        return "the browser's certificate does not match the fingerprint of its description";
    }
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason == NULL ? "protocol error" : reason;
}

static unsigned
choose_timeout_us(SSL *ssl, unsigned last_us)
{
    (void) ssl;
    return last_us == 0 ? FIRST_RETRANSMIT_US : MIN(2 * last_us, (unsigned) MAX_RETRANSMIT_US);
}

static void
arm(struct hp_dtls *dtls)
{
    struct timeval left;
    if (dtls->state == STATE_ENDED || !DTLSv1_get_timeout(dtls->ssl, &left)) {
        hp_timer_stop(&dtls->retransmit);
        return;
    }
    hp_timer_start(&dtls->retransmit, (int64_t) left.tv_sec * G_USEC_PER_SEC + left.tv_usec);
}

static bool
find_profile(SSL *ssl, enum hp_srtp_profile *profile)
{
    const SRTP_PROTECTION_PROFILE *selected = SSL_get_selected_srtp_profile(ssl);
    if (selected == NULL) {
        return false;
    }
    switch (selected->id) {
    case SRTP_AEAD_AES_128_GCM: *profile = HP_SRTP_AEAD_AES_128_GCM; return true;
    case SRTP_AES128_CM_SHA1_80: *profile = HP_SRTP_AES128_CM_HMAC_SHA1_80; return true;
    default: return false;
    }
}

// RFC 5764 section 4.2: the order is client key, server key, client salt, server salt.
static bool
export_keys(const struct hp_dtls *dtls, struct hp_srtp_keys *keys)
{
    static const char label[] = "EXTRACTOR-dtls_srtp";
    uint8_t material[2 * HP_SRTP_KEY_SIZE_MAX];
    if (!find_profile(dtls->ssl, &keys->profile)) {
        return false;
    }
    size_t key = hp_srtp_key_size(keys->profile);
    size_t salt = hp_srtp_salt_size(keys->profile);
    if (!SSL_export_keying_material(
                dtls->ssl, material, 2 * (key + salt), label, sizeof(label) - 1, NULL, 0, 0)) {
        return false;
    }
    uint8_t *client = dtls->role == HP_DTLS_CLIENT ? keys->local : keys->remote;
    uint8_t *server = dtls->role == HP_DTLS_CLIENT ? keys->remote : keys->local;
    memcpy(client, material, key);
    memcpy(server, material + key, key);
    memcpy(client + key, material + 2 * key, salt);
    memcpy(server + key, material + 2 * key + salt, salt);
    OPENSSL_cleanse(material, sizeof(material));
    return true;
}

static void
finish_handshake(struct hp_dtls *dtls)
{
    struct hp_srtp_keys keys = { 0 };
    if (!export_keys(dtls, &keys)) {
        end(dtls, "browser and server have no SRTP profile in common");
        return;
    }
    dtls->state = STATE_CONNECTED;
    hp_handshake_pages_drop(&dtls->pages);
    hp_timer_stop(&dtls->deadline);
    log_debug("peer %s: DTLS connected, %s", dtls->id, SSL_get_cipher_name(dtls->ssl));
    flush(dtls); // our Finished is sent before any packet that on_connected sends
    if (!dtls->guard.is_destroyed) {
        dtls->cbs->on_connected(dtls->cbs_arg, &keys);
    }
    OPENSSL_cleanse(&keys, sizeof(keys));
}

// Continues the handshake. True: the handshake is complete.
static bool
shake_hands(struct hp_dtls *dtls)
{
    hp_handshake_pages_enter(&dtls->pages);
    int result = SSL_do_handshake(dtls->ssl);
    hp_handshake_pages_leave();
    if (result == 1) {
        finish_handshake(dtls);
        return dtls->state == STATE_CONNECTED && !dtls->guard.is_destroyed;
    }
    if (SSL_get_error(dtls->ssl, result) != SSL_ERROR_WANT_READ) {
        end(dtls, find_reason(dtls));
    }
    return false;
}

static void
read_data(struct hp_dtls *dtls)
{
    uint8_t data[MAX_RECORD_DATA];
    while (dtls->state == STATE_CONNECTED && !dtls->guard.is_destroyed) {
        forget_errors();
        int size = SSL_read(dtls->ssl, data, sizeof(data));
        if (size > 0) {
            dtls->cbs->on_data(dtls->cbs_arg, data, (size_t) size);
            continue;
        }
        switch (SSL_get_error(dtls->ssl, size)) {
        case SSL_ERROR_WANT_READ: return;
        case SSL_ERROR_ZERO_RETURN: end(dtls, "close_notify"); return;
        default: end(dtls, find_reason(dtls)); return;
        }
    }
}

// Does the datagram consist of whole records of our version? OpenSSL would check that too, but at a
// higher price, and might take a bad datagram for the end of the connection.
static bool
is_plausible(const uint8_t *data, size_t size)
{
    if (size < RECORD_HEADER_SIZE) {
        return false;
    }
    while (size >= RECORD_HEADER_SIZE) {
        size_t length = (size_t) data[11] << 8 | data[12];
        bool is_type_known =
                data[0] >= SSL3_RT_CHANGE_CIPHER_SPEC && data[0] <= SSL3_RT_APPLICATION_DATA;
        bool is_version_known = data[1] == 0xFE && (data[2] == 0xFF || data[2] == 0xFD);
        bool is_epoch_known = data[3] == 0 && data[4] <= 1; // we do not renegotiate
        size_t min_length = data[4] == 0 ? 1 : MIN_SEALED_SIZE;
        if (!is_type_known || !is_version_known || !is_epoch_known || length < min_length
                || length > size - RECORD_HEADER_SIZE) {
            return false;
        }
        data += RECORD_HEADER_SIZE + length;
        size -= RECORD_HEADER_SIZE + length;
    }
    return size == 0;
}

static void
on_retransmit(void *arg)
{
    struct hp_dtls *dtls = arg;
    enter(dtls);
    int result = DTLSv1_handle_timeout(dtls->ssl);
    if (result > 0) {
        dtls->stats.retransmissions++;
    }
    if (result < 0) {
        end(dtls, "no answer");
    } else {
        flush(dtls);
    }
    if (!dtls->guard.is_destroyed) {
        arm(dtls);
    }
    leave(dtls);
}

static void
on_deadline(void *arg)
{
    struct hp_dtls *dtls = arg;
    enter(dtls);
    end(dtls, "no answer in time");
    leave(dtls);
}

static void
set_role(struct hp_dtls *dtls)
{
    switch (dtls->role) {
    case HP_DTLS_CLIENT: SSL_set_connect_state(dtls->ssl); break;
    case HP_DTLS_SERVER: SSL_set_accept_state(dtls->ssl); break;
    }
}

static void
add_fingerprints(struct hp_dtls *dtls, const char *const *texts)
{
    for (unsigned i = 0; texts != NULL && texts[i] != NULL; i++) {
        if (!hp_fingerprints_add(&dtls->fingerprints, texts[i])) {
            log_debug("peer %s: fingerprint %u is ignored", dtls->id, i);
        }
    }
}

struct hp_dtls *
hp_dtls_create(const struct hp_dtls_params *params, const struct hp_dtls_cbs *cbs, void *arg)
{
    struct hp_dtls *dtls = g_new0(struct hp_dtls, 1);
    dtls->id = g_strdup(params->id);
    dtls->worker = params->worker;
    dtls->role = params->role;
    dtls->timeout_ms = hp_fallback_apply(params->timeout_ms, DEFAULT_TIMEOUT_MS);
    dtls->cbs = cbs;
    dtls->cbs_arg = arg;
    hp_timer_init(&dtls->retransmit, params->worker, on_retransmit, dtls);
    hp_timer_init(&dtls->deadline, params->worker, on_deadline, dtls);
    hp_dtls_bio_init(&dtls->bio, params->mtu == 0 ? DEFAULT_MTU : MAX(params->mtu, MIN_MTU));
    add_fingerprints(dtls, params->fingerprints);
    if (dtls->fingerprints.count == 0) {
        log_warn("peer %s: the browser's description has no usable fingerprint: expected sha-256, "
                 "sha-384 or sha-512",
                dtls->id);
        goto fail;
    }
    dtls->ssl = hp_dtls_context_new_ssl(params->context, &dtls->bio);
    if (dtls->ssl == NULL) {
        goto fail; // hp_dtls_context_new_ssl() has logged the reason
    }
    set_role(dtls);
    SSL_set_app_data(dtls->ssl, &dtls->fingerprints);
    DTLS_set_timer_cb(dtls->ssl, choose_timeout_us);
    return dtls;
fail:
    hp_dtls_destroy(dtls);
    return NULL;
}

void
hp_dtls_destroy(struct hp_dtls *dtls)
{
    if (dtls == NULL) {
        return;
    }
    if (hp_guard_destroy(&dtls->guard)) {
        free_dtls(dtls);
    }
}

void
hp_dtls_start(struct hp_dtls *dtls)
{
    assert(dtls->state == STATE_IDLE);
    enter(dtls);
    dtls->state = STATE_HANDSHAKE;
    hp_timer_start_deadline(&dtls->deadline, dtls->timeout_ms * 1000);
    shake_hands(dtls);
    flush(dtls);
    if (!dtls->guard.is_destroyed) {
        arm(dtls);
    }
    leave(dtls);
}

void
hp_dtls_recv(struct hp_dtls *dtls, const uint8_t *data, size_t size)
{
    if (dtls->state == STATE_IDLE || dtls->state == STATE_ENDED || !is_plausible(data, size)) {
        dtls->stats.bad_datagrams++;
        return;
    }
    bool is_data = data[0] == SSL3_RT_APPLICATION_DATA;
    enter(dtls);
    dtls->bio.in = data;
    dtls->bio.in_size = size;
    if (dtls->state == STATE_CONNECTED || shake_hands(dtls)) {
        read_data(dtls);
    }
    flush(dtls);
    dtls->bio.in = NULL;
    if (!is_data && dtls->state == STATE_CONNECTED && !SSL_in_init(dtls->ssl)) {
        hp_handshake_pages_drop(&dtls->pages); // a repeated flight is read and written there
    }
    if (!dtls->guard.is_destroyed) {
        arm(dtls);
    }
    leave(dtls);
}

bool
hp_dtls_send(struct hp_dtls *dtls, const uint8_t *data, size_t size)
{
    if (dtls->state != STATE_CONNECTED || size == 0 || size > hp_dtls_max_data(dtls)) {
        return false;
    }
    enter(dtls);
    bool is_sent = SSL_write(dtls->ssl, data, (int) size) == (int) size;
    flush(dtls);
    leave(dtls);
    return is_sent;
}

void
hp_dtls_close(struct hp_dtls *dtls)
{
    if (dtls->state != STATE_CONNECTED) {
        return;
    }
    enter(dtls);
    dtls->state = STATE_ENDED;
    hp_timer_stop(&dtls->retransmit);
    SSL_shutdown(dtls->ssl);
    flush(dtls);
    leave(dtls);
}

bool
hp_dtls_is_connected(const struct hp_dtls *dtls)
{
    return dtls->state == STATE_CONNECTED;
}

size_t
hp_dtls_max_data(const struct hp_dtls *dtls)
{
    return dtls->bio.mtu - RECORD_OVERHEAD;
}

const struct hp_dtls_stats *
hp_dtls_stats(const struct hp_dtls *dtls)
{
    return &dtls->stats;
}
