// Tests of pair/shared_checks.c and pair/shared_ice.c: a browser that moves, and ICE restarts.
#include "pair/shared_ice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

#include "base/path.h"
#include "fixture/fake_time.h"
#include "pair/scene.h"

static void
a_new_address_is_told_and_followed_when_asked_for(void **state)
{
    (void) state;
    connect_browser();
    pass_seconds(2);
    send_check(&scene.elsewhere, false);
    assert_int_equal(scene.addresses, 1);
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &scene.home));
    assert_true(scene.ice->ops->roam(scene.ice));
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &scene.elsewhere));
    pass_seconds(1);
    assert_non_null(strstr(scene.ice->ops->pair(scene.ice), "192.0.2.2")); // verified both ways
}

static void
a_forged_check_from_a_new_address_is_not_told(void **state)
{
    (void) state;
    connect_browser();
    send_check_with(&scene.elsewhere, OTHER_PASSWORD, false);
    assert_int_equal(scene.addresses, 0);
    assert_false(scene.ice->ops->roam(scene.ice));
}

static void
who_does_not_answer_at_the_new_address_is_served_at_the_old_one_again(void **state)
{
    (void) state;
    connect_browser();
    pass_seconds(2);
    scene.is_deaf = true;
    send_check(&scene.elsewhere, false);
    assert_true(scene.ice->ops->roam(scene.ice));
    pass_seconds(1);
    scene.ice->ops->roam_back(scene.ice);
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &scene.home));
    assert_non_null(strstr(scene.ice->ops->pair(scene.ice), "192.0.2.1"));
}

static struct hp_flow
other_port_of_home(void)
{
    struct hp_flow flow = scene.home;
    flow.remote.port++;
    return flow;
}

static void
media_from_another_port_is_asked_whose_it_is_and_moves_the_path(void **state)
{
    (void) state;
    struct hp_flow flow = other_port_of_home();
    connect_browser();
    fake_time_pass_ms(250);
    send_byte(&flow, RTP);
    assert_int_equal(scene.packets, 0);
    fake_time_pass_ms(5);
    read_all();
    assert_int_equal(scene.checks, 2);
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &flow));
    send_byte(&flow, RTP);
    assert_int_equal(scene.packets, 1);
}

static void
media_from_another_port_gets_no_check_while_the_old_one_is_heard(void **state)
{
    (void) state;
    struct hp_flow flow = other_port_of_home();
    connect_browser();
    fake_time_pass_ms(250);
    send_byte(&scene.home, RTP);
    send_byte(&flow, RTP);
    pass_seconds(1);
    assert_int_equal(scene.checks, 1);
}

static void
media_from_another_port_that_answers_no_check_moves_nothing(void **state)
{
    (void) state;
    struct hp_flow flow = other_port_of_home();
    connect_browser();
    fake_time_pass_ms(250);
    scene.is_deaf = true;
    for (unsigned i = 0; i < 30; i++) {
        send_byte(&flow, RTP);
        fake_time_pass_ms(100);
    }
    read_all();
    assert_in_range(scene.checks, 2, 4); // one check, and its repeats
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &scene.home));
}

static void
a_pair_that_was_only_verified_is_nominated_once_the_selected_one_is_silent(void **state)
{
    (void) state;
    connect_browser();
    send_check(&scene.elsewhere, false);
    fake_time_pass_ms(5);
    read_all();
    assert_int_equal(scene.nominations, 1); // the selected pair is heard: no reason to move
    pass_seconds(1);
    send_check(&scene.elsewhere, false);
    fake_time_pass_ms(5);
    read_all();
    assert_int_equal(scene.nominations, 2);
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &scene.elsewhere));
}

