// Tests of dtls/dtls.c: two endpoints back to back through a network in memory.
#include "dtls/dtls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/worker.h"
#include "dtls/handshake_pages.h"
#include "fixture/dice.h"
#include "fixture/dtls_pair.h"

static bool
both_are_failed(void *arg)
{
    const struct dtls_pair *pair = arg;
    return pair->ends[0].is_failed && pair->ends[1].is_failed;
}

static bool
one_is_failed(void *arg)
{
    const struct dtls_pair *pair = arg;
    return pair->ends[0].is_failed || pair->ends[1].is_failed;
}

static bool
server_is_closed(void *arg)
{
    const struct dtls_pair *pair = arg;
    return pair->ends[1].is_closed;
}

static void
both_ends_get_the_same_keys(void **state)
{
    (void) state;
    struct dtls_pair pair;
    dtls_pair_open(&pair);
    dtls_pair_create(&pair);
    dtls_pair_start(&pair);
    assert_true(until_run(&pair.until, dtls_pair_is_connected));
    const struct hp_srtp_keys *client = &pair.ends[0].keys, *server = &pair.ends[1].keys;
    assert_int_equal(client->profile, HP_SRTP_AEAD_AES_128_GCM);
    assert_int_equal(server->profile, HP_SRTP_AEAD_AES_128_GCM);
    assert_memory_equal(client->local, server->remote, 28);
    assert_memory_equal(client->remote, server->local, 28);
    assert_memory_not_equal(client->local, client->remote, 28);
    assert_true(pair.ends[0].link.max_size <= 1200 && pair.ends[1].link.max_size <= 1200);
    assert_true(hp_dtls_is_connected(pair.ends[0].dtls));
    dtls_pair_close(&pair);
}

static void
data_of_the_largest_size_is_one_datagram(void **state)
{
    (void) state;
    struct dtls_pair pair;
    dtls_pair_open(&pair);
    dtls_pair_create(&pair);
    uint8_t data[1200] = { 1, 2, 3 };
    assert_false(hp_dtls_send(pair.ends[0].dtls, data, 10)); // not connected
    dtls_pair_start(&pair);
    assert_true(until_run(&pair.until, dtls_pair_is_connected));
    size_t size = hp_dtls_max_data(pair.ends[0].dtls);
    unsigned count = pair.ends[0].link.count;
    assert_false(hp_dtls_send(pair.ends[0].dtls, data, size + 1));
    assert_true(hp_dtls_send(pair.ends[0].dtls, data, size));
    assert_int_equal(pair.ends[0].link.count, count + 1);
    assert_true(pair.ends[0].link.max_size <= 1200);
    assert_true(until_run(&pair.until, dtls_pair_has_data));
    assert_int_equal(pair.ends[1].last_size, size);
    assert_memory_equal(pair.ends[1].last, data, size);
    dtls_pair_close(&pair);
}

static void
handshakes_survive_loss_reordering_and_duplicates(void **state)
{
    (void) state;
    for (uint32_t round = 0; round < 12; round++) {
        struct dtls_pair pair;
        dtls_pair_open(&pair);
        for (int i = 0; i < 2; i++) {
            pair.ends[i].link.seed = dice_seed() + round * 77 + (uint32_t) i;
            pair.ends[i].link.loss_percent = 20;
            pair.ends[i].link.duplicate_percent = 20;
            pair.ends[i].link.max_delay_us = 10000;
        }
        dtls_pair_create(&pair);
        dtls_pair_start(&pair);
        assert_true(until_run(&pair.until, dtls_pair_is_connected));
        assert_memory_equal(pair.ends[0].keys.local, pair.ends[1].keys.remote, 28);
        dtls_pair_close(&pair);
    }
}

struct losses {
    unsigned mask; // datagram n is lost if bit n is set
};

static bool
lose_masked(void *arg, unsigned number, const uint8_t *data, size_t size)
{
    const struct losses *losses = arg;
    (void) data;
    (void) size;
    return number >= 32 || (losses->mask >> number & 1) == 0;
}

static void
any_single_lost_datagram_is_made_up_for_soon(void **state)
{
    (void) state;
    for (int side = 0; side < 2; side++) {
        for (unsigned number = 0; number < 4; number++) {
            struct dtls_pair pair;
            struct losses losses = { 1u << number };
            dtls_pair_open(&pair);
            pair.ends[side].link.filter = lose_masked;
            pair.ends[side].link.filter_arg = &losses;
            dtls_pair_create(&pair);
            int64_t begin_us = hp_clock_now_us();
            dtls_pair_start(&pair);
            assert_true(until_run(&pair.until, dtls_pair_is_connected));
            assert_true(hp_clock_now_us() - begin_us < 1000000); // OpenSSL's own timer is 1 s
            dtls_pair_close(&pair);
        }
    }
}

