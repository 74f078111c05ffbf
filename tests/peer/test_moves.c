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
begin(struct hp_moves *moves, bool is_followed)
{
    struct hp_moves_params params = {
        .is_followed = is_followed,
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
who_does_not_follow_is_told_nothing(void **state)
{
    (void) state;
    struct hp_moves moves;
    begin(&moves, false);
    assert_null(watcher);
    end(&moves);
}

static void
a_path_by_an_address_that_is_gone_is_not_kept(void **state)
{
    (void) state;
    char *interfaces[] = { (char *) (uintptr_t) "10.0.0.2", (char *) (uintptr_t) "fd00::2", NULL };
    struct hp_ice_config config = { .interfaces = interfaces };
    assert_true(hp_moves_keep(&config, "host 10.0.0.2:40000 - srflx 192.0.2.9:5000"));
    assert_true(hp_moves_keep(&config, "host [fd00::2]:40000 - host [fd00::9]:5000"));
    assert_false(hp_moves_keep(&config, "host 10.0.0.3:40000 - srflx 192.0.2.9:5000"));
    assert_false(hp_moves_keep(&config, "host [fd00::3]:40000 - host [fd00::9]:5000"));
    assert_true(hp_moves_keep(&config, "host 127.0.0.1:40000 - host 127.0.0.1:5000"));
    assert_true(hp_moves_keep(&config, "relay 198.51.100.1:40000 - host 192.0.2.9:5000"));
    assert_true(hp_moves_keep(&config, ""));
    config.interfaces = NULL;
    assert_true(hp_moves_keep(&config, "host 10.0.0.3:40000 - srflx 192.0.2.9:5000"));
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
    struct hp_locals_params params = hp_moves_locals(&config);
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
        cmocka_unit_test(who_does_not_follow_is_told_nothing),
        cmocka_unit_test(a_path_by_an_address_that_is_gone_is_not_kept),
        cmocka_unit_test(all_that_the_shared_port_needs_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
