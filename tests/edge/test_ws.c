// Tests of edge/ws.c: a real server and a client on loopback.
#include "edge/ws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "edge/client.h"
#include "edge/meeting.h"
#include "fixture/fake_time.h"

static int
set_up(void **state)
{
    struct server *server = g_new0(struct server, 1);
    server_init(server);
    *state = server;
    meeting_begin();
    return 0;
}

static int
tear_down(void **state)
{
    fake_time_end();
    server_finish(*state);
    g_free(*state);
    meeting_end();
    return 0;
}

static void
expect_text(struct client *client, const char *text)
{
    uint8_t first;
    GByteArray *data;
    assert_true(client_read_frame(client, &first, &data));
    assert_int_equal(first, TEXT);
    assert_int_equal(data->len, strlen(text));
    assert_memory_equal(data->data, text, data->len);
    g_byte_array_free(data, TRUE);
}

// Reads up to the close frame and returns its code; 0: none came.
static int
read_close(struct client *client)
{
    uint8_t first = 0;
    GByteArray *data;
    int code = 0;
    while (first != CLOSE && client_read_frame(client, &first, &data)) {
        if (first == CLOSE && data->len >= 2) {
            code = data->data[0] << 8 | data->data[1];
        }
        g_byte_array_free(data, TRUE);
    }
    return code;
}

static void
text_comes_back(void **state)
{
    struct client client = meeting_join(meeting_start(*state));
    client_send_frame(&client, TEXT, "hello \xc3\xa4", 8);
    expect_text(&client, "hello \xc3\xa4");
    assert_string_equal(meeting.token, "abc");
    assert_string_equal(meeting.address, "127.0.0.1");
    client_close(&client);
    assert_true(server_run_until(meeting_is_over, NULL, CLIENT_WAIT_MS));
    assert_int_equal(meeting.code, 0);
}

static void
text_comes_back_over_tls(void **state)
{
    int status;
    struct client client = client_connect_tls(meeting_start(*state));
    assert_true(client_upgrade(&client, "/api/ws", "", &status));
    client_send_frame(&client, TEXT, "hello", 5);
    expect_text(&client, "hello");
    assert_string_equal(meeting.token, "-");
    client_close(&client);
}

static void
text_sent_with_the_upgrade_is_not_lost(void **state)
{
    struct client client = client_connect(meeting_start(*state));
    static const char both[] =
            "GET /api/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x82\0\0\0\0hi";
    client_send(&client, both, sizeof(both) - 1);
    struct answer answer = client_read_answer(&client, false);
    assert_int_equal(answer.status, 101);
    answer_free(&answer);
    expect_text(&client, "hi");
    client_close(&client);
}

static void
large_text_comes_back_whole(void **state)
{
    struct client client = meeting_join(meeting_start(*state));
    char *text = g_strnfill(HP_WS_MESSAGE_MAX, 'x');
    client_send_frame(&client, TEXT, text, HP_WS_MESSAGE_MAX);
    size_t size = 0;
    uint8_t first = 0;
    while ((first & 0x80) == 0 || size == 0) {
        GByteArray *data;
        assert_true(client_read_frame(&client, &first, &data));
        assert_int_equal(first & 0x0f, size == 0 ? 1 : 0);
        size += data->len;
        g_byte_array_free(data, TRUE);
    }
    assert_int_equal(size, HP_WS_MESSAGE_MAX);
    client_close(&client);
    g_free(text);
}

static void
fragments_are_joined(void **state)
{
    struct client client = meeting_join(meeting_start(*state));
    client_send_frame(&client, TEXT_MORE, "a\xc3", 2);
    client_send_frame(&client, PING, "x", 1); // may come in between
    client_send_frame(&client, MORE, "\xa4", 1);
    client_send_frame(&client, LAST, "b", 1);
    uint8_t first;
    GByteArray *data;
    assert_true(client_read_frame(&client, &first, &data));
    assert_int_equal(first, PONG);
    g_byte_array_free(data, TRUE);
    expect_text(&client,
            "a\xc3\xa4"
            "b");
    assert_int_equal(meeting.message_count, 1);
    client_close(&client);
}