static void
flights_keep_within_a_small_mtu(void **state)
{
    (void) state;
    struct dtls_pair pair;
    dtls_pair_open(&pair);
    for (int i = 0; i < 2; i++) {
        pair.ends[i].mtu = 400;
    }
    dtls_pair_create(&pair);
    dtls_pair_start(&pair);
    assert_true(until_run(&pair.until, dtls_pair_is_connected));
    assert_true(pair.ends[1].link.count >= 3); // certificate and all else do not fit into one
    assert_true(pair.ends[0].link.max_size <= 400 && pair.ends[1].link.max_size <= 400);
    assert_int_equal(hp_dtls_max_data(pair.ends[0].dtls), 400 - 37);
    dtls_pair_close(&pair);
}

static void
a_wrong_fingerprint_ends_both_with_an_alert(void **state)
{
    (void) state;
    for (int side = 0; side < 2; side++) {
        struct dtls_pair pair;
        dtls_pair_open(&pair);
        struct dtls_end *suspicious = &pair.ends[side];
        dtls_end_create(suspicious, hp_cert_fingerprint(suspicious->cert), 0);
        dtls_end_create(dtls_end_other(suspicious), hp_cert_fingerprint(suspicious->cert), 0);
        int64_t begin_us = hp_clock_now_us();
        dtls_pair_start(&pair);
        assert_true(until_run(&pair.until, side == 1 ? both_are_failed : one_is_failed));
        assert_true(suspicious->is_failed);
        assert_false(suspicious->is_connected);
        assert_true(hp_clock_now_us() - begin_us < 1000000);
        dtls_pair_close(&pair);
    }
}

static void
without_a_usable_fingerprint_there_is_no_connection(void **state)
{
    static const struct hp_dtls_cbs cbs = { NULL };
    (void) state;
    struct dtls_pair pair;
    dtls_pair_open(&pair);
    const char *const useless[] = { "md5 AA:BB", "sha-256 AA:BB", "sha-256", "", NULL };
    struct hp_dtls_params params = { .id = "test",
        .worker = pair.worker,
        .context = pair.ends[0].context,
        .fingerprints = useless };
    assert_null(hp_dtls_create(&params, &cbs, &pair.ends[0]));
    params.fingerprints = NULL;
    assert_null(hp_dtls_create(&params, &cbs, &pair.ends[0]));
    dtls_pair_close(&pair);
}

static void
a_silent_peer_fails_at_the_deadline(void **state)
{
    (void) state;
    for (int side = 0; side < 2; side++) {
        struct dtls_pair pair;
        dtls_pair_open(&pair);
        dtls_end_create(&pair.ends[side], hp_cert_fingerprint(pair.ends[1 - side].cert), 400);
        int64_t begin_us = hp_clock_now_us();
        hp_dtls_start(pair.ends[side].dtls);
        assert_true(until_run(&pair.until, one_is_failed));
        int64_t took_us = hp_clock_now_us() - begin_us;
        assert_true(took_us >= 400000 && took_us < 1500000);
        assert_true(pair.ends[side].link.count < 20);
        dtls_pair_close(&pair);
    }
}

static bool
pass_first_only(void *arg, unsigned number, const uint8_t *data, size_t size)
{
    (void) arg;
    (void) data;
    (void) size;
    return number == 0;
}

static void
a_half_open_handshake_fails_at_the_deadline(void **state)
{
    (void) state;
    struct dtls_pair pair;
    dtls_pair_open(&pair);
    pair.ends[0].link.filter = pass_first_only; // says hello and never again anything
    dtls_end_create(&pair.ends[0], hp_cert_fingerprint(pair.ends[1].cert), 500);
    dtls_end_create(&pair.ends[1], hp_cert_fingerprint(pair.ends[0].cert), 500);
    dtls_pair_start(&pair);
    assert_true(until_run(&pair.until, both_are_failed));
    assert_true(pair.ends[1].link.count < 30);
    dtls_pair_close(&pair);
}

static void
close_reaches_the_other_end_once(void **state)
{
    (void) state;
    struct dtls_pair pair;
    dtls_pair_open(&pair);
    dtls_pair_create(&pair);
    dtls_pair_start(&pair);
    assert_true(until_run(&pair.until, dtls_pair_is_connected));
    hp_dtls_close(pair.ends[0].dtls);
    hp_dtls_close(pair.ends[0].dtls);
    assert_true(until_run(&pair.until, server_is_closed));
    assert_false(hp_dtls_send(pair.ends[1].dtls, (const uint8_t *) "x", 1));
    dtls_pair_close(&pair);
}

// Datagrams that begin like DTLS: noise, or with a header that is right.
static void
flood(struct dtls_end *victim, struct lossy_link *random, unsigned count)
{
    uint8_t data[200];
    for (unsigned i = 0; i < count; i++) {
        size_t size = lossy_link_random(random) % sizeof(data);
        for (size_t k = 0; k < size; k++) {
            data[k] = (uint8_t) lossy_link_random(random);
        }
        if (size >= 13) {
            data[0] = (uint8_t) (20 + data[0] % 4);
        }
        if (size >= 13 && i % 2 == 0) { // an encrypted record by its looks
            const uint8_t header[] = { 23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, (uint8_t) i };
            memcpy(data, header, sizeof(header));
            data[11] = 0;
            data[12] = (uint8_t) (size - 13);
        }
        hp_dtls_recv(victim->dtls, data, size);
    }
}

