// Tests of src/peer: many peers on one worker.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

#include "loop/pair.h"

enum { PEERS = 50, ENOUGH_PACKETS = 20 };

static bool
all_have_media(void *arg)
{
    struct pair *pairs = arg;
    for (unsigned i = 0; i < PEERS; i++) {
        if (atomic_load(&pairs[i].client.complete_count) < ENOUGH_PACKETS) {
            return false;
        }
    }
    return true;
}

static void
fifty_peers_live_on_one_worker(void **state)
{
    (void) state;
    struct pair_params params = { .packets_per_frame = 2 };
    struct bench bench;
    struct pair *pairs = g_new0(struct pair, PEERS);
    bench_init(&bench, &params);
    for (unsigned i = 0; i < PEERS; i++) {
        pair_start(&pairs[i], &bench, &params);
    }
    assert_true(bench_run(&bench, all_have_media, pairs));
    for (unsigned i = 0; i < PEERS; i++) {
        hp_peer_close(pairs[i].server.peer);
    }
    for (unsigned i = 0; i < PEERS; i++) {
        pair_close(&pairs[i], &bench);
    }
    g_free(pairs);
    bench_finish(&bench);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(fifty_peers_live_on_one_worker) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
