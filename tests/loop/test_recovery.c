// Tests of src/peer: a path that dies comes back by an ICE restart, without a new peer.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "loop/pair.h"

static unsigned wanted_packets;

static bool
has_packets(void *arg)
{
    struct pair *pair = arg;
    return pair_is_connected(pair) && atomic_load(&pair->client.complete_count) >= wanted_packets;
}

static void
await_packets(struct pair *pair, struct bench *bench, unsigned count)
{
    wanted_packets = atomic_load(&pair->client.complete_count) + count;
    assert_true(bench_run(bench, has_packets, pair));
}

static void
set_dead(void *arg)
{
    struct side *side = arg;
    side->path.is_dead = true;
}

static void
set_alive(void *arg)
{
    struct side *side = arg;
    side->path.is_dead = false;
}

static bool
is_restarted(void *arg)
{
    struct pair *pair = arg;
    return pair->client.answer_count == 2 && pair_is_connected(pair);
}

static void
media_survives_an_ice_restart(void **state)
{
    (void) state;
    struct pair_params params = { 0 };
    struct bench bench;
    struct pair pair;
    bench_init(&bench, &params);
    pair_start(&pair, &bench, &params);
    await_packets(&pair, &bench, 200);
    hp_peer_offer(pair.server.peer, true);
    assert_true(bench_run(&bench, is_restarted, &pair));
    await_packets(&pair, &bench, 400);
    assert_int_equal(pair.server.disconnected_count, 0);
    assert_int_equal(pair.server.attach_count, 2); // nothing was torn down
    pair_close(&pair, &bench);
    bench_finish(&bench);
}

static void
a_renegotiation_changes_nothing_that_flows(void **state)
{
    (void) state;
    struct pair_params params = { 0 };
    struct bench bench;
    struct pair pair;
    bench_init(&bench, &params);
    pair_start(&pair, &bench, &params);
    await_packets(&pair, &bench, 200);
    hp_peer_offer(pair.server.peer, false);
    assert_true(bench_run(&bench, is_restarted, &pair));
    await_packets(&pair, &bench, 400);
    assert_int_equal(pair.server.attach_count, 2);
    assert_int_equal(pair.client.viewer.pli_count, 0);
    pair_close(&pair, &bench);
    bench_finish(&bench);
}

static bool
is_disconnected(void *arg)
{
    struct pair *pair = arg;
    return pair->server.state == HP_PEER_DISCONNECTED;
}

static unsigned offers_before;

static bool
has_offered_again(void *arg)
{
    struct pair *pair = arg;
    return pair->server.description_count > offers_before;
}

static void
a_silent_path_is_restarted_by_the_server_itself(void **state)
{
    (void) state;
    struct pair_params params = { .disconnect_timeout_ms = 400 };
    struct bench bench;
    struct pair pair;
    bench_init(&bench, &params);
    pair_start(&pair, &bench, &params);
    await_packets(&pair, &bench, 400);
    offers_before = pair.server.description_count;
    hp_worker_post(pair.server.worker, set_dead, &pair.server);
    assert_true(bench_run(&bench, is_disconnected, &pair));
    assert_true(bench_run(&bench, has_offered_again, &pair));
    hp_worker_post(pair.server.worker, set_alive, &pair.server);
    await_packets(&pair, &bench, 400);
    assert_int_equal(pair.server.attach_count, 2);
    pair_close(&pair, &bench);
    bench_finish(&bench);
}

static bool
has_failed(void *arg)
{
    struct pair *pair = arg;
    return pair->server.state == HP_PEER_FAILED;
}

static void
a_path_that_stays_dead_is_given_up(void **state)
{
    (void) state;
    struct pair_params params = { .disconnect_timeout_ms = 400, .give_up_timeout_ms = 600 };
    struct bench bench;
    struct pair pair;
    bench_init(&bench, &params);
    pair_start(&pair, &bench, &params);
    await_packets(&pair, &bench, 400);
    // Offers are lost as well, or the restart would find the (living) sockets again.
    pair.params.loses_offers_to_client = true;
    hp_worker_post(pair.server.worker, set_dead, &pair.server);
    assert_true(bench_run(&bench, has_failed, &pair));
    assert_int_equal(pair.server.status, HP_STATUS_ICE_FAILED);
    assert_int_equal(pair.server.disconnected_count, 1);
    assert_int_equal(pair.server.attach_count, pair.server.detach_count); // media has stopped
    pair_close(&pair, &bench);
    bench_finish(&bench);
}

static void
a_browser_that_never_answers_times_out(void **state)
{
    (void) state;
    struct pair_params params = { .ice_timeout_ms = 300, .loses_offers_to_client = true };
    struct bench bench;
    struct pair pair;
    bench_init(&bench, &params);
    pair_start(&pair, &bench, &params);
    assert_true(bench_run(&bench, has_failed, &pair));
    assert_int_equal(pair.server.status, HP_STATUS_ICE_TIMEOUT);
    pair_close(&pair, &bench);
    bench_finish(&bench);
}

static bool
is_settled(void *arg)
{
    struct pair *pair = arg;
    return pair->server.answer_count + pair->client.answer_count >= 2 && pair_is_connected(pair);
}

static void
on_glare_the_servers_offer_is_rolled_back(void **state)
{
    (void) state;
    struct pair_params params = { 0 };
    struct bench bench;
    struct pair pair;
    bench_init(&bench, &params);
    pair_start(&pair, &bench, &params);
    await_packets(&pair, &bench, 200);
    pair.params.loses_offers_to_client = true; // ours is open when theirs comes
    hp_peer_offer(pair.server.peer, false);
    hp_peer_offer(pair.client.peer, false);
    assert_true(bench_run(&bench, is_settled, &pair));
    await_packets(&pair, &bench, 400);
    assert_int_equal(pair.server.answer_count, 1);
    assert_int_equal(pair.server.attach_count, 2);
    pair_close(&pair, &bench);
    bench_finish(&bench);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media_survives_an_ice_restart),
        cmocka_unit_test(a_renegotiation_changes_nothing_that_flows),
        cmocka_unit_test(a_silent_path_is_restarted_by_the_server_itself),
        cmocka_unit_test(a_path_that_stays_dead_is_given_up),
        cmocka_unit_test(a_browser_that_never_answers_times_out),
        cmocka_unit_test(on_glare_the_servers_offer_is_rolled_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
