// Tests of tcp/link.c, with a client at the other end of a pair of sockets.
#include "tcp/link.h"

#include <linux/sockios.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include <cmocka.h>

#include "base/worker.h"
#include "fixture/tcp_pair.h"
#include "gate/poller.h"
#include "gate/stream.h"

enum { SIZE = 1000, RUN = 8, RTP = 128, SEGMENT_MAX = 64 * 1024 };

static struct scene {
    struct hp_worker *main;
    struct hp_poller *poller;
    struct hp_link *link;
    int client;
    unsigned sent; // datagrams that the link has taken
    unsigned next; // that the client reads
    struct hp_framer framer; // the client's
} scene;

static void
on_event(void *arg, unsigned events)
{
    (void) arg;
    (void) events;
}

static void
begin_with(int ends[2])
{
    memset(&scene, 0, sizeof(scene));
    scene.main = hp_worker_create_main();
    scene.poller = hp_poller_create(scene.main);
    struct hp_stream *stream = hp_stream_create(scene.poller, ends[0], NULL, on_event, NULL);
    scene.client = ends[1];
    scene.link = hp_link_create(stream, NULL, 0, 1);
    scene.link->framer.kind = scene.framer.kind = HP_FRAMER_ICE;
}

static int
begin(void **state)
{
    (void) state;
    int ends[2];
    assert_int_equal(
            socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    begin_with(ends);
    return 0;
}

// A connection over loopback to a client with a small buffer.
static int
begin_tcp(void **state)
{
    (void) state;
    int ends[2];
    ends[0] = tcp_pair_open(&ends[1], 4096);
    begin_with(ends);
    return 0;
}

static int
end(void **state)
{
    (void) state;
    hp_link_destroy(scene.link);
    if (scene.client >= 0) {
        close(scene.client);
    }
    hp_poller_destroy(scene.poller);
    hp_worker_destroy(scene.main);
    return 0;
}

// Sends runs of numbered datagrams until the link is blocked.
static void
fill(void)
{
    uint8_t data[RUN][SIZE];
    struct hp_segment run[RUN];
    unsigned count = RUN;
    while (count == RUN) {
        for (unsigned i = 0; i < RUN; i++) {
            memset(data[i], RTP, SIZE);
            memcpy(&data[i][4], &(unsigned){ scene.sent + i }, sizeof(unsigned));
            run[i] = (struct hp_segment){ data[i], SIZE };
        }
        count = hp_link_send(scene.link, run, RUN);
        scene.sent += count;
        assert_true(scene.link->out_size <= HP_LINK_OUT_MAX);
    }
}

// Reads all that has come; each datagram is whole and the one after the last.
static void
read_all(void)
{
    uint8_t data[4096];
    ssize_t count;
    while ((count = recv(scene.client, data, sizeof(data), MSG_DONTWAIT)) > 0) {
        const uint8_t *next = data;
        size_t left = (size_t) count;
        const uint8_t *datagram;
        size_t size;
        while (hp_framer_take(&scene.framer, &next, &left, &datagram, &size)
                == HP_FRAMER_DATAGRAM) {
            unsigned number;
            memcpy(&number, datagram + 4, sizeof(number));
            assert_int_equal(size, SIZE);
            assert_int_equal(number, scene.next++);
        }
    }
}

static void
a_client_that_does_not_read_blocks_the_link_at_a_bound(void **state)
{
    (void) state;
    fill();
    assert_true(scene.link->is_blocked);
    unsigned sent = scene.sent;
    fill();
    assert_int_equal(scene.sent, sent);
}

static void
the_kernel_keeps_little_of_what_a_client_does_not_read(void **state)
{
    (void) state;
    int unsent = 0;
    fill();
    assert_true(scene.link->is_blocked);
    assert_int_equal(ioctl(hp_stream_fd(scene.link->stream), SIOCOUTQNSD, &unsent), 0);
    assert_true(unsent > 0);
    assert_true(unsent <= HP_LINK_UNSENT_MAX + SEGMENT_MAX);
}

static void
what_is_taken_is_whole_and_nothing_of_what_is_refused_goes_out(void **state)
{
    (void) state;
    fill();
    for (unsigned i = 0; i < 3; i++) {
        read_all();
        while (!hp_link_flush(scene.link)) {
            read_all();
        }
        read_all();
        assert_int_equal(scene.next, scene.sent);
        fill();
    }
    assert_true(scene.sent > 3);
}

static void
a_check_is_taken_by_a_blocked_link_as_long_as_there_is_room(void **state)
{
    (void) state;
    uint8_t check[100] = { 0, 1 };
    struct hp_segment segment = { check, sizeof(check) };
    fill();
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(hp_link_send(scene.link, &segment, 1), 1);
        assert_true(scene.link->out_size <= HP_LINK_OUT_MAX);
    }
    assert_true(scene.link->out_size > HP_LINK_OUT_MAX - (2 + sizeof(check)));
}

