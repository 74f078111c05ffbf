// Tests of edge/exchange.c: bodies that pass in pieces, on loopback.
#include "edge/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sys/socket.h>

#include "edge/pass.h"
#include "fixture/fake_time.h"

static void
begin_upload(struct client *client, const char *method, size_t size)
{
    client_print(client,
            "%s /api/pass/a HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Length: %zu\r\n\r\n",
            method, size);
}

// Sends that many bytes in blocks and returns their sum.
static uint32_t
send_blocks(struct client *client, size_t size)
{
    uint32_t sum = 0;
    while (size > 0) {
        size_t count = MIN(size, sizeof(pass_block));
        assert_true(client_send(client, pass_block, count));
        sum = pass_sum(sum, pass_block, count);
        size -= count;
    }
    return sum;
}

static void
assert_answer(struct client *client, size_t size, uint32_t sum)
{
    char expected[32];
    g_snprintf(expected, sizeof(expected), "%zu %08x", size, sum);
    struct answer answer = client_read_answer(client, true);
    assert_int_equal(answer.status, 200);
    assert_true(site_body_is(&answer, expected));
    answer_free(&answer);
    assert_true(server_run_until(pass_is_closed, NULL, CLIENT_WAIT_MS));
    assert_int_equal(pass.completes, 1);
    assert_int_equal(pass.closes, 1);
    assert_int_equal(pass.ends, 1);
}

static void
a_large_body_arrives_in_pieces_by_every_method(void **state)
{
    uint16_t port = pass_start(state);
    static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE" };
    struct client plain = client_connect(port);
    struct client tls = client_connect_tls(port);
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(methods); i++) {
        struct client *client = i % 2 == 0 ? &plain : &tls;
        memset(&pass, 0, sizeof(pass));
        begin_upload(client, methods[i / 2], 1000001);
        uint32_t sum = send_blocks(client, 1000001);
        assert_answer(client, 1000001, sum);
        assert_true(pass.piece_count > 40);
        assert_string_equal(pass.expect_header, "a/b");
    }
    client_close(&plain);
    client_close(&tls);
}

static void
requests_without_a_body_end_at_once_and_the_connection_stays(void **state)
{
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    for (int i = 0; i < 3; i++) {
        memset(&pass, 0, sizeof(pass));
        client_print(&client, "GET /api/pass/a HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_answer(&client, 0, 0);
    }
    client_close(&client);
}

// Sends without waiting until the server takes nothing any more.
static size_t
stuff(struct client *client, bool is_tls)
{
    size_t sent = 0;
    for (int idle = 0; idle < 20;) {
        ssize_t count = is_tls ? SSL_write(client->ssl, pass_block, sizeof(pass_block))
                               : send(client->fd, pass_block, sizeof(pass_block), MSG_NOSIGNAL);
        idle = count > 0 ? 0 : idle + 1;
        sent += count > 0 ? (size_t) count : 0;
        server_run_for(count > 0 ? 1 : 5);
    }
    return sent;
}

static void
play_paused_upload(void **state, bool is_tls)
{
    uint16_t port = pass_start(state);
    struct client client = is_tls ? client_connect_tls(port) : client_connect(port);
    size_t sent;
    pass.pauses = true;
    begin_upload(&client, "PUT", MANY);
    sent = stuff(&client, is_tls);
    assert_true(sent < MANY); // the pause reaches the client
    assert_int_equal(pass.piece_count, 1);
    assert_true(site_rests());
    hp_exchange_set_paused(pass.exchange, false);
    size_t left = MANY - sent;
    while (left > 0) {
        size_t count = MIN(left, sizeof(pass_block));
        assert_true(client_send(&client, pass_block, count));
        left -= count;
    }
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    assert_int_equal(pass.body_size, MANY);
    client_close(&client);
}

static void
a_paused_upload_stops_the_client_and_goes_on(void **state)
{
    play_paused_upload(state, false);
}

static void
a_paused_upload_stops_the_client_and_goes_on_over_tls(void **state)
{
    play_paused_upload(state, true);
}

static void
a_paused_short_body_ends_after_it_is_resumed(void **state)
{
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    pass.pauses = true;
    begin_upload(&client, "PUT", 1000);
    send_blocks(&client, 10);
    assert_true(server_run_until(pass_has_piece, NULL, CLIENT_WAIT_MS));
    send_blocks(&client, 990);
    server_run_for(20);
    assert_int_equal(pass.ends, 0);
    assert_int_equal(pass.body_size, 10);
    hp_exchange_set_paused(pass.exchange, false);
    assert_true(server_run_until(pass_is_closed, NULL, CLIENT_WAIT_MS));
    assert_int_equal(pass.body_size, 1000);
    assert_int_equal(pass.completes, 1);
    client_close(&client);
}

static void
a_route_can_refuse_before_the_body_is_read(void **state)
{
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    pass.refuses = true;
    begin_upload(&client, "PUT", 1000000000);
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 413);
    answer_free(&answer);
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    assert_int_equal(pass.closes, 0);
    client_close(&client);
}

static void
an_early_answer_gives_up_the_rest_of_the_body(void **state)
{
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    char value[512];
    pass.answers_early = true;
    begin_upload(&client, "PUT", 1000000);
    send_blocks(&client, 100000);
    struct answer answer = client_read_answer(&client, true);
    assert_true(site_body_is(&answer, "early"));
    assert_string_equal(answer_header(&answer, "Connection", value), "close");
    answer_free(&answer);
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    assert_int_equal(pass.piece_count, 1);
    assert_int_equal(pass.ends, 0);
    assert_int_equal(pass.completes, 1);
    client_close(&client);
}

