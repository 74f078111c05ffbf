// Tests of nat/ingress.c and nat/udp.c, on real sockets over loopback.
#include "nat/ingress.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include <cmocka.h>

#include "base/worker.h"
#include "nat/stun.h"

#define PASSWORD "0123456789012345678901"

enum { DTLS = 22, RTP = 128, DEADLINE_S = 20, FLOOD = 20000 };

static struct scene {
    struct hp_worker *reader; // worker 0, the main one
    struct hp_worker *other;
    struct hp_ingress *ingress;
    struct hp_inlet inlet;
    int client; // a socket of a browser
    struct hp_flow flow; // of the last datagram
    atomic_uint datagrams, strangers, kicks;
    atomic_bool is_on_other;
    struct hp_service service;
} scene;

static void
kick(void *arg)
{
    (void) arg;
    atomic_fetch_add(&scene.kicks, 1);
}

static void
on_datagram(void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    struct hp_inlet *inlet = arg;
    (void) data;
    assert_true(size > 0);
    scene.flow = *flow;
    hp_ingress_validate(inlet, flow);
    atomic_store(&scene.is_on_other, hp_worker_is_current(scene.other));
    atomic_fetch_add(&scene.datagrams, 1);
    hp_worker_post(scene.reader, kick, NULL); // after the validation: both go to worker 0
}

static bool
on_stranger(void *arg, const struct hp_flow *from, const uint8_t *data, size_t size)
{
    struct hp_segment segment = { .data = data, .size = size };
    static const uint8_t zeroes[HP_SERVICE_SPARE];
    (void) arg;
    assert_memory_equal(&data[size], zeroes, sizeof(zeroes));
    from->carrier->ops->send_run(from->carrier, from, &segment, 1);
    scene.flow = *from;
    atomic_fetch_add(&scene.strangers, 1);
    return true;
}

static const struct hp_service_ops service_ops = { .on_datagram = on_stranger };

static void
open_inlet(void *arg)
{
    struct hp_worker *worker = arg;
    scene.inlet = (struct hp_inlet){ .on_datagram = on_datagram, .arg = &scene.inlet };
    hp_ingress_open_inlet(scene.ingress, &scene.inlet, worker);
    hp_ingress_add_ufrag(&scene.inlet, "usus");
    hp_worker_post(scene.reader, kick, NULL);
}

static void
close_inlet(void *arg)
{
    (void) arg;
    hp_ingress_close_inlet(&scene.inlet);
    hp_worker_post(scene.reader, kick, NULL);
}

static void
turn(void)
{
    g_main_context_iteration(hp_worker_context(scene.reader), TRUE);
}

static void
await(atomic_uint *count, unsigned wanted)
{
    while (atomic_load(count) < wanted) {
        turn();
    }
}

// Until worker 0 has seen all that was posted or sent to it before.
static void
settle(uint64_t datagrams)
{
    while (hp_ingress_counters(scene.ingress)->datagrams < datagrams) {
        turn();
    }
}

static int
begin(void **state)
{
    (void) state;
    memset(&scene, 0, sizeof(scene));
    alarm(DEADLINE_S);
    scene.reader = hp_worker_create_main();
    scene.other = hp_worker_create("other");
    struct hp_worker *workers[] = { scene.reader, scene.other };
    scene.ingress = hp_ingress_create(workers, 2, 0);
    assert_non_null(scene.ingress);
    scene.client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in any = { .sin_family = AF_INET };
    assert_int_equal(bind(scene.client, (struct sockaddr *) &any, sizeof(any)), 0);
    return 0;
}

static int
end(void **state)
{
    (void) state;
    close(scene.client);
    hp_worker_destroy(scene.other);
    hp_worker_destroy(scene.reader);
    hp_ingress_destroy(scene.ingress);
    alarm(0);
    return 0;
}

static void
send_to(const char *address, const void *data, size_t size)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = inet_addr(address),
        .sin_port = htons(hp_ingress_port(scene.ingress)),
    };
    assert_int_equal(
            sendto(scene.client, data, size, 0, (struct sockaddr *) &to, sizeof(to)), size);
}

static void
send_check(const char *address)
{
    static const uint8_t id[HP_STUN_ID_SIZE] = { 1 };
    uint8_t data[HP_STUN_MESSAGE_MAX];
    struct hp_stun_check check = {
        .id = id, .ufrag = "them", .remote_ufrag = "usus", .remote_password = PASSWORD,
    };
    send_to(address, data, hp_stun_write_check(&check, data));
}

static void
send_byte(const char *address, uint8_t first)
{
    uint8_t data[64] = { first };
    send_to(address, data, sizeof(data));
}

static void
appoint(void)
{
    scene.service.ops = &service_ops;
    hp_ingress_set_service(scene.ingress, &scene.service);
    hp_worker_post(scene.reader, kick, NULL);
    await(&scene.kicks, 1);
}

static void
a_peer_on_the_reading_worker_gets_its_datagrams(void **state)
{
    (void) state;
    open_inlet(scene.reader);
    send_check("127.0.0.1");
    await(&scene.datagrams, 1);
    send_byte("127.0.0.1", RTP);
    await(&scene.datagrams, 2);
    assert_false(atomic_load(&scene.is_on_other));
    close_inlet(NULL);
}

