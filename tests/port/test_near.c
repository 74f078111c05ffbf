// Tests of port/near.c.
#include "port/near.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <glib.h>
#include <netinet/in.h>

#include "wire/address.h"

static void
addresses_of_no_public_network_are_near(void **state)
{
    static const char *const near[] = { "127.0.0.1", "::1", "10.1.2.3", "172.31.0.1", "192.168.0.1",
        "100.64.0.5", "100.127.255.255", "169.254.1.1", "fe80::1", "fd00::1", "fec0::1" };
    static const char *const far[] = { "8.8.8.8", "100.128.0.1", "2001:db8::1", "2a00:1::5",
        "nonsense", "?", "" };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(near); i++) {
        assert_true(hp_near_is(near[i]));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(far); i++) {
        assert_false(hp_near_is(far[i]));
    }
}

static struct sockaddr_storage
make(const char *text)
{
    struct sockaddr_storage storage = { 0 };
    struct sockaddr_in *v4 = (struct sockaddr_in *) (void *) &storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) (void *) &storage;
    bool is_ipv4 = inet_pton(AF_INET, text, &v4->sin_addr) == 1;
    assert_true(is_ipv4 || inet_pton(AF_INET6, text, &v6->sin6_addr) == 1);
    storage.ss_family = is_ipv4 ? AF_INET : AF_INET6;
    return storage;
}

static bool
shares(const char *own, const char *mask, const char *address)
{
    struct sockaddr_storage ours = make(own), bits = make(mask);
    return hp_near_shares_network((const struct sockaddr *) (const void *) &ours,
            (const struct sockaddr *) (const void *) &bits, address);
}

static void
networks_of_our_interfaces_are_near(void **state)
{
    (void) state;
    assert_true(shares("198.51.100.7", "255.255.255.0", "198.51.100.200"));
    assert_false(shares("198.51.100.7", "255.255.255.0", "198.51.101.200"));
    assert_true(shares("198.51.100.7", "255.255.254.0", "198.51.101.200"));
    assert_true(shares("198.51.100.7", "255.255.255.255", "198.51.100.7"));
    assert_false(shares("198.51.100.7", "255.255.255.255", "198.51.100.6"));
    assert_true(shares("2a00:1::1", "ffff:ffff:ffff:ffff::", "2a00:1::5"));
    assert_true(shares("2a00:1::1", "ffff:ffff:ffff:ffff::", "2a00:1:0:7::5")); // of that site
    assert_false(shares("2a00:1::1", "ffff:ffff:ffff:ffff::", "2a00:1:1::5"));
    assert_true(shares("2a00:1::1", "ffff:ffff::", "2a00:1:1::5"));
    assert_false(shares("2a00:1::1", "ffff:ffff:ffff:ffff::", "198.51.100.7"));
    assert_false(shares("198.51.100.7", "255.255.255.0", "2a00:1::1"));
    assert_false(hp_near_shares_network(NULL, NULL, "198.51.100.7"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_no_public_network_are_near),
        cmocka_unit_test(networks_of_our_interfaces_are_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
