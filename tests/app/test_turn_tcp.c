// Tests of TURN over TCP and TLS as a whole, tcp/clients.c in front of relay/relay.c, over real
// connections: with coturn's turnutils_uclient, and with a client of our own for what must be
// refused. What is relayed comes back from a media address of ours, like an echo.
#include "tcp/tcp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/worker.h"
#include "gate/poller.h"
#include "gate/stream.h"
#include "gate/tls.h"
#include "gate/tls_context.h"
#include "nat/ingress.h"
#include "relay/client.h"
#include "relay/foreign.h"
#include "relay/relay.h"
#include "relay/tool.h"
#include "wire/bytes.h"

enum {
    SHORT_US = 2000000,
    POLL_MS = 1,
    TRANSPORT_UDP = 17 << 24,
    DEADLINE_S = 60,
};

static struct house {
    struct hp_worker *main;
    struct hp_ingress *ingress;
    struct hp_relay *relay;
    struct hp_tcp *tcp;
    struct hp_poller *poller;
    struct hp_poller_watch watch; // of the listener
    int listener;
    uint16_t port;
    struct hp_tls_context *tls; // NULL: plain
    char *state_dir;
    struct hp_stream *greeting; // whose handshake runs; NULL: none
    uint64_t guests;
    unsigned ends, proofs;
    struct tool tool;
} house;

static void
on_sign(void *arg, uint64_t guest)
{
    (void) arg;
    (void) guest;
}

static void
on_proof(void *arg, uint64_t guest)
{
    (void) arg;
    (void) guest;
    house.proofs++;
}

static void
on_end(void *arg, uint64_t guest)
{
    (void) arg;
    (void) guest;
    house.ends++;
}

static void
hand_over(struct hp_stream *stream)
{
    hp_stream_detach(stream);
    hp_tcp_take(house.tcp, stream, NULL, 0, ++house.guests);
}

static void
on_greeting(void *arg, unsigned events)
{
    (void) arg;
    if (events & HP_STREAM_BROKEN) {
        g_clear_pointer(&house.greeting, hp_stream_destroy);
    } else if (events & HP_STREAM_GREETED) {
        hand_over(g_steal_pointer(&house.greeting));
    }
}

static void
on_accept(void *arg, uint32_t events)
{
    int fd = accept4(house.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    (void) arg;
    (void) events;
    if (house.tls == NULL) {
        hand_over(hp_stream_create(house.poller, fd, NULL, NULL, NULL));
        return;
    }
    assert_null(house.greeting); // the tools connect one after the other
    house.greeting = hp_stream_create(
            house.poller, fd, hp_tls_context_open(house.tls), on_greeting, NULL);
}

static void
open_listener(void)
{
    struct hp_addr loopback;
    struct sockaddr_storage address;
    hp_addr_parse(&loopback, "127.0.0.1", 0);
    socklen_t size = hp_addr_to_sockaddr(&loopback, &address);
    house.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(house.listener, (struct sockaddr *) &address, size), 0);
    assert_int_equal(listen(house.listener, SOMAXCONN), 0);
    assert_int_equal(getsockname(house.listener, (struct sockaddr *) &address, &size), 0);
    hp_addr_from_sockaddr(&loopback, &address);
    house.port = loopback.port;
    hp_poller_init_watch(&house.watch, house.poller, house.listener, on_accept, NULL);
    hp_poller_set(&house.watch, EPOLLIN);
}

static void
turn(void)
{
    g_main_context_iteration(hp_worker_context(house.main), FALSE);
}

static void
serve(void *arg)
{
    (void) arg;
    turn();
}

static int
set_up(void **state)
{
    struct hp_addr media[TOOL_PORTS];
    (void) state;
    memset(&house, 0, sizeof(house));
    alarm(DEADLINE_S);
    house.tool = (struct tool){ .fd = -1, .poll_ms = POLL_MS, .serve = serve };
    tool_media(media);
    house.main = hp_worker_create_main();
    house.ingress = hp_ingress_create(&house.main, 1, 0);
    const struct hp_relay_params relay = { .secret = TOOL_SECRET,
        .with_turn = true,
        .peers = media,
        .peer_count = TOOL_PORTS,
        .home = house.main,
        .inject = tool_inject };
    house.relay = hp_relay_create(&relay);
    const struct hp_tcp_params tcp = { .ingress = house.ingress,
        .workers = &house.main,
        .worker_count = 1,
        .home = house.main,
        .service = hp_relay_service(house.relay),
        .on_sign = on_sign,
        .on_proof = on_proof,
        .on_end = on_end };
    house.tcp = hp_tcp_create(&tcp);
    house.poller = hp_poller_create(house.main);
    open_listener();
    return 0;
}

