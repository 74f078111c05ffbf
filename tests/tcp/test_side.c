// Tests of tcp/side.c: how many links a peer keeps. Others are in test_tcp.c.
#include "tcp/side.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/worker.h"
#include "fixture/fake_time.h"
#include "fixture/tcp_pair.h"
#include "gate/poller.h"
#include "gate/stream.h"
#include "nat/ingress.h"
#include "tcp/link.h"

enum { LINKS = 16, LINKS_MAX = 6, TURNS = 8, RTP = 128 };

static struct scene {
    struct hp_worker *main;
    struct hp_ingress *ingress;
    struct hp_poller *poller;
    struct hp_inlet inlet, other;
    struct hp_side side;
    int clients[LINKS];
    struct hp_flow flows[LINKS];
    unsigned count, proofs, ends;
    uint64_t last_end;
} scene;

static void
on_proof(void *arg, uint64_t guest)
{
    (void) arg;
    (void) guest;
    scene.proofs++;
}

static void
on_end(void *arg, uint64_t guest)
{
    (void) arg;
    scene.last_end = guest;
    scene.ends++;
}

static int
begin(void **state)
{
    (void) state;
    memset(&scene, 0, sizeof(scene));
    scene.main = hp_worker_create_main();
    fake_time_begin(scene.main);
    scene.ingress = hp_ingress_create(&scene.main, 1, 0);
    scene.poller = hp_poller_create(scene.main);
    hp_ingress_open_inlet(scene.ingress, &scene.inlet, scene.main);
    hp_ingress_open_inlet(scene.ingress, &scene.other, scene.main);
    scene.side.ingress = scene.ingress;
    scene.side.worker = scene.main;
    scene.side.on_proof = on_proof;
    scene.side.on_end = on_end;
    hp_side_init(&scene.side);
    return 0;
}

static int
end(void **state)
{
    (void) state;
    hp_ingress_close_inlet(&scene.inlet);
    hp_ingress_close_inlet(&scene.other);
    hp_poller_destroy(scene.poller);
    hp_side_finish(&scene.side);
    fake_time_end();
    hp_worker_destroy(scene.main);
    hp_ingress_destroy(scene.ingress);
    for (unsigned i = 0; i < scene.count; i++) {
        close(scene.clients[i]);
    }
    return 0;
}

// A link of that peer; its guest is the number that is returned.
static unsigned
add_link(const struct hp_inlet *inlet)
{
    unsigned number = scene.count++;
    struct hp_stream *stream = hp_stream_create(
            scene.poller, tcp_pair_open(&scene.clients[number], 0), NULL, NULL, NULL);
    hp_stream_detach(stream);
    struct hp_link *link = hp_link_create(stream, NULL, 0, number);
    link->peer = inlet->peer;
    hp_side_add(&scene.side, link);
    scene.flows[number] = link->flow;
    return number;
}

// An authentic check comes by a new link of that peer.
static unsigned
prove_link(const struct hp_inlet *inlet)
{
    unsigned number = add_link(inlet);
    scene.side.carrier.ops->validate(&scene.side.carrier, &scene.flows[number]);
    fake_time_pass_ms(1);
    for (unsigned i = 0; i < TURNS; i++) {
        g_main_context_iteration(hp_worker_context(scene.main), FALSE);
    }
    return number;
}

static void
send_by(unsigned number, uint8_t first)
{
    const uint8_t data[] = { first };
    const struct hp_segment segment = { data, sizeof(data) };
    assert_int_equal(scene.side.carrier.ops->send_run(
                             &scene.side.carrier, &scene.flows[number], &segment, 1),
            1);
}

static void
a_peer_has_six_links_and_the_oldest_is_cut(void **state)
{
    (void) state;
    (void) prove_link(&scene.other);
    unsigned first = prove_link(&scene.inlet);
    for (unsigned i = 1; i < LINKS_MAX; i++) {
        (void) prove_link(&scene.inlet);
    }
    assert_int_equal(scene.ends, 0);
    (void) prove_link(&scene.inlet);
    assert_int_equal(scene.ends, 1);
    assert_int_equal(scene.last_end, first);
    assert_int_equal(scene.proofs, LINKS_MAX + 2);
    assert_int_equal(scene.side.counters.surplus, 1);
}

static void
the_link_that_carries_media_stays(void **state)
{
    (void) state;
    unsigned first = prove_link(&scene.inlet);
    unsigned second = prove_link(&scene.inlet);
    send_by(first, RTP);
    send_by(second, 1); // a check
    for (unsigned i = 2; i < 2 * LINKS_MAX; i++) {
        (void) prove_link(&scene.inlet);
        assert_int_not_equal(scene.ends == 0 ? second : scene.last_end, first);
        assert_true(scene.ends != 1 || scene.last_end == second);
    }
    assert_int_equal(scene.ends, LINKS_MAX);
}

static void
links_without_an_authentic_check_cut_no_others(void **state)
{
    (void) state;
    (void) prove_link(&scene.inlet);
    for (unsigned i = 0; i < 2 * LINKS_MAX; i++) {
        (void) add_link(&scene.inlet);
    }
    (void) prove_link(&scene.inlet);
    assert_int_equal(scene.ends, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_peer_has_six_links_and_the_oldest_is_cut),
        TEST(the_link_that_carries_media_stays),
        TEST(links_without_an_authentic_check_cut_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
