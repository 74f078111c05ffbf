// Tests of edge/exchange.c and edge/outlet.c: answers that pass in pieces, on loopback.
#include "edge/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/pass.h"

// Reads a chunked body and returns its size; the sum goes to *sum.
static size_t
read_chunks(struct client *client, uint32_t *sum)
{
    size_t total = 0;
    *sum = 0;
    for (;;) {
        const char *end;
        while ((end = g_strstr_len((char *) client->in->data, client->in->len, "\r\n")) == NULL) {
            assert_true(client_wait(client, client->in->len + 1));
        }
        size_t head = (size_t) (end + 2 - (char *) client->in->data);
        size_t size = strtoul((char *) client->in->data, NULL, 16);
        assert_true(client_wait(client, head + size + 2));
        *sum = pass_sum(*sum, client->in->data + head, size);
        assert_memory_equal(client->in->data + head + size, "\r\n", 2);
        g_byte_array_remove_range(client->in, 0, (guint) (head + size + 2));
        total += size;
        if (size == 0) {
            return total;
        }
    }
}

static uint32_t
blocks_sum(size_t size)
{
    uint32_t sum = 0;
    for (; size > 0; size -= MIN(size, sizeof(pass_block))) {
        sum = pass_sum(sum, pass_block, MIN(size, sizeof(pass_block)));
    }
    return sum;
}

static void
an_answer_of_unknown_length_is_chunked_and_the_connection_stays(void **state)
{
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    for (int i = 0; i < 2; i++) {
        char value[512];
        uint32_t sum;
        memset(&pass, 0, sizeof(pass));
        pass.length = -1;
        pass.to_write = 3000000;
        client_print(&client, "GET /api/pass/a HTTP/1.1\r\nHost: a\r\n\r\n");
        struct answer answer = client_read_answer(&client, false);
        assert_string_equal(answer_header(&answer, "Transfer-Encoding", value), "chunked");
        assert_null(answer_header(&answer, "Content-Length", value));
        answer_free(&answer);
        assert_int_equal(read_chunks(&client, &sum), 3000000);
        assert_int_equal(sum, blocks_sum(3000000));
        assert_true(server_run_until(pass_is_closed, NULL, CLIENT_WAIT_MS));
        assert_int_equal(pass.completes, 1);
    }
    client_close(&client);
}

static void
an_old_client_gets_an_answer_of_unknown_length_up_to_the_end(void **state)
{
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    char value[512];
    pass.to_write = 200000;
    client_print(&client, "GET /api/pass/a HTTP/1.0\r\nHost: a\r\n\r\n");
    struct answer answer = client_read_answer(&client, false);
    assert_null(answer_header(&answer, "Transfer-Encoding", value));
    assert_string_equal(answer_header(&answer, "Connection", value), "close");
    answer_free(&answer);
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    assert_int_equal(client.in->len, 200000);
    assert_int_equal(pass_sum(0, client.in->data, client.in->len), blocks_sum(200000));
    client_close(&client);
}

