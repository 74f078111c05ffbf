// Tests of edge/head.c: what is read, and what is refused with which status.
#include "edge/head.h"

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
    struct hp_head *head = read_head("POST /a%20b/c?x=%26+y&z&x=2 HTTP/1.1\r\nHOST: a:80\r\n"
                                     "X: a\r\nForwarded: one\r\nforwarded:\ttwo \r\n"
                                     "Cookie: a=b\r\nCookie: c=d\r\nEmpty:\r\nText: \xc3\xa4\r\n"
                                     "Content-Length: 0012\r\n\r\n");
    assert_int_equal(head->status, 0);
    assert_string_equal(head->method, "POST");
    assert_string_equal(head->path, "/a b/c");
    assert_string_equal(g_hash_table_lookup(head->query, "x"), "2");
    assert_string_equal(g_hash_table_lookup(head->query, "z"), "");
    assert_string_equal(hp_head_field(head, "host"), "a:80");
    assert_string_equal(hp_head_field(head, "x"), "a");
    assert_string_equal(hp_head_field(head, "forwarded"), "one, two");
    assert_string_equal(hp_head_field(head, "cookie"), "a=b; c=d");
    assert_string_equal(hp_head_field(head, "text"), "\xc3\xa4");
    assert_null(hp_head_field(head, "empty"));
    assert_true(head->has_length);
    assert_int_equal(head->length, 12);
    assert_false(head->is_old);
    hp_head_destroy(head);
}

static void
full_address_names_the_host(void **state)
{
    (void) state;
    struct hp_head *head = read_head("GET HTTP://b:81?q=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(head->status, 0);
    assert_string_equal(head->path, "/");
    assert_string_equal(hp_head_field(head, "host"), "b:81");
    assert_string_equal(g_hash_table_lookup(head->query, "q"), "1");
    hp_head_destroy(head);
    assert_int_equal(status_of_line("GET http:///x HTTP/1.1"), 400);
    assert_int_equal(status_of_line("GET http://a@b/x HTTP/1.1"), 400);
}

static void
lists_are_searched_by_item(void **state)
{
    (void) state;
    struct hp_head *head = read_head("GET / HTTP/1.1\r\nHost: a\r\n"
                                     "Connection: keep-alive,UPGRADE\r\n"
                                     "Upgrade: h2c, websocket/7\r\n\r\n");
    assert_true(hp_head_lists(head, "connection", "upgrade"));
    assert_true(hp_head_lists(head, "connection", "keep-alive"));
    assert_false(hp_head_lists(head, "connection", "keep"));
    assert_false(hp_head_lists(head, "upgrade", "websocket"));
    assert_false(hp_head_lists(head, "te", "trailers"));
    hp_head_destroy(head);
}

static void
one_valid_host_is_needed(void **state)
{
    (void) state;
    static const char *const good[] = { "Host: a\r\n", "Host: a.b-c_d:8080\r\n", "Host:\r\n",
        "Host: [::1]:80\r\n", "Host: [2001:db8::1]\r\n", "host:1.2.3.4:\r\n" };
    static const char *const bad[] = { "", "Host: a\r\nHost: a\r\n", "Host: a b\r\n",
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
        { "GET /?a=%zz HTTP/1.1", 400 }, { "GET /../a HTTP/1.1", 400 },
        { "GET /a/%2e%2e/b HTTP/1.1", 400 }, { "GET /a/.. HTTP/1.1", 400 },
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
        "A: b\x7f\r\n", "A: b\rc\r\n", "(A): b\r\n", "\xc3\xa4: b\r\n" };
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
        cmocka_unit_test(full_address_names_the_host),
        cmocka_unit_test(lists_are_searched_by_item),
        cmocka_unit_test(one_valid_host_is_needed),
        cmocka_unit_test(first_line_is_read_strictly),
        cmocka_unit_test(fields_are_read_strictly),
        cmocka_unit_test(length_is_one_number),
        cmocka_unit_test(limits_have_statuses_of_their_own),
        cmocka_unit_test(end_is_found_in_any_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
