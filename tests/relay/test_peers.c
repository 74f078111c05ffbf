// Tests of relay/peers.c.
#include "relay/peers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/client.h"

static void
add(struct hp_peers *peers, const char *ip, uint16_t port)
{
    struct hp_addr addr = client_addr(ip, port);
    hp_peers_add(peers, &addr);
}

static bool
has(const struct hp_peers *peers, const char *ip, uint16_t port)
{
    struct hp_addr addr = client_addr(ip, port);
    return hp_peers_has(peers, &addr);
}

static void
a_peer_is_an_address_with_its_port(void **state)
{
    struct hp_peers peers = { .count = 0 };
    struct hp_addr other_port = client_addr("10.0.0.1", 22);
    struct hp_addr other_ip = client_addr("10.0.0.2", 8080);
    add(&peers, "10.0.0.1", 8080);
    assert_true(has(&peers, "10.0.0.1", 8080));
    assert_true(has(&peers, "::ffff:10.0.0.1", 8080)); // the same address
    assert_false(hp_peers_has(&peers, &other_port));
    assert_true(hp_peers_has_ip(&peers, &other_port));
    assert_false(hp_peers_has_ip(&peers, &other_ip));
}

static void
addresses_of_no_network_never_become_peers(void **state)
{
    static const char *const texts[] = { "0.0.0.0", "127.0.0.1", "169.254.169.254", "224.0.0.1",
        "255.255.255.255", "::", "::1", "fe80::1", "ff02::1", "::ffff:127.0.0.1", "::127.0.0.1",
        "64:ff9b::127.0.0.1", "2002:7f00:1::" };
    struct hp_peers peers = { .count = 0 };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        add(&peers, texts[i], 8080);
        assert_int_equal(peers.count, 0);
    }
}

static void
the_list_is_bounded_and_holds_each_once(void **state)
{
    struct hp_peers peers = { .count = 0 };
    for (unsigned i = 0; i < 2 * HP_PEERS_MAX; i++) {
        add(&peers, "10.0.0.1", (uint16_t) (1024 + i / 2));
    }
    assert_int_equal(peers.count, HP_PEERS_MAX);
    add(&peers, "10.0.0.2", 8080);
    assert_int_equal(peers.count, HP_PEERS_MAX);
}

static void
a_new_address_replaces_the_one_that_was_added_least_recently(void **state)
{
    struct hp_peers peers = { .count = 0 };
    for (uint16_t i = 0; i < HP_PEERS_MAX; i++) {
        add(&peers, "10.0.0.1", (uint16_t) (1024 + i));
    }
    add(&peers, "10.0.0.1", 1024); // again
    add(&peers, "10.0.0.2", 8080);
    assert_true(has(&peers, "10.0.0.1", 1024));
    assert_false(has(&peers, "10.0.0.1", 1025));
    assert_true(has(&peers, "10.0.0.1", 1026));
    assert_true(has(&peers, "10.0.0.2", 8080));
    assert_int_equal(peers.count, HP_PEERS_MAX);
}

static void
a_list_tells_whether_it_has_ipv4(void **state)
{
    struct hp_peers peers = { .count = 0 };
    add(&peers, "2001:db8::1", 8080);
    assert_false(hp_peers_has_ipv4(&peers));
    add(&peers, "10.0.0.2", 8080);
    assert_true(hp_peers_has_ipv4(&peers));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peer_is_an_address_with_its_port),
        cmocka_unit_test(addresses_of_no_network_never_become_peers),
        cmocka_unit_test(the_list_is_bounded_and_holds_each_once),
        cmocka_unit_test(a_new_address_replaces_the_one_that_was_added_least_recently),
        cmocka_unit_test(a_list_tells_whether_it_has_ipv4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