static void
a_client_that_leaves_is_told_in_every_state(void **state)
{
    uint16_t port = pass_start(state);
    for (int i = 0; i < 4; i++) {
        struct client client = client_connect(port);
        memset(&pass, 0, sizeof(pass));
        pass.waits = i == 1; // the answer is being made
        pass.pauses = i == 2;
        pass.length = pass.to_write = i == 3 ? MANY : 0; // the answer is being read
        if (i == 1 || i == 3) {
            client_print(&client, "GET /api/pass/a HTTP/1.1\r\nHost: a\r\n\r\n");
            assert_true(server_run_until(pass_has_ended, NULL, CLIENT_WAIT_MS));
        } else {
            begin_upload(&client, "PUT", 1000);
            send_blocks(&client, 10);
            assert_true(server_run_until(pass_has_piece, NULL, CLIENT_WAIT_MS));
        }
        assert_int_equal(pass.closes, 0);
        client_close(&client);
        assert_true(server_run_until(pass_is_closed, NULL, CLIENT_WAIT_MS));
        assert_int_equal(pass.completes, 0);
        assert_int_equal(pass.closes, 1);
    }
}

static void
an_aborted_exchange_hears_nothing_more(void **state)
{
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    pass.aborts = true;
    begin_upload(&client, "PUT", 1000000);
    send_blocks(&client, 1000);
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    assert_int_equal(pass.piece_count, 1);
    assert_int_equal(pass.closes, 0);
    client_close(&client);
}

static void
a_client_that_expects_it_is_invited_to_send(void **state)
{
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    static const char invitation[] = "HTTP/1.1 100 Continue\r\n\r\n";
    client_print(&client,
            "PUT /api/pass/a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
            "Content-Length: 1000\r\n\r\n");
    assert_true(client_wait(&client, strlen(invitation)));
    assert_memory_equal(client.in->data, invitation, strlen(invitation));
    g_byte_array_set_size(client.in, 0);
    uint32_t sum = send_blocks(&client, 1000);
    assert_answer(&client, 1000, sum);
    client_close(&client);
}

// Sends so many pieces, with that time after each.
static void
send_pieces(struct client *client, unsigned count, size_t size, unsigned pause_ms)
{
    for (size_t sum = size; sum <= count * size; sum += size) {
        send_blocks(client, size);
        assert_true(server_run_until(pass_has_size, &sum, CLIENT_WAIT_MS));
        fake_time_pass_ms(pause_ms);
    }
}

static void
a_client_that_sends_nothing_in_time_is_cut(void **state)
{
    struct server *server = *state;
    server->params.body_timeout_ms = 30000;
    fake_time_begin(server->main);
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    begin_upload(&client, "PUT", 1000000);
    send_pieces(&client, 5, 120000, 29000); // 4 KiB a second are enough
    assert_int_equal(pass.closes, 0);
    fake_time_pass_ms(1100);
    assert_true(server_run_until(pass_is_closed, NULL, CLIENT_WAIT_MS));
    assert_int_equal(pass.completes, 0);
    client_close(&client);
}

static void
a_byte_now_and_then_does_not_keep_a_body_alive(void **state)
{
    struct server *server = *state;
    server->params.body_timeout_ms = 30000;
    fake_time_begin(server->main);
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    begin_upload(&client, "PUT", 1000);
    send_pieces(&client, 2, 1, 14900);
    assert_int_equal(pass.closes, 0);
    fake_time_pass_ms(300);
    assert_true(server_run_until(pass_is_closed, NULL, CLIENT_WAIT_MS));
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 408);
    answer_free(&answer);
    client_close(&client);
}

static void
a_pause_does_not_count_as_time_of_the_client(void **state)
{
    struct server *server = *state;
    server->params.body_timeout_ms = 30000;
    fake_time_begin(server->main);
    uint16_t port = pass_start(state);
    pass.pauses = true;
    struct client client = client_connect(port);
    begin_upload(&client, "PUT", 2);
    send_pieces(&client, 1, 1, 200000);
    hp_exchange_set_paused(pass.exchange, false);
    fake_time_pass_ms(29000);
    assert_int_equal(pass.closes, 0);
    send_blocks(&client, 1);
    assert_answer(&client, 2, pass.body_sum);
    client_close(&client);
}

static void
options_and_chunked_bodies_do_not_reach_the_route(void **state)
{
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    client_print(&client, "OPTIONS /api/pass/a HTTP/1.1\r\nHost: a\r\n\r\n");
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 204);
    answer_free(&answer);
    client_close(&client);
    client = client_connect(port);
    client_print(&client,
            "PUT /api/pass/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 411);
    answer_free(&answer);
    assert_null(pass.request);
    client_close(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_setup, site_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_large_body_arrives_in_pieces_by_every_method),
        TEST(requests_without_a_body_end_at_once_and_the_connection_stays),
        TEST(a_paused_upload_stops_the_client_and_goes_on),
        TEST(a_paused_upload_stops_the_client_and_goes_on_over_tls),
        TEST(a_paused_short_body_ends_after_it_is_resumed),
        TEST(a_route_can_refuse_before_the_body_is_read),
        TEST(an_early_answer_gives_up_the_rest_of_the_body),
        TEST(a_client_that_leaves_is_told_in_every_state),
        TEST(an_aborted_exchange_hears_nothing_more),
        TEST(a_client_that_expects_it_is_invited_to_send),
        TEST(a_client_that_sends_nothing_in_time_is_cut),
        TEST(a_byte_now_and_then_does_not_keep_a_body_alive),
        TEST(a_pause_does_not_count_as_time_of_the_client),
        TEST(options_and_chunked_bodies_do_not_reach_the_route),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
