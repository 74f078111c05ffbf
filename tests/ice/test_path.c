// Tests of ice/path.c. Below the path stand functions of the test's own: libnice's for the socket of
// a pair and for sending through the agent, and hp_gso_send().
#include "ice/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <netinet/in.h>

#include <cmocka.h>

#include "fixture/fake_time.h"

enum { PARTS = 100 };

struct scene {
    struct hp_worker *worker;
    struct hp_ice_path path;
    GSocket *socket, *peer, *moved; // of the pair, where it goes, where the browser has moved
    bool is_full; // the agent's way
    bool is_socket_full;
    unsigned room, agent_sends, agent_messages, writables;
    NiceCandidate *local, *remote;
};

static struct scene scene;

GSocket *
nice_agent_get_selected_socket(NiceAgent *agent, guint stream, guint component)
{
    (void) agent;
    (void) stream;
    (void) component;
    return g_object_ref(scene.socket);
}

gint
nice_agent_send_messages_nonblocking(NiceAgent *agent, guint stream, guint component,
        const NiceOutputMessage *messages, guint count, GCancellable *cancellable, GError **error)
{
    (void) agent;
    (void) stream;
    (void) component;
    (void) messages;
    (void) cancellable;
    scene.agent_sends++;
    unsigned taken = MIN(count, scene.room);
    if (scene.is_full && taken == 0) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "full");
        return -1;
    }
    taken = scene.is_full ? taken : count;
    scene.room -= MIN(scene.room, taken);
    scene.agent_messages += taken;
    return (gint) taken;
}

unsigned
hp_gso_send(struct hp_gso *gso, int fd, const struct sockaddr_storage *local,
        const struct sockaddr_storage *address, const struct hp_segment *segments, unsigned count)
{
    (void) gso;
    assert_null(local);
    for (unsigned i = 0; i < count; i++) {
        if (scene.is_socket_full) {
            return i;
        }
        assert_int_equal(sendto(fd, segments[i].data, segments[i].size, 0,
                                 (const struct sockaddr *) address, sizeof(struct sockaddr_in)),
                segments[i].size);
    }
    return count;
}

static GSocket *
open_udp(void)
{
    GSocket *socket = g_socket_new(
            G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
    assert_non_null(socket);
    GInetAddress *loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
    GSocketAddress *address = g_inet_socket_address_new(loopback, 0);
    assert_true(g_socket_bind(socket, address, FALSE, NULL));
    g_socket_set_blocking(socket, FALSE);
    g_object_unref(address);
    g_object_unref(loopback);
    return socket;
}

static void
point_at(NiceAddress *to, GSocket *socket)
{
    GSocketAddress *address = g_socket_get_local_address(socket, NULL);
    nice_address_init(to);
    assert_true(nice_address_set_from_string(to, "127.0.0.1"));
    nice_address_set_port(to, g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(address)));
    g_object_unref(address);
}

static void
on_packet(void *arg, const uint8_t *data, size_t size)
{
    (void) arg;
    (void) data;
    (void) size;
}

static void
on_writable(void *arg)
{
    struct scene *self = arg;
    self->writables++;
}

static const struct hp_path_cbs cbs = { .on_packet = on_packet, .on_writable = on_writable };

static int
begin(void **state)
{
    (void) state;
    scene = (struct scene) { .worker = hp_worker_create_main(), .socket = open_udp(),
        .peer = open_udp(), .moved = open_udp() };
    fake_time_begin(scene.worker);
    scene.local = nice_candidate_new(NICE_CANDIDATE_TYPE_HOST);
    scene.remote = nice_candidate_new(NICE_CANDIDATE_TYPE_HOST);
    point_at(&scene.local->addr, scene.socket);
    point_at(&scene.remote->addr, scene.peer);
    hp_ice_path_init(&scene.path, scene.worker, (NiceAgent *) &scene, 1);
    scene.path.path.cbs = &cbs;
    scene.path.path.cbs_arg = &scene;
    return 0;
}

static int
end(void **state)
{
    (void) state;
    hp_ice_path_finish(&scene.path);
    nice_candidate_free(scene.local);
    nice_candidate_free(scene.remote);
    g_object_unref(scene.socket);
    g_object_unref(scene.peer);
    g_object_unref(scene.moved);
    hp_worker_destroy(scene.worker);
    fake_time_end();
    return 0;
}

static void
set_pair(NiceCandidateType local, NiceCandidateTransport transport, NiceCandidateType remote)
{
    scene.local->type = local;
    scene.local->transport = transport;
    scene.remote->type = remote;
    hp_ice_path_set_pair(&scene.path, scene.local, scene.remote);
}

static void
set_plain_pair(void)
{
    set_pair(NICE_CANDIDATE_TYPE_HOST, NICE_CANDIDATE_TRANSPORT_UDP, NICE_CANDIDATE_TYPE_HOST);
}

static void
set_relayed_pair(void)
{
    set_pair(NICE_CANDIDATE_TYPE_RELAYED, NICE_CANDIDATE_TRANSPORT_UDP, NICE_CANDIDATE_TYPE_HOST);
}

