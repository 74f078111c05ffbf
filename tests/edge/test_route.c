// Tests of edge/dispatch.c, edge/route.c, edge/cors.c and edge/static.c: requests, over loopback.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libwebsockets.h>
#include <unistd.h>

#include "edge/site.h"

static void
facts_of_a_request_are_found(void **state)
{
    uint16_t port = site_start(*state);
    struct answer answer = client_get(port, "/api/tell?token=ab%20c&name=x%26y", "");
    assert_true(site_body_is(&answer,
            "{\"address\":\"127.0.0.1\",\"token\":\"ab c\",\"name\":\"x&y\"}"));
    answer_free(&answer);
    answer = client_get(port, "/api/tell?token=ab", "authorization: Bearer secret\r\n");
    assert_non_null(
            g_strstr_len((char *) answer.body->data, answer.body->len, "\"token\":\"secret\""));
    answer_free(&answer);
}

static void
transfer_encoding_is_refused(void **state)
{
    uint16_t port = site_start(*state);
    assert_int_equal(site_refusal(port,
                             "POST /api/echo HTTP/1.1\r\nHost: a\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
            411);
    assert_int_equal(site_refusal(port,
                             "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                             "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"),
            400);
    assert_int_equal(site_refusal(port,
                             "GET /health HTTP/1.1\r\nHost: a\r\n"
                             "Transfer-Encoding: gzip\r\n\r\n"),
            411);
    assert_int_equal(site_refusal(port,
                             "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
                             "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
            400);
}

static void
doubtful_content_length_is_refused(void **state)
{
    uint16_t port = site_start(*state);
    const char *const lengths[] = { "Content-Length: 3\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nContent-Length: 30\r\n", "Content-Length: -1\r\n",
        "Content-Length: 3, 3\r\n", "Content-Length: 0x3\r\n", "Content-Length: +3\r\n",
        "Content-Length: 3 3\r\n", "Content-Length: 99999999999999999999\r\n" };
    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        char *text = g_strdup_printf("POST /api/echo HTTP/1.1\r\nHost: a\r\n%s\r\nabc", lengths[i]);
        assert_int_equal(site_refusal(port, text), 400);
        g_free(text);
    }
    assert_int_equal(site_refusal(port,
                             "GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n"
                             "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"),
            413);
}

static void
post_without_length_is_empty(void **state)
{
    uint16_t port = site_start(*state);
    struct client client = client_connect(port);
    client_print(&client,
            "POST /api/echo HTTP/1.1\r\nHost: a\r\n\r\n"
            "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
            "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    struct answer answer;
    for (int i = 0; i < 2; i++) {
        answer = client_read_answer(&client, true);
        assert_int_equal(answer.status, 200);
        assert_int_equal(answer.body->len, 0);
        answer_free(&answer);
    }
    answer = client_read_answer(&client, true);
    assert_true(site_body_is(&answer, "true"));
    answer_free(&answer);
    client_close(&client);
}

static void
large_body_is_refused_before_it_is_read(void **state)
{
    uint16_t port = site_start(*state);
    assert_int_equal(site_refusal(port,
                             "POST /api/echo HTTP/1.1\r\nHost: a\r\n"
                             "Content-Length: 104857600\r\n\r\n"),
            413);
    assert_int_equal(site_refusal(port,
                             "POST /nothing HTTP/1.1\r\nHost: a\r\n"
                             "Content-Length: 104857600\r\n\r\n"),
            404); // there is no limit where nothing is
    assert_int_equal(site_refusal(port,
                             "DELETE /api/tell HTTP/1.1\r\nHost: a\r\n"
                             "Content-Length: 104857600\r\n\r\n"),
            405);
    // A client that goes on sending still gets to read why.
    struct client client = client_connect(port);
    char *body = g_malloc0(1 << 20);
    client_print(&client, "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n");
    client_send(&client, body, 1 << 20);
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 413);
    answer_free(&answer);
    client_close(&client);
    g_free(body);
}

static void
large_head_is_refused(void **state)
{
    uint16_t port = site_start(*state);
    for (unsigned size = 17000; size < 100000; size *= 2) {
        char *filler = g_strnfill(size, 'a');
        const char *const heads[] = { "GET /health HTTP/1.1\r\nHost: a\r\nCookie: %s\r\n\r\n",
            "GET /health HTTP/1.1\r\nHost: a\r\nX-Own: %s\r\n\r\n",
            "GET /%s HTTP/1.1\r\nHost: a\r\n\r\n" };
        for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
            char **parts = g_strsplit(heads[i], "%s", 2);
            char *text = g_strjoinv(filler, parts);
            assert_int_equal(site_refusal(port, text), i == 2 ? 414 : 431);
            g_free(text);
            g_strfreev(parts);
        }
        g_free(filler);
    }
    char *many = g_strdup("GET /health HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 3000; i++) {
        char *longer = g_strdup_printf("%sX-%d: 1\r\n", i % 100 == 0 ? many : "", i);
        if (i % 100 == 0) {
            g_free(many);
            many = longer;
        } else {
            char *both = g_strconcat(many, longer, NULL);
            g_free(many);
            g_free(longer);
            many = both;
        }
    }
    assert_int_equal(site_refusal(port, many), 431);
    g_free(many);
}

static void
unknown_paths_and_methods_are_told_apart(void **state)
{
    uint16_t port = site_start(*state);
    char value[512];
    struct answer answer = client_get(port, "/api/none", "");
    assert_int_equal(answer.status, 404);
    assert_true(site_body_is(&answer, "{\"code\":404,\"message\":\"not found\"}"));
    assert_string_equal(answer_header(&answer, "Cache-Control", value), "no-store");
    answer_free(&answer);
    answer = client_get(port, "/api/echo", "");
    assert_int_equal(answer.status, 405);
    assert_non_null(strstr(answer_header(&answer, "Allow", value), "POST"));
    answer_free(&answer);
    struct client client = client_connect(port);
    client_print(&client,
            "HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n"
            "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    answer = client_read_answer(&client, false);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer_header(&answer, "Content-Length", value), "4");
    answer_free(&answer);
    answer = client_read_answer(&client, true);
    assert_true(site_body_is(&answer, "true"));
    answer_free(&answer);
    client_close(&client);
    assert_int_equal(site_refusal(port, "FETCH /health HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
    assert_int_equal(site_refusal(port, "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\nraw data"), 501);
    assert_int_equal(site_refusal(port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
}

// libwebsockets hangs up on a head with more parts than it has room for.
static void
largest_head_is_answered(void **state)
{
    static const char *const known[] = { "Accept", "Accept-Encoding", "Accept-Language",
        "Authorization", "Cache-Control", "Cookie", "If-Modified-Since", "If-None-Match", "Origin",
        "Pragma", "Range", "Referer", "User-Agent", "Via", "X-Real-IP", "X-Forwarded-For" };
    uint16_t port = site_start(*state);
    GString *text = g_string_new("GET /api/tell?name=x");
    for (int i = 1; i < 64; i++) {
        g_string_append_printf(text, "&p%d=%d", i, i);
    }
    g_string_append(text, " HTTP/1.1\r\nHost: a\r\n");
    for (int i = 1; i < 128; i++) {
        if (i <= (int) G_N_ELEMENTS(known)) {
            g_string_append_printf(text, "%s: x%d\r\n", known[i - 1], i);
        } else {
            g_string_append_printf(text, "X-Own-%d: %d\r\n", i, i);
        }
    }
    char *filler = g_strnfill(16384 - text->len - 9, 'a');
    g_string_insert(text, (gssize) text->len - 2, filler); // in the last value
    g_free(filler);
    g_string_append(text, "\r\n");
    struct client client = client_connect(port);
    client_send(&client, text->str, text->len);
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    client_close(&client);
    g_string_free(text, TRUE);
}

// Each would leave the client without an answer if libwebsockets saw it.
static void
odd_names_of_headers_are_answered(void **state)
{
    static const char *const names[] = { "X", "Get", "put", "Http", "Accept-", "x-r", "DELETE", "pri" };
    uint16_t port = site_start(*state);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        char *line = g_strdup_printf("%s: a\r\n", names[i]);
        struct answer answer = client_get(port, "/health", line);
        assert_int_equal(answer.status, 200);
        answer_free(&answer);
        g_free(line);
    }
}

static void
head_of_too_many_parts_is_told(void **state)
{
    uint16_t port = site_start(*state);
    GString *text = g_string_new("GET /api/tell?name=x");
    for (int i = 1; i < 64; i++) {
        g_string_append_printf(text, "&p%d=%d", i, i);
    }
    g_string_append(text, " HTTP/1.1\r\nHost: a\r\n");
    for (int token = 0; token < WSI_TOKEN_COUNT; token++) {
        const char *name = (const char *) lws_token_to_string((enum lws_token_indexes) token);
        bool is_plain = name != NULL && g_ascii_isalpha(name[0]) && g_str_has_suffix(name, ":")
                && strstr(name, "length") == NULL && strstr(name, "host") == NULL
                && strstr(name, "transfer") == NULL && strstr(name, "upgrade") == NULL;
        g_string_append_printf(text, "%s%s", is_plain ? name : "", is_plain ? " x\r\n" : "");
    }
    g_string_append(text, "\r\n");
    assert_int_equal(site_refusal(port, text->str), 400);
    g_string_free(text, TRUE);
}

// RFC 9110 section 7.8. Java's client and curl --http2 ask with every request.
static void
upgrade_to_what_is_unknown_is_ignored(void **state)
{
    uint16_t port = site_start(*state);
    const char *const protocols[] = { "h2c", "h2,h2c", "foo/2", "TLS/1.0", "websocket/7" };
    for (size_t i = 0; i < G_N_ELEMENTS(protocols); i++) {
        struct client client = client_connect(port);
        client_print(&client,
                "POST /api/echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                "Upgrade: %s\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: 2\r\n\r\nhi",
                protocols[i]);
        struct answer answer = client_read_answer(&client, true);
        assert_int_equal(answer.status, 200);
        assert_true(site_body_is(&answer, "hi"));
        answer_free(&answer);
        client_close(&client);
    }
}

static void
path_prefix_is_respected(void **state)
{
    struct server *server = *state;
    server->params.prefix = "desk/one/";
    uint16_t port = site_start(server);
    const char *const found[] = { "/desk/one/health", "/desk/one/" };
    const char *const not_found[] = { "/health", "/", "/desk/onehealth", "/desk" };
    for (size_t i = 0; i < G_N_ELEMENTS(found); i++) {
        struct answer answer = client_get(port, found[i], "");
        assert_int_equal(answer.status, 200);
        answer_free(&answer);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(not_found); i++) {
        struct answer answer = client_get(port, not_found[i], "");
        assert_int_equal(answer.status, 404);
        answer_free(&answer);
    }
    // Its relative links would lead nowhere without the slash.
    struct answer answer = client_get(port, "/desk/one?usr=a%20b", "");
    char location[512];
    assert_int_equal(answer.status, 301);
    assert_string_equal(answer_header(&answer, "Location", location), "/desk/one/?usr=a%20b");
    answer_free(&answer);
}

static void
files_have_etag_gzip_and_security_headers(void **state)
{
    struct server *server = *state;
    char *script = g_strnfill(100000, 'x');
    char value[512];
    server_write_file(server, "a/b.js", script, 100000);
    uint16_t port = site_start(server);
    struct answer answer = client_get(port, "/a/b.js", "");
    assert_int_equal(answer.body->len, 100000);
    assert_string_equal(
            answer_header(&answer, "Content-Type", value), "text/javascript; charset=utf-8");
    assert_string_equal(answer_header(&answer, "X-Content-Type-Options", value), "nosniff");
    assert_non_null(answer_header(&answer, "ETag", value));
    char *condition = g_strdup_printf("If-None-Match: %s\r\n", value);
    answer_free(&answer);
    answer = client_get(port, "/a/b.js", condition);
    assert_int_equal(answer.status, 304);
    assert_int_equal(answer.body->len, 0);
    answer_free(&answer);
    answer = client_get(port, "/a/b.js", "Accept-Encoding: br, gzip\r\n");
    assert_string_equal(answer_header(&answer, "Content-Encoding", value), "gzip");
    assert_in_range(answer.body->len, 20, 5000);
    assert_int_equal(answer.body->data[0], 0x1f);
    answer_free(&answer);
    answer = client_get(port, "/", "");
    assert_true(site_body_is(&answer, "<p>hello"));
    assert_non_null(strstr(answer_header(&answer, "Content-Security-Policy", value),
            "default-src 'self'; connect-src 'self' ws://localhost wss://localhost;"));
    answer_free(&answer);
    g_free(condition);
    g_free(script);
}

static bool
has_opener_policy(uint16_t port, bool is_tls, const char *extra)
{
    char value[512];
    struct client client = is_tls ? client_connect_tls(port) : client_connect(port);
    client_print(&client, "GET / HTTP/1.1\r\nHost: localhost\r\n%s\r\n", extra);
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 200);
    bool is_there = answer_header(&answer, "Cross-Origin-Opener-Policy", value) != NULL;
    answer_free(&answer);
    client_close(&client);
    return is_there;
}

static void
opener_policy_is_sent_over_https_only(void **state)
{
    struct server *server = *state;
    server->params.proxy = false;
    uint16_t port = site_start(server);
    assert_true(has_opener_policy(port, true, ""));
    assert_false(has_opener_policy(port, false, "X-Forwarded-Proto: https\r\n"));
    hp_http_destroy(server->http);
    server->params.proxy = true;
    port = site_start(server);
    assert_true(has_opener_policy(port, false, "X-Forwarded-Proto: https\r\n"));
    assert_false(has_opener_policy(port, false, "X-Forwarded-Proto: http\r\n"));
}

static void
foreign_page_keeps_its_inline_styles(void **state)
{
    struct server *server = *state;
    char value[512];
    server->params.static_dir = server->params.web_dir;
    uint16_t port = site_start(server);
    struct answer answer = client_get(port, "/", "");
    assert_true(site_body_is(&answer, "<p>hello"));
    assert_null(strstr(answer_header(&answer, "Content-Security-Policy", value), "default-src"));
    answer_free(&answer);
}

static void
script_whose_path_names_its_content_is_kept_for_ever(void **state)
{
    struct server *server = *state;
    static const char html[] = "<script type=\"module\" src=\"app.js\"></script>";
    char value[512];
    server_write_file(server, "index.html", html, strlen(html));
    server_write_file(server, "app.js", "start();\n", 9);
    uint16_t port = site_start(server);
    struct answer answer = client_get(port, "/", "");
    assert_string_equal(answer_header(&answer, "Cache-Control", value), "no-cache");
    char *start = g_strstr_len((const char *) answer.body->data, answer.body->len, "a/");
    assert_non_null(start);
    char *path = g_strndup(start - 1, strlen("/a/0123456789abcdef/page.js"));
    path[0] = '/';
    answer_free(&answer);
    answer = client_get(port, path, "");
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer_header(&answer, "Cache-Control", value),
            "public, max-age=31536000, immutable");
    answer_free(&answer);
    path[3] = path[3] == 'x' ? 'y' : 'x';
    answer = client_get(port, path, ""); // another content is not given for it
    assert_int_equal(answer.status, 404);
    answer_free(&answer);
    g_free(path);
}

static void
changed_file_is_noticed_when_asked_for(void **state)
{
    struct server *server = *state;
    server->params.static_reload = true;
    uint16_t port = site_start(server);
    server_write_file(server, "index.html", "<p>changed", 10);
    server_write_file(server, "new.txt", "new", 3);
    struct answer answer = client_get(port, "/", "");
    assert_true(site_body_is(&answer, "<p>changed"));
    answer_free(&answer);
    answer = client_get(port, "/new.txt", "");
    assert_true(site_body_is(&answer, "new"));
    answer_free(&answer);
}

static void
nothing_outside_the_folder_is_served(void **state)
{
    struct server *server = *state;
    char *secret = g_build_filename(server->folder, "secret", NULL);
    char *link = g_build_filename(server->params.web_dir, "link", NULL);
    char *folder_link = g_build_filename(server->params.web_dir, "up", NULL);
    assert_true(g_file_set_contents(secret, "secret", -1, NULL));
    assert_int_equal(symlink("../secret", link), 0);
    assert_int_equal(symlink("..", folder_link), 0);
    server_write_file(server, ".hidden", "secret", 6);
    server_write_file(server, "types.d.ts", "secret", 6);
    server_write_file(server, "js/package.json", "secret", 6);
    uint16_t port = site_start(server);
    const char *const paths[] = { "/../secret", "/%2e%2e/secret", "/..%2fsecret", "/a/../../secret",
        "/%2e%2e%2fsecret", "/..\\secret", "/%5c..%5csecret", "/....//secret", "/link",
        "/up/secret", "/.hidden", "/%00/secret", "//secret", "/%252e%252e/secret",
        "/index.html%00.js", "/types.d.ts", "/js/package.json",
        "/..;/secret", "/index.html&x", "/./../secret" };
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        struct answer answer = client_get(port, paths[i], "");
        if (answer.status != 404 && answer.status != 400) {
            fail_msg("%s: %d", paths[i], answer.status);
        }
        answer_free(&answer);
    }
    g_free(folder_link);
    g_free(link);
    g_free(secret);
}

static void
cors_is_for_listed_origins_only(void **state)
{
    struct server *server = *state;
    char *origins[] = { (char[]){ "https://a.example" }, NULL };
    char value[512];
    server->params.cors = origins;
    uint16_t port = site_start(server);
    struct answer answer = client_get(port, "/health", "Origin: https://a.example\r\n");
    assert_string_equal(
            answer_header(&answer, "Access-Control-Allow-Origin", value), "https://a.example");
    assert_string_equal(answer_header(&answer, "Access-Control-Allow-Credentials", value), "true");
    answer_free(&answer);
    answer = client_get(port, "/health", "Origin: https://b.example\r\n");
    assert_null(answer_header(&answer, "Access-Control-Allow-Origin", value));
    answer_free(&answer);
    struct client client = client_connect(port);
    client_print(&client,
            "OPTIONS /api/echo HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\n"
            "Access-Control-Request-Method: POST\r\n\r\n");
    answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 204);
    assert_non_null(answer_header(&answer, "Access-Control-Allow-Methods", value));
    answer_free(&answer);
    client_close(&client);
}

static void
forwarded_address_counts_from_a_proxy_only(void **state)
{
    struct server *server = *state;
    const char *forwarded = "X-Forwarded-For: 9.9.9.9, 192.0.2.7, 10.1.1.1\r\n";
    GString *many = g_string_new("X-Forwarded-For: 9.9.9.9");
    for (int i = 0; i < 200; i++) {
        g_string_append(many, ", x");
    }
    g_string_append(many, ", 192.0.2.7\r\n");
    char *nobody[] = { (char[]){ "192.0.2.200" }, NULL };
    char *named[] = { (char[]){ "127.0.0.0/8" }, (char[]){ "10.0.0.0/8" }, NULL };
    const struct {
        bool proxy;
        char **proxies;
        const char *extra;
        const char *address;
    } cases[] = {
        { false, NULL, forwarded, "127.0.0.1" },
        { true, nobody, forwarded, "127.0.0.1" },
        { true, NULL, "X-Forwarded-For: 9.9.9.9, 192.0.2.7\r\n", "192.0.2.7" },
        { true, NULL, forwarded, "10.1.1.1" }, // a proxy that was not named
        { true, named, forwarded, "192.0.2.7" },
        { true, NULL, "X-Real-IP: ::ffff:192.0.2.8\r\n", "192.0.2.8" },
        { true, NULL, "X-Forwarded-For: nonsense\r\n", "127.0.0.1" },
        { true, NULL, many->str, "192.0.2.7" },
        // some proxies add a line of their own below the client's
        { true, NULL, "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        server->params.proxy = cases[i].proxy;
        server->params.proxies = cases[i].proxies;
        uint16_t port = site_start(server);
        struct answer answer = client_get(port, "/api/tell", cases[i].extra);
        g_byte_array_append(answer.body, (const guint8 *) "", 1);
        char *expected = g_strdup_printf("\"address\":\"%s\"", cases[i].address);
        assert_non_null(strstr((char *) answer.body->data, expected));
        g_free(expected);
        answer_free(&answer);
        hp_http_destroy(server->http);
        server->http = NULL;
    }
    g_string_free(many, TRUE);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, site_setup, site_teardown)
    const struct CMUnitTest tests[] = {
        TEST(facts_of_a_request_are_found),
        TEST(transfer_encoding_is_refused),
        TEST(doubtful_content_length_is_refused),
        TEST(post_without_length_is_empty),
        TEST(large_body_is_refused_before_it_is_read),
        TEST(large_head_is_refused),
        TEST(unknown_paths_and_methods_are_told_apart),
        TEST(largest_head_is_answered),
        TEST(odd_names_of_headers_are_answered),
        TEST(head_of_too_many_parts_is_told),
        TEST(upgrade_to_what_is_unknown_is_ignored),
        TEST(path_prefix_is_respected),
        TEST(files_have_etag_gzip_and_security_headers),
        TEST(opener_policy_is_sent_over_https_only),
        TEST(foreign_page_keeps_its_inline_styles),
        TEST(script_whose_path_names_its_content_is_kept_for_ever),
        TEST(changed_file_is_noticed_when_asked_for),
        TEST(nothing_outside_the_folder_is_served),
        TEST(cors_is_for_listed_origins_only),
        TEST(forwarded_address_counts_from_a_proxy_only),
    };
    cmocka_set_test_filter(g_getenv("TEST_FILTER"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
