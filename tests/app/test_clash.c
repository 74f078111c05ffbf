// Tests of app/clash.c.
#include "app/clash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "config/config.h"

#define SERVERS "[{\"urls\":[\"turn:inside.example\"]}]"

static char *none[] = { NULL };

static char *
text(const char *words)
{
    return (char *) (uintptr_t) words;
}

// The defaults, at all addresses.
static struct hp_config
usual(void)
{
    struct hp_config config = { 0 };
    config.server.bind = text(":8080");
    config.webrtc.shared = true;
    config.webrtc.tcp = true;
    config.webrtc.portmap = true;
    config.webrtc.tcpmux = text("0");
    config.webrtc.port_range = text("");
    config.webrtc.ice_servers_frontend = text("[]");
    config.webrtc.ice_servers_backend = text("[]");
    config.webrtc.nat1to1 = none;
    config.turn.service = text("on");
    config.turn.public_host = text("");
    config.turn.listen = none;
    config.turn.alternate = text("auto");
    config.turn.discovery = none;
    return config;
}

static bool
is_listed(const void *arg, const char *option)
{
    return strcmp(arg, "*") == 0 || strcmp(arg, option) == 0;
}

// Exactly one line, which begins with `start` and names the other option.
static void
assert_clash(const struct hp_config *config, const char *given, const char *start,
        const char *other)
{
    char **lines = hp_clash_list(config, is_listed, given);
    assert_int_equal(g_strv_length(lines), 1);
    assert_ptr_equal(strstr(lines[0], start), lines[0]);
    assert_non_null(strstr(lines[0], other));
    g_strfreev(lines);
}

static void
assert_count(const struct hp_config *config, const char *given, unsigned count)
{
    char **lines = hp_clash_list(config, is_listed, given);
    assert_int_equal(g_strv_length(lines), count);
    g_strfreev(lines);
}

static void
options_that_go_together_make_no_clash(void **state)
{
    (void) state;
    static char *listen[] = { (char *) (uintptr_t) "10.0.0.0/8", NULL };
    static char *outside[] = { (char *) (uintptr_t) "192.0.2.1:9000", NULL };
    struct hp_config config = usual();
    config.webrtc.nat1to1 = outside;
    config.webrtc.tcpmux = text("8181");
    config.turn.public_host = text("desk.example");
    config.turn.listen = listen;
    config.turn.classic = true;
    assert_count(&config, "*", 0);
}

static void
what_needs_the_shared_port_clashes_with_a_port_for_each_viewer(void **state)
{
    (void) state;
    static char *listen[] = { (char *) (uintptr_t) "10.0.0.0/8", NULL };
    static const char *const options[] = { "webrtc.shared", "webrtc.tcp", "webrtc.portmap",
        "turn.service", "turn.public", "turn.listen", "turn.alternate", "turn.discovery",
        "turn.classic" };
    struct hp_config config = usual();
    config.webrtc.port_range = text("52000-52100");
    config.turn.public_host = text("desk.example");
    config.turn.listen = listen;
    config.turn.discovery = listen;
    config.turn.classic = true;
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        assert_clash(&config, options[i], options[i], "webrtc.epr");
    }
}

static void
the_option_that_takes_the_shared_port_away_is_named(void **state)
{
    (void) state;
    struct hp_config config = usual();
    config.webrtc.ice_servers_backend = text(SERVERS);
    assert_clash(&config, "webrtc.tcp", "webrtc.tcp has no effect", "webrtc.iceservers.backend");
    config = usual();
    config.webrtc.shared = false;
    assert_clash(&config, "webrtc.tcp", "webrtc.tcp has no effect", "webrtc.shared = false");
}

static void
a_port_outside_clashes_with_a_port_for_each_viewer(void **state)
{
    (void) state;
    static char *outside[] = { (char *) (uintptr_t) "192.0.2.1:9000", NULL };
    static char *plain[] = { (char *) (uintptr_t) "192.0.2.1/10.0.0.5", NULL };
    struct hp_config config = usual();
    config.webrtc.shared = false;
    config.webrtc.nat1to1 = outside;
    assert_clash(&config, "webrtc.nat1to1", "the port in webrtc.nat1to1 has no effect",
            "webrtc.shared = false");
    config.webrtc.nat1to1 = plain;
    assert_count(&config, "webrtc.nat1to1", 0);
}

