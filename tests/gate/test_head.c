// Tests of gate/head.c: what is read, what is written, and what is refused with which status.
#include "gate/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct hp_head *
read_head(const char *text)
{
    int status;
    size_t size = hp_head_find_end(text, strlen(text), &status);
    assert_int_equal(status, 0);
    assert_int_equal(size, strlen(text));
    return hp_head_parse(text, size);
}

static int
status_of(const char *text)
{
    struct hp_head *head = read_head(text);
    int status = head->status;
    assert_true(status == 0 || head->message != NULL);
    hp_head_destroy(head);
    return status;
}

// The status of a GET with these lines in place of its Host.
static int
status_of_lines(const char *lines)
{
    char *text = g_strconcat("GET / HTTP/1.1\r\n", lines, "\r\n", NULL);
    int status = status_of(text);
    g_free(text);
    return status;
}

static int
status_of_line(const char *line)
{
    char *text = g_strconcat(line, "\r\nHost: a\r\n\r\n", NULL);
    int status = status_of(text);
    g_free(text);
    return status;
}

static void
facts_are_read(void **state)
{
    (void) state;
    struct hp_head *head = read_head("POST /a%20b/c?x=%26+y&z HTTP/1.1\r\nHOST: a:80\r\n"
                                     "Content-Length: 0012\r\n\r\n");
    assert_int_equal(head->status, 0);
    assert_string_equal(head->method, "POST");
    assert_string_equal(head->target, "/a%20b/c?x=%26+y&z");
    assert_string_equal(g_hash_table_lookup(head->fields, "host"), "a:80");
    assert_true(head->has_length);
    assert_int_equal(head->length, 12);
    assert_false(head->is_old);
    hp_head_destroy(head);
}

// Checks what is written of a head.
static void
check_written(const char *text, const char *expected)
{
    struct hp_head *head = read_head(text);
    assert_int_equal(head->status, 0);
    GByteArray *out = g_byte_array_new();
    hp_head_write(head, NULL, out);
    g_byte_array_append(out, (const guint8 *) "", 1);
    assert_string_equal((const char *) out->data, expected);
    g_byte_array_free(out, TRUE);
    hp_head_destroy(head);
}

static void
lines_of_one_name_are_joined(void **state)
{
    (void) state;
    check_written("GET /?a HTTP/1.9\r\nHost: a\r\nX: a\r\nForwarded: one\r\nforwarded:\ttwo \r\n"
                  "Cookie: a=b\r\nCookie: c=d\r\nEmpty:\r\nText: \xc3\xa4\r\n\r\n",
            "GET /?a HTTP/1.1\r\nhost: a\r\nx: a\r\nforwarded: one, two\r\ncookie: a=b; c=d\r\n"
            "empty: \r\ntext: \xc3\xa4\r\n\r\n");
}

static bool
is_not_x(const char *name)
{
    return strcmp(name, "x") != 0;
}

static void
fields_can_be_left_out(void **state)
{
    (void) state;
    struct hp_head *head = read_head("GET / HTTP/1.1\r\nX: b\r\nHost: a\r\nXY: c\r\n\r\n");
    GByteArray *out = g_byte_array_new();
    hp_head_write(head, is_not_x, out);
    g_byte_array_append(out, (const guint8 *) "", 1);
    assert_string_equal(
            (const char *) out->data, "GET / HTTP/1.1\r\nhost: a\r\nxy: c\r\n\r\n");
    g_byte_array_free(out, TRUE);
    hp_head_destroy(head);
}

