// Tests of relay/networks.c.
#include "relay/networks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool
have(const char *network, const char *ip)
{
    struct hp_networks networks = { .count = 0 };
    struct hp_addr addr;
    assert_true(hp_networks_add(&networks, network));
    assert_true(hp_addr_parse(&addr, ip, 8080));
    return hp_networks_have(&networks, &addr);
}

static void
an_address_is_in_its_network(void **state)
{
    assert_true(have("10.0.0.0/8", "10.255.0.1"));
    assert_false(have("10.0.0.0/8", "11.0.0.1"));
    assert_true(have("172.16.0.0/12", "172.31.255.255"));
    assert_false(have("172.16.0.0/12", "172.32.0.0"));
    assert_true(have("192.0.2.1", "192.0.2.1"));
    assert_false(have("192.0.2.1", "192.0.2.2"));
    assert_true(have("0.0.0.0/0", "203.0.113.9"));
    assert_false(have("0.0.0.0/0", "2001:db8::1"));
    assert_true(have("fd00::/8", "fdff::1"));
    assert_false(have("fd00::/8", "fe00::1"));
    assert_true(have("2001:db8::1", "2001:db8::1"));
}

static void
what_is_no_network_is_refused(void **state)
{
    static const char *const texts[] = { "", "lan", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
        "fd00::/129", "1.2.3", "[::1]",
        "00000000000000000000000000000000000000000000000000000000000000001" };
    struct hp_networks networks = { .count = 0 };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(hp_networks_add(&networks, texts[i]));
    }
    assert_int_equal(networks.count, 0);
}

static void
a_list_is_bounded(void **state)
{
    struct hp_networks networks = { .count = 0 };
    for (unsigned i = 0; i < HP_NETWORKS_MAX; i++) {
        assert_true(hp_networks_add(&networks, "10.0.0.0/8"));
    }
    assert_false(hp_networks_add(&networks, "10.0.0.0/8"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_in_its_network),
        cmocka_unit_test(what_is_no_network_is_refused),
        cmocka_unit_test(a_list_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
