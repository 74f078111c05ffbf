// Tests of base/gso.c, on real sockets of this host.
#include "base/gso.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "base/path.h"

enum { SEGMENTS = 100, MAX_SIZE = 1200 };

struct scene {
    int from, to;
    struct sockaddr_storage address; // of `to`
    const struct sockaddr_storage *local;
    struct hp_gso gso;
    uint8_t data[SEGMENTS][MAX_SIZE];
    struct hp_segment segments[SEGMENTS];
};

static int
open_udp(struct sockaddr_storage *address)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in *loopback = (struct sockaddr_in *) address;
    socklen_t size = sizeof(*address);
    memset(address, 0, sizeof(*address));
    loopback->sin_family = AF_INET;
    loopback->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *) address, sizeof(*loopback)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) address, &size), 0);
    return fd;
}

static int
begin(void **state)
{
    struct scene *scene = g_new0(struct scene, 1);
    struct sockaddr_storage own;
    scene->from = open_udp(&own);
    scene->to = open_udp(&scene->address);
    for (unsigned i = 0; i < SEGMENTS; i++) {
        memset(scene->data[i], (int) i, MAX_SIZE);
        scene->segments[i].data = scene->data[i];
    }
    *state = scene;
    return 0;
}

static int
end(void **state)
{
    struct scene *scene = *state;
    close(scene->from);
    close(scene->to);
    g_free(scene);
    return 0;
}

static void
set_sizes(struct scene *scene, unsigned first, unsigned count, size_t size)
{
    for (unsigned i = first; i < first + count; i++) {
        scene->segments[i].size = size;
    }
}

static unsigned
send_all(struct scene *scene, unsigned count)
{
    return hp_gso_send(&scene->gso, scene->from, scene->local, &scene->address, scene->segments, count);
}

// The next datagram is segment `i` and nothing else.
static void
expect(struct scene *scene, unsigned i)
{
    uint8_t data[65536];
    ssize_t size = recv(scene->to, data, sizeof(data), 0);
    assert_int_equal(size, scene->segments[i].size);
    assert_memory_equal(data, scene->data[i], (size_t) size);
}

static void
expect_all(struct scene *scene, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        expect(scene, i);
    }
    uint8_t data;
    assert_int_equal(recv(scene->to, &data, 1, 0), -1);
}

static void
a_run_arrives_as_single_datagrams_in_order(void **state)
{
    struct scene *scene = *state;
    set_sizes(scene, 0, 10, 1000);
    assert_int_equal(send_all(scene, 10), 10);
    expect_all(scene, 10);
    assert_false(scene->gso.is_refused);
}

static void
the_last_of_a_run_may_be_shorter(void **state)
{
    struct scene *scene = *state;
    set_sizes(scene, 0, 5, 1000);
    set_sizes(scene, 4, 1, 1);
    assert_int_equal(send_all(scene, 5), 5);
    expect_all(scene, 5);
    assert_false(scene->gso.is_refused);
}

static void
sizes_may_change_in_the_middle(void **state)
{
    struct scene *scene = *state;
    set_sizes(scene, 0, 3, 900);
    set_sizes(scene, 3, 3, 1100); // larger: a run of its own
    set_sizes(scene, 6, 3, 200);  // smaller: the first one ends the run
    set_sizes(scene, 9, 1, 1200);
    assert_int_equal(send_all(scene, 10), 10);
    expect_all(scene, 10);
    assert_false(scene->gso.is_refused);
}

static void
more_than_fit_into_one_call_arrive_in_order(void **state)
{
    struct scene *scene = *state;
    set_sizes(scene, 0, SEGMENTS, MAX_SIZE);
    assert_int_equal(send_all(scene, SEGMENTS), SEGMENTS);
    expect_all(scene, SEGMENTS);
}

// A socket that sends without checksums is one that the kernel refuses to segment for.
static void
refuse_segmentation(struct scene *scene)
{
    int one = 1;
    assert_int_equal(setsockopt(scene->from, SOL_SOCKET, SO_NO_CHECK, &one, sizeof(one)), 0);
}

static void
where_the_kernel_refuses_datagrams_go_singly(void **state)
{
    struct scene *scene = *state;
    refuse_segmentation(scene);
    set_sizes(scene, 0, 20, 1000);
    set_sizes(scene, 19, 1, 10);
    assert_int_equal(send_all(scene, 20), 20);
    expect_all(scene, 20);
    // The same error comes from a small MTU on the way to one address, which is no reason to send
    // to others singly.
    assert_false(scene->gso.is_refused);
    assert_int_equal(send_all(scene, 20), 20);
    expect_all(scene, 20);
}

