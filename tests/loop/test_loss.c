// Tests of src/peer with two of our peers over a bad way: what is lost comes again, and keyframes
// are asked for only when that does not help.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "loop/pair.h"

enum { ENOUGH_PACKETS = 2500 };

static bool
has_enough(void *arg)
{
    struct pair *pair = arg;
    return atomic_load(&pair->client.complete_count) >= ENOUGH_PACKETS;
}

static bool
has_stats(void *arg)
{
    struct pair *pair = arg;
    return pair->server.stats_count > 0;
}

static void
run(const struct pair_params *params, struct pair *pair)
{
    struct bench bench;
    bench_init(&bench, params);
    pair_start(pair, &bench, params);
    assert_true(bench_run(&bench, has_enough, pair));
    hp_peer_request_stats(pair->server.peer);
    assert_true(bench_run(&bench, has_stats, pair));
    pair_close(pair, &bench);
    assert_int_equal(pair->client.viewer.broken_packets, 0);
    assert_true(pair->server.path.lost > 0);
    bench_finish(&bench);
}

static void
lost_packets_come_again_as_rtx(void **state)
{
    (void) state;
    struct pair pair;
    run(&(struct pair_params) { .loss = 5, .packets_per_frame = 14 }, &pair);
    const struct viewer *viewer = &pair.client.viewer;
    assert_true(viewer->nack_count > 0);
    assert_true(viewer->repeated_packets > 50);
    assert_true(viewer->pli_count <= 1);
    assert_true(pair.server.stats.nacks > 0);
    assert_true(pair.server.stats.retransmitted >= viewer->repeated_packets);
    // What was repeated is in proportion to what was lost: no storm.
    assert_true(pair.server.stats.retransmitted < 4 * pair.server.path.lost);
}

static void
lost_packets_come_again_as_they_were_without_rtx(void **state)
{
    (void) state;
    struct pair pair;
    run(&(struct pair_params) { .loss = 5, .has_no_rtx = true, .packets_per_frame = 14 }, &pair);
    assert_int_equal(pair.client.viewer.repeated_packets, 0);
    assert_true(pair.server.stats.retransmitted > 50);
    assert_true(pair.client.viewer.pli_count <= 1);
}

static void
reordered_and_repeated_packets_do_no_harm(void **state)
{
    (void) state;
    struct pair pair;
    run(&(struct pair_params) { .loss = 2, .duplication = 5, .reordering = 10,
                .packets_per_frame = 14 },
            &pair);
    // A repeat is refused by SRTP's replay check or seen as a duplicate; never as a new packet.
    assert_true(pair.client.viewer.pli_count <= 1);
}

static bool
has_asked_for_keyframes(void *arg)
{
    struct pair *pair = arg;
    return atomic_load(&pair->client.pli_count) >= 2;
}

static void
without_nack_a_few_keyframes_do(void **state)
{
    (void) state;
    struct bench bench;
    struct pair pair;
    struct pair_params params = { .loss = 2, .packets_per_frame = 14 };
    bench_init(&bench, &params);
    pair_start(&pair, &bench, &params);
    pair.client.viewer.wants_repeats = false; // before anything can have arrived
    assert_true(bench_run(&bench, has_asked_for_keyframes, &pair));
    pair_close(&pair, &bench);
    // Each loss that hurt brought one keyframe, beside the first.
    assert_true(bench.studio.video[0].keyframe_requests <= pair.client.viewer.pli_count + 5);
    bench_finish(&bench);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lost_packets_come_again_as_rtx),
        cmocka_unit_test(lost_packets_come_again_as_they_were_without_rtx),
        cmocka_unit_test(reordered_and_repeated_packets_do_no_harm),
        cmocka_unit_test(without_nack_a_few_keyframes_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
