// Tests of src/peer while the server's worker hangs under full load: for 10 s of the clock it takes
// nothing. That costs frames, and messages beyond the bound; the peer itself goes on.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop/pair.h"

enum {
    STALL_US = 10 * 1000000,
    CALLS = 100000, // of each kind, while the worker hangs
    MAX_CALLS = 256, // that the peer takes
    MORE_PACKETS = 100,
};

// The hang passes by the clock only. The clock is behind at first, since the descriptors of timers
// follow the real one: a timer that is due for them too early is just looked at again.
static _Atomic int64_t clock_offset_us = -STALL_US;

static int64_t
shifted_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000 + atomic_load(&clock_offset_us);
}

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_entered, is_open;
};

static void
hang(void *arg)
{
    struct gate *gate = arg;
    pthread_mutex_lock(&gate->lock);
    gate->is_entered = true;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->is_open) {
        pthread_cond_wait(&gate->changed, &gate->lock);
    }
    pthread_mutex_unlock(&gate->lock);
}

static void
close_gate(struct gate *gate, struct hp_worker *worker)
{
    hp_worker_post(worker, hang, gate);
    pthread_mutex_lock(&gate->lock);
    while (!gate->is_entered) {
        pthread_cond_wait(&gate->changed, &gate->lock);
    }
    pthread_mutex_unlock(&gate->lock);
}

static void
open_gate(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->is_open = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

static bool
has_begun(void *arg)
{
    struct pair *pair = arg;
    return pair_is_connected(pair) && atomic_load(&pair->client.complete_count) > 0
            && atomic_load(&pair->server.open_count) > 0
            && atomic_load(&pair->client.open_count) > 0;
}

// Who has asked for figures is answered all the same.
static bool
is_answered_late(void *arg)
{
    struct pair *pair = arg;
    return pair->server.late_count > 0;
}

static unsigned enough_packets;

static bool
goes_on(void *arg)
{
    struct pair *pair = arg;
    return pair_is_connected(pair) && pair->server.stats_count > 0
            && atomic_load(&pair->client.complete_count) >= enough_packets;
}

// Everything that home can ask of a peer, far more often than a room's bounds would let it.
static void
ask_for_everything(struct hp_peer *peer)
{
    unsigned taken = 0;
    for (unsigned i = 0; i < CALLS; i++) {
        hp_peer_enable_track(peer, HP_TRACK_VIDEO, i % 2 == 1); // at last: on
        hp_peer_enable_track(peer, HP_TRACK_AUDIO, i % 2 == 1);
        hp_peer_request_stats(peer);
        hp_peer_send(peer, "nobody", "12345678", 8);
        taken += hp_peer_add_candidate(peer, "candidate:?", "0", 0);
    }
    assert_int_equal(taken, MAX_CALLS);
    assert_false(hp_peer_set_remote(peer, "answer", "v=0"));
}

static void
a_worker_that_hangs_for_ten_seconds_costs_frames_and_nothing_else(void **state)
{
    (void) state;
    struct pair_params params = { 0 };
    struct bench bench;
    struct pair pair;
    struct gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    hp_clock_fake(shifted_now_us);
    bench_init(&bench, &params);
    pair_start(&pair, &bench, &params);
    assert_true(bench_run(&bench, has_begun, &pair));
    close_gate(&gate, bench.server_worker);
    ask_for_everything(pair.server.peer);
    assert_true(bench_run(&bench, is_answered_late, &pair));
    atomic_store(&clock_offset_us, 0);
    enough_packets = atomic_load(&pair.client.complete_count) + MORE_PACKETS;
    open_gate(&gate);
    assert_true(bench_run(&bench, goes_on, &pair));
    assert_int_equal(pair.server.stats_count, 1);
    assert_int_equal(pair.server.attach_count, 2); // nothing was torn down
    assert_int_equal(pair.server.description_count, 1);
    assert_true(hp_peer_add_candidate(pair.server.peer, "candidate:?", "0", 0)); // room again
    pair_close(&pair, &bench);
    bench_finish(&bench);
    hp_clock_fake(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_that_hangs_for_ten_seconds_costs_frames_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