static unsigned
send_some(unsigned count)
{
    static const uint8_t data[100];
    struct hp_segment segments[PARTS];
    for (unsigned i = 0; i < count; i++) {
        segments[i] = (struct hp_segment) { .data = data, .size = sizeof(data) };
    }
    return scene.path.path.ops->send_run(&scene.path.path, segments, count);
}

static unsigned
count_received(GSocket *socket)
{
    char data[1500];
    unsigned count = 0;
    while (g_socket_receive(socket, data, sizeof(data), NULL, NULL) > 0) {
        count++;
    }
    return count;
}

static enum hp_path_kind
get_kind(void)
{
    return scene.path.path.ops->kind(&scene.path.path);
}

static void
before_there_is_a_pair_packets_are_lost(void **state)
{
    (void) state;
    assert_int_equal(send_some(3), 3);
    assert_int_equal(count_received(scene.peer), 0);
    assert_int_equal(scene.agent_sends, 0);
}

static void
a_plain_pair_sends_by_its_own_socket(void **state)
{
    (void) state;
    set_plain_pair();
    assert_int_equal(send_some(3), 3);
    assert_int_equal(count_received(scene.peer), 3);
    assert_int_equal(scene.agent_sends, 0);
    assert_non_null(strstr(scene.path.pair, "127.0.0.1:"));
}

static void
kinds_follow_from_the_pair(void **state)
{
    (void) state;
    static const struct {
        NiceCandidateType local;
        NiceCandidateTransport transport;
        NiceCandidateType remote;
        enum hp_path_kind kind;
    } cases[] = {
        { NICE_CANDIDATE_TYPE_HOST, NICE_CANDIDATE_TRANSPORT_UDP, NICE_CANDIDATE_TYPE_HOST,
                HP_PATH_UDP },
        { NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE, NICE_CANDIDATE_TRANSPORT_UDP,
                NICE_CANDIDATE_TYPE_PEER_REFLEXIVE, HP_PATH_UDP },
        { NICE_CANDIDATE_TYPE_HOST, NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE,
                NICE_CANDIDATE_TYPE_HOST, HP_PATH_TCP },
        { NICE_CANDIDATE_TYPE_RELAYED, NICE_CANDIDATE_TRANSPORT_UDP, NICE_CANDIDATE_TYPE_HOST,
                HP_PATH_RELAY },
        { NICE_CANDIDATE_TYPE_HOST, NICE_CANDIDATE_TRANSPORT_UDP, NICE_CANDIDATE_TYPE_RELAYED,
                HP_PATH_RELAY },
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        set_pair(cases[i].local, cases[i].transport, cases[i].remote);
        assert_int_equal(get_kind(), cases[i].kind);
    }
}

static void
our_relay_sends_through_the_agent_and_theirs_by_the_socket(void **state)
{
    (void) state;
    set_relayed_pair();
    assert_int_equal(send_some(PARTS), PARTS);
    assert_int_equal(scene.agent_messages, PARTS);
    assert_int_equal(scene.agent_sends, 2); // 64 at a time
    set_pair(NICE_CANDIDATE_TYPE_HOST, NICE_CANDIDATE_TRANSPORT_UDP, NICE_CANDIDATE_TYPE_RELAYED);
    assert_int_equal(send_some(2), 2);
    assert_int_equal(scene.agent_messages, PARTS);
    assert_int_equal(count_received(scene.peer), 2);
}

static void
a_full_agent_takes_fewer_and_is_asked_again_after_5_ms(void **state)
{
    (void) state;
    set_relayed_pair();
    scene.is_full = true;
    scene.room = 70;
    assert_int_equal(send_some(PARTS), 70);
    fake_time_pass_ms(4);
    assert_int_equal(scene.writables, 0);
    fake_time_pass_ms(2);
    assert_int_equal(scene.writables, 1);
    fake_time_pass_ms(20);
    assert_int_equal(scene.writables, 1);
}

// UDP over loopback is never full: a stream socket that is stands in for it.
static void
fill_socket(GSocket *ends[2])
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    for (unsigned i = 0; i < 2; i++) {
        ends[i] = g_socket_new_from_fd(fds[i], NULL);
        assert_non_null(ends[i]);
        g_socket_set_blocking(ends[i], FALSE);
    }
    static const char data[65536];
    while (g_socket_send(ends[0], data, sizeof(data), NULL, NULL) > 0) {
    }
    g_object_unref(scene.socket);
    scene.socket = g_object_ref(ends[0]);
    scene.is_socket_full = true;
}

static void
empty_socket(GSocket *ends[2])
{
    static char data[65536];
    while (g_socket_receive(ends[1], data, sizeof(data), NULL, NULL) > 0) {
    }
    scene.is_socket_full = false;
}

static void
release_socket(GSocket *ends[2])
{
    hp_ice_path_finish(&scene.path);
    g_object_unref(ends[0]);
    g_object_unref(ends[1]);
}

