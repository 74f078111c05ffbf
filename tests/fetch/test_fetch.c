// Tests of fetch/fetch.c, with a server of the test's own on loopback.
#include "fetch/fetch.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>
#include <libwebsockets.h>

enum { PATIENCE_US = 5 * 1000 * 1000, HURRY_US = 200 * 1000 };

// Answers one request with what it is told, and keeps the connection until its client ends it.
struct server {
    int fd;
    unsigned port;
    const char *answer; // NULL: none
    unsigned repeats; // of its last part, after '|'
    pthread_t thread;
    char request[2048];
};

static bool
send_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, text, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        text += sent;
        size -= (size_t) sent;
    }
    return true;
}

static void
answer(const struct server *server, int fd)
{
    const char *tail = strchr(server->answer, '|');
    size_t head_size = tail == NULL ? strlen(server->answer) : (size_t) (tail - server->answer);
    bool is_open = send_all(fd, server->answer, head_size);
    for (unsigned i = 0; tail != NULL && i < server->repeats && is_open; i++) {
        is_open = send_all(fd, tail + 1, strlen(tail + 1));
    }
}

static void *
serve(void *arg)
{
    struct server *server = arg;
    char rest[256];
    size_t size = 0;
    int fd = accept(server->fd, NULL, NULL);
    while (strstr(server->request, "\r\n\r\n") == NULL && size < sizeof(server->request) - 1) {
        ssize_t got = recv(fd, server->request + size, sizeof(server->request) - 1 - size, 0);
        if (got <= 0) {
            break;
        }
        size += (size_t) got;
    }
    if (server->answer != NULL) {
        answer(server, fd);
    }
    while (recv(fd, rest, sizeof(rest), 0) > 0) {
    }
    close(fd);
    return NULL;
}

static void
start(struct server *server)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *) &address, size), 0);
    assert_int_equal(listen(server->fd, 4), 0);
    assert_int_equal(getsockname(server->fd, (struct sockaddr *) &address, &size), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void
stop(struct server *server)
{
    pthread_join(server->thread, NULL);
    close(server->fd);
}

// What is fetched from a server that answers so.
static struct hp_fetch_result
fetch(const char *text, unsigned repeats, int64_t timeout_us)
{
    struct server server = { .answer = text, .repeats = repeats };
    struct hp_fetch_result result;
    start(&server);
    char *url = g_strdup_printf("http://127.0.0.1:%u/my/ip?as=text", server.port);
    hp_fetch_run(url, timeout_us, &result);
    stop(&server);
    assert_non_null(strstr(server.request, "GET /my/ip?as=text HTTP/1.1\r\n"));
    assert_int_equal(result.address[0] == '\0', result.error[0] != '\0');
    g_free(url);
    return result;
}

static void
the_address_that_a_server_tells_is_taken(void **state)
{
    (void) state;
    struct hp_fetch_result result = fetch(
            "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n198.51.100.9\n", 0, PATIENCE_US);
    assert_string_equal(result.address, "198.51.100.9");
}

static void
a_url_without_a_path_asks_for_the_root(void **state)
{
    (void) state;
    static const char *const tails[][2] = { { "", "GET / HTTP/1.1\r\n" },
        { "/", "GET / HTTP/1.1\r\n" }, { "?a=1#b", "GET /?a=1 HTTP/1.1\r\n" },
        { "/c?d#e", "GET /c?d HTTP/1.1\r\n" } };
    for (size_t i = 0; i < G_N_ELEMENTS(tails); i++) {
        struct server server = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n"
                                           "198.51.100.9" };
        struct hp_fetch_result result;
        start(&server);
        char *url = g_strdup_printf("http://127.0.0.1:%u%s", server.port, tails[i][0]);
        hp_fetch_run(url, PATIENCE_US, &result);
        stop(&server);
        assert_true(g_str_has_prefix(server.request, tails[i][1]));
        assert_string_equal(result.address, "198.51.100.9");
        g_free(url);
    }
}

