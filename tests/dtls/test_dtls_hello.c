// Tests of dtls/dtls.c against a client whose hello is as large as a browser's: two datagrams.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "base/timer.h"
#include "base/worker.h"
#include "dtls/cert.h"
#include "dtls/dtls.h"
#include "dtls/dtls_bio.h"
#include "dtls/dtls_context.h"
#include "dtls/fingerprint.h"

enum {
    PADDING_SIZE = 1150,
    TICK_US = 10000,
    MAX_TICKS = 500,
    CHAIN_COUNT = 60, // certificates: well beyond 16 KB
};

// How the first flight of the client arrives.
enum fate {
    FATE_BOTH,
    FATE_FIRST_LOST,
    FATE_SECOND_LOST,
    FATE_REVERSED,
    FATE_DOUBLED
};

struct browser {
    struct hp_worker *worker;
    struct hp_cert *cert, *server_cert;
    struct hp_dtls_context *context, *server_context;
    struct hp_dtls *server;
    SSL *ssl;
    struct hp_dtls_bio bio;
    struct hp_fingerprints fingerprints;
    struct hp_timer timer;
    enum fate fate;
    unsigned sent, ticks;
    bool is_connected, server_is_connected, server_is_failed;
};

static void
on_send(void *arg, const uint8_t *data, size_t size)
{
    struct browser *browser = arg;
    browser->bio.in = data;
    browser->bio.in_size = size;
    if (SSL_do_handshake(browser->ssl) == 1) {
        browser->is_connected = true;
    }
    browser->bio.in = NULL;
}

static void
on_connected(void *arg, const struct hp_srtp_keys *keys)
{
    struct browser *browser = arg;
    assert_non_null(keys);
    browser->server_is_connected = true;
}

static void
on_data(void *arg, const uint8_t *data, size_t size)
{
    (void) arg;
    (void) data;
    (void) size;
    fail();
}

static void
on_failed(void *arg, const char *reason)
{
    struct browser *browser = arg;
    (void) reason;
    browser->server_is_failed = true;
}

static const struct hp_dtls_cbs cbs = { on_send, on_connected, on_data, on_failed, NULL };

static void
recv_bytes(struct browser *browser, GBytes *bytes)
{
    gsize size = 0;
    const uint8_t *data = g_bytes_get_data(bytes, &size);
    assert_true(size <= 1200);
    hp_dtls_recv(browser->server, data, size);
}

static void
send_first_flight(struct browser *browser)
{
    GBytes *first = hp_dtls_bio_pop(&browser->bio), *second = hp_dtls_bio_pop(&browser->bio);
    assert_non_null(first);
    assert_non_null(second);
    assert_null(hp_dtls_bio_pop(&browser->bio));
    switch (browser->fate) {
    case FATE_BOTH:
        recv_bytes(browser, first);
        recv_bytes(browser, second);
        break;
    case FATE_FIRST_LOST: recv_bytes(browser, second); break;
    case FATE_SECOND_LOST: recv_bytes(browser, first); break;
    case FATE_REVERSED:
        recv_bytes(browser, second);
        recv_bytes(browser, first);
        break;
    case FATE_DOUBLED:
        for (int i = 0; i < 2; i++) {
            recv_bytes(browser, first);
            recv_bytes(browser, first);
            recv_bytes(browser, second);
        }
        break;
    }
    g_bytes_unref(first);
    g_bytes_unref(second);
}

static void
send_all(struct browser *browser)
{
    GBytes *bytes;
    while ((bytes = hp_dtls_bio_pop(&browser->bio)) != NULL) {
        recv_bytes(browser, bytes);
        g_bytes_unref(bytes);
    }
}

static void
on_tick(void *arg)
{
    struct browser *browser = arg;
    DTLSv1_handle_timeout(browser->ssl);
    send_all(browser);
    bool is_done = browser->is_connected && browser->server_is_connected;
    browser->ticks++;
    if (is_done || browser->server_is_failed || browser->ticks == MAX_TICKS) {
        hp_worker_quit(browser->worker);
        return;
    }
    hp_timer_start(&browser->timer, TICK_US);
}

// A browser's timer: the tests would take seconds with OpenSSL's own.
static unsigned
choose_timeout_us(SSL *ssl, unsigned last_us)
{
    (void) ssl;
    return last_us == 0 ? 50000 : 2 * last_us;
}

