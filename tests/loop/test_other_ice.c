// Tests of src/peer with another ICE than the product's: the trait carries a whole peer. libnice's
// agent is not even linked: hp_ice_agent_create() below stands in its place.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ice/agent.h"
#include "loop/fake_ice.h"
#include "loop/pair.h"

enum { PACKETS = 300, LOSS = 5 };

static atomic_uint agents;

struct hp_ice *
hp_ice_agent_create(struct hp_worker *worker, struct hp_ice_config *config, const char *id)
{
    (void) worker;
    (void) config;
    (void) id;
    atomic_fetch_add(&agents, 1);
    return NULL;
}

void
hp_ice_agent_move(struct hp_ice *ice, const struct hp_ice_config *config)
{
    (void) ice;
    (void) config;
}

void
hp_ice_agent_warm_up(void)
{
}

static struct fake_link the_link;
static unsigned wanted_packets;

static struct hp_ice *
create_ice(struct side *side, struct hp_worker *worker)
{
    struct fake_ice *end = side->is_server ? &the_link.server : &the_link.client;
    assert_true(hp_worker_is_current(worker) && end->worker == worker);
    return &end->ice;
}

static void
begin(struct pair *pair, struct bench *bench, struct pair_params params, unsigned loss)
{
    params.create_ice = create_ice;
    bench_init(bench, &params);
    fake_link_init(&the_link, bench->server_worker, bench->client_worker, loss);
    pair_start(pair, bench, &params);
}

static void
end(struct pair *pair, struct bench *bench)
{
    pair_close(pair, bench);
    assert_true(the_link.server.is_gone && the_link.client.is_gone);
    bench_finish(bench);
    assert_int_equal(atomic_load(&agents), 0);
    assert_int_equal(the_link.server.role_conflicts + the_link.client.role_conflicts, 0);
    assert_int_equal(the_link.server.refused_checks + the_link.client.refused_checks, 0);
    assert_int_equal(pair->client.viewer.broken_packets, 0);
}

static bool
has_packets(void *arg)
{
    struct pair *pair = arg;
    return pair_is_connected(pair) && atomic_load(&pair->client.complete_count) >= wanted_packets
            && atomic_load(&pair->server.open_count) > 0
            && atomic_load(&pair->client.open_count) > 0;
}

static void
await_packets(struct pair *pair, struct bench *bench)
{
    wanted_packets = atomic_load(&pair->client.complete_count) + PACKETS;
    assert_true(bench_run(bench, has_packets, pair));
}

static bool
has_input(void *arg)
{
    struct pair *pair = arg;
    return atomic_load(&pair->server.input_count) == 1
            && atomic_load(&pair->client.input_count) == 1;
}

static bool
has_stats(void *arg)
{
    struct pair *pair = arg;
    return pair->server.stats_count > 0;
}

static void
media_and_messages_go_both_ways(void **state)
{
    (void) state;
    static const uint8_t move[] = { 1, 0, 4, 0, 5, 0, 6 };
    static const uint8_t older_move[] = { 1, 4, 0, 5, 0, 6, 0 }; // the client speaks that dialect
    struct bench bench;
    struct pair pair;
    begin(&pair, &bench, (struct pair_params) { .packets_per_frame = 60 }, 0);
    await_packets(&pair, &bench);
    hp_peer_send(pair.client.peer, "data", move, sizeof(move));
    hp_peer_send(pair.server.peer, "data", older_move, sizeof(older_move));
    assert_true(bench_run(&bench, has_input, &pair));
    hp_peer_request_stats(pair.server.peer);
    assert_true(bench_run(&bench, has_stats, &pair));
    assert_string_equal(pair.server.stats.pair, "fake server - fake client");
    assert_int_equal(pair.server.stats.path, HP_PATH_WEBSOCKET);
    assert_int_equal(pair.server.attach_count, 2);
    assert_true(atomic_load(&the_link.server.blocks) > 0); // and it became writable again
    end(&pair, &bench);
    assert_true(pair.client.viewer.has_begun_with_keyframe);
    assert_int_equal(pair.client.viewer.given_up, 0); // RTP is complete
    assert_int_equal(the_link.server.connects, 1);
    assert_int_equal(the_link.client.connects, 1);
}

