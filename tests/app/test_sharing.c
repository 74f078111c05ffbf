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

static char *
find_clash(bool is_shared_given, int tcpmux, const char *port_range, const char *servers)
{
    struct hp_config config = { 0 };
    config.webrtc.shared = true;
    config.webrtc.tcpmux = tcpmux;
    config.webrtc.port_range = (char *) (uintptr_t) port_range;
    config.webrtc.ice_servers_frontend = (char *) (uintptr_t) "[]";
    config.webrtc.ice_servers_backend = (char *) (uintptr_t) servers;
    return hp_sharing_find_clash(&config, is_shared_given);
}

static void
assert_clash(char *clash, const char *first, const char *second)
{
    assert_non_null(clash);
    assert_non_null(strstr(clash, first));
    assert_non_null(strstr(clash, second));
    g_free(clash);
}

static void
options_that_exclude_each_other_are_both_named(void **state)
{
    (void) state;
    assert_clash(find_clash(true, 0, "52000-52100", "[]"), "webrtc.shared", "webrtc.epr");
    assert_clash(find_clash(false, 8181, "0", "[]"), "webrtc.tcpmux", "webrtc.epr");
    assert_clash(find_clash(true, 0, "", SERVERS), "webrtc.shared", "webrtc.iceservers.backend");
}

static void
options_that_go_together_make_no_clash(void **state)
{
    (void) state;
    assert_null(find_clash(true, 8181, "", "[]"));
    assert_null(find_clash(false, 0, "52000-52100", SERVERS));
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
        cmocka_unit_test(options_that_exclude_each_other_are_both_named),
        cmocka_unit_test(options_that_go_together_make_no_clash),
        cmocka_unit_test(a_page_at_loopback_is_for_this_computer_alone),
        cmocka_unit_test(a_page_at_loopback_is_reached_through_what_stands_in_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