static void
message_above_the_limit_is_refused_1009(void **state)
{
    uint16_t port = meeting_start(*state);
    struct client client = meeting_join(port);
    char *text = g_strnfill(HP_WS_MESSAGE_MAX + 1, 'x');
    client_send_frame(&client, TEXT, text, HP_WS_MESSAGE_MAX + 1);
    assert_int_equal(read_close(&client), 1009);
    client_close(&client);
    // A frame that announces too much is not waited for.
    client = meeting_join(port);
    static const uint8_t head[] = { TEXT, 0x80 | 127, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 'x' };
    client_send(&client, head, sizeof(head));
    assert_int_equal(read_close(&client), 1009);
    client_close(&client);
    // Nor do fragments get past the limit.
    client = meeting_join(port);
    for (int i = 0; i < 5; i++) {
        client_send_frame(&client, i == 0 ? TEXT_MORE : MORE, text, HP_WS_MESSAGE_MAX / 4);
    }
    assert_int_equal(read_close(&client), 1009);
    client_close(&client);
    assert_int_equal(meeting.message_count, 0);
    g_free(text);
}

static void
message_of_endless_empty_fragments_is_refused_1009(void **state)
{
    struct client client = meeting_join(meeting_start(*state));
    for (int i = 0; i < 5000; i++) {
        client_send_frame(&client, i == 0 ? TEXT_MORE : MORE, "", 0);
    }
    assert_int_equal(read_close(&client), 1009);
    client_close(&client);
}

static void
binary_is_refused_1003_and_bad_text_1007(void **state)
{
    uint16_t port = meeting_start(*state);
    const char *const bad[] = { "\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80" };
    struct client client = meeting_join(port);
    client_send_frame(&client, BINARY, "x", 1);
    assert_int_equal(read_close(&client), 1003);
    client_close(&client);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        client = meeting_join(port);
        client_send_frame(&client, TEXT, bad[i], strlen(bad[i]));
        assert_int_equal(read_close(&client), 1007);
        client_close(&client);
    }
    assert_int_equal(meeting.message_count, 0);
}

static void
broken_frames_end_that_socket_only(void **state)
{
    uint16_t port = meeting_start(*state);
    const struct {
        uint8_t bytes[8];
        size_t size;
    } frames[] = {
        { { 0xf1, 0x81, 0, 0, 0, 0, 'x' }, 7 }, // reserved bits
        { { 0x83, 0x80, 0, 0, 0, 0 }, 6 }, // reserved opcode
        { { 0x80, 0x81, 0, 0, 0, 0, 'x' }, 7 }, // nothing to continue
        { { 0x09, 0x80, 0, 0, 0, 0 }, 6 }, // a fragmented ping
        { { 0x89, 0xfe, 0, 126, 0, 0, 0, 0 }, 8 }, // a ping of 126 bytes
        { { 0x81, 0x01, 'x' }, 3 }, // not masked
        { { 0x88, 0x81, 0, 0, 0, 0, 3 }, 7 }, // half a close code
    };
    struct client other = meeting_join(port);
    for (size_t i = 0; i < G_N_ELEMENTS(frames); i++) {
        struct client client = meeting_join(port);
        client_send(&client, frames[i].bytes, frames[i].size);
        assert_int_equal(read_close(&client), 1002);
        assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
        client_close(&client);
    }
    client_send_frame(&other, TEXT, "hello", 5);
    expect_text(&other, "hello");
    client_close(&other);
}

static int
try_upgrade(uint16_t port, const char *path, const char *extra)
{
    int status;
    struct client client = client_connect(port);
    client_upgrade(&client, path, extra, &status);
    client_close(&client);
    server_run_until(meeting_is_over, NULL, CLIENT_WAIT_MS);
    return status;
}

static void
forwarded_host_is_the_origin_behind_a_proxy_only(void **state)
{
    struct server *server = *state;
    server->params.proxy = true;
    uint16_t port = meeting_start(server);
    const char *host = "X-Forwarded-Host: desk.example, inner\r\nOrigin: https://desk.example\r\n";
    assert_int_equal(try_upgrade(port, "/api/ws", host), 101);
    assert_string_equal(meeting.host, "desk.example");
    const char *evil = "X-Forwarded-Host: desk.example\r\nOrigin: https://evil.org\r\n";
    assert_int_equal(try_upgrade(port, "/api/ws", evil), 403);
    hp_http_destroy(server->http);
    server->params.proxy = false;
    port = meeting_start(server);
    assert_int_equal(try_upgrade(port, "/api/ws", host), 403);
    assert_int_equal(try_upgrade(port, "/api/ws", "X-Forwarded-Host: desk.example\r\n"), 101);
    assert_string_equal(meeting.host, "localhost:80");
}

