// Tests of app/sharing.c.
#include "app/sharing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "config/config.h"

#define SERVERS "[{\"urls\":[\"turn:turn.example\"]}]"

#define OTHER_SERVERS "[{\"urls\":[\"turn:inside.example\"]}]"

static bool
is_wanted_beside(const char *browsers, bool shared, int udpmux, const char *port_range,
        const char *servers)
{
    struct hp_config config = { 0 };
    config.webrtc.tcpmux = (char *) (uintptr_t) "0";
    config.webrtc.ice_servers_frontend = (char *) (uintptr_t) browsers;
    config.webrtc.shared = shared;
    config.webrtc.udpmux = udpmux;
    config.webrtc.port_range = (char *) (uintptr_t) port_range;
    config.webrtc.ice_servers_backend = (char *) (uintptr_t) servers;
    return hp_sharing_is_wanted(&config);
}

static bool
is_wanted(bool shared, int udpmux, const char *port_range, const char *servers)
{
    return is_wanted_beside("[]", shared, udpmux, port_range, servers);
}

static void
viewers_share_a_port_where_nothing_else_is_asked_for(void **state)
{
    (void) state;
    assert_true(is_wanted(true, 0, "", "[]"));
    assert_false(is_wanted(false, 0, "", "[]"));
}

static void
a_range_of_ports_gives_each_viewer_one(void **state)
{
    (void) state;
    assert_false(is_wanted(true, 0, "52000-52100", "[]"));
    assert_false(is_wanted(true, 0, "0", "[]"));
}

static void
servers_for_the_server_itself_are_libnice_s(void **state)
{
    (void) state;
    assert_false(is_wanted(true, 0, "", SERVERS));
    assert_false(is_wanted_beside(OTHER_SERVERS, true, 0, "", SERVERS));
}

static void
servers_that_browsers_use_as_well_take_no_shared_port_away(void **state)
{
    (void) state;
    assert_true(is_wanted_beside(SERVERS, true, 0, "", SERVERS));
    assert_false(is_wanted_beside(SERVERS, true, 0, "52000-52100", SERVERS));
}

static void
the_port_of_a_mux_is_shared_whatever_else_is_set(void **state)
{
    (void) state;
    assert_true(is_wanted(false, 52000, "52000-52100", SERVERS));
}

static struct hp_config
with_tcpmux(const char *tcpmux, const char *port_range, const char *servers)
{
    struct hp_config config = { 0 };
    config.webrtc.shared = true;
    config.webrtc.tcp = true;
    config.webrtc.tcpmux = (char *) (uintptr_t) tcpmux;
    config.webrtc.port_range = (char *) (uintptr_t) port_range;
    config.webrtc.ice_servers_frontend = (char *) (uintptr_t) "[]";
    config.webrtc.ice_servers_backend = (char *) (uintptr_t) servers;
    return config;
}

static void
media_by_tcp_keeps_the_shared_port_whatever_else_is_set(void **state)
{
    (void) state;
    struct hp_config config = with_tcpmux("8181", "52000-52100", SERVERS);
    assert_true(hp_sharing_is_wanted(&config));
    config.webrtc.tcp = false; // then the port of TCP means nothing
    assert_false(hp_sharing_is_wanted(&config));
    config = with_tcpmux("0", "52000-52100", "[]");
    assert_false(hp_sharing_is_wanted(&config));
}

static uint16_t
port_of(int udpmux, const char *port_range)
{
    struct hp_config config = with_tcpmux("8181", port_range, "[]");
    config.webrtc.udpmux = udpmux;
    return hp_sharing_port(&config);
}

static void
the_shared_port_is_one_that_is_forwarded(void **state)
{
    (void) state;
    assert_int_equal(port_of(0, ""), 0);
    assert_int_equal(port_of(0, "0"), 0);
    assert_int_equal(port_of(0, "52000-52100"), 52000);
    assert_int_equal(port_of(0, "52100-52000"), 52000);
    assert_int_equal(port_of(3478, "52000-52100"), 3478);
}

