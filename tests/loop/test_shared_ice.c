// Tests of src/peer on the shared port: two of our peers, each with a port of its own and a worker
// that is not the one that reads the port.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop/pair.h"
#include "nat/ingress.h"
#include "pair/locals.h"
#include "pair/shared_ice.h"

enum { PACKETS = 300, LOSS = 5 };

static struct hp_ingress *server_port;
static struct hp_ingress *client_port;
static struct pair *the_pair;
static unsigned wanted_packets;

static struct hp_ice *
create_ice(struct side *side, struct hp_worker *worker)
{
    static const char *const interfaces[] = { "127.0.0.1", NULL };
    struct hp_locals_params params = { .interfaces = interfaces, .with_loopback = true };
    struct hp_ingress *port = side->is_server ? server_port : client_port;
    return hp_shared_ice_create(port, worker, &params, side->is_server ? "server" : "client");
}

static void
begin(struct pair *pair, struct bench *bench, struct pair_params params)
{
    params.create_ice = create_ice;
    the_pair = pair;
    bench_init(bench, &params);
    struct hp_worker *server_first[] = { bench->server_worker, bench->client_worker };
    struct hp_worker *client_first[] = { bench->client_worker, bench->server_worker };
    server_port = hp_ingress_create(client_first, 2, 0);
    client_port = hp_ingress_create(server_first, 2, 0);
    assert_non_null(server_port);
    assert_non_null(client_port);
    pair_start(pair, bench, &params);
}

static void
end(struct pair *pair, struct bench *bench)
{
    pair_close(pair, bench);
    bench_finish(bench);
    assert_int_equal(hp_ingress_counters(server_port)->overflows, 0);
    hp_ingress_destroy(server_port);
    hp_ingress_destroy(client_port);
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

static void
media_flows_and_the_server_controls(void **state)
{
    (void) state;
    struct bench bench;
    struct pair pair;
    begin(&pair, &bench, (struct pair_params) { .packets_per_frame = 60 });
    await_packets(&pair, &bench);
    end(&pair, &bench);
    assert_int_equal(pair.server.attach_count, 2);
    assert_true(pair.client.viewer.has_begun_with_keyframe);
}

static void
a_server_that_answers_follows(void **state)
{
    (void) state;
    struct bench bench;
    struct pair pair;
    begin(&pair, &bench, (struct pair_params) { .client_offers = true });
    await_packets(&pair, &bench);
    end(&pair, &bench);
}

static void
media_is_complete_over_a_path_that_loses(void **state)
{
    (void) state;
    struct bench bench;
    struct pair pair;
    begin(&pair, &bench, (struct pair_params) { .loss = LOSS });
    await_packets(&pair, &bench);
    end(&pair, &bench);
}

static bool
has_answered_twice(void *arg)
{
    const struct pair *pair = arg;
    return pair->server.answer_count + pair->client.answer_count >= 2;
}

static void
media_survives_a_restart(void **state)
{
    (void) state;
    struct bench bench;
    struct pair pair;
    begin(&pair, &bench, (struct pair_params) { 0 });
    await_packets(&pair, &bench);
    hp_peer_offer(pair.server.peer, true);
    assert_true(bench_run(&bench, has_answered_twice, &pair));
    await_packets(&pair, &bench);
    assert_int_equal(pair.server.attach_count, 2); // nothing was torn down
    assert_int_equal(pair.server.disconnected_count, 0);
    end(&pair, &bench);
}

// Offers of ours are lost until theirs is answered.
static void
find_again(struct side *to, const char *type)
{
    if (!to->is_server && strcmp(type, "answer") == 0) {
        the_pair->params.loses_offers_to_client = false;
    }
}

static void
media_survives_a_restart_that_glare_undid(void **state)
{
    (void) state;
    struct bench bench;
    struct pair pair;
    begin(&pair, &bench, (struct pair_params) { .on_description = find_again });
    await_packets(&pair, &bench);
    pair.params.loses_offers_to_client = true;
    hp_peer_offer(pair.server.peer, true);
    hp_peer_offer(pair.client.peer, false);
    assert_true(bench_run(&bench, has_answered_twice, &pair));
    await_packets(&pair, &bench);
    assert_int_equal(pair.server.disconnected_count, 0);
    end(&pair, &bench);
}

static bool
has_stats(void *arg)
{
    struct pair *pair = arg;
    return pair->server.stats_count > 0;
}

static void
the_statistics_name_the_pair(void **state)
{
    (void) state;
    struct bench bench;
    struct pair pair;
    char expected[HP_ADDR_PORT_TEXT_SIZE];
    begin(&pair, &bench, (struct pair_params) { 0 });
    await_packets(&pair, &bench);
    hp_peer_request_stats(pair.server.peer);
    assert_true(bench_run(&bench, has_stats, &pair));
    snprintf(expected, sizeof(expected), "host 127.0.0.1:%u - ", hp_ingress_port(server_port));
    assert_non_null(strstr(pair.server.stats.pair, expected));
    assert_int_equal(pair.server.stats.path, HP_PATH_UDP);
    end(&pair, &bench);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media_flows_and_the_server_controls),
        cmocka_unit_test(a_server_that_answers_follows),
        cmocka_unit_test(media_is_complete_over_a_path_that_loses),
        cmocka_unit_test(media_survives_a_restart),
        cmocka_unit_test(media_survives_a_restart_that_glare_undid),
        cmocka_unit_test(the_statistics_name_the_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