// Reads what has come, copies of one message; returns how many.
static unsigned
read_copies(const uint8_t *message)
{
    uint8_t data[4096];
    unsigned copies = 0;
    ssize_t count;
    while ((count = recv(scene.client, data, sizeof(data), MSG_DONTWAIT)) > 0) {
        const uint8_t *next = data;
        size_t left = (size_t) count;
        const uint8_t *datagram;
        size_t size;
        while (hp_framer_take(&scene.framer, &next, &left, &datagram, &size)
                == HP_FRAMER_DATAGRAM) {
            assert_int_equal(size, SIZE);
            assert_memory_equal(datagram, message, SIZE);
            copies++;
        }
    }
    return copies;
}

// What senders push that do not know that the link is blocked.
static void
what_is_pushed_is_taken_up_to_a_bound_and_then_lost_as_a_whole(void **state)
{
    (void) state;
    uint8_t data[SIZE] = { 0x40, 1, (SIZE - 4) >> 8, (SIZE - 4) & 0xff, RTP };
    const struct hp_segment segment = { data, SIZE };
    unsigned taken = 0;
    scene.link->framer.kind = scene.framer.kind = HP_FRAMER_TURN;
    while (hp_link_push(scene.link, &segment)) {
        taken++;
    }
    assert_true(scene.link->is_blocked);
    assert_true(scene.link->out_size <= HP_LINK_TURN_OUT_MAX);
    assert_true(scene.link->out_size > HP_LINK_TURN_OUT_MAX - SIZE);
    unsigned got = read_copies(data);
    while (!hp_link_flush(scene.link)) {
        got += read_copies(data);
    }
    assert_int_equal(got + read_copies(data), taken);
}

static void
a_part_of_a_message_shows(void **state)
{
    (void) state;
    const uint8_t *datagram;
    size_t size;
    assert_false(hp_link_has_part(scene.link));
    assert_int_equal(send(scene.client, "\0\3ab", 4, 0), 4);
    assert_true(hp_link_read(scene.link));
    assert_int_equal(hp_link_next(scene.link, &datagram, &size), HP_FRAMER_MORE);
    assert_true(hp_link_has_part(scene.link));
    assert_int_equal(send(scene.client, "c", 1, 0), 1);
    assert_true(hp_link_read(scene.link));
    assert_int_equal(hp_link_next(scene.link, &datagram, &size), HP_FRAMER_DATAGRAM);
    assert_false(hp_link_has_part(scene.link));
}

static void
a_link_whose_client_has_gone_takes_all(void **state)
{
    (void) state;
    uint8_t data[SIZE] = { RTP };
    struct hp_segment run[] = { { data, SIZE }, { data, SIZE } };
    close(scene.client);
    scene.client = -1;
    assert_int_equal(hp_link_send(scene.link, run, 2), 2);
    assert_true(scene.link->is_broken);
    assert_int_equal(scene.link->out_size, 0);
}

static void
datagrams_come_one_by_one(void **state)
{
    (void) state;
    const uint8_t *datagram;
    size_t size;
    assert_int_equal(send(scene.client, "\0\3abc\0\2de\0\5f", 12, 0), 12);
    assert_true(hp_link_read(scene.link));
    assert_int_equal(hp_link_next(scene.link, &datagram, &size), HP_FRAMER_DATAGRAM);
    assert_int_equal(size, 3);
    assert_memory_equal(datagram, "abc", 3);
    assert_int_equal(hp_link_next(scene.link, &datagram, &size), HP_FRAMER_DATAGRAM);
    assert_memory_equal(datagram, "de", 2);
    assert_int_equal(hp_link_next(scene.link, &datagram, &size), HP_FRAMER_MORE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_client_that_does_not_read_blocks_the_link_at_a_bound),
        cmocka_unit_test_setup_teardown(
                the_kernel_keeps_little_of_what_a_client_does_not_read, begin_tcp, end),
        TEST(what_is_taken_is_whole_and_nothing_of_what_is_refused_goes_out),
        TEST(a_check_is_taken_by_a_blocked_link_as_long_as_there_is_room),
        TEST(what_is_pushed_is_taken_up_to_a_bound_and_then_lost_as_a_whole),
        TEST(a_part_of_a_message_shows),
        TEST(a_link_whose_client_has_gone_takes_all),
        TEST(datagrams_come_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
