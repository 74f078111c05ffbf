// Tests of src/peer with two of our peers over loopback: they connect in every role, media and data
// arrive.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop/pair.h"

enum { ENOUGH_PACKETS = 300 };

static bool
has_media(void *arg)
{
    struct pair *pair = arg;
    return pair_is_connected(pair) && atomic_load(&pair->client.complete_count) >= ENOUGH_PACKETS
            && atomic_load(&pair->server.open_count) > 0
            && atomic_load(&pair->client.open_count) > 0;
}

static bool
has_input(void *arg)
{
    struct pair *pair = arg;
    return atomic_load(&pair->server.input_count) == 2;
}

static bool
has_stats(void *arg)
{
    struct pair *pair = arg;
    return pair->server.stats_count > 0;
}

static void
check_input(struct pair *pair, struct bench *bench)
{
    static const uint8_t v3_move[] = { 1, 0, 4, 0, 5, 0, 6 };
    static const uint8_t v3_key[] = { 3, 0, 4, 0, 0, 0xff, 0x0d };
    static const uint8_t v3_ping[] = { 7, 0, 8, 0, 0, 1, 0xa1, 0xf8, 0x5c, 0x40, 0x82 };
    hp_peer_send(pair->client.peer, "data", v3_move, sizeof(v3_move));
    hp_peer_send(pair->client.peer, "data", v3_ping, sizeof(v3_ping));
    hp_peer_send(pair->client.peer, "data", v3_key, sizeof(v3_key));
    assert_true(bench_run(bench, has_input, pair));
}

static bool
is_connected(void *arg)
{
    const struct pair *pair = arg;
    return pair->server.connected_count > 0 && pair->client.connected_count > 0;
}

static void
check_pair(const struct pair_params *params)
{
    struct bench bench;
    struct pair pair;
    bench_init(&bench, params);
    int64_t begin_us = hp_clock_now_us();
    pair_start(&pair, &bench, params);
    assert_true(bench_run(&bench, is_connected, &pair));
    print_message("# FIGURE two peers connect in %.0f ms\n",
            (double) (hp_clock_now_us() - begin_us) / 1000);
    assert_true(bench_run(&bench, has_media, &pair));
    if (params->dialect == HP_DIALECT_V3) {
        check_input(&pair, &bench);
    }
    hp_peer_request_stats(pair.server.peer);
    assert_true(bench_run(&bench, has_stats, &pair));
    assert_int_equal(pair.server.stats.path, HP_PATH_UDP);
    assert_non_null(strstr(pair.server.stats.pair, "127.0.0.1:"));
    assert_true(pair.server.stats.packets_sent > ENOUGH_PACKETS);
    pair_close(&pair, &bench);
    assert_true(pair.client.viewer.has_begun_with_keyframe);
    assert_true(pair.client.viewer.audio_packets > 0);
    assert_int_equal(pair.client.viewer.broken_packets, 0);
    assert_int_equal(pair.server.connected_count, 1);
    assert_int_equal(pair.server.attach_count, 2);
    bench_finish(&bench);
}

static void
a_server_that_offers_connects_as_dtls_client(void **state)
{
    (void) state;
    check_pair(&(struct pair_params) { 0 });
}

static void
a_server_that_offers_connects_as_dtls_server(void **state)
{
    (void) state;
    check_pair(&(struct pair_params) { .server_is_dtls_server = true });
}

static void
a_server_that_answers_connects_as_dtls_client(void **state)
{
    (void) state;
    check_pair(&(struct pair_params) { .client_offers = true });
}

static void
a_server_that_answers_connects_as_dtls_server(void **state)
{
    (void) state;
    check_pair(&(struct pair_params) { .client_offers = true, .server_is_dtls_server = true });
}

static void
in_the_older_dialect_the_client_opens_the_channel(void **state)
{
    (void) state;
    check_pair(&(struct pair_params) { .dialect = HP_DIALECT_LEGACY });
}

static bool
has_attached(void *arg)
{
    struct pair *pair = arg;
    return atomic_load(&pair->server.attach_count) > 0;
}

static void
the_picture_is_prepared_before_the_browser_answers(void **state)
{
    (void) state;
    struct pair_params params = { .loses_offers_to_client = true };
    struct bench bench;
    struct pair pair;
    bench_init(&bench, &params);
    pair_start(&pair, &bench, &params);
    assert_true(bench_run(&bench, has_attached, &pair));
    pair_close(&pair, &bench);
    assert_int_equal(pair.server.attach_count, 1); // no sound: that is made at once
    assert_int_equal(pair.server.detach_count, 1);
    bench_finish(&bench);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_offers_connects_as_dtls_client),
        cmocka_unit_test(a_server_that_offers_connects_as_dtls_server),
        cmocka_unit_test(a_server_that_answers_connects_as_dtls_client),
        cmocka_unit_test(a_server_that_answers_connects_as_dtls_server),
        cmocka_unit_test(in_the_older_dialect_the_client_opens_the_channel),
        cmocka_unit_test(the_picture_is_prepared_before_the_browser_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
