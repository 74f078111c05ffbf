// Tests of port/host.c: which hosts are inside, and which are the same.
#include "port/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

static void
names_that_no_stranger_can_have_are_inside(void **state)
{
    (void) state;
    static const char *const inside[] = { "localhost", "LOCALHOST:8080", "desk", "desk:80",
        "desk.local", "desk.local.:80", "a.b.internal", "desk.home.arpa", "x.localhost:1",
        "192.168.1.5", "8.8.8.8:8080", "[::1]", "[fd00::1]:8080", "" };
    static const char *const outside[] = { "evil.example", "evil.example:8080", "a.local.evil.org",
        "desklocal.org", "127.0.0.1.evil.org", "evil.example." };
    for (size_t i = 0; i < G_N_ELEMENTS(inside); i++) {
        assert_true(hp_host_is_inside(inside[i]));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(outside); i++) {
        assert_false(hp_host_is_inside(outside[i]));
    }
    assert_true(hp_host_is_inside(g_get_host_name()));
}

static void
default_port_may_be_left_out(void **state)
{
    (void) state;
    assert_true(hp_host_is_of_origin("a.example", "https://A.example"));
    assert_true(hp_host_is_of_origin("a.example:443", "https://a.example"));
    assert_true(hp_host_is_of_origin("a.example", "http://a.example:80"));
    assert_true(hp_host_is_of_origin("a.example:8443", "https://a.example:8443"));
    assert_false(hp_host_is_of_origin("a.example:80", "https://a.example"));
    assert_false(hp_host_is_of_origin("a.example", "https://a.example.org"));
    assert_false(hp_host_is_of_origin("a.example", "null"));
    assert_false(hp_host_is_of_origin("", "http://"));
    assert_false(hp_host_is_of_origin("", "http://a.example"));
}

static void
hosts_of_listed_origins_are_known(void **state)
{
    (void) state;
    char *origins[] = { (char[]){ "https://a.example:8443" }, (char[]){ "b.example" }, NULL };
    char *any[] = { (char[]){ "*" }, NULL };
    assert_true(hp_host_is_listed("A.example:80", origins));
    assert_false(hp_host_is_listed("b.example", origins)); // that is no origin
    assert_false(hp_host_is_listed("a.example.org", origins));
    assert_false(hp_host_is_listed("", origins));
    assert_false(hp_host_is_listed("a.example", NULL));
    assert_true(hp_host_is_listed("c.example", any));
}

static void
names_are_known_whatever_the_port(void **state)
{
    (void) state;
    char *names[] = { (char[]){ "Desk.example" }, (char[]){ "" }, NULL };
    assert_true(hp_host_is_named("desk.EXAMPLE.:80", names));
    assert_false(hp_host_is_named("desk.example.org", names));
    assert_false(hp_host_is_named("", names));
    assert_false(hp_host_is_named("desk.example", NULL));
}

static void
forwarded_host_has_its_port(void **state)
{
    (void) state;
    static const struct {
        const char *hosts, *port, *expected;
    } cases[] = {
        { "a.example", NULL, "a.example" },
        { " a.example , inner", "8443", "a.example:8443" },
        { "a.example:81", "8443", "a.example:81" },
        { "[::1]", "8443", "[::1]:8443" },
        { "[::1]:81", "8443", "[::1]:81" },
        { "a.example", "x", "a.example" },
        { "a.example", "", "a.example" },
        { "a.example", "8443, 80", "a.example:8443" },
        { "a.example", "80 81", "a.example" },
    };
    assert_null(hp_host_copy_forwarded(NULL, "80"));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *host = hp_host_copy_forwarded(cases[i].hosts, cases[i].port);
        assert_string_equal(host, cases[i].expected);
        g_free(host);
    }
}

