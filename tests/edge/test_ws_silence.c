// Tests of edge/ws.c: which WebSocket counts as lost.
#include "edge/ws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/client.h"
#include "edge/meeting.h"
#include "fixture/fake_time.h"

static int
set_up(void **state)
{
    static struct server server;
    server = (struct server){ 0 };
    meeting_begin();
    server_init(&server);
    server.params.ws_ping_ms = 10000;
    server.params.ws_dead_ms = 15000;
    fake_time_begin(server.main);
    meeting_start(&server);
    *state = &server;
    return 0;
}

static int
tear_down(void **state)
{
    fake_time_end();
    server_finish(*state);
    meeting_end();
    return 0;
}

static bool
is_one_closed(void *arg)
{
    (void) arg;
    return meeting.close_count == 1;
}

// Ten seconds after the last ping the next one comes, and is answered. The server has taken the
// answer when it answers a ping itself, which by itself keeps no socket alive.
static void
play_ping(struct client *client)
{
    uint8_t first;
    GByteArray *data;
    fake_time_pass_ms(10000);
    assert_true(client_read_frame(client, &first, &data));
    assert_int_equal(first, PING);
    client_send_frame(client, PONG, data->data, data->len);
    g_byte_array_free(data, TRUE);
    client_send_frame(client, PING, "x", 1);
    assert_true(client_read_frame(client, &first, &data));
    assert_int_equal(first, PONG);
    g_byte_array_free(data, TRUE);
}

static void
silent_peer_is_dead_and_a_peer_that_answers_is_not(void **state)
{
    const struct server *server = *state;
    struct client silent = meeting_join(hp_http_port(server->http));
    struct client alive = meeting_join(hp_http_port(server->http));
    play_ping(&alive);
    assert_int_equal(meeting.close_count, 0);
    play_ping(&alive);
    assert_true(server_run_until(is_one_closed, NULL, CLIENT_WAIT_MS));
    assert_int_equal(meeting.code, 0);
    play_ping(&alive);
    play_ping(&alive);
    assert_int_equal(meeting.close_count, 1);
    fake_time_pass_ms(15000); // now it is silent too
    assert_true(server_run_until(meeting_is_over, NULL, CLIENT_WAIT_MS));
    client_close(&silent);
    client_close(&alive);
}

// What the clients sent lies in the kernel when the server goes on.
static void
a_server_that_stood_still_reads_before_it_cuts(void **state)
{
    const struct server *server = *state;
    struct client silent = meeting_join(hp_http_port(server->http));
    struct client alive = meeting_join(hp_http_port(server->http));
    client_send_frame(&alive, PONG, "x", 1);
    fake_time_jump_ms(33000);
    play_ping(&alive);
    assert_int_equal(meeting.close_count, 0);
    fake_time_pass_ms(5500);
    assert_true(server_run_until(is_one_closed, NULL, CLIENT_WAIT_MS)); // 15 s after the pause
    client_close(&silent);
    client_close(&alive);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(silent_peer_is_dead_and_a_peer_that_answers_is_not),
        TEST(a_server_that_stood_still_reads_before_it_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