static void
wrong_key_is_refused(void **state)
{
    uint16_t port = meeting_start(*state);
    const char *const keys[] = { "x", "dGhlIHNhbXBsZSBub25jZQ", "!!!!!!!!!!!!!!!!!!!!!!==" };
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        struct client client = client_connect(port);
        client_print(&client,
                "GET /api/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: %s\r\n\r\n",
                keys[i]);
        struct answer answer = client_read_answer(&client, true);
        assert_int_equal(answer.status, 400);
        answer_free(&answer);
        assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
        client_close(&client);
    }
}

static void
foreign_origin_is_refused(void **state)
{
    uint16_t port = meeting_start(*state);
    assert_int_equal(try_upgrade(port, "/api/ws", ""), 101);
    assert_int_equal(try_upgrade(port, "/api/ws", "Origin: http://localhost\r\n"), 101);
    assert_int_equal(try_upgrade(port, "/api/ws", "Origin: https://LOCALHOST\r\n"), 101);
    assert_int_equal(try_upgrade(port, "/api/ws", "Origin: http://localhost:81\r\n"), 403);
    assert_int_equal(try_upgrade(port, "/api/ws", "Origin: http://localhost.evil.org\r\n"), 403);
    assert_int_equal(try_upgrade(port, "/api/ws", "Origin: http://evil.org\r\n"), 403);
    assert_int_equal(try_upgrade(port, "/api/ws", "Origin: null\r\n"), 403);
    assert_int_equal(try_upgrade(port, "/api/ws", "Origin: http://\r\n"), 403);
    assert_int_equal(meeting.open_count, 3);
}

// What stderr gets of a request. Free it with g_free().
static char *
read_log_of(int (*ask)(uint16_t port, const char *path, const char *extra), uint16_t port,
        const char *extra, int expected)
{
    int ends[2];
    char buffer[4096];
    int saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    hp_log_set_level(HP_LOG_WARN);
    int status = ask(port, "/api/ws", extra);
    hp_log_set_level(HP_LOG_ERROR);
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t size = read(ends[0], buffer, sizeof(buffer)); // 0: the end, nothing was written
    close(ends[0]);
    assert_int_equal(status, expected);
    assert_true(size >= 0);
    return g_strndup(buffer, (gsize) size);
}

static void
expect_advice(uint16_t port, const char *extra, const char *advice)
{
    char *log = read_log_of(try_upgrade, port, extra, 403);
    if (*advice == '\0') {
        assert_string_equal(log, "");
    } else {
        assert_non_null(strstr(log, advice));
    }
    g_free(log);
}

static void
each_refused_origin_is_told_once_a_minute(void **state)
{
    struct server *server = *state;
    fake_time_begin(server->main);
    uint16_t port = meeting_start(server);
    expect_advice(port, "Origin: http://a.example\r\n", "a page at http://a.example is refused");
    expect_advice(port, "Origin: http://b.example\r\n", "a page at http://b.example is refused");
    expect_advice(port, "Origin: http://a.example\r\n", "");
    expect_advice(port, "Origin: http://b.example\r\n", "");
    fake_time_jump_ms(60000);
    expect_advice(port, "Origin: http://a.example\r\n", "server.cors");
}

static void
refused_origins_make_ten_lines_a_minute_at_most(void **state)
{
    uint16_t port = meeting_start(*state);
    for (unsigned i = 0; i < 12; i++) {
        char *extra = g_strdup_printf("Origin: http://%u.example\r\n", i);
        expect_advice(port, extra, i < 10 ? "is refused" : "");
        g_free(extra);
    }
}

static void
proxy_that_hands_on_no_host_is_told_to(void **state)
{
    struct server *server = *state;
    server->params.proxy = true;
    uint16_t port = meeting_start(server);
    expect_advice(port, "Origin: https://desk.example\r\n", "proxy_set_header Host $http_host");
}

static void
proxy_that_is_not_trusted_is_told_of(void **state)
{
    struct server *server = *state;
    server->params.proxy = true;
    server->params.proxies = (char *[]){ (char[]){ "192.0.2.1" }, NULL };
    uint16_t port = meeting_start(server);
    const char *extra = "X-Forwarded-For: 192.0.2.7\r\nOrigin: https://desk.example\r\n";
    expect_advice(port, extra, "server.proxies");
}

