// Tests of reach/reflexive.c and reach/probe.c, with STUN servers and a network of the test's own.
#include "reach/reflexive.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <glib.h>

#include "base/worker.h"
#include "fixture/fake_time.h"
#include "reach/resolver.h"

// Two servers of each family, and one without an address.
static const char *const servers[] = { "192.0.2.1:3478", "[2001:db8::1]:3478",
    "nowhere.example:3478", "192.0.2.2:19302", "[2001:db8::2]:3478", NULL };

struct scene {
    struct hp_worker *home;
    struct hp_resolver *resolver;
    struct hp_reflexive *reflexive;
    unsigned sent, changes;
    struct sockaddr_storage to; // of the last request
    uint8_t request[64];
    GString *hosts; // the ends of the addresses asked: "1 1 2 "
};

static void
note_send(void *arg, const struct sockaddr_storage *to, const uint8_t *data, size_t size)
{
    struct scene *scene = arg;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *) (const void *) to;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *) (const void *) to;
    assert_true(size >= 20 && size <= sizeof(scene->request));
    scene->sent++;
    scene->to = *to;
    memcpy(scene->request, data, size);
    unsigned last = to->ss_family == AF_INET ? ntohl(v4->sin_addr.s_addr) & 0xff
                                             : v6->sin6_addr.s6_addr[15];
    g_string_append_printf(scene->hosts, "%u ", last);
}

static void
note_change(void *arg)
{
    struct scene *scene = arg;
    scene->changes++;
}

static void
begin(struct scene *scene, bool is_of_peers)
{
    *scene = (struct scene){ .home = hp_worker_create_main(), .hosts = g_string_new(NULL) };
    fake_time_begin(scene->home);
    scene->resolver = hp_resolver_create(scene->home, NULL);
    const struct hp_reflexive_link link = {
        .send = note_send,
        .arg = scene,
        .is_of_peers = is_of_peers,
    };
    scene->reflexive = hp_reflexive_create(&(struct hp_reflexive_params){
            .home = scene->home,
            .resolver = scene->resolver,
            .servers = (char *const *) (uintptr_t) servers,
            .link = &link,
            .on_change = note_change,
            .arg = scene,
    });
}

static void
end(struct scene *scene)
{
    hp_reflexive_destroy(scene->reflexive);
    hp_resolver_destroy(scene->resolver);
    fake_time_end();
    hp_worker_destroy(scene->home);
    g_string_free(scene->hosts, TRUE);
}

// Answers the last request: that server sees us at that address and port.
static bool
answer(struct scene *scene, const char *address, uint16_t port)
{
    uint8_t message[64] = { 0x01, 0x01 };
    bool is_ipv6 = strchr(address, ':') != NULL;
    size_t size = is_ipv6 ? 16 : 4;
    memcpy(message + 4, scene->request + 4, 16); // cookie and transaction id
    message[3] = (uint8_t) (8 + size);
    message[21] = 0x20; // XOR-MAPPED-ADDRESS
    message[23] = (uint8_t) (4 + size);
    message[25] = is_ipv6 ? 2 : 1;
    message[26] = (uint8_t) (port >> 8) ^ message[4];
    message[27] = (uint8_t) port ^ message[5];
    assert_int_equal(inet_pton(is_ipv6 ? AF_INET6 : AF_INET, address, message + 28), 1);
    for (size_t i = 0; i < size; i++) {
        message[28 + i] ^= message[4 + i];
    }
    return hp_reflexive_recv(scene->reflexive, &scene->to, message, 28 + size);
}

static void
assert_known(struct scene *scene, bool is_ipv6, const char *expected, uint16_t expected_port)
{
    char address[HP_ADDRESS_TEXT_SIZE];
    uint16_t port;
    assert_int_equal(hp_reflexive_get(scene->reflexive, is_ipv6, address, &port),
            expected[0] != '\0');
    assert_string_equal(address, expected);
    assert_int_equal(port, expected_port);
}

static void
nobody_is_asked_before_it_is_wanted(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, true);
    fake_time_pass_ms(5000);
    hp_reflexive_ask(scene.reflexive, false, false);
    fake_time_pass_ms(5000);
    assert_int_equal(scene.sent, 0);
    end(&scene);
}

static void
the_address_is_what_a_server_sees(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, true);
    hp_reflexive_ask(scene.reflexive, false, true);
    assert_string_equal(scene.hosts->str, "1 ");
    assert_true(answer(&scene, "198.51.100.9", 40001));
    assert_known(&scene, false, "198.51.100.9", 40001);
    assert_known(&scene, true, "", 0);
    assert_int_equal(scene.changes, 1);
    end(&scene);
}

