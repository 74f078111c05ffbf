// Tests of peer/moves.c. What knows the server's addresses stands below.
#include "peer/moves.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "ice/config.h"
#include "pair/locals.h"
#include "peer/rtc.h"

static struct hp_reach_watcher *watcher; // NULL: nobody watches
static struct hp_ice_config offered;     // what the next browser is offered
static const char *own; // its one interface
static struct hp_ice_config *moved; // the last one that was told
static unsigned moves_told;

struct hp_reach *
hp_rtc_reach(const struct hp_rtc *rtc)
{
    static int reach; // only its address counts
    (void) rtc;
    return (struct hp_reach *) (void *) &reach;
}

struct hp_ice_config *
hp_rtc_take_ice_config(struct hp_rtc *rtc, const char *address, const char *host)
{
    (void) rtc;
    assert_string_equal(address, "192.0.2.1");
    assert_string_equal(host, "desk.example");
    struct hp_ice_config *config = g_memdup2(&offered, sizeof(offered));
    const char *const interfaces[] = { own, NULL };
    config->interfaces = g_strdupv((char **) (uintptr_t) interfaces);
    return config;
}

void
hp_reach_watch(struct hp_reach *reach, struct hp_reach_watcher *added)
{
    (void) reach;
    watcher = added;
}

void
hp_reach_unwatch(struct hp_reach *reach, struct hp_reach_watcher *removed)
{
    (void) reach;
    assert_ptr_equal(watcher, removed);
    watcher = NULL;
}

static void
note_move(void *arg, struct hp_ice_config *config)
{
    (void) arg;
    hp_ice_config_destroy(moved);
    moved = config;
    moves_told++;
}

static void
begin(struct hp_moves *moves, bool is_shared)
{
    struct hp_moves_params params = {
        .is_shared = is_shared,
        .address = "192.0.2.1",
        .host = "desk.example",
        .on_move = note_move,
    };
    offered = (struct hp_ice_config){ .public_count = 1, .public_addresses = { "198.51.100.9" } };
    own = "10.0.0.2";
    moves_told = 0;
    struct hp_ice_config *config = hp_rtc_take_ice_config(NULL, params.address, params.host);
    hp_moves_init(moves, &params, config);
    hp_ice_config_destroy(config);
}

static void
end(struct hp_moves *moves)
{
    hp_moves_finish(moves);
    assert_null(watcher);
    g_clear_pointer(&moved, hp_ice_config_destroy);
}

static void
what_a_browser_is_offered_is_told_when_it_has_changed(void **state)
{
    (void) state;
    struct hp_moves moves;
    begin(&moves, true);
    watcher->on_change(watcher->arg);
    assert_int_equal(moves_told, 0); // the same as before
    own = "10.0.0.3";
    watcher->on_change(watcher->arg);
    watcher->on_change(watcher->arg);
    assert_int_equal(moves_told, 1);
    assert_string_equal(moved->interfaces[0], "10.0.0.3");
    offered.public_udp_ports[0] = 40001;
    watcher->on_change(watcher->arg);
    assert_int_equal(moves_told, 2);
    end(&moves);
}

static void
a_browser_with_a_port_of_its_own_does_not_follow(void **state)
{
    (void) state;
    struct hp_moves moves;
    begin(&moves, false);
    assert_null(watcher);
    end(&moves);
}

static void
all_that_the_shared_port_needs_is_written(void **state)
{
    (void) state;
    char *interfaces[] = { (char *) (uintptr_t) "10.0.0.2", NULL };
    struct hp_ice_config config = {
        .is_far = true,
        .outside = "203.0.113.9",
        .interfaces = interfaces,
        .public_count = 1,
        .public_addresses = { "198.51.100.9" },
        .public_udp_ports = { 40001 },
        .public_tcp_ports = { 443 },
    };
    struct hp_locals_params params;
    hp_moves_write_params(&config, &params);
    assert_true(params.is_far);
    assert_string_equal(params.outside, "203.0.113.9");
    assert_false(params.with_loopback);
    assert_string_equal(params.interfaces[0], "10.0.0.2");
    assert_int_equal(params.public_count, 1);
    assert_string_equal(params.public_addresses[0], "198.51.100.9");
    assert_int_equal(params.public_udp_ports[0], 40001);
    assert_int_equal(params.public_tcp_ports[0], 443);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_browser_is_offered_is_told_when_it_has_changed),
        cmocka_unit_test(a_browser_with_a_port_of_its_own_does_not_follow),
        cmocka_unit_test(all_that_the_shared_port_needs_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
