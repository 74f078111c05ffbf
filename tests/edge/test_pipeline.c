// Tests of edge/intake.c and edge/outlet.c behind a gate: where one request ends and the next begins.
#include "edge/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "edge/site.h"

static void
assert_bodies(struct client *client, const char *const *expected, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct answer answer = client_read_answer(client, true);
        assert_true(site_body_is(&answer, expected[i]));
        answer_free(&answer);
    }
}

static void
pipelined_requests_are_answered_in_order(void **state)
{
    uint16_t port = site_start(*state);
    struct client client = client_connect(port);
    client_print(&client,
            "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
            "GET /api/none HTTP/1.1\r\nHost: a\r\n\r\n"
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    static const char *const expected[] = { "true", "{\"code\":404,\"message\":\"not found\"}", "<p>hello" };
    assert_bodies(&client, expected, G_N_ELEMENTS(expected));
    client_close(&client);
}

static void
pipelined_bodies_are_read(void **state)
{
    uint16_t port = site_start(*state);
    struct client client = client_connect(port);
    client_print(&client,
            "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
            "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
            "\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    static const char *const expected[] = { "true", "abc", "true" };
    assert_bodies(&client, expected, G_N_ELEMENTS(expected));
    client_close(&client);
}

static void
pipelined_requests_behind_a_late_answer_do_not_make_the_loop_spin(void **state)
{
    uint16_t port = site_start(*state);
    struct client client = client_connect(port);
    client_print(&client,
            "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
            "GET /api/later HTTP/1.1\r\nHost: a\r\n\r\n"
            "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(server_run_until(site_has_kept, NULL, CLIENT_WAIT_MS));
    assert_true(site_rests());
    site_echo(NULL, site_kept);
    for (int i = 0; i < 3; i++) {
        struct answer answer = client_read_answer(&client, true);
        assert_int_equal(answer.status, 200);
        answer_free(&answer);
    }
    client_close(&client);
}

static void
many_requests_in_one_segment_are_answered(void **state)
{
    uint16_t port = site_start(*state);
    for (int is_tls = 0; is_tls < 2; is_tls++) {
        struct client client = is_tls ? client_connect_tls(port) : client_connect(port);
        GString *text = g_string_new(NULL);
        for (int i = 0; i < 20; i++) {
            g_string_append_printf(text, "GET /api/tell?name=%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
        }
        client_send(&client, text->str, text->len);
        g_string_free(text, TRUE);
        for (int i = 0; i < 20; i++) {
            struct answer answer = client_read_answer(&client, true);
            char expected[32];
            g_snprintf(expected, sizeof(expected), "\"name\":\"%d\"}", i);
            assert_int_equal(answer.status, 200);
            assert_non_null(g_strstr_len(
                    (const char *) answer.body->data, answer.body->len, expected));
            answer_free(&answer);
        }
        client_close(&client);
    }
}

static void
request_byte_by_byte_is_answered(void **state)
{
    uint16_t port = site_start(*state);
    static const char text[] =
            "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    struct client client = client_connect(port);
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        client_send(&client, text + i, 1);
        server_run_for(1);
    }
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 200);
    assert_true(site_body_is(&answer, "hello"));
    answer_free(&answer);
    client_close(&client);
}

static unsigned
count_descriptors(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < 2048; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

// What we understand differently than others ends the connection, with an answer and without work.
static void
doubtful_heads_leave_nothing_behind(void **state)
{
    uint16_t port = site_start(*state);
    enum {
        COUNT = 1100
    };
    const char *const lines[] = { "Content-Length: x", "Content-Length: +0", "Content-Length: 0x0",
        "Content-Length: 0, 40", "Content-Length: 0\r\nContent-Length: 40", "Content-Length : 0",
        "Content-Length:", "X: a\r\n b" };
    unsigned before = count_descriptors();
    for (size_t i = 0; i < COUNT; i++) {
        struct client client = client_connect(port);
        client_print(&client, "POST /api/echo HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n",
                lines[i % G_N_ELEMENTS(lines)]);
        struct answer answer = client_read_answer(&client, true);
        assert_int_equal(answer.status, 400);
        answer_free(&answer);
        assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
        client_close(&client);
    }
    assert_true(site_rests());
    assert_in_range(count_descriptors(), 0, before);
}

// A server that takes the second request for a new one never returns to its loop.
static void
play_pipelined_end(
        uint16_t port, bool is_tls, const char *first, unsigned times, bool is_half_closed)
{
    struct client client = is_tls ? client_connect_tls(port) : client_connect(port);
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < times; i++) {
        g_string_append_printf(text,
                "GET %s HTTP/1.1\r\nHost: a\r\n\r\n"
                "PUT /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
                first);
    }
    client_print(&client, "%s", text->str);
    if (is_half_closed) {
        shutdown(client.fd, SHUT_WR);
    }
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    client_close(&client);
    g_string_free(text, TRUE);
}

static void
pipelined_body_with_an_end_or_more_behind_it_ends_the_connection(void **state)
{
    uint16_t port = site_start(*state);
    for (int is_tls = 0; is_tls < 2; is_tls++) {
        play_pipelined_end(port, is_tls, "/health", 1, true);
        play_pipelined_end(port, is_tls, "/", 1, true);
        play_pipelined_end(port, is_tls, "/health", 300, false); // longer than a buffer
    }
    struct answer answer = client_get(port, "/health", "");
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
}

static void
request_behind_a_body_is_answered(void **state)
{
    uint16_t port = site_start(*state);
    struct client client = client_connect(port);
    client_print(&client,
            "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
            "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 200);
    assert_true(site_body_is(&answer, "abc"));
    answer_free(&answer);
    answer = client_read_answer(&client, true);
    assert_true(site_body_is(&answer, "true"));
    answer_free(&answer);
    client_close(&client);
}

static void
body_that_is_cut_short_is_answered(void **state)
{
    uint16_t port = site_start(*state);
    struct client client = client_connect(port);
    client_print(&client, "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
    server_run_for(20);
    assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 400);
    answer_free(&answer);
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    client_close(&client);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, site_setup, site_teardown)
    const struct CMUnitTest tests[] = {
        TEST(pipelined_requests_are_answered_in_order),
        TEST(pipelined_bodies_are_read),
        TEST(pipelined_requests_behind_a_late_answer_do_not_make_the_loop_spin),
        TEST(many_requests_in_one_segment_are_answered),
        TEST(request_byte_by_byte_is_answered),
        TEST(doubtful_heads_leave_nothing_behind),
        TEST(pipelined_body_with_an_end_or_more_behind_it_ends_the_connection),
        TEST(request_behind_a_body_is_answered),
        TEST(body_that_is_cut_short_is_answered),
    };
    cmocka_set_test_filter(g_getenv("TEST_FILTER"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