static void
expect_from(struct scene *scene, const char *address)
{
    uint8_t data[MAX_SIZE];
    struct sockaddr_in from;
    socklen_t size = sizeof(from);
    assert_true(recvfrom(scene->to, data, sizeof(data), 0, (struct sockaddr *) &from, &size) > 0);
    assert_int_equal(from.sin_addr.s_addr, inet_addr(address));
}

// Lets the second socket send from any address of this host.
static void
bind_to_any(struct scene *scene)
{
    struct sockaddr_in any = { .sin_family = AF_INET };
    close(scene->from);
    scene->from = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(scene->from, (struct sockaddr *) &any, sizeof(any)), 0);
}

static void
a_run_comes_from_the_address_of_ours_that_is_asked_for(void **state)
{
    struct scene *scene = *state;
    struct sockaddr_storage local = { 0 };
    ((struct sockaddr_in *) &local)->sin_family = AF_INET;
    ((struct sockaddr_in *) &local)->sin_addr.s_addr = inet_addr("127.0.0.7");
    bind_to_any(scene);
    scene->local = &local;
    set_sizes(scene, 0, 3, 1000);
    assert_int_equal(send_all(scene, 3), 3);
    for (unsigned i = 0; i < 3; i++) {
        expect_from(scene, "127.0.0.7");
    }
    scene->gso.is_refused = true; // singly as well
    assert_int_equal(send_all(scene, 2), 2);
    expect_from(scene, "127.0.0.7");
    expect_from(scene, "127.0.0.7");
}

static void
an_address_that_is_not_ours_loses_the_run_and_nothing_else(void **state)
{
    struct scene *scene = *state;
    struct sockaddr_storage local = { 0 };
    ((struct sockaddr_in *) &local)->sin_family = AF_INET;
    ((struct sockaddr_in *) &local)->sin_addr.s_addr = inet_addr("192.0.2.1");
    bind_to_any(scene);
    set_sizes(scene, 0, 3, 1000);
    scene->local = &local;
    assert_int_equal(send_all(scene, 3), 3);
    assert_false(scene->gso.is_refused);
    scene->local = NULL;
    assert_int_equal(send_all(scene, 3), 3);
    expect_all(scene, 3);
}

static void
an_undeliverable_datagram_is_lost_and_the_rest_is_sent(void **state)
{
    struct scene *scene = *state;
    refuse_segmentation(scene);
    set_sizes(scene, 0, 2, 100);
    static uint8_t large[70000]; // more than UDP carries
    scene->segments[2] = (struct hp_segment) { .data = large, .size = sizeof(large) };
    set_sizes(scene, 3, 1, 100);
    assert_int_equal(send_all(scene, 4), 4);
    expect(scene, 0);
    expect(scene, 1);
    expect(scene, 3);
}