static void
block(GSocket *ends[2])
{
    fill_socket(ends);
    set_plain_pair();
    assert_int_equal(send_some(3), 0);
    fake_time_pass_ms(50);
    assert_int_equal(scene.writables, 0);
}

static void
a_full_socket_tells_once_when_it_has_room(void **state)
{
    (void) state;
    GSocket *ends[2];
    block(ends);
    empty_socket(ends);
    fake_time_pass_ms(20);
    assert_int_equal(scene.writables, 1);
    release_socket(ends);
}

static void
a_new_pair_opens_the_way_of_a_path_that_was_blocked(void **state)
{
    (void) state;
    GSocket *ends[2];
    block(ends);
    GSocket *fresh = open_udp();
    g_object_unref(scene.socket);
    scene.socket = fresh;
    scene.is_socket_full = false;
    set_plain_pair();
    assert_int_equal(scene.writables, 0); // not from within
    fake_time_pass_ms(2);
    assert_int_equal(scene.writables, 1);
    assert_int_equal(send_some(3), 3);
    assert_int_equal(count_received(scene.peer), 3);
    empty_socket(ends); // the old socket tells nothing any more
    fake_time_pass_ms(20);
    assert_int_equal(scene.writables, 1);
    release_socket(ends);
}

static void
a_path_that_was_not_blocked_tells_nothing_at_a_new_pair(void **state)
{
    (void) state;
    set_plain_pair();
    assert_int_equal(send_some(1), 1);
    set_plain_pair();
    fake_time_pass_ms(20);
    assert_int_equal(scene.writables, 0);
}

static void
a_path_roams_to_another_address_and_back(void **state)
{
    (void) state;
    NiceAddress address;
    point_at(&address, scene.moved);
    set_plain_pair();
    assert_true(hp_ice_path_roam(&scene.path, &address));
    assert_int_equal(send_some(2), 2);
    assert_int_equal(count_received(scene.moved), 2);
    assert_int_equal(count_received(scene.peer), 0);
    hp_ice_path_return_home(&scene.path);
    assert_int_equal(send_some(3), 3);
    assert_int_equal(count_received(scene.moved), 0);
    assert_int_equal(count_received(scene.peer), 3);
}

static void
a_new_pair_ends_roaming(void **state)
{
    (void) state;
    NiceAddress address;
    point_at(&address, scene.moved);
    set_plain_pair();
    assert_true(hp_ice_path_roam(&scene.path, &address));
    set_plain_pair();
    assert_int_equal(send_some(1), 1);
    assert_int_equal(count_received(scene.moved), 0);
    assert_int_equal(count_received(scene.peer), 1);
}

static void
neither_a_relay_nor_another_family_can_be_roamed_to(void **state)
{
    (void) state;
    NiceAddress address;
    point_at(&address, scene.moved);
    assert_false(hp_ice_path_roam(&scene.path, &address)); // no pair
    set_relayed_pair();
    assert_false(hp_ice_path_roam(&scene.path, &address));
    set_plain_pair();
    nice_address_init(&address);
    assert_false(hp_ice_path_roam(&scene.path, &address)); // none was seen
    assert_true(nice_address_set_from_string(&address, "::1"));
    assert_false(hp_ice_path_roam(&scene.path, &address));
    assert_int_equal(send_some(1), 1);
    assert_int_equal(count_received(scene.peer), 1);
}

static void
after_the_end_of_a_path_packets_are_lost(void **state)
{
    (void) state;
    set_plain_pair();
    hp_ice_path_finish(&scene.path);
    assert_int_equal(send_some(2), 2);
    assert_int_equal(count_received(scene.peer), 0);
    assert_int_equal(scene.agent_sends, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(before_there_is_a_pair_packets_are_lost, begin, end),
        cmocka_unit_test_setup_teardown(a_plain_pair_sends_by_its_own_socket, begin, end),
        cmocka_unit_test_setup_teardown(kinds_follow_from_the_pair, begin, end),
        cmocka_unit_test_setup_teardown(
                our_relay_sends_through_the_agent_and_theirs_by_the_socket, begin, end),
        cmocka_unit_test_setup_teardown(
                a_full_agent_takes_fewer_and_is_asked_again_after_5_ms, begin, end),
        cmocka_unit_test_setup_teardown(a_full_socket_tells_once_when_it_has_room, begin, end),
        cmocka_unit_test_setup_teardown(
                a_new_pair_opens_the_way_of_a_path_that_was_blocked, begin, end),
        cmocka_unit_test_setup_teardown(
                a_path_that_was_not_blocked_tells_nothing_at_a_new_pair, begin, end),
        cmocka_unit_test_setup_teardown(a_path_roams_to_another_address_and_back, begin, end),
        cmocka_unit_test_setup_teardown(a_new_pair_ends_roaming, begin, end),
        cmocka_unit_test_setup_teardown(
                neither_a_relay_nor_another_family_can_be_roamed_to, begin, end),
        cmocka_unit_test_setup_teardown(after_the_end_of_a_path_packets_are_lost, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