static void
the_old_pair_carries_media_until_the_restart_has_found_a_new_one(void **state)
{
    (void) state;
    char old_ufrag[64];
    connect_browser();
    g_strlcpy(old_ufrag, scene.ice->ops->ufrag(scene.ice), sizeof(old_ufrag));
    scene.ice->ops->restart(scene.ice);
    assert_string_not_equal(scene.ice->ops->ufrag(scene.ice), old_ufrag);
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &scene.home));
    pass_seconds(20); // consent of the old session is asked and given
    assert_int_equal(scene.states[HP_ICE_FAILED], 0);
    scene.browser.ufrag = "again";
    set_remote();
    send_check(&scene.elsewhere, false);
    scene.is_deaf = false;
    pass_seconds(1);
    assert_int_equal(scene.states[HP_ICE_CONNECTED], 2);
}

static void
an_undone_restart_leaves_the_old_credentials_in_force(void **state)
{
    (void) state;
    char old_ufrag[64];
    connect_browser();
    g_strlcpy(old_ufrag, scene.ice->ops->ufrag(scene.ice), sizeof(old_ufrag));
    scene.ice->ops->restart(scene.ice);
    scene.ice->ops->undo_restart(scene.ice);
    assert_string_equal(scene.ice->ops->ufrag(scene.ice), old_ufrag);
    set_remote();
    pass_seconds(1);
    assert_int_equal(scene.states[HP_ICE_CONNECTED], 2);
    pass_seconds(60);
    assert_int_equal(scene.state, HP_ICE_CONNECTED);
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &scene.home));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

static const char *const both[] = { "10.0.0.2", "10.0.0.3", NULL };
static const char *const other[] = { "10.0.0.3", NULL };

// The way from another address of the server's.
static struct hp_flow
from(const char *local)
{
    struct hp_flow flow = scene.home;
    assert_true(hp_addr_parse(&flow.local, local, scene.home.local.port));
    return flow;
}

static void
an_address_that_comes_is_told_once_and_leaves_the_path_alone(void **state)
{
    (void) state;
    connect_browser();
    move_server(both);
    assert_non_null(strstr(scene.candidates->str, " 10.0.0.3 "));
    assert_null(strstr(scene.candidates->str, " 10.0.0.2 "));
    assert_int_equal(scene.gone->len, 0);
    pass_seconds(2);
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &scene.home));
    move_server(both);
    assert_int_equal(scene.candidates->len, 0);
    assert_int_equal(scene.gone->len, 0);
}

static void
a_browser_that_is_still_connecting_is_checked_from_an_address_that_comes(void **state)
{
    (void) state;
    struct hp_flow flow = from("10.0.0.3");
    scene.ice->ops->set_controlling(scene.ice, true);
    set_remote();
    scene.is_deaf = true; // what the old address sends does not arrive
    send_check(&scene.home, false);
    pass_seconds(1);
    assert_int_equal(scene.state, HP_ICE_CONNECTING);
    scene.is_deaf = false;
    move_server(other);
    fake_time_pass_ms(50);
    read_all();
    assert_int_equal(scene.state, HP_ICE_CONNECTED);
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &flow));
}

static void
a_path_whose_address_is_gone_moves_to_one_that_is_left(void **state)
{
    (void) state;
    struct hp_flow flow = from("10.0.0.3");
    connect_browser();
    move_server(other);
    assert_non_null(strstr(scene.gone->str, " 10.0.0.2 "));
    assert_non_null(strstr(scene.candidates->str, " 10.0.0.3 "));
    fake_time_pass_ms(50);
    read_all();
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &flow));
    assert_int_equal(scene.states[HP_ICE_FAILED], 0);
}

static void
several_addresses_that_go_in_one_change_take_their_paths_along(void **state)
{
    (void) state;
    static const char *const many[] = { "10.0.0.2", "10.0.0.4", "2001:470:1f0b::2", NULL };
    struct hp_flow flow = from("10.0.0.3");
    connect_browser();
    move_server(many);
    move_server(other);
    fake_time_pass_ms(50);
    read_all();
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &flow));
}

static void
a_pair_that_was_verified_before_takes_over_from_an_address_that_is_gone(void **state)
{
    (void) state;
    struct hp_flow flow = from("10.0.0.3");
    connect_browser();
    move_server(both);
    send_check(&flow, false); // the browser has heard of it, and tries
    pass_seconds(1);
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &scene.home));
    move_server(other);
    fake_time_pass_ms(50);
    read_all();
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &flow));
}