static void
a_peer_on_another_worker_gets_its_datagrams_there(void **state)
{
    (void) state;
    hp_worker_post(scene.other, open_inlet, scene.other);
    await(&scene.kicks, 1); // worker 0 knows the ufrag
    send_check("127.0.0.1");
    await(&scene.kicks, 2); // and that the pair is verified
    send_byte("127.0.0.1", RTP);
    await(&scene.datagrams, 2);
    assert_true(atomic_load(&scene.is_on_other));
    hp_worker_post(scene.other, close_inlet, NULL);
}

static void
a_datagram_tells_which_address_of_ours_it_came_to(void **state)
{
    (void) state;
    struct hp_addr expected;
    hp_addr_parse(&expected, "127.0.0.7", hp_ingress_port(scene.ingress));
    open_inlet(scene.reader);
    send_check("127.0.0.7");
    await(&scene.datagrams, 1);
    assert_true(hp_addr_equal(&scene.flow.local, &expected));
    close_inlet(NULL);
}

static void
an_answer_comes_from_the_address_that_was_asked(void **state)
{
    (void) state;
    uint8_t binding[20] = { 0x00, 0x01, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
    uint8_t answer[64];
    struct sockaddr_in from;
    socklen_t size = sizeof(from);
    appoint();
    send_to("127.0.0.7", binding, sizeof(binding));
    await(&scene.strangers, 1);
    assert_int_equal(recvfrom(scene.client, answer, sizeof(answer), 0, (struct sockaddr *) &from,
                             &size),
            sizeof(binding));
    assert_int_equal(from.sin_addr.s_addr, inet_addr("127.0.0.7"));
    assert_int_equal(ntohs(from.sin_port), hp_ingress_port(scene.ingress));
}

static void
without_a_service_what_is_of_no_peer_is_counted(void **state)
{
    (void) state;
    uint8_t binding[20] = { 0x00, 0x01, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
    send_to("127.0.0.1", binding, sizeof(binding));
    send_byte("127.0.0.1", RTP);
    send_check("127.0.0.1");
    settle(3);
    const struct hp_ingress_counters *counters = hp_ingress_counters(scene.ingress);
    assert_int_equal(counters->refused, 1);
    assert_int_equal(counters->verdicts[HP_DEMUX_UNKNOWN_ADDRESS], 1);
    assert_int_equal(counters->verdicts[HP_DEMUX_UNKNOWN_UFRAG], 1);
}

static void
what_the_kernel_has_no_room_for_is_counted(void **state)
{
    (void) state;
    const struct hp_ingress_counters *counters = hp_ingress_counters(scene.ingress);
    for (unsigned i = 0; i < FLOOD; i++) {
        send_byte("127.0.0.1", RTP);
    }
    settle(1);
    while (g_main_context_iteration(hp_worker_context(scene.reader), FALSE)) {
    }
    uint64_t before = counters->datagrams;
    send_byte("127.0.0.1", RTP); // brings the figure
    settle(before + 1);
    assert_true(counters->lost > 0);
    assert_int_equal(counters->lost, FLOOD + 1 - counters->datagrams);
}

static void
a_service_gives_a_datagram_to_a_peer_by_a_flow_of_its_own(void **state)
{
    (void) state;
    struct hp_carrier carrier = { .kind = HP_PATH_RELAY };
    struct hp_flow flow = { .carrier = &carrier, .id = 9 };
    static const uint8_t id[HP_STUN_ID_SIZE] = { 1 };
    uint8_t data[HP_STUN_MESSAGE_MAX + HP_SERVICE_SPARE] = { 0 };
    struct hp_stun_check check = {
        .id = id, .ufrag = "them", .remote_ufrag = "usus", .remote_password = PASSWORD,
    };
    size_t size = hp_stun_write_check(&check, data);
    assert_false(hp_ingress_inject(scene.ingress, &flow, data, size));
    open_inlet(scene.reader);
    assert_true(hp_ingress_inject(scene.ingress, &flow, data, size));
    assert_int_equal(atomic_load(&scene.datagrams), 1);
    assert_ptr_equal(scene.flow.carrier, &carrier);
    assert_int_equal(scene.flow.id, 9);
    close_inlet(NULL);
    assert_false(hp_ingress_inject(scene.ingress, &flow, data, size));
}

static void
an_injected_datagram_does_not_come_back_to_the_service(void **state)
{
    (void) state;
    uint8_t binding[20 + HP_SERVICE_SPARE] = { 0x00, 0x01, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
    struct hp_carrier carrier = { .kind = HP_PATH_RELAY };
    struct hp_flow flow = { .carrier = &carrier };
    appoint();
    assert_false(hp_ingress_inject(scene.ingress, &flow, binding, 20));
    assert_int_equal(atomic_load(&scene.strangers), 0);
}

static void
a_port_that_is_taken_is_refused(void **state)
{
    (void) state;
    struct hp_worker *workers[] = { scene.reader };
    assert_null(hp_ingress_create(workers, 1, hp_ingress_port(scene.ingress)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_peer_on_the_reading_worker_gets_its_datagrams),
        TEST(a_peer_on_another_worker_gets_its_datagrams_there),
        TEST(a_datagram_tells_which_address_of_ours_it_came_to),
        TEST(an_answer_comes_from_the_address_that_was_asked),
        TEST(without_a_service_what_is_of_no_peer_is_counted),
        TEST(what_the_kernel_has_no_room_for_is_counted),
        TEST(a_service_gives_a_datagram_to_a_peer_by_a_flow_of_its_own),
        TEST(an_injected_datagram_does_not_come_back_to_the_service),
        TEST(a_port_that_is_taken_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