static void
garbage_is_refused(void **state)
{
    (void) state;
    struct hp_fetch_result result = fetch(
            "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<p>who knows</p", 0, PATIENCE_US);
    assert_string_equal(result.error, "its answer is no public address");
    result = fetch("this is no HTTP\r\n\r\n", 0, PATIENCE_US);
    assert_string_equal(result.address, "");
}

static void
a_status_other_than_200_is_refused(void **state)
{
    (void) state;
    struct hp_fetch_result result = fetch(
            "HTTP/1.1 503 Busy\r\nContent-Length: 12\r\n\r\n198.51.100.9", 0, PATIENCE_US);
    assert_string_equal(result.error, "its answer has status 503, expected 200");
}

static void
a_redirect_is_not_followed(void **state)
{
    (void) state;
    struct server other = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n198.51.100.9" };
    start(&other);
    char *text = g_strdup_printf("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%u/\r\n"
                                 "Content-Length: 0\r\n\r\n", other.port);
    struct hp_fetch_result result = fetch(text, 0, PATIENCE_US);
    shutdown(other.fd, SHUT_RDWR); // nobody has come
    stop(&other);
    assert_string_equal(other.request, "");
    assert_string_equal(result.address, "");
    g_free(text);
}

static void
a_huge_answer_is_cut_short(void **state)
{
    (void) state;
    struct hp_fetch_result result = fetch(
            "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n|198.51.100.9    ", 1000000,
            PATIENCE_US);
    assert_string_equal(result.error, "the answer is too long for an address");
}

static void
a_server_that_is_silent_is_not_waited_for(void **state)
{
    (void) state;
    int64_t begin_us = g_get_monotonic_time();
    struct hp_fetch_result result = fetch(NULL, 0, HURRY_US);
    assert_string_equal(result.error, "it has not answered in time");
    assert_true(g_get_monotonic_time() - begin_us >= HURRY_US);
    result = fetch("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n198.51", 0, HURRY_US);
    assert_string_equal(result.error, "it has not answered in time");
}

static void
a_server_that_is_not_there_is_told(void **state)
{
    (void) state;
    struct server server = { .answer = NULL };
    struct hp_fetch_result result;
    start(&server);
    char *url = g_strdup_printf("http://127.0.0.1:%u/", server.port);
    shutdown(server.fd, SHUT_RDWR);
    stop(&server);
    hp_fetch_run(url, PATIENCE_US, &result);
    assert_string_equal(result.address, "");
    assert_string_not_equal(result.error, "");
    assert_null(strstr(result.error, "in time"));
    g_free(url);
}

static void
only_plain_urls_are_fetched(void **state)
{
    (void) state;
    static const char *const good[] = { "https://checkip.amazonaws.com", "http://[2001:db8::1]/",
        "http://ip.example:8080/a?b=c", "https://a:65535", "http://[::1]:81/", "http://192.0.2.1" };
    static const char *const bad[] = { "", "checkip.amazonaws.com", "ftp://ip.example/",
        "file:///etc/passwd", "http://", "https:///path", "http://:80/", "http://a b/",
        "http://me:secret@ip.example/", "http://ip.example/\r\nX: y",
        "http://me@ip.example/", "https://a:99999/", "https://a:65536", "https://a:0/",
        "https://a:-1/", "https://a:0x50/x", "https://a:/", "https://[::1", "https://[::1/",
        "https://[]/", "https://[", "https://[a]/", "https://[::1]80/", "https://::1/",
        "https://a..b/", "https://300.1.1.1/" };
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        assert_true(hp_fetch_is_url(good[i]));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_false(hp_fetch_is_url(bad[i]));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_address_that_a_server_tells_is_taken),
        cmocka_unit_test(a_url_without_a_path_asks_for_the_root),
        cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(a_status_other_than_200_is_refused),
        cmocka_unit_test(a_redirect_is_not_followed),
        cmocka_unit_test(a_huge_answer_is_cut_short),
        cmocka_unit_test(a_server_that_is_silent_is_not_waited_for),
        cmocka_unit_test(a_server_that_is_not_there_is_told),
        cmocka_unit_test(only_plain_urls_are_fetched),
    };
    lws_set_log_level(LLL_ERR, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