// Until the second IPv4 server is asked.
static void
reach_second_server(struct scene *scene)
{
    hp_reflexive_ask(scene->reflexive, false, true);
    assert_true(answer(scene, "198.51.100.9", 40001));
    while (scene->sent < 2) {
        fake_time_pass_ms(10);
    }
}

static void
a_second_server_that_sees_the_same_port_confirms_it(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, true);
    reach_second_server(&scene); // those of no or another family are passed over
    assert_true(answer(&scene, "198.51.100.9", 40001));
    assert_string_equal(scene.hosts->str, "1 2 ");
    assert_known(&scene, false, "198.51.100.9", 40001);
    assert_int_equal(scene.changes, 1);
    end(&scene);
}

static void
a_port_that_differs_from_server_to_server_is_not_told(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, true);
    reach_second_server(&scene);
    assert_true(answer(&scene, "198.51.100.9", 40777));
    assert_known(&scene, false, "198.51.100.9", 0);
    assert_int_equal(scene.changes, 2);
    fake_time_pass_ms(20100);
    assert_int_equal(scene.sent, 3);
    assert_true(answer(&scene, "198.51.100.9", 40778)); // that is known, and no news
    assert_int_equal(scene.changes, 2);
    end(&scene);
}

static void
the_mapping_is_kept_alive_every_twenty_seconds(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, true);
    reach_second_server(&scene);
    answer(&scene, "198.51.100.9", 40001);
    for (unsigned i = 3; i < 8; i++) {
        fake_time_pass_ms(19900);
        assert_int_equal(scene.sent, i - 1);
        fake_time_pass_ms(200);
        assert_int_equal(scene.sent, i);
        answer(&scene, "198.51.100.9", 40001);
    }
    assert_int_equal(scene.changes, 1);
    end(&scene);
}

// The next keep-alive comes after that time, neither before nor after.
static void
assert_keeps_after(struct scene *scene, int64_t wait_ms)
{
    unsigned sent = scene->sent;
    fake_time_pass_ms(wait_ms - 100);
    assert_int_equal(scene->sent, sent);
    fake_time_pass_ms(200);
    assert_int_equal(scene->sent, sent + 1);
}

// The server that was asked sees another port, and the next one confirms it.
static void
answer_and_confirm(struct scene *scene, const char *address, uint16_t port)
{
    unsigned sent = scene->sent;
    assert_true(answer(scene, address, port));
    while (scene->sent == sent) {
        fake_time_pass_ms(10);
    }
    assert_true(answer(scene, address, port));
    assert_known(scene, false, address, port);
}

static void
a_mapping_that_the_router_has_forgotten_is_kept_alive_more_often(void **state)
{
    (void) state;
    static const int64_t waits_ms[] = { 20000, 10000, 5000, 5000 };
    struct scene scene;
    begin(&scene, true);
    reach_second_server(&scene);
    answer(&scene, "198.51.100.9", 40001);
    for (uint16_t i = 0; i < G_N_ELEMENTS(waits_ms); i++) {
        assert_keeps_after(&scene, waits_ms[i]);
        answer_and_confirm(&scene, "198.51.100.9", 40002 + i);
    }
    hp_reflexive_ask(scene.reflexive, false, true); // another network, perhaps another router
    answer_and_confirm(&scene, "198.51.100.9", 50000);
    assert_keeps_after(&scene, 20000);
    end(&scene);
}

static void
a_new_address_is_no_mapping_that_was_forgotten(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, true);
    reach_second_server(&scene);
    answer(&scene, "198.51.100.9", 40001);
    assert_keeps_after(&scene, 20000);
    answer_and_confirm(&scene, "198.51.100.10", 40005);
    assert_keeps_after(&scene, 20000);
    end(&scene);
}

static void
a_new_address_is_told(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, true);
    reach_second_server(&scene);
    answer(&scene, "198.51.100.9", 40001);
    fake_time_pass_ms(20100);
    answer(&scene, "198.51.100.10", 40005);
    assert_known(&scene, false, "198.51.100.10", 40005);
    assert_int_equal(scene.changes, 2);
    end(&scene);
}

