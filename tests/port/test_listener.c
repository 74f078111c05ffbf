// Tests of port/listener.c.
#include "port/listener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "edge/client.h"

struct catch
{
    struct hp_worker *main;
    struct hp_listener *listener;
    unsigned counts[HP_PEEK_KINDS];
    char address[64];
    uint8_t data[64];
    ssize_t size;
};

enum { STEP_US = 500000 };

static int64_t fake_us;

static int64_t
fake_now(void)
{
    return fake_us;
}

static void
note(void *arg, int fd, enum hp_peek kind, const char *address)
{
    struct catch *catch = arg;
    catch->counts[kind]++;
    g_strlcpy(catch->address, address, sizeof(catch->address));
    catch->size = recv(fd, catch->data, sizeof(catch->data), MSG_DONTWAIT);
    close(fd);
}

static int
setup(void **state)
{
    struct catch *catch = g_new0(struct catch, 1);
    struct hp_listener_params params = { .bind = ":0", .max_pending = 8, .max_per_address = 6 };
    catch->main = hp_worker_create_main();
    catch->listener = hp_listener_create(catch->main, &params);
    assert_non_null(catch->listener);
    for (int kind = 0; kind < HP_PEEK_KINDS; kind++) {
        hp_listener_set_handler(catch->listener, (enum hp_peek) kind, note, catch);
    }
    *state = catch;
    return 0;
}

static int
teardown(void **state)
{
    struct catch *catch = *state;
    hp_clock_fake(NULL);
    hp_listener_destroy(catch->listener);
    hp_worker_destroy(catch->main);
    g_free(catch);
    return 0;
}

static void
send_slowly(struct catch *catch, const uint8_t *data, size_t size, size_t step)
{
    struct client client = client_connect(hp_listener_port(catch->listener));
    for (size_t offset = 0; offset < size; offset += step) {
        client_send(&client, data + offset, MIN(step, size - offset));
        server_run_for(3);
    }
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    client_close(&client);
}

static void
first_bytes_may_come_one_by_one(void **state)
{
    struct catch *catch = *state;
    static const uint8_t stun[] = { 0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4 };
    static const uint8_t framed[] = { 0, 28, 0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4 };
    for (size_t step = 1; step < 14; step++) {
        send_slowly(catch, stun, sizeof(stun), step);
        send_slowly(catch, framed, sizeof(framed), step);
    }
    assert_int_equal(catch->counts[HP_PEEK_STUN], 13);
    assert_int_equal(catch->counts[HP_PEEK_FRAMED_STUN], 13);
    assert_memory_equal(catch->data, framed, HP_PEEK_SIZE); // nothing was eaten
    assert_string_equal(catch->address, "127.0.0.1"); // not ::ffff:127.0.0.1
}

static void
junk_is_closed_and_counted(void **state)
{
    struct catch *catch = *state;
    send_slowly(catch, (const uint8_t *) "\xff\xff\xff", 3, 3);
    send_slowly(catch, (const uint8_t *) "hello world", 11, 11);
    assert_int_equal(hp_listener_counters(catch->listener)->junk, 2);
    hp_listener_set_handler(catch->listener, HP_PEEK_HTTP, NULL, NULL);
    send_slowly(catch, (const uint8_t *) "GET", 3, 3);
    assert_int_equal(hp_listener_counters(catch->listener)->junk, 3);
}

static void
half_a_cookie_does_not_spin_and_its_end_closes(void **state)
{
    struct catch *catch = *state;
    struct client client = client_connect(hp_listener_port(catch->listener));
    client_send(&client, "\0\1\0", 3);
    server_run_for(20);
    unsigned turns = 0;
    for (int i = 0; i < 500; i++) {
        turns += g_main_context_iteration(NULL, FALSE) ? 1 : 0;
    }
    assert_in_range(turns, 0, 10);
    shutdown(client.fd, SHUT_WR);
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    client_close(&client);
    assert_int_equal(hp_listener_counters(catch->listener)->junk, 1);
}

// Time passes by half a second.
static void
advance(int64_t by_us)
{
    for (int64_t left_us = by_us; left_us > 0; left_us -= STEP_US) {
        fake_us += STEP_US;
        server_run_for(2);
    }
}

// A client that sends nothing, in the test's time. That is earlier than the real one, so that GLib
// finds each timer due.
static struct client
connect_silent(struct catch *catch)
{
    fake_us = 1000000;
    hp_clock_fake(fake_now);
    struct client client = client_connect(hp_listener_port(catch->listener));
    server_run_for(20);
    return client;
}

static void
silence_ends_after_five_seconds(void **state)
{
    struct catch *catch = *state;
    struct client client = connect_silent(catch);
    advance(4500000);
    assert_int_equal(hp_listener_counters(catch->listener)->timeouts, 0);
    advance(1000000);
    assert_int_equal(hp_listener_counters(catch->listener)->timeouts, 1);
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    client_close(&client);
}

static void
a_pause_of_ours_is_no_silence_of_a_client(void **state)
{
    struct catch *catch = *state;
    struct client client = connect_silent(catch);
    fake_us += 33000000;
    server_run_for(20);
    advance(4500000);
    assert_int_equal(hp_listener_counters(catch->listener)->timeouts, 0);
    advance(1000000);
    assert_int_equal(hp_listener_counters(catch->listener)->timeouts, 1);
    client_close(&client);
}

