// Tests of tcp/tcp.c, tcp/reception.c and tcp/side.c, on connections over loopback.
#include "tcp/tcp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include <cmocka.h>

#include "base/worker.h"
#include "fixture/fake_time.h"
#include "fixture/tcp_pair.h"
#include "gate/stream.h"
#include "nat/ingress.h"
#include "nat/stun.h"
#include "tcp/bench.h"

#define PASSWORD "0123456789012345678901"

enum { RTP = 128, TURNS = 16, GUEST = 7 };

static struct scene {
    struct bench bench;
    struct hp_inlet inlet;
    int client;
    bool is_deaf; // the peer finds no check authentic
    struct hp_flow flow; // of the last datagram
    atomic_uint datagrams, kicks;
    atomic_bool is_on_other;
    unsigned signs, proofs, ends;
} scene;

static void
kick(void *arg)
{
    (void) arg;
    atomic_fetch_add(&scene.kicks, 1);
}

// The peer: sends back what comes.
static void
on_datagram(void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    struct hp_segment segment = { .data = data, .size = size };
    if (!scene.is_deaf) {
        hp_ingress_validate(arg, flow);
    }
    assert_int_equal(flow->carrier->kind, HP_PATH_TCP);
    assert_int_equal(flow->carrier->ops->send_run(flow->carrier, flow, &segment, 1), 1);
    scene.flow = *flow;
    atomic_store(&scene.is_on_other, hp_worker_is_current(scene.bench.other));
    atomic_fetch_add(&scene.datagrams, 1);
    hp_worker_post(scene.bench.main, kick, NULL);
}

static void
open_inlet(void *arg)
{
    scene.inlet = (struct hp_inlet){ .on_datagram = on_datagram, .arg = &scene.inlet };
    hp_ingress_open_inlet(scene.bench.ingress, &scene.inlet, arg);
    hp_ingress_add_ufrag(&scene.inlet, "usus");
    hp_worker_post(scene.bench.main, kick, NULL);
}

static void
close_inlet(void *arg)
{
    (void) arg;
    hp_ingress_close_inlet(&scene.inlet);
}

static void
on_sign(void *arg, uint64_t guest)
{
    (void) arg;
    assert_int_equal(guest, GUEST);
    scene.signs++;
}

static void
on_proof(void *arg, uint64_t guest)
{
    (void) arg;
    assert_int_equal(guest, GUEST);
    scene.proofs++;
}

static void
on_end(void *arg, uint64_t guest)
{
    (void) arg;
    assert_int_equal(guest, GUEST);
    scene.ends++;
}

static void
turn(void)
{
    g_main_context_iteration(hp_worker_context(scene.bench.main), TRUE);
}

static void
await_datagrams(unsigned wanted)
{
    while (atomic_load(&scene.datagrams) < wanted) {
        turn();
    }
}

static void
await_end(void)
{
    while (scene.ends == 0) {
        turn();
    }
    assert_int_equal(scene.ends, 1);
}

static void
begin_scene(bool is_fake)
{
    memset(&scene, 0, sizeof(scene));
    const struct hp_tcp_params params = {
        .on_sign = on_sign,
        .on_proof = on_proof,
        .on_end = on_end,
    };
    bench_begin(&scene.bench, &params, is_fake);
    scene.client = -1;
}

static int
begin(void **state)
{
    (void) state;
    begin_scene(false);
    return 0;
}

static int
begin_faked(void **state)
{
    (void) state;
    begin_scene(true);
    return 0;
}

static void
finish(struct hp_tcp_counters *counters)
{
    *counters = bench_finish(&scene.bench);
}

static int
end(void **state)
{
    (void) state;
    bench_end(&scene.bench);
    if (scene.client >= 0) {
        close(scene.client);
    }
    return 0;
}