static void
a_silent_server_is_asked_three_times_and_then_the_next_one(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, true);
    hp_reflexive_ask(scene.reflexive, false, true);
    fake_time_pass_ms(1900);
    assert_string_equal(scene.hosts->str, "1 1 1 ");
    fake_time_pass_ms(3300); // a name that is not known is waited for
    assert_string_equal(scene.hosts->str, "1 1 1 2 ");
    assert_true(answer(&scene, "198.51.100.9", 40001));
    assert_known(&scene, false, "198.51.100.9", 40001);
    end(&scene);
}

static void
when_all_are_silent_the_address_is_forgotten_and_asked_for_later(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, true);
    reach_second_server(&scene);
    answer(&scene, "198.51.100.9", 40001);
    fake_time_pass_ms(60000);
    assert_known(&scene, false, "", 0);
    unsigned before = scene.sent;
    fake_time_pass_ms(30000);
    assert_true(scene.sent > before);
    end(&scene);
}

static void
only_the_server_that_was_asked_is_heard(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, true);
    hp_reflexive_ask(scene.reflexive, false, true);
    struct sockaddr_in *to = (struct sockaddr_in *) (void *) &scene.to;
    to->sin_port++;
    assert_false(answer(&scene, "198.51.100.66", 1));
    to->sin_port--;
    scene.request[10]++; // another transaction
    assert_false(answer(&scene, "198.51.100.66", 1));
    scene.request[10]--;
    assert_known(&scene, false, "", 0);
    assert_true(answer(&scene, "198.51.100.9", 40001));
    assert_false(answer(&scene, "198.51.100.9", 40001)); // once
    end(&scene);
}

static void
an_answer_that_is_no_public_address_counts_as_silence(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, true);
    hp_reflexive_ask(scene.reflexive, false, true);
    assert_true(answer(&scene, "100.64.0.9", 40001));
    assert_known(&scene, false, "", 0);
    fake_time_pass_ms(3300);
    assert_string_equal(scene.hosts->str, "1 2 ");
    end(&scene);
}

static void
ipv6_has_servers_and_an_address_of_its_own(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, true);
    hp_reflexive_ask(scene.reflexive, true, true);
    assert_int_equal(scene.to.ss_family, AF_INET6);
    assert_true(answer(&scene, "2001:db8:9::9", 40001));
    assert_known(&scene, true, "2001:db8:9::9", 40001);
    assert_known(&scene, false, "", 0);
    end(&scene);
}

static void
a_socket_of_its_own_tells_no_port_and_is_not_kept(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, false);
    hp_reflexive_ask(scene.reflexive, false, true);
    answer(&scene, "198.51.100.9", 40001);
    assert_known(&scene, false, "198.51.100.9", 0);
    fake_time_pass_ms(290000);
    assert_int_equal(scene.sent, 1);
    fake_time_pass_ms(10200);
    assert_int_equal(scene.sent, 2);
    end(&scene);
}

static void
a_change_of_the_network_asks_at_once(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene, false);
    hp_reflexive_ask(scene.reflexive, false, true);
    answer(&scene, "198.51.100.9", 40001);
    hp_reflexive_ask(scene.reflexive, false, true);
    assert_int_equal(scene.sent, 2);
    hp_reflexive_ask(scene.reflexive, false, false);
    assert_known(&scene, false, "", 0);
    end(&scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_asked_before_it_is_wanted),
        cmocka_unit_test(the_address_is_what_a_server_sees),
        cmocka_unit_test(a_second_server_that_sees_the_same_port_confirms_it),
        cmocka_unit_test(a_port_that_differs_from_server_to_server_is_not_told),
        cmocka_unit_test(the_mapping_is_kept_alive_every_twenty_seconds),
        cmocka_unit_test(a_mapping_that_the_router_has_forgotten_is_kept_alive_more_often),
        cmocka_unit_test(a_new_address_is_no_mapping_that_was_forgotten),
        cmocka_unit_test(a_new_address_is_told),
        cmocka_unit_test(a_silent_server_is_asked_three_times_and_then_the_next_one),
        cmocka_unit_test(when_all_are_silent_the_address_is_forgotten_and_asked_for_later),
        cmocka_unit_test(only_the_server_that_was_asked_is_heard),
        cmocka_unit_test(an_answer_that_is_no_public_address_counts_as_silence),
        cmocka_unit_test(ipv6_has_servers_and_an_address_of_its_own),
        cmocka_unit_test(a_socket_of_its_own_tells_no_port_and_is_not_kept),
        cmocka_unit_test(a_change_of_the_network_asks_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