// Names of protocols that nobody knows make the hello larger.
static void
pad_hello(SSL *ssl)
{
    uint8_t names[PADDING_SIZE];
    memset(names, 'x', sizeof(names));
    for (size_t i = 0; i < sizeof(names); i += 50) {
        names[i] = 49;
    }
    assert_int_equal(SSL_set_alpn_protos(ssl, names, sizeof(names)), 0);
}

static void
open_browser(struct browser *browser, enum fate fate)
{
    *browser = (struct browser){ .worker = hp_worker_create_main(), .fate = fate };
    browser->cert = hp_cert_create();
    browser->server_cert = hp_cert_create();
    browser->context = hp_dtls_context_create(browser->cert);
    browser->server_context = hp_dtls_context_create(browser->server_cert);
    hp_dtls_bio_init(&browser->bio, 1200);
    browser->ssl = hp_dtls_context_new_ssl(browser->context, &browser->bio);
    SSL_set_connect_state(browser->ssl);
    assert_true(
            hp_fingerprints_add(&browser->fingerprints, hp_cert_fingerprint(browser->server_cert)));
    SSL_set_app_data(browser->ssl, &browser->fingerprints);
    DTLS_set_timer_cb(browser->ssl, choose_timeout_us);
    pad_hello(browser->ssl);
    const char *const fingerprints[] = { hp_cert_fingerprint(browser->cert), NULL };
    struct hp_dtls_params params = { .id = "test",
        .worker = browser->worker,
        .context = browser->server_context,
        .role = HP_DTLS_SERVER,
        .fingerprints = fingerprints };
    browser->server = hp_dtls_create(&params, &cbs, browser);
    assert_non_null(browser->server);
    hp_dtls_start(browser->server);
    hp_timer_init(&browser->timer, browser->worker, on_tick, browser);
}

static void
run_browser(struct browser *browser)
{
    assert_int_equal(SSL_do_handshake(browser->ssl), -1);
    send_first_flight(browser);
    hp_timer_start(&browser->timer, 0);
    hp_worker_run(browser->worker);
}

static void
close_browser(struct browser *browser)
{
    hp_timer_stop(&browser->timer);
    hp_dtls_destroy(browser->server);
    SSL_free(browser->ssl);
    hp_dtls_bio_finish(&browser->bio);
    hp_dtls_context_destroy(browser->context);
    hp_dtls_context_destroy(browser->server_context);
    hp_cert_destroy(browser->cert);
    hp_cert_destroy(browser->server_cert);
    hp_worker_destroy(browser->worker);
}

static void
check_fate(enum fate fate)
{
    struct browser browser;
    open_browser(&browser, fate);
    run_browser(&browser);
    assert_true(browser.is_connected);
    assert_true(browser.server_is_connected);
    close_browser(&browser);
}

static void
a_hello_of_two_datagrams_is_understood(void **state)
{
    (void) state;
    check_fate(FATE_BOTH);
}

static void
the_first_half_may_be_lost(void **state)
{
    (void) state;
    check_fate(FATE_FIRST_LOST);
}

static void
the_second_half_may_be_lost(void **state)
{
    (void) state;
    check_fate(FATE_SECOND_LOST);
}

static void
the_halves_may_come_in_reverse(void **state)
{
    (void) state;
    check_fate(FATE_REVERSED);
}

static void
the_halves_may_come_many_times(void **state)
{
    (void) state;
    check_fate(FATE_DOUBLED);
}

static void
a_chain_of_more_than_16_kb_is_refused(void **state)
{
    (void) state;
    struct browser browser;
    open_browser(&browser, FATE_BOTH);
    for (int i = 0; i < CHAIN_COUNT; i++) {
        assert_int_equal(SSL_add1_chain_cert(browser.ssl, hp_cert_x509(browser.cert)), 1);
    }
    run_browser(&browser);
    assert_false(browser.server_is_connected);
    assert_true(browser.server_is_failed);
    assert_true(browser.ticks < 100);
    close_browser(&browser);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hello_of_two_datagrams_is_understood),
        cmocka_unit_test(the_first_half_may_be_lost),
        cmocka_unit_test(the_second_half_may_be_lost),
        cmocka_unit_test(the_halves_may_come_in_reverse),
        cmocka_unit_test(the_halves_may_come_many_times),
        cmocka_unit_test(a_chain_of_more_than_16_kb_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
