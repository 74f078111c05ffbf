// Tests of edge/cors.c: under which names a server is found.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "edge/site.h"

static int
status_of_host(struct server *server, const char *path, const char *lines)
{
    struct client client = client_connect(hp_http_port(server->http));
    client_print(&client, "GET %s HTTP/1.1\r\n%s\r\n", path, lines);
    struct answer answer = client_read_answer(&client, true);
    int status = answer.status;
    bool says_why = g_strstr_len((char *) answer.body->data, answer.body->len, "server.cors");
    assert_true(says_why == (status == 403));
    answer_free(&answer);
    client_close(&client);
    return status;
}

// DNS rebinding: the browser takes the server for a page's own.
static void
foreign_name_is_refused_while_anyone_gets_in(void **state)
{
    struct server *server = *state;
    char *origins[] = { (char[]){ "https://desk.example" }, NULL };
    char *names[] = { (char[]){ "home.example" }, NULL };
    server->params.cors = origins;
    server->params.names = names;
    server->params.proxy = false;
    server->params.has_weak_logins = true;
    site_start(server);
    assert_int_equal(status_of_host(server, "/", "Host: evil.example:8080\r\n"), 403);
    assert_int_equal(status_of_host(server, "/api/tell", "Host: evil.example\r\n"), 403);
    assert_int_equal(status_of_host(server, "/", "Host: a<b>.example\r\n"), 400);
    assert_int_equal(status_of_host(server, "/", ""), 400);
    assert_int_equal(status_of_host(server, "/", "Host: localhost\r\nHost: evil.example\r\n"), 400);
    assert_int_equal(status_of_host(server, "/health", "Host: evil.example\r\n"), 200);
    assert_int_equal(status_of_host(server, "/", "Host: localhost:8080\r\n"), 200);
    assert_int_equal(status_of_host(server, "/", "Host: desk.local\r\n"), 200);
    assert_int_equal(status_of_host(server, "/", "Host: 192.168.1.5:8080\r\n"), 200);
    assert_int_equal(status_of_host(server, "/", "Host: desk.example:8443\r\n"), 200);
    assert_int_equal(status_of_host(server, "/", "Host: desk.example.org\r\n"), 403);
    assert_int_equal(status_of_host(server, "/", "Host: Home.example:8080\r\n"), 200);
    hp_http_destroy(server->http);
    server->params.proxy = true; // the test stands on loopback, where a proxy is trusted
    site_start(server);
    assert_int_equal(status_of_host(server, "/", "Host: evil.example\r\n"), 403);
    assert_int_equal(status_of_host(server, "/",
                             "Host: evil.example\r\nX-Forwarded-For: 8.8.8.8\r\n"
                             "X-Forwarded-Host: home.example\r\n"),
            403); // which a page can write
    assert_int_equal(
            status_of_host(server, "/", "Host: a:1\r\nX-Forwarded-Host: evil.example\r\n"), 403);
    assert_int_equal(
            status_of_host(server, "/", "Host: a:1\r\nX-Forwarded-Host: home.example\r\n"), 200);
    assert_int_equal(
            status_of_host(server, "/", "Host: home.example\r\nX-Forwarded-For: 8.8.8.8\r\n"),
            200);
    hp_http_destroy(server->http);
    server->params.proxy = false;
    server->params.has_weak_logins = false;
    site_start(server);
    assert_int_equal(status_of_host(server, "/", "Host: evil.example\r\n"), 200);
}

// nginx has $host without its port.
static void
forwarded_port_belongs_to_host_where_no_other_is_told(void **state)
{
    struct server *server = *state;
    char policy[512];
    server->params.proxy = true;
    uint16_t port = site_start(server);
    struct answer answer = client_get(port, "/", "X-Forwarded-Port: 8443\r\n");
    const char *value = answer_header(&answer, "Content-Security-Policy", policy);
    assert_non_null(value);
    assert_non_null(strstr(value, " wss://localhost:8443;"));
    answer_free(&answer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                foreign_name_is_refused_while_anyone_gets_in, site_setup, site_teardown),
        cmocka_unit_test_setup_teardown(
                forwarded_port_belongs_to_host_where_no_other_is_told, site_setup, site_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
