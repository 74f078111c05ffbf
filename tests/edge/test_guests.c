// Tests of guests of edge/http.c that fill its places, on loopback.
#include "edge/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/meeting.h"
#include "edge/site.h"
#include "gate/stream.h"

enum { MAX_CLIENTS = 64 };

// The head of a framed STUN message whose rest never comes.
static const uint8_t half_open[] = { 0, 0x64, 0, 1, 0, 0x50, 0x21, 0x12, 0xa4, 0x42 };

static struct scene {
    struct server *server;
    struct client clients[MAX_CLIENTS];
    unsigned client_count;
    struct hp_stream *streams[MAX_CLIENTS]; // by the guest's number
    unsigned came, gone;
    uint64_t last_gone;
} scene;

static void
on_guest(void *arg, const struct hp_http_guest *guest)
{
    (void) arg;
    assert_in_range(guest->number, 1, MAX_CLIENTS - 1);
    scene.streams[guest->number] = guest->stream;
    scene.came++;
}

static void
on_evict(void *arg, uint64_t number)
{
    (void) arg;
    hp_stream_destroy(scene.streams[number]);
    scene.streams[number] = NULL;
    scene.last_gone = number;
    scene.gone++;
}

static int
setup(void **state)
{
    int status = site_setup(state);
    scene = (struct scene){ .server = *state };
    return status;
}

static int
teardown(void **state)
{
    for (unsigned i = 0; i < MAX_CLIENTS; i++) {
        hp_stream_destroy(scene.streams[i]);
    }
    for (unsigned i = 0; i < scene.client_count; i++) {
        client_close(&scene.clients[i]);
    }
    return site_teardown(state);
}

static void
welcome_guests(void)
{
    static const struct hp_http_guest_cbs cbs = { .on_guest = on_guest, .on_evict = on_evict };
    hp_http_set_guests(scene.server->http, &cbs, NULL);
}

static uint16_t
start(void)
{
    uint16_t port = site_start(scene.server);
    welcome_guests();
    return port;
}

static bool
has_come(void *arg)
{
    return scene.came == *(unsigned *) arg;
}

static void
add_guest(struct client client)
{
    unsigned wanted = scene.came + 1;
    scene.clients[scene.client_count++] = client;
    assert_true(client_send(&client, half_open, sizeof(half_open)));
    assert_true(server_run_until(has_come, &wanted, CLIENT_WAIT_MS));
}

static void
add_guests(uint16_t port, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        add_guest(client_connect(port));
    }
}

static void
assert_served(uint16_t port)
{
    struct answer answer = client_get(port, "/health", "");
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
}

static void
half_open_guests_do_not_keep_their_address_out(void **state)
{
    (void) state;
    scene.server->params.max_per_address = 7;
    uint16_t port = start();
    add_guests(port, 7);
    assert_int_equal(scene.gone, 0);
    assert_served(port);
    assert_int_equal(scene.gone, 1);
    assert_int_equal(scene.last_gone, 1); // the oldest
    assert_true(client_wait_end(&scene.clients[0], CLIENT_WAIT_MS));
}

static void
half_open_guests_under_tls_do_not_keep_their_address_out(void **state)
{
    (void) state;
    scene.server->params.max_per_address = 7;
    uint16_t port = start();
    for (unsigned i = 0; i < 7; i++) {
        add_guest(client_connect_tls(port));
    }
    assert_int_equal(scene.gone, 0);
    assert_served(port);
    assert_int_equal(scene.last_gone, 1);
}

static void
half_open_guests_of_many_addresses_do_not_keep_others_out(void **state)
{
    (void) state;
    scene.server->params.max_connections = 7;
    uint16_t port = start();
    for (uint8_t i = 0; i < 7; i++) {
        add_guest(client_connect_from(port, (uint8_t) (2 + i)));
    }
    assert_served(port);
    assert_int_equal(scene.gone, 1);
    assert_int_equal(scene.last_gone, 1);
}

// A server for so many of an address, and one that has come with half a head.
static uint16_t
start_with_idle(unsigned max_per_address, struct client *idle)
{
    scene.server->params.max_per_address = max_per_address;
    uint16_t port = start();
    *idle = client_connect(port);
    client_print(idle, "GET / HTTP/1.1\r\n");
    server_run_for(20);
    return port;
}

static void
silent_guests_give_way_before_idle_connections(void **state)
{
    (void) state;
    struct client idle;
    uint16_t port = start_with_idle(2, &idle);
    add_guests(port, 1);
    server_run_for(400); // longer than it has in any case
    assert_served(port);
    assert_int_equal(scene.gone, 1);
    assert_false(client_wait_end(&idle, 20));
    client_close(&idle);
}