static void
a_server_that_answers_is_controlled(void **state)
{
    (void) state;
    struct bench bench;
    struct pair pair;
    begin(&pair, &bench, (struct pair_params) { .client_offers = true }, 0);
    await_packets(&pair, &bench);
    end(&pair, &bench);
    assert_false(the_link.server.is_controlling);
    assert_true(the_link.client.is_controlling);
}

static void
media_is_complete_over_a_path_that_loses(void **state)
{
    (void) state;
    struct bench bench;
    struct pair pair;
    begin(&pair, &bench, (struct pair_params) { 0 }, LOSS);
    await_packets(&pair, &bench);
    end(&pair, &bench);
    assert_true(atomic_load(&the_link.server.lost) > 0);
}

static bool
is_restarted(void *arg)
{
    struct pair *pair = arg;
    return atomic_load(&the_link.server.connects) == 2 && atomic_load(&the_link.client.connects) == 2
            && pair_is_connected(pair);
}

static void
media_survives_a_restart(void **state)
{
    (void) state;
    struct bench bench;
    struct pair pair;
    begin(&pair, &bench, (struct pair_params) { 0 }, 0);
    await_packets(&pair, &bench);
    hp_peer_offer(pair.server.peer, true);
    assert_true(bench_run(&bench, is_restarted, &pair));
    await_packets(&pair, &bench);
    assert_int_equal(pair.server.attach_count, 2); // nothing was torn down
    assert_int_equal(pair.server.disconnected_count, 0);
    end(&pair, &bench);
    assert_int_equal(the_link.server.restarts, 1);
    assert_int_equal(the_link.client.restarts, 1);
}

static void
a_path_that_fails_is_restarted_by_the_server_itself(void **state)
{
    (void) state;
    struct bench bench;
    struct pair pair;
    begin(&pair, &bench, (struct pair_params) { 0 }, 0);
    await_packets(&pair, &bench);
    hp_worker_post(pair.server.worker, fake_ice_fail, &the_link.server);
    assert_true(bench_run(&bench, is_restarted, &pair));
    await_packets(&pair, &bench);
    end(&pair, &bench);
    assert_int_equal(the_link.server.restarts, 1);
}

static struct pair *the_pair;

// Offers of ours are lost until theirs is answered.
static void
find_again(struct side *to, const char *type)
{
    if (!to->is_server && strcmp(type, "answer") == 0) {
        the_pair->params.loses_offers_to_client = false;
    }
}

static void
a_restart_that_glare_undid_comes_after_the_answer(void **state)
{
    (void) state;
    struct bench bench;
    struct pair pair;
    the_pair = &pair;
    begin(&pair, &bench, (struct pair_params) { .on_description = find_again }, 0);
    await_packets(&pair, &bench);
    pair.params.loses_offers_to_client = true;
    hp_peer_offer(pair.server.peer, true);
    hp_peer_offer(pair.client.peer, false);
    // The server once by the pair that it had, once by its own restart.
    wanted_packets = 0;
    while (atomic_load(&the_link.client.connects) < 2) {
        await_packets(&pair, &bench);
    }
    await_packets(&pair, &bench);
    end(&pair, &bench);
    assert_int_equal(the_link.server.undone, 1);
    assert_int_equal(the_link.server.restarts, 2);
    assert_int_equal(the_link.client.restarts, 1);
    assert_int_equal(the_link.client.connects, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media_and_messages_go_both_ways),
        cmocka_unit_test(a_server_that_answers_is_controlled),
        cmocka_unit_test(media_is_complete_over_a_path_that_loses),
        cmocka_unit_test(media_survives_a_restart),
        cmocka_unit_test(a_path_that_fails_is_restarted_by_the_server_itself),
        cmocka_unit_test(a_restart_that_glare_undid_comes_after_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