static void
a_default_makes_no_clash(void **state)
{
    (void) state;
    struct hp_config config = usual();
    config.webrtc.port_range = text("52000-52100");
    assert_count(&config, "webrtc.epr", 0);
}

static void
an_option_that_asks_for_nothing_makes_no_clash(void **state)
{
    (void) state;
    struct hp_config config = usual();
    config.webrtc.shared = false;
    config.webrtc.tcp = false;
    config.webrtc.portmap = false;
    config.turn.service = text("off");
    config.turn.alternate = text("off");
    assert_count(&config, "*", 0);
}

static void
what_a_port_for_all_replaces_is_named(void **state)
{
    (void) state;
    struct hp_config config = usual();
    config.webrtc.udpmux = 52000;
    config.webrtc.ice_servers_backend = text(SERVERS);
    config.webrtc.port_range = text("52000-52100");
    assert_clash(&config, "webrtc.iceservers.backend", "webrtc.iceservers.backend has no effect",
            "webrtc.udpmux");
    assert_clash(&config, "webrtc.epr", "webrtc.epr has no effect", "webrtc.udpmux");
    config.webrtc.udpmux = 0;
    config.webrtc.tcpmux = text("8081");
    assert_clash(&config, "webrtc.iceservers.backend", "webrtc.iceservers.backend has no effect",
            "webrtc.tcpmux");
    assert_clash(&config, "webrtc.epr", "webrtc.epr gives way to webrtc.tcpmux", "52000");
}

static void
servers_that_browsers_use_as_well_need_no_port_for_each_viewer(void **state)
{
    (void) state;
    struct hp_config config = usual();
    config.webrtc.udpmux = 52000;
    config.webrtc.ice_servers_frontend = text(SERVERS);
    config.webrtc.ice_servers_backend = text(SERVERS);
    assert_count(&config, "webrtc.iceservers.backend", 0);
}

static void
a_part_of_what_is_switched_off_clashes(void **state)
{
    (void) state;
    struct hp_config config = usual();
    config.webrtc.tcp = false;
    config.webrtc.tcpmux = text("8081");
    assert_clash(&config, "webrtc.tcpmux", "webrtc.tcpmux has no effect", "webrtc.tcp is false");
    config.turn.service = text("off");
    config.turn.public_host = text("desk.example");
    assert_clash(&config, "turn.public", "turn.public has no effect", "turn.service is off");
}

static void
no_router_is_asked_for_a_page_of_this_computer_alone(void **state)
{
    (void) state;
    struct hp_config config = usual();
    config.server.bind = text("127.0.0.1:8080");
    assert_clash(&config, "webrtc.portmap", "webrtc.portmap has no effect", "server.bind");
}

static void
a_port_of_tcp_that_others_do_not_reach_is_named(void **state)
{
    (void) state;
    struct hp_config config = usual();
    config.server.bind = text("127.0.0.1:8080");
    config.server.proxy = true;
    config.webrtc.tcpmux = text("8081");
    assert_clash(&config, "webrtc.tcpmux", "webrtc.tcpmux has no effect for others", ":8081");
    config.webrtc.tcpmux = text(":8081");
    assert_count(&config, "webrtc.tcpmux", 0);
    config.webrtc.tcpmux = text("127.0.0.1:8081"); // the operator has said so
    assert_count(&config, "webrtc.tcpmux", 0);
    config.webrtc.tcpmux = text("8081");
    config.server.bind = text("127.0.0.1:8080,192.168.1.2:8080");
    assert_count(&config, "webrtc.tcpmux", 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_that_go_together_make_no_clash),
        cmocka_unit_test(what_needs_the_shared_port_clashes_with_a_port_for_each_viewer),
        cmocka_unit_test(the_option_that_takes_the_shared_port_away_is_named),
        cmocka_unit_test(a_port_outside_clashes_with_a_port_for_each_viewer),
        cmocka_unit_test(a_default_makes_no_clash),
        cmocka_unit_test(an_option_that_asks_for_nothing_makes_no_clash),
        cmocka_unit_test(what_a_port_for_all_replaces_is_named),
        cmocka_unit_test(servers_that_browsers_use_as_well_need_no_port_for_each_viewer),
        cmocka_unit_test(a_part_of_what_is_switched_off_clashes),
        cmocka_unit_test(a_port_of_tcp_that_others_do_not_reach_is_named),
        cmocka_unit_test(no_router_is_asked_for_a_page_of_this_computer_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
