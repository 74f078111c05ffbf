// Tests of wire/address.c: every special block that a forged candidate could point at.
#include "wire/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
addresses_are_told_apart(void **state)
{
    static const struct {
        const char *address;
        enum hp_address_class class;
    } rows[] = {
        { "8.8.8.8", HP_ADDRESS_PUBLIC },
        { "2a00:1450::1", HP_ADDRESS_PUBLIC },
        { "10.1.2.3", HP_ADDRESS_PRIVATE },
        { "172.15.255.255", HP_ADDRESS_PUBLIC },
        { "172.16.0.1", HP_ADDRESS_PRIVATE },
        { "172.31.255.255", HP_ADDRESS_PRIVATE },
        { "172.32.0.0", HP_ADDRESS_PUBLIC },
        { "192.168.1.1", HP_ADDRESS_PRIVATE },
        { "100.64.0.1", HP_ADDRESS_PRIVATE },
        { "100.128.0.1", HP_ADDRESS_PUBLIC },
        { "fd00::2", HP_ADDRESS_PRIVATE },
        { "127.0.0.1", HP_ADDRESS_LOOPBACK },
        { "127.255.0.9", HP_ADDRESS_LOOPBACK },
        { "::1", HP_ADDRESS_LOOPBACK },
        { "169.254.169.254", HP_ADDRESS_LINK_LOCAL },
        { "fe80::1", HP_ADDRESS_LINK_LOCAL },
        { "febf::1", HP_ADDRESS_LINK_LOCAL },
        { "224.0.0.251", HP_ADDRESS_MULTICAST },
        { "255.255.255.255", HP_ADDRESS_MULTICAST },
        { "ff02::fb", HP_ADDRESS_MULTICAST },
        { "0.0.0.0", HP_ADDRESS_UNSPECIFIED },
        { "0.1.2.3", HP_ADDRESS_UNSPECIFIED },
        { "::", HP_ADDRESS_UNSPECIFIED },
        { "192.0.2.2", HP_ADDRESS_RESERVED },
        { "198.19.0.1", HP_ADDRESS_RESERVED },
        { "240.0.0.1", HP_ADDRESS_RESERVED },
        { "2001:db8::1", HP_ADDRESS_RESERVED },
        { "1b4e28ba-2fa1-11d2-883f-0016d3cca427.local", HP_ADDRESS_MDNS },
        { "HOST.LOCAL", HP_ADDRESS_MDNS },
        { "turn.example.org", HP_ADDRESS_NAME },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (hp_address_classify(rows[i].address) != rows[i].class) {
            fail_msg("%s is of class %d", rows[i].address, hp_address_classify(rows[i].address));
        }
    }
}

static void
ipv4_inside_ipv6_is_judged_as_ipv4(void **state)
{
    assert_int_equal(hp_address_classify("::ffff:127.0.0.1"), HP_ADDRESS_LOOPBACK);
    assert_int_equal(hp_address_classify("::ffff:8.8.8.8"), HP_ADDRESS_PUBLIC);
    assert_int_equal(hp_address_classify("::127.0.0.1"), HP_ADDRESS_LOOPBACK);
    assert_int_equal(hp_address_classify("64:ff9b::10.0.0.1"), HP_ADDRESS_PRIVATE);
    assert_int_equal(hp_address_classify("2002:7f00:1::1"), HP_ADDRESS_LOOPBACK);
    assert_int_equal(hp_address_classify("2002:a9fe:a9fe::"), HP_ADDRESS_LINK_LOCAL);
}

static void
what_is_no_address_is_invalid(void **state)
{
    static const char *const texts[] = { "", "1.2.3", "256.1.1.1", "fe80::1%eth0", "a b", "a\r\nb",
        "[::1]", "1.2.3.4:5", "\xc3\xa4.local",
        ".local", "a..local", "turn..example.org" };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(hp_address_classify(texts[i]), HP_ADDRESS_INVALID);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_told_apart),
        cmocka_unit_test(ipv4_inside_ipv6_is_judged_as_ipv4),
        cmocka_unit_test(what_is_no_address_is_invalid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