// A connection is taken, of which `size` bytes have been read.
static void
take(const uint8_t *data, size_t size)
{
    struct hp_stream *stream =
            hp_stream_create(scene.bench.poller, tcp_pair_open(&scene.client, 0), NULL, NULL, NULL);
    hp_stream_detach(stream);
    hp_tcp_take(scene.bench.tcp, stream, data, size, GUEST);
}

static int
end_faked(void **state)
{
    fake_time_end();
    return end(state);
}

static size_t
write_check(const char *ufrag, uint8_t *data)
{
    static const uint8_t id[HP_STUN_ID_SIZE] = { 1 };
    struct hp_stun_check check = {
        .id = id, .ufrag = "them", .remote_ufrag = ufrag, .remote_password = PASSWORD,
    };
    size_t size = hp_stun_write_check(&check, data + 2);
    data[0] = (uint8_t) (size >> 8);
    data[1] = (uint8_t) size;
    return size + 2;
}

static size_t
send_check(const char *ufrag)
{
    uint8_t data[2 + HP_STUN_MESSAGE_MAX];
    size_t size = write_check(ufrag, data);
    assert_int_equal(send(scene.client, data, size, 0), size);
    return size;
}

static void
open_on(struct hp_worker *worker)
{
    hp_worker_post(worker, open_inlet, worker);
    while (atomic_load(&scene.kicks) == 0) {
        turn();
    }
}

// The client has got those bytes, or (size 0) the end.
static void
assert_read(const uint8_t *expected, size_t size)
{
    uint8_t data[2048];
    ssize_t count = recv(scene.client, data, size == 0 ? 1 : size, size == 0 ? 0 : MSG_WAITALL);
    assert_true(count == (ssize_t) size || (size == 0 && errno == ECONNRESET));
    assert_true(size == 0 || memcmp(data, expected, size) == 0);
}

static void
a_connection_goes_to_the_worker_of_the_peer_that_its_check_names(void **state)
{
    (void) state;
    uint8_t data[2 + HP_STUN_MESSAGE_MAX];
    size_t size = write_check("usus", data);
    open_on(scene.bench.other);
    take(NULL, 0);
    send_check("usus");
    await_datagrams(1);
    assert_true(atomic_load(&scene.is_on_other));
    assert_read(data, size);
    assert_int_equal(send(scene.client, "\0\3\200ab\0\1\200", 8, 0), 8);
    await_datagrams(3);
    assert_read((const uint8_t *) "\0\3\200ab\0\1\200", 8);
    hp_worker_post(scene.bench.other, close_inlet, NULL);
}

static void
a_flow_tells_both_ends_of_its_connection(void **state)
{
    (void) state;
    struct sockaddr_storage local = { 0 };
    struct hp_addr addr;
    socklen_t size = sizeof(local);
    open_on(scene.bench.main);
    take(NULL, 0);
    send_check("usus");
    await_datagrams(1);
    assert_int_equal(getsockname(scene.client, (struct sockaddr *) &local, &size), 0);
    hp_addr_from_sockaddr(&addr, &local);
    assert_true(hp_addr_equal(&scene.flow.remote, &addr));
    assert_int_equal(getpeername(scene.client, (struct sockaddr *) &local, &size), 0);
    hp_addr_from_sockaddr(&addr, &local);
    assert_true(hp_addr_equal(&scene.flow.local, &addr));
    close_inlet(NULL);
}

static void
what_the_gate_has_read_comes_first(void **state)
{
    (void) state;
    uint8_t data[2 + HP_STUN_MESSAGE_MAX + 3];
    size_t size = write_check("usus", data);
    memcpy(data + size, "\0\1\200", 3);
    open_on(scene.bench.other);
    take(data, size + 3);
    await_datagrams(2);
    assert_read(data, size + 3);
    hp_worker_post(scene.bench.other, close_inlet, NULL);
}