static char *
find_guest_bind(const char *bind, const char *tcpmux)
{
    struct hp_config config = { 0 };
    config.server.bind = (char *) (uintptr_t) bind;
    config.webrtc.tcp = true;
    config.webrtc.tcpmux = (char *) (uintptr_t) tcpmux;
    config.webrtc.port_range = (char *) (uintptr_t) "";
    config.webrtc.ice_servers_frontend = (char *) (uintptr_t) "[]";
    config.webrtc.ice_servers_backend = (char *) (uintptr_t) "[]";
    return hp_sharing_find_guest_bind(&config);
}

static void
assert_guest_bind(const char *bind, const char *tcpmux, const char *expected)
{
    char *found = find_guest_bind(bind, tcpmux);
    assert_non_null(found);
    assert_string_equal(found, expected);
    g_free(found);
}

static void
a_port_for_guests_is_at_the_hosts_of_the_page(void **state)
{
    (void) state;
    assert_guest_bind(":8080", "8081", ":8081");
    assert_guest_bind("127.0.0.1:8080", "8081", "127.0.0.1:8081");
    assert_guest_bind("127.0.0.1:8080, [::1]:8443", "8081", "127.0.0.1:8081,[::1]:8081");
}

static void
a_port_for_guests_is_opened_once_at_each_host(void **state)
{
    (void) state;
    assert_guest_bind("127.0.0.1:8080,127.0.0.1:8443", "8081", "127.0.0.1:8081");
    assert_guest_bind("127.0.0.1:8080,0.0.0.0:8443,[::]:8443", "8081", "0.0.0.0:8081,[::]:8081");
}

static void
guests_are_where_their_own_address_says(void **state)
{
    (void) state;
    assert_guest_bind("127.0.0.1:8080", ":8081", ":8081");
    assert_guest_bind("127.0.0.1:8081", "192.0.2.1:8081", "192.0.2.1:8081");
}

static void
guests_need_no_port_where_the_page_is(void **state)
{
    (void) state;
    assert_null(find_guest_bind(":8080", "0"));
    assert_null(find_guest_bind(":8080", ""));
    assert_null(find_guest_bind("127.0.0.1:8080, :8081", "8081"));
    assert_null(find_guest_bind("127.0.0.1:8080, :8081", ":8081"));
    assert_null(find_guest_bind("0.0.0.0:8081", ":8081"));
    assert_null(find_guest_bind("127.0.0.1:8081", ":8081")); // both cannot be open
}

static bool
reaches_others(const char *bind, bool proxy, const char *public_address)
{
    char *public_addresses[] = { (char *) (uintptr_t) public_address, NULL };
    struct hp_config config = { 0 };
    config.server.bind = (char *) (uintptr_t) bind;
    config.server.proxy = proxy;
    config.webrtc.nat1to1 = public_addresses;
    return hp_sharing_reaches_others(&config);
}

static void
a_page_at_loopback_is_for_this_computer_alone(void **state)
{
    (void) state;
    assert_false(reaches_others("127.0.0.1:8080, [::1]:8080", false, NULL));
    assert_true(reaches_others("127.0.0.1:8080,192.168.1.2:8080", false, NULL));
    assert_true(reaches_others(":8080", false, NULL));
}

static void
a_page_at_loopback_is_reached_through_what_stands_in_front(void **state)
{
    (void) state;
    assert_true(reaches_others("127.0.0.1:8080", true, NULL));
    assert_true(reaches_others("127.0.0.1:8080", false, "198.51.100.7"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(viewers_share_a_port_where_nothing_else_is_asked_for),
        cmocka_unit_test(a_range_of_ports_gives_each_viewer_one),
        cmocka_unit_test(servers_for_the_server_itself_are_libnice_s),
        cmocka_unit_test(servers_that_browsers_use_as_well_take_no_shared_port_away),
        cmocka_unit_test(the_port_of_a_mux_is_shared_whatever_else_is_set),
        cmocka_unit_test(media_by_tcp_keeps_the_shared_port_whatever_else_is_set),
        cmocka_unit_test(the_shared_port_is_one_that_is_forwarded),
        cmocka_unit_test(a_page_at_loopback_is_for_this_computer_alone),
        cmocka_unit_test(a_page_at_loopback_is_reached_through_what_stands_in_front),
        cmocka_unit_test(a_port_for_guests_is_at_the_hosts_of_the_page),
        cmocka_unit_test(a_port_for_guests_is_opened_once_at_each_host),
        cmocka_unit_test(guests_are_where_their_own_address_says),
        cmocka_unit_test(guests_need_no_port_where_the_page_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
