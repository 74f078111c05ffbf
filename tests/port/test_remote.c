// Tests of port/remote.c.
#include "port/remote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

static void
expect(const char *text, const char *expected)
{
    char address[HP_REMOTE_SIZE];
    assert_true(hp_remote_normalise(text, address));
    assert_string_equal(address, expected);
}

static void
addresses_have_one_form(void **state)
{
    (void) state;
    expect("192.0.2.1", "192.0.2.1");
    expect(" 192.0.2.1:4711 ", "192.0.2.1");
    expect("::ffff:192.0.2.1", "192.0.2.1");
    expect("[::FFFF:c000:201]:80", "192.0.2.1");
    expect("2001:DB8::0:1", "2001:db8::1");
    expect("[fe80::1%eth0]:80", "fe80::1");
    expect("fe80::1%eth0", "fe80::1");
}

static void
what_is_not_an_address_is_refused(void **state)
{
    (void) state;
    const char *const bad[] = { "", " ", "unknown", "_hidden", "1.2.3", "1.2.3.4.5", "[", "[::1",
        "a.example", "127.1", "0x7f.1", "::g", "1.2.3.4 5.6.7.8" };
    char address[HP_REMOTE_SIZE];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        bool is_taken = hp_remote_normalise(bad[i], address);
        // An unclosed bracket and a second word are cut off, never taken along.
        assert_true(!is_taken || bad[i][0] == '[' || bad[i][0] == '1');
    }
}

static void
only_named_networks_are_trusted(void **state)
{
    (void) state;
    char *const networks[] = { (char[]){ "192.0.2.0/24" }, (char[]){ "2001:db8::1" }, NULL };
    char *const nothing[] = { NULL };
    assert_true(hp_remote_is_trusted("192.0.2.77", networks));
    assert_true(hp_remote_is_trusted("2001:db8::1", networks));
    assert_false(hp_remote_is_trusted("192.0.3.1", networks));
    assert_false(hp_remote_is_trusted("127.0.0.1", networks));
    assert_false(hp_remote_is_trusted("127.0.0.1", nothing));
    assert_false(hp_remote_is_trusted("10.1.2.3", NULL));
    assert_false(hp_remote_is_trusted("nonsense", networks));
}

static void
proxies_that_were_not_named_are_near(void **state)
{
    (void) state;
    char **proxies = hp_remote_find_proxies();
    assert_true(hp_remote_is_trusted("127.0.0.1", proxies));
    assert_true(hp_remote_is_trusted("::1", proxies));
    assert_false(hp_remote_is_trusted("8.8.8.8", proxies));
    g_strfreev(proxies);
    char gateway[HP_REMOTE_SIZE];
    static const char head[] = "Iface\tDestination\tGateway \tFlags\n";
    char *table = g_strconcat(head, "eth0\t0011ACAC\t00000000\t0001\n",
            "eth0\t00000000\t010011AC\t0003\n", NULL);
    assert_true(hp_remote_read_gateway(table, gateway));
    assert_string_equal(gateway, "172.17.0.1");
    g_free(table);
    assert_false(hp_remote_read_gateway(head, gateway));
    assert_false(hp_remote_read_gateway("", gateway));
}

static void
a_network_of_ipv6_is_64_bits(void **state)
{
    (void) state;
    assert_true(hp_remote_is_same_network("2001:db8::1", "2001:db8::ffff:2"));
    assert_false(hp_remote_is_same_network("2001:db8::1", "2001:db8:0:1::1"));
    assert_true(hp_remote_is_same_network("192.0.2.1", "192.0.2.1"));
    assert_false(hp_remote_is_same_network("192.0.2.1", "192.0.2.2"));
    assert_false(hp_remote_is_same_network("::ffff:192.0.2.1", "::ffff:192.0.2.2"));
    assert_false(hp_remote_is_same_network("?", "2001:db8::1"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_have_one_form),
        cmocka_unit_test(what_is_not_an_address_is_refused),
        cmocka_unit_test(only_named_networks_are_trusted),
        cmocka_unit_test(proxies_that_were_not_named_are_near),
        cmocka_unit_test(a_network_of_ipv6_is_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
