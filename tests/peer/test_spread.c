// Tests of peer/spread.c, with peers that only count.
#include "peer/spread.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/worker.h"
#include "peer/peer.h"

enum { PEERS = 3 };

struct hp_peer {
    unsigned count;
    uint8_t last;
    bool is_brief;
};

struct scene {
    struct hp_worker *workers[2];
    struct hp_peer peers[2][PEERS];
    struct hp_spread *spread;
    pthread_mutex_t stall;
};

void
hp_peer_send_here(struct hp_peer *peer, const char *label, const void *data, size_t size,
        bool is_brief)
{
    assert_string_equal(label, "data");
    assert_int_equal(size, 1);
    peer->count++;
    peer->last = *(const uint8_t *) data;
    peer->is_brief = is_brief;
}

static int
begin(void **state)
{
    static struct scene scene;
    scene = (struct scene) { .spread = hp_spread_create("data") };
    pthread_mutex_init(&scene.stall, NULL);
    scene.workers[0] = hp_worker_create("one");
    scene.workers[1] = hp_worker_create("two");
    *state = &scene;
    return 0;
}

static void
finish_workers(struct scene *scene)
{
    hp_spread_destroy(scene->spread);
    hp_worker_destroy(scene->workers[0]); // all tasks have run
    hp_worker_destroy(scene->workers[1]);
}

static int
end(void **state)
{
    struct scene *scene = *state;
    pthread_mutex_destroy(&scene->stall);
    return 0;
}

static void
send(struct scene *scene, uint8_t value, bool is_last)
{
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned j = 0; j < PEERS; j++) {
            hp_spread_add(scene->spread, scene->workers[i], &scene->peers[i][j]);
        }
    }
    struct hp_spread_message message = { .data = { value }, .size = 1, .is_last = is_last };
    hp_spread_send(scene->spread, &message);
}

static void
every_peer_of_every_worker_gets_the_message(void **state)
{
    struct scene *scene = *state;
    send(scene, 7, true);
    finish_workers(scene);
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned j = 0; j < PEERS; j++) {
            assert_int_equal(scene->peers[i][j].count, 1);
            assert_int_equal(scene->peers[i][j].last, 7);
            assert_false(scene->peers[i][j].is_brief);
        }
    }
}

static void
wait_for_stall(void *arg)
{
    struct scene *scene = arg;
    pthread_mutex_lock(&scene->stall);
    pthread_mutex_unlock(&scene->stall);
}

static void
a_worker_that_stalls_sends_only_the_newest(void **state)
{
    struct scene *scene = *state;
    pthread_mutex_lock(&scene->stall);
    hp_worker_post(scene->workers[0], wait_for_stall, scene);
    for (unsigned i = 0; i < 100000; i++) { // more than the queue of a worker holds
        send(scene, (uint8_t) i, false);
    }
    pthread_mutex_unlock(&scene->stall);
    finish_workers(scene);
    for (unsigned j = 0; j < PEERS; j++) {
        assert_int_equal(scene->peers[0][j].count, 1);
        assert_int_equal(scene->peers[0][j].last, (uint8_t) 99999);
        assert_true(scene->peers[0][j].is_brief);
        assert_int_equal(scene->peers[1][j].last, (uint8_t) 99999);
    }
}

static void
nobody_is_told_unless_added_again(void **state)
{
    struct scene *scene = *state;
    struct hp_spread_message message = { .data = { 1 }, .size = 1 };
    hp_spread_add(scene->spread, scene->workers[0], &scene->peers[0][0]);
    hp_spread_send(scene->spread, &message);
    hp_spread_send(scene->spread, &message);
    finish_workers(scene);
    assert_int_equal(scene->peers[0][0].count, 1);
    assert_int_equal(scene->peers[0][1].count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_peer_of_every_worker_gets_the_message, begin, end),
        cmocka_unit_test_setup_teardown(a_worker_that_stalls_sends_only_the_newest, begin, end),
        cmocka_unit_test_setup_teardown(nobody_is_told_unless_added_again, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