static int
ask_plainly(uint16_t port, const char *path, const char *extra)
{
    struct answer answer = client_get(port, path, extra);
    int status = answer.status;
    answer_free(&answer);
    return status;
}

static void
upgrade_that_a_proxy_has_taken_out_is_told_once_a_minute(void **state)
{
    struct server *server = *state;
    fake_time_begin(server->main);
    uint16_t port = meeting_start(server);
    const char *key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    char *by_hand = read_log_of(ask_plainly, port, "", 426);
    char *first = read_log_of(ask_plainly, port, key, 426);
    char *second = read_log_of(ask_plainly, port, key, 426);
    fake_time_jump_ms(60000);
    char *later = read_log_of(ask_plainly, port, key, 426);
    assert_string_equal(by_hand, "");
    assert_non_null(strstr(first, "proxy_set_header Upgrade $http_upgrade"));
    assert_string_equal(second, "");
    assert_non_null(strstr(later, "came without its upgrade"));
    g_free(by_hand);
    g_free(first);
    g_free(second);
    g_free(later);
}

// RFC 6455 section 4.2.2.
static void
offered_subprotocols_are_passed_over(void **state)
{
    uint16_t port = meeting_start(*state);
    struct client client = client_connect(port);
    client_print(&client,
            "GET /api/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Protocol: chat, neko\r\nsec-websocket-protocol: http\r\n\r\n");
    struct answer answer = client_read_answer(&client, true);
    char value[512];
    assert_int_equal(answer.status, 101);
    assert_null(answer_header(&answer, "Sec-WebSocket-Protocol", value));
    answer_free(&answer);
    client_close(&client);
}

static void
listed_origin_may_come_in(void **state)
{
    struct server *server = *state;
    char *listed[] = { (char[]){ "https://a.example" }, NULL };
    server->params.cors = listed;
    uint16_t port = meeting_start(server);
    assert_int_equal(try_upgrade(port, "/api/ws", "Origin: https://a.example\r\n"), 101);
    assert_int_equal(try_upgrade(port, "/api/ws", "Origin: https://b.example\r\n"), 403);
    assert_int_equal(try_upgrade(port, "/api/ws", "Origin: http://localhost\r\n"), 101);
}

static void
upgrade_with_a_body_or_elsewhere_is_refused(void **state)
{
    struct server *server = *state;
    server->params.prefix = "/x";
    uint16_t port = meeting_start(server);
    assert_int_equal(try_upgrade(port, "/x/api/ws", ""), 101);
    assert_int_equal(try_upgrade(port, "/api/ws", ""), 404);
    assert_int_equal(try_upgrade(port, "/x/api/wsx", ""), 404);
    assert_int_equal(try_upgrade(port, "/x/api/ws", "Content-Length: 5\r\n"), 400);
    assert_int_equal(try_upgrade(port, "/x/api/ws", "Transfer-Encoding: chunked\r\n"), 411);
}

static void
close_sends_what_is_queued_then_its_code(void **state)
{
    struct client client = meeting_join(meeting_start(*state));
    client_send_frame(&client, TEXT, "bye", 3);
    expect_text(&client, "last");
    assert_int_equal(read_close(&client), 4001);
    client_send_frame(&client, CLOSE, "\x0f\xa1", 2);
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    assert_true(server_run_until(meeting_is_over, NULL, CLIENT_WAIT_MS));
    client_close(&client);
}

static void
close_of_the_browser_is_told_with_its_code(void **state)
{
    static const char *const codes[] = { "\x03\xe8", "\x03\xe9", "\x0f\xa1" };
    uint16_t port = meeting_start(*state);
    for (int i = 0; i < 3; i++) { // 1000, 1001, 4001
        struct client client = meeting_join(port);
        client_send_frame(&client, CLOSE, codes[i], 2);
        assert_true(server_run_until(meeting_is_over, NULL, CLIENT_WAIT_MS));
        assert_int_equal(meeting.code, (unsigned char) codes[i][0] << 8 | (unsigned char) codes[i][1]);
        client_close(&client);
    }
}