static void
newest_pushes_out_the_oldest_of_its_address(void **state)
{
    struct catch *catch = *state;
    struct client clients[10];
    for (int i = 0; i < 10; i++) {
        clients[i] = client_connect(hp_listener_port(catch->listener));
        server_run_for(5);
    }
    assert_int_equal(hp_listener_counters(catch->listener)->evicted, 4);
    for (int i = 0; i < 4; i++) {
        assert_true(client_wait_end(&clients[i], CLIENT_WAIT_MS));
    }
    client_send(&clients[9], "G", 1);
    assert_true(client_wait_end(&clients[9], CLIENT_WAIT_MS));
    assert_int_equal(catch->counts[HP_PEEK_HTTP], 1);
    for (int i = 0; i < 10; i++) {
        client_close(&clients[i]);
    }
}

static void
wrong_addresses_are_told(void **state)
{
    struct catch *catch = *state;
    const char *const wrong[] = { "", "8080", ":", ":http", ":65536", "::1:80", "256.1.1.1:0",
        "192.0.2.1:0", "127.0.0.1:0,nonsense" };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        struct hp_listener_params params = { .bind = wrong[i] };
        assert_null(hp_listener_create(catch->main, &params));
    }
    char *taken = g_strdup_printf(":%u", hp_listener_port(catch->listener));
    struct hp_listener_params params = { .bind = taken };
    assert_null(hp_listener_create(catch->main, &params));
    g_free(taken);
}

// Listens with stderr in a pipe, in vain. The caller frees the log.
static char *
fail_to_listen(struct catch *catch, const struct hp_listener_params *params)
{
    int ends[2];
    char text[1024];
    int saved = dup(STDERR_FILENO);
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    dup2(ends[1], STDERR_FILENO);
    struct hp_listener *listener = hp_listener_create(catch->main, params);
    dup2(saved, STDERR_FILENO);
    ssize_t size = read(ends[0], text, sizeof(text));
    close(saved);
    close(ends[0]);
    close(ends[1]);
    assert_null(listener);
    return g_strndup(text, (gsize) MAX(size, 0));
}

static void
a_port_that_is_taken_is_told_with_its_option(void **state)
{
    struct catch *catch = *state;
    char *taken = g_strdup_printf(":%u", hp_listener_port(catch->listener));
    struct hp_listener_params params = { .bind = taken };
    char *log = fail_to_listen(catch, &params);
    assert_non_null(strstr(log, "or set server.bind to another one"));
    g_free(log);
    params.option = "webrtc.tcpmux";
    log = fail_to_listen(catch, &params);
    assert_non_null(strstr(log, "or set webrtc.tcpmux to another one"));
    assert_null(strstr(log, "server.bind"));
    g_free(log);
    g_free(taken);
}

static void
several_addresses_can_be_listened_at(void **state)
{
    struct catch *catch = *state;
    struct hp_listener_params params = { .bind = "127.0.0.1:0, 127.0.0.2:0" };
    struct hp_listener *listener = hp_listener_create(catch->main, &params);
    assert_non_null(listener);
    assert_int_not_equal(hp_listener_port(listener), 0);
    unsigned first, second;
    assert_int_equal(sscanf(hp_listener_addresses(listener), "127.0.0.1:%u,127.0.0.2:%u", &first,
                             &second), 2);
    assert_int_equal(first, hp_listener_port(listener));
    assert_int_not_equal(second, 0);
    assert_int_not_equal(second, first);
    hp_listener_destroy(listener);
}

static void
what_is_an_address_to_listen_at_is_known_before_it_is_opened(void **state)
{
    static const char *const good[] = { ":80", "127.0.0.1:0", "[::1]:65535", "host:8080" };
    static const char *const bad[] = { "", "80", ":", "host:", "host:http", "::1:80",
        "127.0.0.1:65536", "host:-1" };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        assert_true(hp_listener_is_address(good[i]));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_false(hp_listener_is_address(bad[i]));
    }
}

static void
its_addresses_are_told_for_each_family(void **state)
{
    struct catch *catch = *state;
    struct hp_listener_params params = { .bind = "127.0.0.1:0,:0" };
    struct hp_listener *listener = hp_listener_create(catch->main, &params);
    struct sockaddr_storage places[3];
    assert_int_equal(hp_listener_places(listener, places, 1), 1);
    unsigned count = hp_listener_places(listener, places, 3);
    const struct sockaddr_in *first = (const void *) &places[0];
    const struct sockaddr_in *last = (const void *) &places[count - 1];
    assert_int_equal(ntohl(first->sin_addr.s_addr), INADDR_LOOPBACK);
    assert_int_equal(ntohs(first->sin_port), hp_listener_port(listener));
    assert_in_range(count, 2, 3); // a machine may have no IPv6
    assert_int_equal(last->sin_family, AF_INET);
    assert_int_equal(ntohl(last->sin_addr.s_addr), INADDR_ANY);
    assert_int_not_equal(ntohs(last->sin_port), 0);
    hp_listener_destroy(listener);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(first_bytes_may_come_one_by_one),
        TEST(junk_is_closed_and_counted),
        TEST(half_a_cookie_does_not_spin_and_its_end_closes),
        TEST(silence_ends_after_five_seconds),
        TEST(a_pause_of_ours_is_no_silence_of_a_client),
        TEST(newest_pushes_out_the_oldest_of_its_address),
        TEST(wrong_addresses_are_told),
        TEST(a_port_that_is_taken_is_told_with_its_option),
        cmocka_unit_test(what_is_an_address_to_listen_at_is_known_before_it_is_opened),
        TEST(several_addresses_can_be_listened_at),
        TEST(its_addresses_are_told_for_each_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
