// Tests of edge/http.c, edge/connection.c, edge/intake.c and edge/outlet.c: connections, on
// loopback.
#include "edge/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/listener.h"
#include "gate/tls.h"
#include "edge/site.h"
#include "fixture/fake_time.h"

static void
health_is_true(void **state)
{
    uint16_t port = site_start(*state);
    struct answer answer = client_get(port, "/health", "");
    assert_int_equal(answer.status, 200);
    assert_true(site_body_is(&answer, "true"));
    answer_free(&answer);
}

static void
plain_and_tls_share_one_port(void **state)
{
    uint16_t port = site_start(*state);
    for (int i = 0; i < 3; i++) {
        struct client plain = client_connect(port);
        struct client tls = client_connect_tls(port);
        client_print(&tls, "GET /api/tell HTTP/1.1\r\nHost: a\r\n\r\n");
        client_print(&plain, "GET /api/tell HTTP/1.1\r\nHost: a\r\n\r\n");
        struct answer over_plain = client_read_answer(&plain, true);
        struct answer over_tls = client_read_answer(&tls, true);
        assert_int_equal(over_plain.status, 200);
        assert_int_equal(over_tls.status, 200);
        assert_true(over_tls.body->len > 0);
        assert_int_equal(over_tls.body->len, over_plain.body->len);
        assert_memory_equal(over_tls.body->data, over_plain.body->data, over_plain.body->len);
        answer_free(&over_plain);
        answer_free(&over_tls);
        client_close(&plain);
        client_close(&tls);
    }
}

static void
connection_is_kept_alive(void **state)
{
    uint16_t port = site_start(*state);
    struct client client = client_connect(port);
    for (int i = 0; i < 20; i++) {
        client_print(&client,
                "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab%03d", i);
        struct answer answer = client_read_answer(&client, true);
        char expected[16];
        g_snprintf(expected, sizeof(expected), "ab%03d", i);
        assert_int_equal(answer.status, 200);
        assert_true(site_body_is(&answer, expected));
        answer_free(&answer);
    }
    client_close(&client);
}

static void
posts_with_large_heads_are_answered_over_tls(void **state)
{
    uint16_t port = site_start(*state);
    struct client client = client_connect_tls(port);
    char *cookie = g_strnfill(14000, 'c');
    char *body = g_strnfill(MAX_BODY, 'b');
    for (int i = 0; i < 3; i++) {
        client_print(&client,
                "POST /api/echo HTTP/1.1\r\nHost: a\r\nCookie: %s\r\nContent-Length: %d\r\n\r\n%s",
                cookie, MAX_BODY, body);
        struct answer answer = client_read_answer(&client, true);
        assert_int_equal(answer.status, 200);
        assert_true(site_body_is(&answer, body));
        answer_free(&answer);
    }
    client_close(&client);
    g_free(body);
    g_free(cookie);
}