static void
idle_connections_give_way_before_guests_that_have_shown_something(void **state)
{
    (void) state;
    struct client idle;
    uint16_t port = start_with_idle(2, &idle);
    add_guests(port, 1);
    hp_http_prefer_guest(scene.server->http, 1);
    server_run_for(400); // longer than it has in any case
    assert_served(port);
    assert_int_equal(scene.gone, 0);
    assert_true(client_wait_end(&idle, CLIENT_WAIT_MS));
    client_close(&idle);
}

static void
idle_connections_give_way_before_guests_that_have_just_come(void **state)
{
    (void) state;
    struct client idle;
    uint16_t port = start_with_idle(3, &idle);
    add_guests(port, 3);
    assert_int_equal(scene.gone, 0);
    assert_true(client_wait_end(&idle, CLIENT_WAIT_MS));
    client_close(&idle);
}

static void
guests_that_are_known_leave_room_for_others_of_their_address(void **state)
{
    (void) state;
    scene.server->params.max_per_address = 1;
    uint16_t port = start();
    for (uint64_t i = 1; i <= 6; i++) {
        add_guests(port, 1);
        hp_http_prove_guest(scene.server->http, i);
        hp_http_prove_guest(scene.server->http, i);
    }
    assert_served(port);
    assert_int_equal(scene.gone, 0);
    hp_http_end_guest(scene.server->http, 1);
    add_guests(port, 2);
    assert_int_equal(scene.last_gone, 7); // a stranger still gives way
}

// Not that of a stranger, who would then be one too few in the count.
static void
a_web_socket_that_is_known_gives_back_its_own_place(void **state)
{
    (void) state;
    scene.server->params.max_per_address = 1;
    meeting_begin();
    uint16_t port = meeting_start(scene.server);
    welcome_guests();
    struct client socket = meeting_join(port);
    hp_ws_know(meeting.last);
    hp_ws_know(meeting.last); // has no effect
    add_guests(port, 1);
    assert_int_equal(meeting.close_count, 0);
    client_close(&socket);
    assert_true(server_run_until(meeting_is_over, NULL, CLIENT_WAIT_MS));
    assert_true(site_rests()); // its place has been given back
    assert_int_equal(scene.gone, 0);
    add_guests(port, 1);
    assert_int_equal(scene.gone, 1);
    assert_int_equal(scene.last_gone, 1);
}

static void
guests_leave_an_eighth_for_log_ins(void **state)
{
    (void) state;
    scene.server->params.max_per_address = 8;
    scene.server->params.max_connections = 16;
    uint16_t port = start();
    for (uint64_t i = 1; i <= 14; i++) { // 8 as known ones, the others as strangers
        add_guests(port, 1);
        hp_http_prove_guest(scene.server->http, i);
    }
    struct client late = client_connect(port);
    assert_true(client_send(&late, half_open, sizeof(half_open)));
    assert_true(client_wait_end(&late, CLIENT_WAIT_MS));
    client_close(&late);
    assert_served(port);
    assert_int_equal(scene.gone, 0);
}

static void
proven_guests_keep_their_places(void **state)
{
    (void) state;
    scene.server->params.max_connections = 2;
    uint16_t port = start();
    add_guests(port, 2);
    hp_http_prove_guest(scene.server->http, 1);
    assert_served(port);
    assert_int_equal(scene.last_gone, 2);
    add_guests(port, 1);
    hp_http_prove_guest(scene.server->http, 3);
    struct client late = client_connect(port);
    client_print(&late, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(client_wait_end(&late, CLIENT_WAIT_MS));
    client_close(&late);
    assert_int_equal(scene.gone, 1);
}

static void
a_guest_that_ends_gives_its_place_back_once(void **state)
{
    (void) state;
    scene.server->params.max_per_address = 2;
    uint16_t port = start();
    add_guests(port, 2);
    hp_http_end_guest(scene.server->http, 1);
    add_guests(port, 1);
    assert_int_equal(scene.gone, 0);
    hp_http_end_guest(scene.server->http, 1); // has no effect
    add_guests(port, 1);
    assert_int_equal(scene.last_gone, 2);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(half_open_guests_do_not_keep_their_address_out),
        TEST(half_open_guests_under_tls_do_not_keep_their_address_out),
        TEST(half_open_guests_of_many_addresses_do_not_keep_others_out),
        TEST(silent_guests_give_way_before_idle_connections),
        TEST(idle_connections_give_way_before_guests_that_have_shown_something),
        TEST(idle_connections_give_way_before_guests_that_have_just_come),
        TEST(guests_that_are_known_leave_room_for_others_of_their_address),
        TEST(a_web_socket_that_is_known_gives_back_its_own_place),
        TEST(guests_leave_an_eighth_for_log_ins),
        TEST(proven_guests_keep_their_places),
        TEST(a_guest_that_ends_gives_its_place_back_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
