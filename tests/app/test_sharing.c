// Tests of app/sharing.c.
#include "app/sharing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/config.h"

#define SERVERS "[{\"urls\":[\"turn:turn.example\"]}]"

static bool
is_wanted(bool shared, int udpmux, const char *port_range, const char *servers)
{
    struct hp_config config = { 0 };
    config.webrtc.shared = shared;
    config.webrtc.udpmux = udpmux;
    config.webrtc.port_range = (char *) (uintptr_t) port_range;
    config.webrtc.ice_servers_backend = (char *) (uintptr_t) servers;
    return hp_sharing_is_wanted(&config);
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
}

static void
the_port_of_a_mux_is_shared_whatever_else_is_set(void **state)
{
    (void) state;
    assert_true(is_wanted(false, 52000, "52000-52100", SERVERS));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(viewers_share_a_port_where_nothing_else_is_asked_for),
        cmocka_unit_test(a_range_of_ports_gives_each_viewer_one),
        cmocka_unit_test(servers_for_the_server_itself_are_libnice_s),
        cmocka_unit_test(the_port_of_a_mux_is_shared_whatever_else_is_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
