// Tests of dtls/dtls.c: what a connection that is up keeps in memory.
#include "dtls/dtls.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/crypto.h>

#include "base/worker.h"
#include "dtls/cert.h"
#include "dtls/dtls_context.h"
#include "dtls/handshake_pages.h"
#include "dtls/srtp.h"
#include "fixture/lossy_link.h"
#include "fixture/until.h"

enum {
    HANDSHAKE_BUFFER = 21848, // bytes that OpenSSL takes for a message
};

struct end {
    struct pair *pair;
    struct hp_dtls *dtls;
    struct lossy_link link; // from here to the other end
    bool is_connected;
    unsigned received;
};

struct pair {
    struct hp_worker *worker;
    struct hp_cert *cert; // both ends have the same
    struct hp_dtls_context *context;
    struct end ends[2]; // the client, the server
    struct until until;
    bool has_lost_flight;
};

static void
on_send(void *arg, const uint8_t *data, size_t size)
{
    struct end *end = arg;
    lossy_link_send(&end->link, data, size);
}

static void
on_connected(void *arg, const struct hp_srtp_keys *keys)
{
    struct end *end = arg;
    (void) keys;
    end->is_connected = true;
    until_look(&end->pair->until);
}

static void
on_data(void *arg, const uint8_t *data, size_t size)
{
    struct end *end = arg;
    (void) data;
    (void) size;
    end->received++;
    until_look(&end->pair->until);
}

static void
on_failed(void *arg, const char *reason)
{
    (void) arg;
    fail_msg("%s", reason);
}

static void
on_closed(void *arg)
{
    (void) arg;
    fail();
}

static void
deliver(void *arg, const uint8_t *data, size_t size)
{
    struct end *end = arg;
    hp_dtls_recv(end->dtls, data, size);
}

static void
open_pair(struct pair *pair)
{
    static const struct hp_dtls_cbs cbs = { on_send, on_connected, on_data, on_failed, on_closed };
    *pair = (struct pair){ .worker = hp_worker_create_main(), .cert = hp_cert_create() };
    pair->context = hp_dtls_context_create(pair->cert);
    assert_non_null(pair->context);
    const char *const fingerprints[] = { hp_cert_fingerprint(pair->cert), NULL };
    for (int i = 0; i < 2; i++) {
        struct hp_dtls_params params = { .id = "test",
            .worker = pair->worker,
            .context = pair->context,
            .role = i == 0 ? HP_DTLS_CLIENT : HP_DTLS_SERVER,
            .fingerprints = fingerprints };
        struct end *end = &pair->ends[i];
        end->pair = pair;
        end->link = (struct lossy_link){
            .worker = pair->worker, .deliver = deliver, .arg = &pair->ends[1 - i]
        };
        end->dtls = hp_dtls_create(&params, &cbs, end);
        assert_non_null(end->dtls);
    }
    until_init(&pair->until, pair->worker, pair);
}

static void
close_pair(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        hp_dtls_destroy(pair->ends[i].dtls);
        lossy_link_finish(&pair->ends[i].link);
    }
    hp_dtls_context_destroy(pair->context);
    hp_cert_destroy(pair->cert);
    hp_worker_destroy(pair->worker);
}

static void
start_ends(struct pair *pair)
{
    hp_dtls_start(pair->ends[1].dtls);
    hp_dtls_start(pair->ends[0].dtls);
}

static bool
both_are_connected(void *arg)
{
    const struct pair *pair = arg;
    return pair->ends[0].is_connected && pair->ends[1].is_connected;
}

static bool
server_has_data(void *arg)
{
    const struct pair *pair = arg;
    return pair->ends[1].received > 0;
}

// With the buffers of the handshake they take 58 KB, with all buffers 96. OpenSSL 3.5 keeps more at
// rest than 3.0 does.
static void
two_ends_at_rest_take_less_than_40_kilobytes(void **state)
{
    (void) state;
    size_t used[2];
    struct pair pairs[2]; // the first one loads what all connections share
    for (int i = 0; i < 2; i++) {
        open_pair(&pairs[i]);
        size_t before = mallinfo2().uordblks;
        start_ends(&pairs[i]);
        assert_true(until_run(&pairs[i].until, both_are_connected));
        assert_true(hp_dtls_send(pairs[i].ends[0].dtls, (const uint8_t *) "x", 1));
        assert_true(until_run(&pairs[i].until, server_has_data));
        used[i] = mallinfo2().uordblks - before;
        close_pair(&pairs[i]);
    }
    print_message("# FIGURE two ends of DTLS at rest: %zu bytes\n", used[1]);
    assert_true(used[1] < 40 * 1000); // 0 where a sanitizer allocates
}

static unsigned
count_resident(uint8_t *data, size_t page_size)
{
    unsigned char pages[HANDSHAKE_BUFFER];
    unsigned count = 0;
    assert_int_equal(mincore(data, HANDSHAKE_BUFFER, pages), 0);
    for (size_t i = 0; i * page_size < HANDSHAKE_BUFFER; i++) {
        count += pages[i] & 1;
    }
    return count;
}

// Loses the last flight once, which begins with ChangeCipherSpec: the other end repeats its own.
static bool
passes(void *arg, unsigned number, const uint8_t *data, size_t size)
{
    struct pair *pair = arg;
    (void) number;
    (void) size;
    bool is_lost = data[0] == 20 && !pair->has_lost_flight;
    pair->has_lost_flight |= is_lost;
    return !is_lost;
}

// The slots are taken in the order of their addresses: the test's own one, then each end's.
static void
what_the_handshake_has_written_is_not_kept(void **state)
{
    (void) state;
    size_t page_size = (size_t) sysconf(_SC_PAGESIZE);
    size_t slot_size = (HANDSHAKE_BUFFER + page_size - 1) / page_size * page_size;
    struct hp_handshake_pages pages = { NULL };
    hp_handshake_pages_enter(&pages);
    uint8_t *slot = OPENSSL_realloc(NULL, HANDSHAKE_BUFFER);
    hp_handshake_pages_leave();
    struct pair pair;
    open_pair(&pair);
    pair.ends[1].link.filter = passes;
    pair.ends[1].link.filter_arg = &pair;
    start_ends(&pair);
    assert_int_equal(count_resident(slot, page_size), 0);
    unsigned written = count_resident(slot + slot_size, page_size);
    written += count_resident(slot + 2 * slot_size, page_size);
    assert_true(written > 0);
    assert_true(until_run(&pair.until, both_are_connected));
    assert_true(pair.has_lost_flight); // the server was up when the client repeated its flight
    assert_int_equal(count_resident(slot + slot_size, page_size), 0);
    assert_int_equal(count_resident(slot + 2 * slot_size, page_size), 0);
    close_pair(&pair);
    OPENSSL_free(slot);
}

int
main(void)
{
    if (!hp_handshake_pages_install()) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        // the first, while the slots are in order
        cmocka_unit_test(what_the_handshake_has_written_is_not_kept),
        cmocka_unit_test(two_ends_at_rest_take_less_than_40_kilobytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