static int
set_up_tls(void **state)
{
    char *cert = NULL, *key = NULL;
    set_up(state);
    house.state_dir = g_dir_make_tmp("hairpin-turn-XXXXXX", NULL);
    assert_true(hp_tls_find_files(NULL, NULL, house.state_dir, &cert, &key));
    house.tls = hp_tls_context_create(cert, key);
    assert_non_null(house.tls);
    g_unlink(cert);
    g_unlink(key);
    g_free(cert);
    g_free(key);
    return 0;
}

static int
tear_down(void **state)
{
    (void) state;
    hp_poller_finish_watch(&house.watch);
    close(house.listener);
    if (house.greeting != NULL) {
        hp_stream_destroy(house.greeting);
    }
    hp_poller_destroy(house.poller);
    hp_worker_destroy(house.main);
    hp_tcp_destroy(house.tcp);
    hp_relay_destroy(house.relay);
    hp_ingress_destroy(house.ingress);
    hp_tls_context_destroy(house.tls);
    if (house.state_dir != NULL) {
        g_rmdir(house.state_dir);
        g_free(house.state_dir);
    }
    alarm(0);
    return 0;
}

static int
set_up_faked(void **state)
{
    client_clock_begin();
    return set_up(state);
}

static int
tear_down_faked(void **state)
{
    tear_down(state);
    client_clock_end();
    return 0;
}

// ---- coturn's client ----

static void
assert_all_back(const char *flags)
{
    tool_assert_all_back(&house.tool, house.port, flags);
    assert_true(hp_relay_get_counters(house.relay).relayed >= 100);
    assert_true(house.proofs > 0);
}

static void
assert_no_allocations_are_left(void)
{
    int64_t end_us = hp_clock_now_us() + TOOL_LIMIT_US;
    while (house.ends < house.guests && hp_clock_now_us() < end_us) {
        turn();
    }
    assert_int_equal(house.ends, house.guests);
    assert_int_equal(hp_relay_get_counters(house.relay).allocations, 0);
}

static void
coturn_s_client_gets_all_back_by_indications_over_tcp(void **state)
{
    (void) state;
    assert_all_back("-t -s -X -G -D -n 50 -z 2 -m 2");
    assert_no_allocations_are_left();
}

static void
coturn_s_client_gets_all_back_by_channels_over_tls(void **state)
{
    (void) state;
    assert_all_back("-t -S -n 50 -z 2 -m 2");
    assert_no_allocations_are_left();
}

static void
coturn_s_client_with_a_wrong_secret_gets_nothing_over_tcp(void **state)
{
    (void) state;
    assert_true(tool_run_uclient(
            &house.tool, house.port, "-t -n 5", "another secret", TOOL_LIMIT_US));
    assert_int_not_equal(house.tool.status, 0);
    assert_true(hp_relay_get_counters(house.relay).answered > 0);
    assert_int_equal(hp_relay_get_counters(house.relay).relayed, 0);
    assert_int_equal(house.proofs, 0);
    assert_no_allocations_are_left();
}

// ---- a client of our own ----

static struct client client;
static int client_fd;

static void
connect_client(void)
{
    struct hp_addr there;
    struct sockaddr_storage address;
    hp_addr_parse(&there, "127.0.0.1", house.port);
    socklen_t size = hp_addr_to_sockaddr(&there, &address);
    client_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client_fd, (struct sockaddr *) &address, size), 0);
    client_init(&client, TOOL_SECRET);
}

// Reads that many bytes, as the service sends them.
static void
read_whole(uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        ssize_t count = recv(client_fd, data + at, size - at, MSG_DONTWAIT);
        assert_int_not_equal(count, 0);
        at += count > 0 ? (size_t) count : 0;
        turn();
    }
}