static void
a_check_for_nobody_ends_the_connection(void **state)
{
    (void) state;
    struct hp_tcp_counters counters;
    open_on(scene.bench.other);
    take(NULL, 0);
    send_check("none");
    await_end();
    assert_read(NULL, 0);
    hp_worker_post(scene.bench.other, close_inlet, NULL);
    finish(&counters);
    assert_int_equal(counters.refused, 1);
    assert_int_equal(counters.links, 0);
    assert_int_equal(scene.signs, 0);
    assert_int_equal(atomic_load(&scene.datagrams), 0);
}

static void
bytes_without_meaning_end_the_connection(void **state)
{
    (void) state;
    struct hp_tcp_counters counters;
    open_on(scene.bench.main);
    take(NULL, 0);
    send_check("usus");
    await_datagrams(1);
    assert_int_equal(send(scene.client, "\377\377", 2, 0), 2);
    await_end();
    close_inlet(NULL);
    finish(&counters);
    assert_int_equal(counters.broken, 1);
    assert_int_equal(counters.refused, 0);
    assert_int_equal(counters.links, 1);
}

static void
a_client_that_leaves_gives_its_place_back(void **state)
{
    (void) state;
    open_on(scene.bench.main);
    take(NULL, 0);
    send_check("usus");
    await_datagrams(1);
    close(scene.client);
    scene.client = -1;
    await_end();
    uint8_t data[] = { RTP };
    struct hp_segment segment = { data, 1 };
    assert_int_equal(
            scene.flow.carrier->ops->send_run(scene.flow.carrier, &scene.flow, &segment, 1), 1);
    close_inlet(NULL);
}

// What is posted or has come is looked at; under a fake time the loop has no end.
static void
look(void)
{
    for (unsigned i = 0; i < TURNS; i++) {
        g_main_context_iteration(hp_worker_context(scene.bench.main), FALSE);
    }
}

static void
pass(unsigned time_ms)
{
    look();
    fake_time_pass_ms(time_ms);
    look();
}

static void
a_connection_has_five_seconds_for_its_first_message(void **state)
{
    (void) state;
    struct hp_tcp_counters counters;
    take((const uint8_t *) "\0", 1);
    pass(4990);
    assert_int_equal(scene.ends, 0);
    pass(20);
    assert_int_equal(scene.ends, 1);
    finish(&counters);
    assert_int_equal(counters.timeouts, 1);
}

static void
a_connection_without_an_authentic_check_ends_after_ten_seconds(void **state)
{
    (void) state;
    scene.is_deaf = true;
    open_on(scene.bench.main);
    take(NULL, 0);
    send_check("usus");
    await_datagrams(1);
    pass(9900);
    assert_int_equal(scene.ends, 0);
    pass(2100);
    assert_int_equal(scene.ends, 1);
    close_inlet(NULL);
}

static void
an_authentic_check_is_told_once(void **state)
{
    (void) state;
    open_on(scene.bench.other);
    take(NULL, 0);
    send_check("usus");
    send_check("usus");
    await_datagrams(2);
    pass(10);
    assert_int_equal(scene.proofs, 1);
    hp_worker_post(scene.bench.other, close_inlet, NULL);
}

static void
a_check_that_is_not_authentic_proves_nothing(void **state)
{
    (void) state;
    scene.is_deaf = true;
    open_on(scene.bench.main);
    take(NULL, 0);
    send_check("usus");
    await_datagrams(1);
    pass(10);
    assert_int_equal(scene.proofs, 0);
    assert_int_equal(scene.signs, 1); // yet its ufrag is right
    close_inlet(NULL);
}

static void
a_guest_is_cut_before_its_first_message(void **state)
{
    (void) state;
    take((const uint8_t *) "\0", 1);
    hp_tcp_cut(scene.bench.tcp, GUEST + 1);
    pass(10);
    assert_int_equal(scene.ends, 0);
    hp_tcp_cut(scene.bench.tcp, GUEST);
    await_end();
    assert_read(NULL, 0);
}

