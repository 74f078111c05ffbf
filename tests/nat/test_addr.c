// Tests of nat/addr.c.
#include "nat/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct hp_addr
parse(const char *text, uint16_t port)
{
    struct hp_addr addr;
    assert_true(hp_addr_parse(&addr, text, port));
    return addr;
}

static void
an_address_is_written_as_it_was_read(void **state)
{
    (void) state;
    static const char *const texts[] = { "10.0.0.2", "2001:db8::2", "::1", "0.0.0.0" };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct hp_addr addr = parse(texts[i], 7);
        char text[HP_ADDR_TEXT_SIZE];
        hp_addr_write(&addr, text, sizeof(text));
        assert_string_equal(text, texts[i]);
    }
}

static void
a_port_is_written_behind_the_address(void **state)
{
    (void) state;
    char text[HP_ADDR_PORT_TEXT_SIZE];
    struct hp_addr ipv4 = parse("10.0.0.2", 40000);
    hp_addr_write_port(&ipv4, text, sizeof(text));
    assert_string_equal(text, "10.0.0.2:40000");
    struct hp_addr ipv6 = parse("2001:db8::2", 40000);
    hp_addr_write_port(&ipv6, text, sizeof(text));
    assert_string_equal(text, "[2001:db8::2]:40000");
}

static void
a_socket_address_survives_both_ways(void **state)
{
    (void) state;
    static const char *const texts[] = { "10.0.0.2", "2001:db8::2" };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct hp_addr addr = parse(texts[i], 40000);
        struct sockaddr_storage socket_address;
        struct hp_addr again;
        socklen_t size = hp_addr_to_sockaddr(&addr, &socket_address);
        assert_int_equal(size, i == 0 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
        assert_int_equal(socket_address.ss_family, i == 0 ? AF_INET : AF_INET6);
        assert_true(hp_addr_from_sockaddr(&again, &socket_address));
        assert_true(hp_addr_equal(&addr, &again));
    }
}

static void
a_mapped_address_is_the_ipv4_address(void **state)
{
    (void) state;
    struct hp_addr mapped = parse("::ffff:10.0.0.2", 1);
    struct hp_addr plain = parse("10.0.0.2", 1);
    assert_true(hp_addr_equal(&mapped, &plain));
    assert_true(hp_addr_is_ipv4(&mapped));
}

static void
what_is_no_address_is_refused(void **state)
{
    (void) state;
    static const char *const texts[] = { "", "host", "10.0.0", "10.0.0.2:4", "[::1]", "fe80::1%1" };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct hp_addr addr;
        assert_false(hp_addr_parse(&addr, texts[i], 7));
        assert_true(hp_addr_is_none(&addr));
    }
    struct sockaddr_storage other = { .ss_family = AF_UNIX };
    struct hp_addr addr;
    assert_false(hp_addr_from_sockaddr(&addr, &other));
}

static void
addresses_differ_by_port_and_by_ip(void **state)
{
    (void) state;
    struct hp_addr first = parse("10.0.0.2", 1);
    struct hp_addr port = parse("10.0.0.2", 2);
    struct hp_addr ip = parse("10.0.0.3", 1);
    assert_false(hp_addr_equal(&first, &port));
    assert_true(hp_addr_equal_ip(&first, &port));
    assert_false(hp_addr_equal(&first, &ip));
    assert_false(hp_addr_equal_ip(&first, &ip));
}

static void
loopback_is_a_whole_network_of_ipv4_and_one_address_of_ipv6(void **state)
{
    (void) state;
    static const char *const yes[] = { "127.0.0.1", "127.8.9.10", "::1" };
    static const char *const no[] = { "128.0.0.1", "::2", "2001:db8::1", "::ffff:126.0.0.1" };
    struct hp_addr addr;
    for (unsigned i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        assert_true(hp_addr_parse(&addr, yes[i], 1));
        assert_true(hp_addr_is_loopback(&addr));
    }
    for (unsigned i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        assert_true(hp_addr_parse(&addr, no[i], 1));
        assert_false(hp_addr_is_loopback(&addr));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loopback_is_a_whole_network_of_ipv4_and_one_address_of_ipv6),
        cmocka_unit_test(an_address_is_written_as_it_was_read),
        cmocka_unit_test(a_port_is_written_behind_the_address),
        cmocka_unit_test(a_socket_address_survives_both_ways),
        cmocka_unit_test(a_mapped_address_is_the_ipv4_address),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(addresses_differ_by_port_and_by_ip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