static void
hosts_are_split_from_their_ports(void **state)
{
    (void) state;
    static const struct {
        const char *authority, *host;
        uint16_t port;
    } cases[] = {
        { "a.example", "a.example", 0 },
        { "a.example:8080", "a.example", 8080 },
        { "192.0.2.1:80", "192.0.2.1", 80 },
        { "[2001:db8::1]", "2001:db8::1", 0 },
        { "[2001:db8::1]:65535", "2001:db8::1", 65535 },
        { "a.example:", "a.example", 0 },
    };
    static const char *const bad[] = { "", ":80", "[", "[::1", "[]:80", "[a.example]", "a b",
        "a.example:0", "a.example:65536", "a.example:+1", "a.example:80x", "::1", "a/b",
        "[::1]80", "[:1]", "a..example", "-a.example", "1.2.3" };
    char host[HP_HOST_SIZE];
    uint16_t port;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_true(hp_host_split(cases[i].authority, host, &port));
        assert_string_equal(host, cases[i].host);
        assert_int_equal(port, cases[i].port);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_false(hp_host_split(bad[i], host, &port));
    }
    char *longest = g_strnfill(HP_HOST_SIZE - 1, 'a');
    longest[63] = longest[127] = longest[191] = '.';
    char *longer = g_strconcat(longest, "a", NULL);
    assert_true(hp_host_split(longest, host, &port));
    assert_false(hp_host_split(longer, host, &port));
    g_free(longest);
    g_free(longer);
}

static void
hosts_of_an_operator_are_split_from_port_and_private_half(void **state)
{
    (void) state;
    static const struct {
        const char *text, *host;
        uint16_t port;
    } cases[] = {
        { "a.example:9000", "a.example", 9000 },
        { "192.0.2.1", "192.0.2.1", 0 },
        { "192.0.2.1:9000/10.0.0.5", "192.0.2.1", 9000 },
        { "2001:db8::1", "2001:db8::1", 0 },
        { "2001:db8::1/fd00::1", "2001:db8::1", 0 },
        { "[2001:db8::1]:9000", "2001:db8::1", 9000 },
    };
    static const char *const bad[] = { "", "/10.0.0.5", "192.0.2.1:0", "192.0.2.1:65536",
        "2001:db8::1:", "[192.0.2.1]:9000", "a b" };
    char host[HP_HOST_SIZE];
    uint16_t port;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_true(hp_host_split_outside(cases[i].text, host, &port));
        assert_string_equal(host, cases[i].host);
        assert_int_equal(port, cases[i].port);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_false(hp_host_split_outside(bad[i], host, &port));
    }
}

static void
the_port_that_was_reached_is_ours_unless_a_proxy_is_in_front(void **state)
{
    (void) state;
    static const struct {
        const char *authority;
        bool is_direct, is_tls;
        const char *expected;
    } cases[] = {
        { "a.example", true, false, "a.example:80" },
        { "a.example", true, true, "a.example:443" },
        { "a.example:8080", true, true, "a.example:8080" },
        { "[::1]:8080", true, false, "[::1]:8080" },
        { "[::1]:8080", false, false, "[::1]" },
        { "a.example:8443", false, true, "a.example" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *host = hp_host_copy_reached(
                cases[i].authority, cases[i].is_direct, cases[i].is_tls);
        assert_string_equal(host, cases[i].expected);
        g_free(host);
    }
    assert_null(hp_host_copy_reached("a b", true, true));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_no_stranger_can_have_are_inside),
        cmocka_unit_test(default_port_may_be_left_out),
        cmocka_unit_test(hosts_of_listed_origins_are_known),
        cmocka_unit_test(names_are_known_whatever_the_port),
        cmocka_unit_test(forwarded_host_has_its_port),
        cmocka_unit_test(hosts_are_split_from_their_ports),
        cmocka_unit_test(hosts_of_an_operator_are_split_from_port_and_private_half),
        cmocka_unit_test(the_port_that_was_reached_is_ours_unless_a_proxy_is_in_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