static void
a_guest_is_cut_on_the_worker_of_its_peer(void **state)
{
    (void) state;
    open_on(scene.bench.other);
    take(NULL, 0);
    send_check("usus");
    await_datagrams(1);
    hp_tcp_cut(scene.bench.tcp, GUEST);
    await_end();
    hp_worker_post(scene.bench.other, close_inlet, NULL);
}

static void
an_authentic_connection_stays_until_its_peer_ends(void **state)
{
    (void) state;
    open_on(scene.bench.main);
    take(NULL, 0);
    send_check("usus");
    await_datagrams(1);
    pass(50000);
    assert_int_equal(scene.ends, 0);
    close_inlet(NULL);
    pass(1100);
    assert_int_equal(scene.ends, 1);
}

static void
on_room(void *arg)
{
    *(unsigned *) arg += 1;
}

// Sends as much media as the connection takes.
static void
fill(void)
{
    static const uint8_t data[1000] = { RTP };
    struct hp_segment segment = { data, sizeof(data) };
    struct hp_carrier *carrier = scene.flow.carrier;
    while (carrier->ops->send_run(carrier, &scene.flow, &segment, 1) == 1) {
    }
}

static void
read_all(void)
{
    uint8_t data[16384];
    while (recv(scene.client, data, sizeof(data), MSG_DONTWAIT) > 0) {
    }
}

static void
who_waits_for_room_is_told_where_a_check_makes_it(void **state)
{
    (void) state;
    static const uint8_t check[100] = { 0, 1 };
    struct hp_segment segment = { check, sizeof(check) };
    unsigned rooms = 0;
    struct hp_flow_wait wait = {
        .worker = scene.bench.main, .on_writable = on_room, .arg = &rooms };
    open_on(scene.bench.main);
    take(NULL, 0);
    send_check("usus");
    await_datagrams(1);
    fill();
    scene.flow.carrier->ops->await(scene.flow.carrier, &scene.flow, &wait);
    for (unsigned i = 0; i < TURNS; i++) { // the loop does not see that there is room
        read_all();
        assert_int_equal(scene.flow.carrier->ops->send_run(
                                 scene.flow.carrier, &scene.flow, &segment, 1),
                1);
    }
    look();
    assert_int_equal(rooms, 1);
    close_inlet(NULL);
}

static void
a_flood_of_checks_is_cut(void **state)
{
    (void) state;
    open_on(scene.bench.main);
    take(NULL, 0);
    for (unsigned i = 0; i < 300; i++) {
        send_check("usus");
    }
    assert_int_equal(send(scene.client, "\0\1\200", 3, 0), 3); // behind all of them
    await_datagrams(201);
    pass(10);
    assert_int_equal(atomic_load(&scene.datagrams), 201);
    close_inlet(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
#define FAKED(name) cmocka_unit_test_setup_teardown(name, begin_faked, end_faked)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_connection_goes_to_the_worker_of_the_peer_that_its_check_names),
        TEST(a_flow_tells_both_ends_of_its_connection),
        TEST(what_the_gate_has_read_comes_first),
        TEST(a_check_for_nobody_ends_the_connection),
        TEST(bytes_without_meaning_end_the_connection),
        TEST(a_client_that_leaves_gives_its_place_back),
        FAKED(a_connection_has_five_seconds_for_its_first_message),
        FAKED(a_connection_without_an_authentic_check_ends_after_ten_seconds),
        FAKED(an_authentic_check_is_told_once),
        FAKED(a_check_that_is_not_authentic_proves_nothing),
        FAKED(a_guest_is_cut_before_its_first_message),
        TEST(a_guest_is_cut_on_the_worker_of_its_peer),
        FAKED(an_authentic_connection_stays_until_its_peer_ends),
        FAKED(a_flood_of_checks_is_cut),
        TEST(who_waits_for_room_is_told_where_a_check_makes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