// The code of the answer, -1: a wrong one.
static int
ask(void)
{
    uint8_t reply[CLIENT_DATA_SIZE] = { 0 };
    assert_int_equal(send(client_fd, client.data, client.size, 0), client.size);
    read_whole(reply, 20);
    size_t rest = hp_bytes_u16(reply + 2);
    assert_true(rest <= sizeof(reply) - 20);
    read_whole(reply + 20, rest);
    return client_read(&client, reply, 20 + rest);
}

static int
allocate(void)
{
    client_begin(&client, STUN_ALLOCATE);
    client_add_u32(&client, STUN_ATTRIBUTE_REQUESTED_TRANSPORT, TRANSPORT_UDP);
    client_end(&client);
    return ask();
}

static int
permit(const char *ip, uint16_t port)
{
    client_begin(&client, STUN_CREATEPERMISSION);
    client_add_peer(&client, ip, port);
    client_end(&client);
    return ask();
}

static int
bind_channel(const char *ip, uint16_t port)
{
    client_begin(&client, STUN_CHANNELBIND);
    client_add_u32(&client, STUN_ATTRIBUTE_CHANNEL_NUMBER, 0x4000 << 16);
    client_add_peer(&client, ip, port);
    client_end(&client);
    return ask();
}

static void
whatever_is_not_our_media_gets_403_over_tcp(void **state)
{
    const uint16_t ports[] = { TOOL_MEDIA_PORT, 22, house.port };
    (void) state;
    connect_client();
    assert_int_equal(allocate(), 401);
    assert_int_equal(allocate(), 0);
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        for (size_t k = 0; k < sizeof(ports) / sizeof(ports[0]); k++) {
            client_clock_pass_s(1); // beside the limit of requests
            assert_int_equal(permit(foreign[i], ports[k]), 403);
            assert_int_equal(bind_channel(foreign[i], ports[k]), 403);
            client_build_send(&client, foreign[i], ports[k], "hello");
            assert_int_equal(send(client_fd, client.data, client.size, 0), client.size);
        }
    }
    assert_int_equal(permit(TOOL_MEDIA, 22), 403);
    assert_int_equal(permit(TOOL_MEDIA, TOOL_MEDIA_PORT), 0);
    struct hp_relay_counters counters = hp_relay_get_counters(house.relay);
    assert_int_equal(counters.relayed, 0);
    assert_int_equal(counters.dropped, sizeof(foreign) / sizeof(foreign[0]) * 3);
    close(client_fd);
}

// It sends broken requests at random, and may wait for an answer to each.
static void
what_coturn_s_client_breaks_over_tcp_leaves_the_service_well(void **state)
{
    (void) state;
    tool_run_uclient(
            &house.tool, house.port, "-t -N -R -n 5 -z 2 -m 2", TOOL_SECRET, SHORT_US);
    assert_true(house.guests > 0);
    connect_client();
    assert_int_equal(allocate(), 401);
    assert_int_equal(allocate(), 0);
    close(client_fd);
    assert_no_allocations_are_left();
}

static void
a_client_that_hangs_up_loses_its_allocation_at_once(void **state)
{
    (void) state;
    connect_client();
    assert_int_equal(allocate(), 401);
    assert_int_equal(allocate(), 0);
    assert_int_equal(hp_relay_get_counters(house.relay).allocations, 1);
    close(client_fd);
    assert_no_allocations_are_left();
}

#define TURN_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TURN_TEST(coturn_s_client_gets_all_back_by_indications_over_tcp),
        cmocka_unit_test_setup_teardown(
                coturn_s_client_gets_all_back_by_channels_over_tls, set_up_tls, tear_down),
        TURN_TEST(coturn_s_client_with_a_wrong_secret_gets_nothing_over_tcp),
        cmocka_unit_test_setup_teardown(
                whatever_is_not_our_media_gets_403_over_tcp, set_up_faked, tear_down_faked),
        TURN_TEST(what_coturn_s_client_breaks_over_tcp_leaves_the_service_well),
        TURN_TEST(a_client_that_hangs_up_loses_its_allocation_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