static void
play_slow_download(void **state, bool is_tls)
{
    uint16_t port = pass_start(state);
    struct client client = is_tls ? client_connect_tls(port) : client_connect(port);
    pass.length = pass.to_write = MANY;
    client_print(&client, "GET /api/pass/a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(server_run_until(pass_was_refused, NULL, CLIENT_WAIT_MS));
    server_run_for(100);
    assert_true(pass.written < MANY / 2); // what waits is bounded
    assert_true(site_rests());
    struct answer answer = client_read_answer(&client, false);
    char value[512];
    assert_string_equal(answer_header(&answer, "Content-Length", value), "50331648");
    answer_free(&answer);
    size_t total = 0;
    uint32_t sum = 0;
    while (total < MANY) {
        assert_true(client_wait(&client, 1));
        sum = pass_sum(sum, client.in->data, client.in->len);
        total += client.in->len;
        g_byte_array_set_size(client.in, 0);
    }
    assert_int_equal(total, MANY);
    assert_int_equal(sum, blocks_sum(MANY));
    assert_true(server_run_until(pass_is_closed, NULL, CLIENT_WAIT_MS));
    assert_int_equal(pass.completes, 1);
    assert_true(pass.writables > 10);
    client_close(&client);
}

static void
a_large_answer_waits_for_a_slow_reader(void **state)
{
    play_slow_download(state, false);
}

static void
a_large_answer_waits_for_a_slow_reader_over_tls(void **state)
{
    play_slow_download(state, true);
}

static void
head_is_told_the_length_only(void **state)
{
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    char value[512];
    pass.length = pass.to_write = 5000000;
    client_print(&client, "HEAD /api/pass/a HTTP/1.1\r\nHost: a\r\n\r\n");
    struct answer answer = client_read_answer(&client, false);
    assert_string_equal(answer_header(&answer, "Content-Length", value), "5000000");
    answer_free(&answer);
    client_print(&client, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    answer = client_read_answer(&client, true);
    assert_true(site_body_is(&answer, "true"));
    answer_free(&answer);
    assert_int_equal(pass.completes, 1);
    client_close(&client);
}

static void
an_exchange_that_waits_can_be_aborted(void **state)
{
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    pass.waits = true;
    client_print(&client, "GET /api/pass/a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(server_run_until(pass_has_ended, NULL, CLIENT_WAIT_MS));
    hp_exchange_abort(pass.exchange);
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    assert_int_equal(client.in->len, 0);
    assert_true(site_rests());
    assert_int_equal(pass.closes, 0);
    client_close(&client);
}

static void
an_answer_that_comes_late_and_slowly_is_sent(void **state)
{
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    uint32_t sum;
    pass.waits = true;
    client_print(&client, "GET /api/pass/a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(server_run_until(pass_has_ended, NULL, CLIENT_WAIT_MS));
    assert_true(site_rests());
    hp_exchange_respond(pass.exchange, 200, "text/plain", -1);
    for (int i = 0; i < 3; i++) {
        assert_true(hp_exchange_write(pass.exchange, "abc", 3));
        server_run_for(20);
    }
    assert_true(site_rests());
    hp_exchange_finish(pass.exchange);
    assert_false(hp_exchange_write(pass.exchange, "abc", 3));
    struct answer answer = client_read_answer(&client, false);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    assert_int_equal(read_chunks(&client, &sum), 9);
    client_close(&client);
}

static void
an_answer_keeps_to_its_length(void **state)
{
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    pass.waits = true;
    client_print(&client, "GET /api/pass/a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(server_run_until(pass_has_ended, NULL, CLIENT_WAIT_MS));
    hp_exchange_respond(pass.exchange, 200, "text/plain", 4);
    assert_true(hp_exchange_write(pass.exchange, "abc", 3));
    assert_false(hp_exchange_write(pass.exchange, "de", 2));
    hp_exchange_finish(pass.exchange); // one byte short
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    assert_true(server_run_until(pass_is_closed, NULL, CLIENT_WAIT_MS));
    assert_int_equal(pass.completes, 0);
    client_close(&client);
}

static void
open_exchanges_are_told_when_the_server_goes(void **state)
{
    struct server *server = *state;
    uint16_t port = pass_start(state);
    struct client client = client_connect(port);
    pass.waits = true;
    client_print(&client, "GET /api/pass/a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(server_run_until(pass_has_ended, NULL, CLIENT_WAIT_MS));
    hp_http_destroy(server->http);
    server->http = NULL;
    assert_int_equal(pass.closes, 1);
    assert_int_equal(pass.completes, 0);
    client_close(&client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_setup, site_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_of_unknown_length_is_chunked_and_the_connection_stays),
        TEST(an_old_client_gets_an_answer_of_unknown_length_up_to_the_end),
        TEST(a_large_answer_waits_for_a_slow_reader),
        TEST(a_large_answer_waits_for_a_slow_reader_over_tls),
        TEST(head_is_told_the_length_only),
        TEST(an_exchange_that_waits_can_be_aborted),
        TEST(an_answer_that_comes_late_and_slowly_is_sent),
        TEST(an_answer_keeps_to_its_length),
        TEST(open_exchanges_are_told_when_the_server_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