static void
a_server_that_has_lost_all_addresses_keeps_what_there_is_until_one_comes(void **state)
{
    (void) state;
    static const char *const none[] = { NULL };
    struct hp_flow flow = from("10.0.0.3");
    connect_browser();
    move_server(none);
    pass_seconds(2);
    assert_int_equal(scene.states[HP_ICE_FAILED], 0);
    move_server(other);
    send_check(&flow, false);
    fake_time_pass_ms(50);
    read_all();
    send_media();
    assert_true(hp_flow_equal(&scene.last_media, &flow));
}

// What the server has sent that way.
static unsigned
count_sent(const struct hp_flow *flow)
{
    unsigned count = 0;
    for (unsigned i = 0; i < scene.sent_count; i++) {
        count += hp_flow_equal(&scene.sent[i].flow, flow);
    }
    return count;
}

static void
a_stranger_gets_no_check_from_an_address_that_comes(void **state)
{
    (void) state;
    static const char *const three[] = { "10.0.0.2", "10.0.0.3", "10.0.0.4", NULL };
    struct hp_flow to_browser = from("10.0.0.4");
    struct hp_flow to_stranger = from("10.0.0.3");
    to_stranger.remote = scene.elsewhere.remote;
    scene.is_deaf = true; // all that is worth a check gets one
    scene.browser.ufrag = "other"; // the browser's description has not come yet
    send_check(&scene.elsewhere, false);
    scene.browser.ufrag = "them";
    send_check(&scene.home, false);
    move_server(both);
    set_remote();
    move_server(three);
    pass_seconds(2);
    assert_int_equal(count_sent(&to_stranger), 0);
    assert_in_range(count_sent(&to_browser), 1, 4);
}

static void
a_connection_gets_no_check_from_an_address_that_comes(void **state)
{
    (void) state;
    static struct hp_carrier tcp; // outlives the pair
    struct hp_flow to_browser = from("10.0.0.3");
    struct hp_flow by_tcp = scene.elsewhere;
    tcp = scene.carrier;
    tcp.kind = HP_PATH_TCP;
    by_tcp.carrier = &tcp;
    scene.ice->ops->set_controlling(scene.ice, true);
    set_remote();
    scene.is_deaf = true;
    send_check(&scene.home, false);
    send_check(&by_tcp, false);
    assert_int_equal(scene.state, HP_ICE_CONNECTING);
    move_server(both);
    pass_seconds(2);
    assert_in_range(count_sent(&to_browser), 1, 4);
    by_tcp.local = to_browser.local;
    assert_int_equal(count_sent(&by_tcp), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_address_that_comes_is_told_once_and_leaves_the_path_alone),
        TEST(a_browser_that_is_still_connecting_is_checked_from_an_address_that_comes),
        TEST(a_path_whose_address_is_gone_moves_to_one_that_is_left),
        TEST(several_addresses_that_go_in_one_change_take_their_paths_along),
        TEST(a_pair_that_was_verified_before_takes_over_from_an_address_that_is_gone),
        TEST(a_server_that_has_lost_all_addresses_keeps_what_there_is_until_one_comes),
        TEST(a_stranger_gets_no_check_from_an_address_that_comes),
        TEST(a_connection_gets_no_check_from_an_address_that_comes),
        TEST(a_new_address_is_told_and_followed_when_asked_for),
        TEST(a_forged_check_from_a_new_address_is_not_told),
        TEST(who_does_not_answer_at_the_new_address_is_served_at_the_old_one_again),
        TEST(media_from_another_port_is_asked_whose_it_is_and_moves_the_path),
        TEST(media_from_another_port_gets_no_check_while_the_old_one_is_heard),
        TEST(media_from_another_port_that_answers_no_check_moves_nothing),
        TEST(a_pair_that_was_only_verified_is_nominated_once_the_selected_one_is_silent),
        TEST(the_old_pair_carries_media_until_the_restart_has_found_a_new_one),
        TEST(an_undone_restart_leaves_the_old_credentials_in_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