// UDP over loopback is never full. A datagram socket of AF_UNIX with a small send buffer is, until
// its reader reads; the name has the length of an IPv4 address.
static void
open_small_socket(struct scene *scene)
{
    struct sockaddr_un *name = (struct sockaddr_un *) &scene->address;
    memset(&scene->address, 0, sizeof(scene->address));
    name->sun_family = AF_UNIX;
    size_t room = sizeof(struct sockaddr_in) - offsetof(struct sockaddr_un, sun_path);
    g_snprintf(name->sun_path + 1, room, "gso-%08x", g_random_int());
    close(scene->from);
    close(scene->to);
    scene->from = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    scene->to = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(
            bind(scene->to, (struct sockaddr *) &scene->address, sizeof(struct sockaddr_in)), 0);
    int small = 1;
    assert_int_equal(
            setsockopt(scene->from, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
}

static void
check_full_socket(struct scene *scene)
{
    unsigned sent = send_all(scene, SEGMENTS);
    assert_true(sent > 0 && sent < SEGMENTS);
    assert_int_equal(send_all(scene, SEGMENTS), 0); // still full
    expect_all(scene, sent);
    assert_true(send_all(scene, 1) == 1); // room again
    expect_all(scene, 1);
}

static void
a_full_socket_takes_fewer(void **state)
{
    struct scene *scene = *state;
    open_small_socket(scene);
    for (unsigned i = 0; i < SEGMENTS; i++) {
        scene->segments[i].size = 100 + i; // each is a run of its own
    }
    check_full_socket(scene);
    assert_false(scene->gso.is_refused);
}

static void
a_full_socket_takes_fewer_single_datagrams(void **state)
{
    struct scene *scene = *state;
    open_small_socket(scene);
    scene->gso.is_refused = true;
    set_sizes(scene, 0, SEGMENTS, 300);
    check_full_socket(scene);
}

static bool
has_come(const struct scene *scene)
{
    uint8_t data;
    return recv(scene->to, &data, sizeof(data), MSG_PEEK | MSG_DONTWAIT) >= 0;
}

static unsigned
send_one(struct scene *scene, unsigned i)
{
    return hp_gso_send(&scene->gso, scene->from, scene->local, &scene->address,
            &scene->segments[i], 1);
}

static void
volley_leaves_at_its_outermost_end(void **state)
{
    struct scene *scene = *state;
    for (unsigned i = 0; i < SEGMENTS; i++) {
        set_sizes(scene, i, 1, 100 + i);
    }
    hp_gso_begin_volley();
    hp_gso_begin_volley();
    assert_int_equal(send_one(scene, 0), 1);
    scene->data[0][0] = 77; // it has been copied
    hp_gso_end_volley();
    assert_false(has_come(scene));
    for (unsigned i = 1; i < SEGMENTS; i++) {
        assert_int_equal(send_one(scene, i), 1);
    }
    hp_gso_end_volley();
    scene->data[0][0] = 0;
    expect_all(scene, SEGMENTS);
    assert_int_equal(send_one(scene, 0), 1); // none is open any more
    expect(scene, 0);
}

static void
run_within_a_volley_comes_behind_what_was_sent_before(void **state)
{
    struct scene *scene = *state;
    set_sizes(scene, 0, 4, 100);
    hp_gso_begin_volley();
    send_one(scene, 0);
    assert_int_equal(hp_gso_send(&scene->gso, scene->from, NULL, &scene->address,
                             &scene->segments[1], 2), 2);
    send_one(scene, 3);
    hp_gso_end_volley();
    expect_all(scene, 4);
}

static void
datagram_that_cannot_be_delivered_stops_no_other_of_the_volley(void **state)
{
    struct scene *scene = *state;
    struct sockaddr_storage nowhere = scene->address;
    ((struct sockaddr_in *) &nowhere)->sin_port = 0;
    set_sizes(scene, 0, 2, 100);
    hp_gso_begin_volley();
    send_one(scene, 0);
    assert_int_equal(hp_gso_send(&scene->gso, scene->from, NULL, &nowhere,
                             &scene->segments[1], 1), 1);
    send_one(scene, 1);
    hp_gso_end_volley();
    expect_all(scene, 2);
}

static void
sockets_of_a_volley_do_not_mix(void **state)
{
    struct scene *scene = *state;
    struct sockaddr_storage own, from = { 0 };
    socklen_t size = sizeof(from);
    uint8_t data[MAX_SIZE];
    int other = open_udp(&own);
    set_sizes(scene, 0, 2, 100);
    hp_gso_begin_volley();
    send_one(scene, 0);
    hp_gso_send(&scene->gso, other, NULL, &scene->address, &scene->segments[1], 1);
    hp_gso_end_volley();
    expect(scene, 0);
    assert_int_equal(recvfrom(scene->to, data, sizeof(data), 0, (struct sockaddr *) &from, &size),
            100);
    assert_int_equal(((struct sockaddr_in *) &from)->sin_port,
            ((struct sockaddr_in *) &own)->sin_port);
    close(other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_run_arrives_as_single_datagrams_in_order, begin, end),
        cmocka_unit_test_setup_teardown(the_last_of_a_run_may_be_shorter, begin, end),
        cmocka_unit_test_setup_teardown(sizes_may_change_in_the_middle, begin, end),
        cmocka_unit_test_setup_teardown(more_than_fit_into_one_call_arrive_in_order, begin, end),
        cmocka_unit_test_setup_teardown(
                a_run_comes_from_the_address_of_ours_that_is_asked_for, begin, end),
        cmocka_unit_test_setup_teardown(
                an_address_that_is_not_ours_loses_the_run_and_nothing_else, begin, end),
        cmocka_unit_test_setup_teardown(where_the_kernel_refuses_datagrams_go_singly, begin, end),
        cmocka_unit_test_setup_teardown(
                an_undeliverable_datagram_is_lost_and_the_rest_is_sent, begin, end),
        cmocka_unit_test_setup_teardown(a_full_socket_takes_fewer, begin, end),
        cmocka_unit_test_setup_teardown(a_full_socket_takes_fewer_single_datagrams, begin, end),
        cmocka_unit_test_setup_teardown(volley_leaves_at_its_outermost_end, begin, end),
        cmocka_unit_test_setup_teardown(
                run_within_a_volley_comes_behind_what_was_sent_before, begin, end),
        cmocka_unit_test_setup_teardown(
                datagram_that_cannot_be_delivered_stops_no_other_of_the_volley, begin, end),
        cmocka_unit_test_setup_teardown(sockets_of_a_volley_do_not_mix, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