static void
slow_reader_is_cut_and_others_do_not_notice(void **state)
{
    uint16_t port = meeting_start(*state);
    struct client slow = meeting_join(port);
    struct hp_ws *ws = meeting.last;
    struct client other = meeting_join(port);
    char *text = g_strnfill(60000, 'x');
    unsigned sent = 0;
    while (meeting.close_count == 0 && sent < 1000) { // 60 MB at most
        hp_ws_send(ws, text, 60000);
        sent++;
        if (sent % 50 == 0) {
            client_send_frame(&other, TEXT, "hello", 5);
            expect_text(&other, "hello");
        }
        server_run_for(1);
    }
    assert_in_range(sent, HP_WS_QUEUE_MAX / 60000, 400);
    assert_int_equal(meeting.close_count, 1);
    assert_int_equal(meeting.code, 0);
    client_send_frame(&other, TEXT, "hello", 5);
    expect_text(&other, "hello");
    client_close(&slow);
    client_close(&other);
    g_free(text);
}

static void
close_of_a_slow_reader_ends_in_time(void **state)
{
    struct server *server = *state;
    fake_time_begin(server->main);
    struct client slow = meeting_join(meeting_start(server));
    char *text = g_strnfill(3 << 20, 'x');
    hp_ws_send(meeting.last, text, 3 << 20);
    hp_ws_send(meeting.last, text, 1 << 20);
    server_run_for(20);
    hp_ws_close(meeting.last, 1000, "enough");
    fake_time_pass_ms(900);
    assert_int_equal(meeting.close_count, 0);
    fake_time_pass_ms(100);
    assert_true(server_run_until(meeting_is_over, NULL, CLIENT_WAIT_MS));
    client_close(&slow);
    g_free(text);
}

static void
note_done(void *arg)
{
    *(bool *) arg = true;
}

static void
shutdown_tells_everybody_and_waits_for_nobody(void **state)
{
    struct server *server = *state;
    fake_time_begin(server->main);
    uint16_t port = meeting_start(server);
    struct client stuck = meeting_join(port);
    char *text = g_strnfill(3 << 20, 'x');
    hp_ws_send(meeting.last, text, 3 << 20);
    struct client good = meeting_join(port);
    bool is_done = false;
    hp_http_shutdown(server->http, note_done, &is_done);
    assert_int_equal(read_close(&good), 1001);
    client_send_frame(&good, CLOSE, "\x03\xe9", 2);
    assert_true(client_wait_end(&good, CLIENT_WAIT_MS));
    assert_false(is_done);
    fake_time_pass_ms(1000);
    assert_true(is_done);
    assert_int_equal(meeting.close_count, 2);
    client_close(&stuck);
    client_close(&good);
    g_free(text);
}

static void
destroying_the_server_closes_open_sockets(void **state)
{
    struct server *server = *state;
    struct client client = meeting_join(meeting_start(server));
    hp_http_destroy(server->http);
    server->http = NULL;
    assert_int_equal(meeting.close_count, 1);
    client_close(&client);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(text_comes_back),
        TEST(text_comes_back_over_tls),
        TEST(text_sent_with_the_upgrade_is_not_lost),
        TEST(large_text_comes_back_whole),
        TEST(fragments_are_joined),
        TEST(message_above_the_limit_is_refused_1009),
        TEST(message_of_endless_empty_fragments_is_refused_1009),
        TEST(binary_is_refused_1003_and_bad_text_1007),
        TEST(broken_frames_end_that_socket_only),
        TEST(forwarded_host_is_the_origin_behind_a_proxy_only),
        TEST(wrong_key_is_refused),
        TEST(foreign_origin_is_refused),
        TEST(each_refused_origin_is_told_once_a_minute),
        TEST(refused_origins_make_ten_lines_a_minute_at_most),
        TEST(proxy_that_hands_on_no_host_is_told_to),
        TEST(proxy_that_is_not_trusted_is_told_of),
        TEST(upgrade_that_a_proxy_has_taken_out_is_told_once_a_minute),
        TEST(offered_subprotocols_are_passed_over),
        TEST(listed_origin_may_come_in),
        TEST(upgrade_with_a_body_or_elsewhere_is_refused),
        TEST(close_sends_what_is_queued_then_its_code),
        TEST(close_of_the_browser_is_told_with_its_code),
        TEST(slow_reader_is_cut_and_others_do_not_notice),
        TEST(close_of_a_slow_reader_ends_in_time),
        TEST(shutdown_tells_everybody_and_waits_for_nobody),
        TEST(destroying_the_server_closes_open_sockets),
    };
    cmocka_set_test_filter(g_getenv("TEST_FILTER"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