static void
slow_reader_that_sends_on_does_not_make_the_loop_spin(void **state)
{
    struct server *server = *state;
    enum {
        SIZE = 16 * 1024 * 1024
    };
    char *data = g_malloc0(SIZE);
    server_write_file(server, "big.bin", data, SIZE);
    uint16_t port = site_start(server);
    struct client client = client_connect(port);
    client_print(&client,
            "GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n"
            "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(site_rests());
    client_print(&client, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(site_rests());
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.body->len, SIZE);
    answer_free(&answer);
    for (int i = 0; i < 2; i++) {
        answer = client_read_answer(&client, true);
        assert_true(site_body_is(&answer, "true"));
        answer_free(&answer);
    }
    client_close(&client);
    g_free(data);
}

static void
client_that_expects_it_is_invited_to_send(void **state)
{
    static const char invitation[] = "HTTP/1.1 100 Continue\r\n\r\n";
    uint16_t port = site_start(*state);
    struct client client = client_connect(port);
    client_print(&client, "POST /api/echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                          "Content-Length: 2\r\n\r\n");
    assert_true(client_wait(&client, strlen(invitation)));
    assert_memory_equal(client.in->data, invitation, strlen(invitation));
    g_byte_array_set_size(client.in, 0);
    client_print(&client, "hi");
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 200);
    assert_true(site_body_is(&answer, "hi"));
    answer_free(&answer);
    client_close(&client);
}

static void
answer_may_come_later(void **state)
{
    uint16_t port = site_start(*state);
    struct client client = client_connect(port);
    client_print(&client, "POST /api/later HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
    assert_true(server_run_until(site_has_kept, NULL, CLIENT_WAIT_MS));
    client_print(&client, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"); // must wait for its turn
    server_run_for(20);
    site_echo(NULL, site_kept);
    struct answer answer = client_read_answer(&client, true);
    assert_true(site_body_is(&answer, "hi"));
    answer_free(&answer);
    answer = client_read_answer(&client, true);
    assert_true(site_body_is(&answer, "true"));
    answer_free(&answer);
    client_close(&client);
}

static void
waiting_for_an_answer_does_not_spin(void **state)
{
    uint16_t port = site_start(*state);
    struct client client = client_connect(port);
    client_print(&client, "GET /api/later HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(server_run_until(site_has_kept, NULL, CLIENT_WAIT_MS));
    client_print(&client, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(site_rests());
    site_echo(NULL, site_kept);
    client_close(&client);
}

static void
answer_for_a_gone_client_is_dropped(void **state)
{
    uint16_t port = site_start(*state);
    struct client client = client_connect(port);
    struct linger abort_now = { .l_onoff = 1 };
    client_print(&client, "GET /api/later HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(server_run_until(site_has_kept, NULL, CLIENT_WAIT_MS));
    setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &abort_now, sizeof(abort_now));
    client_close(&client);
    server_run_for(30);
    site_echo(NULL, site_kept); // ASan would tell
    server_run_for(10);
}

static void
gone_client_that_has_sent_ahead_does_not_make_the_loop_spin(void **state)
{
    uint16_t port = site_start(*state);
    struct client client = client_connect(port);
    struct linger abort_now = { .l_onoff = 1 };
    client_print(&client,
            "GET /api/later HTTP/1.1\r\nHost: a\r\n\r\n"
            "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(server_run_until(site_has_kept, NULL, CLIENT_WAIT_MS));
    setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &abort_now, sizeof(abort_now));
    client_close(&client);
    assert_true(site_rests());
    site_echo(NULL, site_kept);
    server_run_for(10);
}

static void
large_file_reaches_a_slow_reader_over_tls(void **state)
{
    struct server *server = *state;
    enum {
        SIZE = 8 * 1024 * 1024
    };
    uint8_t *data = g_malloc(SIZE);
    assert_int_equal(RAND_bytes(data, SIZE), 1);
    server_write_file(server, "big.bin", (const char *) data, SIZE);
    uint16_t port = site_start(server);
    struct client client = client_connect_tls(port);
    client_print(&client, "GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    server_run_for(50); // the server fills what fits, the rest waits
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.body->len, SIZE);
    assert_memory_equal(answer.body->data, data, SIZE);
    answer_free(&answer);
    client_close(&client);
    g_free(data);
}

static void
half_open_connections_do_not_keep_others_out(void **state)
{
    struct server *server = *state;
    enum {
        COUNT = 300
    };
    static struct client slow[COUNT];
    server->params.max_connections = 200;
    server->params.head_timeout_ms = 10000;
    fake_time_begin(server->main);
    uint16_t port = site_start(server);
    for (int i = 0; i < COUNT; i++) {
        slow[i] = client_connect(port);
        client_print(&slow[i], i % 3 == 0 ? "" : i % 3 == 1 ? "G" : "GET / HTTP/1.1\r\nHost: ");
    }
    server_run_for(20);
    struct answer answer = client_get(port, "/health", ""); // although no time passes
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    fake_time_pass_ms(10000);
    for (int i = 0; i < COUNT; i++) {
        if (i % 3 != 0) {
            assert_true(client_wait_end(&slow[i], CLIENT_WAIT_MS));
        }
        client_close(&slow[i]);
    }
}

static void
slow_head_and_slow_body_are_told(void **state)
{
    struct server *server = *state;
    server->params.body_timeout_ms = 30000;
    fake_time_begin(server->main);
    uint16_t port = site_start(server);
    struct client client = client_connect(port);
    client_print(&client, "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
    for (int i = 0; i < 4; i++) {
        assert_false(client.is_ended);
        client_print(&client, "a");
        fake_time_pass_ms(8000);
        server_run_for(20);
    }
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 408);
    answer_free(&answer);
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    client_close(&client);
    client = client_connect(port);
    client_print(&client, "GET /health HTTP/1.1\r\n");
    server_run_for(20);
    fake_time_pass_ms(10000);
    answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 408);
    answer_free(&answer);
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    client_close(&client);
}

static void
idle_connection_is_closed(void **state)
{
    struct server *server = *state;
    server->params.idle_timeout_ms = 30000;
    fake_time_begin(server->main);
    uint16_t port = site_start(server);
    struct client client = client_connect(port);
    client_print(&client, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    fake_time_pass_ms(29000);
    assert_false(client_wait_end(&client, 20));
    fake_time_pass_ms(1000);
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    client_close(&client);
}

static void
one_address_has_a_limit_and_the_oldest_idle_one_goes(void **state)
{
    struct server *server = *state;
    enum {
        COUNT = 12
    };
    struct client clients[COUNT];
    server->params.max_per_address = 8;
    uint16_t port = site_start(server);
    for (int i = 0; i < COUNT; i++) {
        clients[i] = client_connect(port);
        client_print(&clients[i], "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
        struct answer answer = client_read_answer(&clients[i], true);
        assert_int_equal(answer.status, 200);
        answer_free(&answer);
    }
    for (int i = 0; i < COUNT - 8; i++) {
        assert_true(client_wait_end(&clients[i], CLIENT_WAIT_MS));
    }
    client_print(&clients[COUNT - 1], "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    struct answer answer = client_read_answer(&clients[COUNT - 1], true);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    for (int i = 0; i < COUNT; i++) {
        client_close(&clients[i]);
    }
}

static void
expect_answer(struct client *client)
{
    client_print(client, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    struct answer answer = client_read_answer(client, true);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
}

// Nobody who leaves a request or an answer half done keeps others out.
static void
who_keeps_the_server_waiting_gives_way_the_longest_first(void **state)
{
    struct server *server = *state;
    enum {
        SIZE = 16 * 1024 * 1024,
        BODIES = 6,
        ANSWERS = 2
    };
    char *data = g_malloc0(SIZE);
    server_write_file(server, "big.bin", data, SIZE);
    g_free(data);
    server->params.max_per_address = BODIES + ANSWERS;
    uint16_t port = site_start(server);
    struct client answers[ANSWERS], bodies[BODIES], late[BODIES];
    for (int i = 0; i < ANSWERS; i++) {
        answers[i] = client_connect(port);
        client_print(&answers[i], "GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_true(site_rests());
    }
    for (int i = 0; i < BODIES; i++) {
        bodies[i] = client_connect(port);
        client_print(&bodies[i],
                "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n{");
        assert_true(site_rests());
    }
    for (int i = 0; i < BODIES; i++) {
        late[i] = client_connect(port);
        client_print(&late[i],
                "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n{");
        assert_true(client_wait_end(&bodies[i], CLIENT_WAIT_MS));
        assert_true(site_rests());
    }
    struct client person = client_connect(port);
    expect_answer(&person);
    assert_true(client_wait_end(&late[0], CLIENT_WAIT_MS)); // and the answers stay
    for (int i = 0; i < ANSWERS; i++) {
        struct answer answer = client_read_answer(&answers[i], true);
        assert_int_equal(answer.body->len, SIZE);
        answer_free(&answer);
        client_close(&answers[i]);
    }
    client_close(&person);
    for (int i = 0; i < BODIES; i++) {
        client_close(&bodies[i]);
        client_close(&late[i]);
    }
}

// In the midst of a head, or between the handshake of TLS and the request.
static void
who_has_just_come_stays_while_others_flood(void **state)
{
    struct server *server = *state;
    enum {
        BODIES = 4
    };
    static const char half[] = "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n{";
    server->params.max_per_address = BODIES;
    uint16_t port = site_start(server);
    struct client bodies[BODIES], late[2];
    for (int i = 0; i < BODIES; i++) {
        bodies[i] = client_connect(port);
        client_print(&bodies[i], half);
        assert_true(site_rests());
    }
    struct client person = client_connect(port);
    client_print(&person, "GET /health HTTP/1.1\r\n");
    assert_true(client_wait_end(&bodies[0], CLIENT_WAIT_MS));
    for (int i = 0; i < 2; i++) {
        late[i] = client_connect(port);
        client_print(&late[i], half);
        assert_true(client_wait_end(&bodies[i + 1], CLIENT_WAIT_MS));
    }
    client_print(&person, "Host: a\r\n\r\n");
    struct answer answer = client_read_answer(&person, true);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    client_close(&person);
    for (int i = 0; i < BODIES; i++) {
        client_close(&bodies[i]);
    }
    client_close(&late[0]);
    client_close(&late[1]);
}

static void
running_out_of_descriptors_is_survived(void **state)
{
    uint16_t port = site_start(*state);
    struct client late = client_connect(port);
    struct rlimit before;
    getrlimit(RLIMIT_NOFILE, &before);
    int next = open("/dev/null", O_RDONLY);
    assert_true(next >= 0);
    close(next);
    struct rlimit tight = { .rlim_cur = (rlim_t) next, .rlim_max = before.rlim_max };
    setrlimit(RLIMIT_NOFILE, &tight); // not one descriptor is left
    assert_true(site_rests());
    const struct hp_listener_counters *counters =
            hp_http_listener_counters(((struct server *) *state)->http);
    assert_true(counters->no_descriptor > 0);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_true(client_wait_end(&late, CLIENT_WAIT_MS));
    client_close(&late);
    struct answer answer = client_get(port, "/health", "");
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
}

// The watch looks every 10 s, and waits until the files stay the same.
static void
renewed_certificate_drops_nobody(void **state)
{
    struct server *server = *state;
    fake_time_begin(server->main);
    uint16_t port = site_start(server);
    struct client old = client_connect_tls(port);
    X509 *before = SSL_get1_peer_certificate(old.ssl);
    char *cert = g_build_filename(server->folder, "tls-cert.pem", NULL);
    char *key = g_build_filename(server->folder, "tls-key.pem", NULL);
    remove(cert);
    remove(key);
    char *made_cert, *made_key;
    assert_true(hp_tls_find_files(NULL, NULL, server->folder, &made_cert, &made_key));
    for (int i = 0; i < 2; i++) {
        client_print(&old, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"); // not idle
        struct answer answer = client_read_answer(&old, true);
        assert_int_equal(answer.status, 200);
        answer_free(&answer);
        fake_time_pass_ms(10000);
    }
    struct client new = client_connect_tls(port);
    X509 *after = SSL_get1_peer_certificate(new.ssl);
    assert_int_not_equal(X509_cmp(before, after), 0);
    assert_false(client_wait_end(&old, 20));
    X509_free(before);
    X509_free(after);
    client_close(&old);
    client_close(&new);
    g_free(made_cert);
    g_free(made_key);
    g_free(cert);
    g_free(key);
}

static void
note_done(void *arg)
{
    *(bool *) arg = true;
}

static bool
is_true(void *arg)
{
    return *(bool *) arg;
}

static void
shutdown_does_not_wait_for_slow_clients(void **state)
{
    struct server *server = *state;
    char *big = g_malloc0(32 << 20);
    server_write_file(server, "big.bin", big, 32 << 20);
    g_free(big);
    fake_time_begin(server->main);
    uint16_t port = site_start(server);
    struct client idle = client_connect(port);
    struct client slow = client_connect(port);
    struct client thinking = client_connect(port);
    client_print(&slow, "GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    client_print(&idle, "GET / HTTP/1.1\r\n");
    client_print(&thinking, "GET /api/later HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(server_run_until(site_has_kept, NULL, CLIENT_WAIT_MS));
    bool is_done = false;
    hp_http_shutdown(server->http, note_done, &is_done);
    fake_time_pass_ms(1000);
    assert_true(is_done);
    site_echo(NULL, site_kept);
    client_close(&idle);
    client_close(&slow);
    client_close(&thinking);
}

static void
shutdown_without_clients_is_at_once(void **state)
{
    struct server *server = *state;
    fake_time_begin(server->main); // none passes
    uint16_t port = site_start(server);
    struct answer answer = client_get(port, "/health", "");
    answer_free(&answer);
    server_run_for(20);
    bool is_done = false;
    hp_http_shutdown(server->http, note_done, &is_done);
    assert_true(server_run_until(is_true, &is_done, CLIENT_WAIT_MS));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, site_setup, site_teardown)
    const struct CMUnitTest tests[] = {
        TEST(health_is_true),
        TEST(plain_and_tls_share_one_port),
        TEST(connection_is_kept_alive),
        TEST(posts_with_large_heads_are_answered_over_tls),
        TEST(slow_reader_that_sends_on_does_not_make_the_loop_spin),
        TEST(client_that_expects_it_is_invited_to_send),
        TEST(answer_may_come_later),
        TEST(waiting_for_an_answer_does_not_spin),
        TEST(answer_for_a_gone_client_is_dropped),
        TEST(gone_client_that_has_sent_ahead_does_not_make_the_loop_spin),
        TEST(large_file_reaches_a_slow_reader_over_tls),
        TEST(half_open_connections_do_not_keep_others_out),
        TEST(slow_head_and_slow_body_are_told),
        TEST(idle_connection_is_closed),
        TEST(one_address_has_a_limit_and_the_oldest_idle_one_goes),
        TEST(who_keeps_the_server_waiting_gives_way_the_longest_first),
        TEST(who_has_just_come_stays_while_others_flood),
        TEST(running_out_of_descriptors_is_survived),
        TEST(renewed_certificate_drops_nobody),
        TEST(shutdown_does_not_wait_for_slow_clients),
        TEST(shutdown_without_clients_is_at_once),
    };
    cmocka_set_test_filter(g_getenv("TEST_FILTER"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