static void
full_address_names_the_host(void **state)
{
    (void) state;
    check_written("GET HTTP://b:81?q=1 HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /?q=1 HTTP/1.1\r\nhost: b:81\r\n\r\n");
    check_written("GET http://b/x HTTP/1.0\r\n\r\n", "GET /x HTTP/1.0\r\nhost: b\r\n\r\n");
    check_written("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            "OPTIONS / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
    assert_int_equal(status_of_line("GET http:///x HTTP/1.1"), 400);
    assert_int_equal(status_of_line("GET http://a@b/x HTTP/1.1"), 400);
}

static void
body_has_always_a_length(void **state)
{
    (void) state;
    check_written("POST / HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
    check_written("POST / HTTP/1.1\r\nContent-Length: 7\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\ncontent-length: 7\r\nhost: a\r\n\r\n");
}

static void
only_websockets_are_upgrades(void **state)
{
    (void) state;
    check_written("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, UPGRADE\r\n"
                  "Upgrade: h2c, WebSocket\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    check_written("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\n"
                  "Upgrade: h2c, websocket/7\r\nHTTP2-Settings: AAMA\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    check_written("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    check_written("GET / HTTP/1.0\r\nConnection: keep-alive, upgrade\r\nUpgrade: websocket\r\n\r\n",
            "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
}

static void
one_valid_host_is_needed(void **state)
{
    (void) state;
    static const char *const good[] = { "Host: a\r\n", "Host: a.b-c_d:8080\r\n",
        "Host: [::1]:80\r\n", "Host: [2001:db8::1]\r\n", "host:1.2.3.4:\r\n" };
    static const char *const bad[] = { "", "Host:\r\n", "Host: :80\r\n", "Host: a\r\nHost: a\r\n", "Host: a b\r\n",
        "Host: a/b\r\n", "Host: u@a\r\n", "Host: a:b\r\n", "Host: a:1:2\r\n", "Host: [::1\r\n",
        "Host: [x]\r\n", "Host: \xc3\xa4\r\n", "Host: a, b c\r\n" };
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        assert_int_equal(status_of_lines(good[i]), 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_int_equal(status_of_lines(bad[i]), 400);
    }
    assert_int_equal(status_of("GET / HTTP/1.0\r\n\r\n"), 0);
    assert_int_equal(status_of("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
}

static void
first_line_is_read_strictly(void **state)
{
    (void) state;
    static const struct {
        const char *line;
        int status;
    } cases[] = {
        { "GET / HTTP/1.1", 0 }, { "GET / HTTP/1.9", 0 }, { "OPTIONS * HTTP/1.1", 0 },
        { "GET /a..b/..c/.d HTTP/1.1", 0 }, { "GET * HTTP/1.1", 400 }, { "GET / HTTP/2.0", 505 },
        { "GET / HTTP/1.10", 400 }, { "GET / http/1.1", 400 }, { "GET / HTTP/1", 400 },
        { "GET / HTTX/1.1", 400 }, { "GET /", 400 }, { "GET", 400 }, { "GET / ", 400 },
        { "GET  / HTTP/1.1", 400 }, { "GET /  HTTP/1.1", 400 }, { "GET / HTTP/1.1 ", 400 },
        { "GET\t/ HTTP/1.1", 400 }, { " GET / HTTP/1.1", 400 }, { "G(T / HTTP/1.1", 400 },
        { "GET /\t HTTP/1.1", 400 }, { "GET /\xc3\xa4 HTTP/1.1", 400 }, { "GET /#a HTTP/1.1", 400 },
        { "GET a HTTP/1.1", 400 }, { "GET /%0 HTTP/1.1", 400 }, { "GET /%00 HTTP/1.1", 400 },
        { "GET /?a=%zz HTTP/1.1", 400 }, { "GET /?a=%0a HTTP/1.1", 400 },
        { "GET /?a=%0D HTTP/1.1", 400 }, { "GET /?a=%09 HTTP/1.1", 0 },
        { "GET /%0d HTTP/1.1", 400 }, { "GET /../a HTTP/1.1", 400 },
        { "GET /a/%2e%2e/b HTTP/1.1", 400 }, { "GET /a/.. HTTP/1.1", 400 },
        { "GET /\x7f HTTP/1.1", 400 }, { "GET / HTTP/9.9", 505 },
        { "BREW / HTTP/1.1", 501 }, { "CONNECT a:1 HTTP/1.1", 501 }, { "get / HTTP/1.1", 501 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int status = status_of_line(cases[i].line);
        if (status != cases[i].status) {
            fail_msg("\"%s\": %d", cases[i].line, status);
        }
    }
}

static void
fields_are_read_strictly(void **state)
{
    (void) state;
    static const char *const bad[] = { "A : b\r\n", "A\t: b\r\n", " A: b\r\n", "A: b\r\n c\r\n",
        "A: b\r\n\tc\r\n", "A\r\n", ": b\r\n", "A b: c\r\n", "A\x01: b\r\n", "A: b\x01\r\n",
        "A: b\x7f\r\n", "A: b\rc\r\n", "(A): b\r\n", "\xc3\xa4: b\r\n", "Host: a\r\n",
        "Authorization: Bearer a\r\nAuthorization: Bearer a\r\n" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        char *lines = g_strconcat("Host: a\r\n", bad[i], NULL);
        if (status_of_lines(lines) != 400) {
            fail_msg("\"%s\" is accepted", bad[i]);
        }
        g_free(lines);
    }
    static const char with_nul[] = "GET / HTTP/1.1\r\nHost: a\r\nA: b\0c\r\n\r\n";
    struct hp_head *head = hp_head_parse(with_nul, sizeof(with_nul) - 1);
    assert_int_equal(head->status, 400);
    hp_head_destroy(head);
}

static void
length_is_one_number(void **state)
{
    (void) state;
    static const char *const bad[] = { "x", "", "+0", "-1", "0x0", "0, 40", "3 3", "3,",
        "9999999999999999", "3\r\nContent-Length: 3", "3\r\nTransfer-Encoding: chunked" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        char *lines = g_strdup_printf("Host: a\r\nContent-Length: %s\r\n", bad[i]);
        if (status_of_lines(lines) != 400) {
            fail_msg("\"%s\" is accepted", bad[i]);
        }
        g_free(lines);
    }
    assert_int_equal(status_of_lines("Host: a\r\nTransfer-Encoding: chunked\r\n"), 411);
    assert_int_equal(status_of_lines("Host: a\r\nTransfer-Encoding:\r\n"), 411);
}

static int
end_status(GString *text)
{
    int status;
    assert_int_equal(hp_head_find_end(text->str, text->len, &status), 0);
    g_string_free(text, TRUE);
    return status;
}

static void
limits_have_statuses_of_their_own(void **state)
{
    (void) state;
    assert_int_equal(end_status(g_string_new("GET / HTTP/1.1\r\nHost: a\r\n")), 0);
    assert_int_equal(end_status(g_string_new("GET / HTTP/1.1\nHost: a\n\n")), 400);
    assert_int_equal(end_status(g_string_new("\n")), 400);
    char *long_text = g_strnfill(HP_HEAD_MAX, 'a');
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "GET /%s HTTP/1.1\r\nHost: a\r\n\r\n", long_text);
    assert_int_equal(end_status(text), 414);
    assert_int_equal(end_status(g_string_new(long_text)), 414);
    text = g_string_new(NULL);
    g_string_append_printf(text, "GET / HTTP/1.1\r\nHost: a\r\nA: %s", long_text);
    assert_int_equal(end_status(text), 431);
    text = g_string_new(NULL);
    g_string_append_printf(text, "GET / HTTP/1.1\r\nHost: a\r\nA: %s\r\n\r\n", long_text);
    assert_int_equal(end_status(text), 431);
    g_free(long_text);
    text = g_string_new("GET /?a");
    for (unsigned i = 1; i < HP_HEAD_MAX_PARAMS; i++) {
        g_string_append(text, "&a");
    }
    char *line = g_strdup_printf("%s HTTP/1.1", text->str);
    assert_int_equal(status_of_line(line), 0);
    g_free(line);
    line = g_strdup_printf("%s& HTTP/1.1", text->str);
    assert_int_equal(status_of_line(line), 414);
    g_free(line);
    g_string_free(text, TRUE);
    text = g_string_new("Host: a\r\n");
    for (unsigned i = 1; i < HP_HEAD_MAX_FIELDS; i++) {
        g_string_append_printf(text, "A: b\r\n");
    }
    assert_int_equal(status_of_lines(text->str), 0);
    g_string_append(text, "A: b\r\n");
    assert_int_equal(status_of_lines(text->str), 431);
    g_string_free(text, TRUE);
}

static void
end_is_found_in_any_pieces(void **state)
{
    (void) state;
    static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET";
    int status;
    for (size_t size = 0; size < sizeof(text) - 1; size++) {
        size_t found = hp_head_find_end(text, size, &status);
        assert_int_equal(status, 0);
        assert_int_equal(found, size < sizeof(text) - 4 ? 0 : sizeof(text) - 4);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_read),
        cmocka_unit_test(lines_of_one_name_are_joined),
        cmocka_unit_test(fields_can_be_left_out),
        cmocka_unit_test(full_address_names_the_host),
        cmocka_unit_test(body_has_always_a_length),
        cmocka_unit_test(only_websockets_are_upgrades),
        cmocka_unit_test(one_valid_host_is_needed),
        cmocka_unit_test(first_line_is_read_strictly),
        cmocka_unit_test(fields_are_read_strictly),
        cmocka_unit_test(length_is_one_number),
        cmocka_unit_test(limits_have_statuses_of_their_own),
        cmocka_unit_test(end_is_found_in_any_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