static void
garbage_changes_nothing_and_is_not_answered(void **state)
{
    (void) state;
    struct dtls_pair pair;
    dtls_pair_open(&pair);
    dtls_pair_create(&pair);
    hp_dtls_start(pair.ends[1].dtls);
    struct lossy_link random = { .seed = dice_seed() };
    flood(&pair.ends[1], &random, 50000);
    assert_int_equal(pair.ends[1].link.count, 0);
    hp_dtls_start(pair.ends[0].dtls);
    assert_true(until_run(&pair.until, dtls_pair_is_connected));
    unsigned count = pair.ends[1].link.count;
    flood(&pair.ends[1], &random, 50000);
    assert_int_equal(pair.ends[1].link.count, count);
    assert_int_equal(pair.ends[1].received, 0);
    assert_true(hp_dtls_stats(pair.ends[1].dtls)->bad_datagrams > 0);
    assert_true(hp_dtls_send(pair.ends[0].dtls, (const uint8_t *) "ok", 2));
    assert_true(until_run(&pair.until, dtls_pair_has_data));
    assert_memory_equal(pair.ends[1].last, "ok", 2);
    dtls_pair_close(&pair);
}

static void
destroying_inside_any_callback_is_fine(void **state)
{
    (void) state;
    for (int side = 0; side < 2; side++) {
        struct dtls_pair pair; // in on_connected
        dtls_pair_open(&pair);
        dtls_pair_create(&pair);
        pair.ends[side].destroys_in_callback = true;
        dtls_pair_start(&pair);
        assert_true(until_run(&pair.until, dtls_pair_is_connected));
        dtls_pair_close(&pair);

        dtls_pair_open(&pair); // in on_data, and what follows in on_closed
        dtls_pair_create(&pair);
        dtls_pair_start(&pair);
        assert_true(until_run(&pair.until, dtls_pair_is_connected));
        pair.ends[1].destroys_in_callback = true;
        if (side == 0) {
            hp_dtls_send(pair.ends[0].dtls, (const uint8_t *) "x", 1);
            assert_true(until_run(&pair.until, dtls_pair_has_data));
        } else {
            hp_dtls_close(pair.ends[0].dtls);
            assert_true(until_run(&pair.until, server_is_closed));
        }
        assert_null(pair.ends[1].dtls);
        dtls_pair_close(&pair);

        dtls_pair_open(&pair); // in on_failed
        dtls_end_create(&pair.ends[0], hp_cert_fingerprint(pair.ends[0].cert), 0);
        dtls_end_create(&pair.ends[1], hp_cert_fingerprint(pair.ends[0].cert), 0);
        pair.ends[0].destroys_in_callback = true;
        pair.ends[1].destroys_in_callback = true;
        dtls_pair_start(&pair);
        assert_true(until_run(&pair.until, one_is_failed));
        dtls_pair_close(&pair);
    }
    hp_dtls_destroy(NULL);
    hp_dtls_context_destroy(NULL);
}

struct stop {
    struct dtls_pair *pair;
    unsigned at;
};

static bool
stop_at(void *arg, unsigned number, const uint8_t *data, size_t size)
{
    struct stop *stop = arg;
    (void) data;
    (void) size;
    if (number == stop->at) {
        hp_worker_quit(stop->pair->worker);
    }
    return true;
}

static void
closing_after_any_datagram_is_fine(void **state)
{
    (void) state;
    for (int side = 0; side < 2; side++) {
        for (unsigned at = 0; at < 2; at++) {
            struct dtls_pair pair;
            dtls_pair_open(&pair);
            struct stop stop = { &pair, at };
            pair.ends[side].link.filter = stop_at;
            pair.ends[side].link.filter_arg = &stop;
            dtls_pair_create(&pair);
            dtls_pair_start(&pair);
            if (pair.ends[side].link.count <= at) {
                hp_worker_run(pair.worker); // until stop_at quits
            }
            dtls_pair_close(&pair);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_get_the_same_keys),
        cmocka_unit_test(data_of_the_largest_size_is_one_datagram),
        cmocka_unit_test(handshakes_survive_loss_reordering_and_duplicates),
        cmocka_unit_test(any_single_lost_datagram_is_made_up_for_soon),
        cmocka_unit_test(flights_keep_within_a_small_mtu),
        cmocka_unit_test(a_wrong_fingerprint_ends_both_with_an_alert),
        cmocka_unit_test(without_a_usable_fingerprint_there_is_no_connection),
        cmocka_unit_test(a_silent_peer_fails_at_the_deadline),
        cmocka_unit_test(a_half_open_handshake_fails_at_the_deadline),
        cmocka_unit_test(close_reaches_the_other_end_once),
        cmocka_unit_test(garbage_changes_nothing_and_is_not_answered),
        cmocka_unit_test(destroying_inside_any_callback_is_fine),
        cmocka_unit_test(closing_after_any_datagram_is_fine),
    };
    if (!hp_handshake_pages_install()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
