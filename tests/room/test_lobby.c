// Tests of room/lobby.c: how people come and go.
#include "room/lobby.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "house.h"
#include "room/room_parts.h"

static void
people_hear_init_then_admin_then_state(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *admin = house_enter(house, "admin");
    (void) state;
    const char *init = strstr(house->events->str, "1 system/init {\"session_id\":\"admin-");
    const char *rights = strstr(house->events->str, "1 system/admin {\"screen_sizes_list\"");
    const char *states = strstr(house->events->str, "1 session/state {\"id\":\"admin-");
    assert_non_null(init);
    assert_non_null(rights);
    assert_non_null(states);
    assert_true(init < rights && rights < states);
    assert_non_null(strstr(init, "\"control_host\":{\"id\":\"\",\"has_host\":false}"));
    assert_non_null(strstr(init, "\"screen_size\":{\"width\":1280,\"height\":720,\"rate\":30}"));
    assert_non_null(strstr(init, "\"webrtc\":{\"videos\":[\"screen\"]}"));
    assert_non_null(strstr(init, "\"merciful_reconnect\":true"));
    assert_non_null(strstr(init, "\"heartbeat_interval\":10"));
    assert_true(admin->is_connected);
    house_destroy(house);
}

static void
a_login_is_told_to_others_before_it_connects(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    house_login(house, "bob");
    assert_true(house_heard(house, ann->link, "session/created {\"id\":\"bob-"));
    assert_false(house_heard(house, ann->link, "session/state {\"id\":\"bob-"));
    house_destroy(house);
}

static void
wrong_passwords_and_names_are_refused(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *session;
    char *long_name = g_strnfill(1000000, 'x');
    (void) state;
    assert_int_equal(hp_lobby_login(house->room, "ann", "nope", &session), HP_LOGIN_WRONG);
    assert_int_equal(hp_lobby_login(house->room, "ann", "", &session), HP_LOGIN_WRONG);
    assert_int_equal(hp_lobby_login(house->room, "", "neko", &session), HP_LOGIN_BAD_NAME);
    assert_int_equal(hp_lobby_login(house->room, "a\nb", "neko", &session), HP_LOGIN_BAD_NAME);
    assert_int_equal(hp_lobby_login(house->room, "\xff", "neko", &session), HP_LOGIN_BAD_NAME);
    assert_int_equal(hp_lobby_login(house->room, long_name, "neko", &session), HP_LOGIN_BAD_NAME);
    assert_int_equal(hp_sessions_count(hp_room_sessions(house->room)), 0);
    g_free(long_name);
    house_destroy(house);
}

static void
locked_logins_let_only_admins_in(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *session;
    json_t *partial = json_pack("{s:b}", "locked_logins", 1);
    (void) state;
    hp_room_update_rules(house->room, NULL, partial);
    json_decref(partial);
    assert_int_equal(hp_lobby_login(house->room, "ann", "neko", &session), HP_LOGIN_LOCKED);
    assert_int_equal(hp_lobby_login(house->room, "root", "boss", &session), HP_LOGIN_OK);
    house_destroy(house);
}

static void
bad_tokens_are_told_why(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_login(house, "ann");
    const char *refusal;
    (void) state;
    assert_null(hp_lobby_connect(house->room, NULL, 7, &refusal));
    assert_string_equal(refusal, "no authentication provided");
    assert_null(hp_lobby_connect(house->room, "nonsense", 7, &refusal));
    assert_string_equal(refusal, "session not found");
    ann->profile.can_connect = false;
    assert_null(hp_lobby_connect(house->room, ann->token, 7, &refusal));
    assert_string_equal(refusal, "connection disabled");
    ann->profile.can_login = false;
    assert_null(hp_lobby_connect(house->room, ann->token, 7, &refusal));
    assert_string_equal(refusal, "session login disabled");
    house_destroy(house);
}

static void
a_lost_socket_that_returns_in_time_keeps_control_and_media(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    const char *refusal;
    (void) state;
    house_watch(house, ann);
    hp_control_request(hp_room_control(house->room), ann);
    house_forget(house);
    hp_lobby_lose(ann, ann->link, false);
    house_pass(house, 4900);
    assert_true(ann->is_connected);
    assert_non_null(hp_lobby_connect(house->room, ann->token, 9, &refusal));
    house_pass(house, 6000);
    assert_true(ann->is_connected);
    assert_true(ann->is_watching);
    assert_int_equal(fake_counts.peers_alive, 1);
    assert_ptr_equal(hp_control_host(hp_room_control(house->room)), ann);
    assert_true(house_heard(house, 9, "system/init"));
    house_destroy(house);
}

static void
a_socket_that_stays_away_ends_control_and_media(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    (void) state;
    house_watch(house, ann);
    hp_control_request(hp_room_control(house->room), ann);
    hp_lobby_lose(ann, ann->link, false);
    house_forget(house);
    house_pass(house, 5100);
    assert_false(ann->is_connected);
    assert_false(ann->is_watching);
    assert_int_equal(fake_counts.peers_alive, 0);
    assert_null(hp_control_host(hp_room_control(house->room)));
    assert_true(house_heard(house, bob->link, "session/state {\"id\":\"ann-"));
    house_destroy(house);
}

static void
a_clean_close_disconnects_at_once(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    hp_control_request(hp_room_control(house->room), ann);
    hp_lobby_lose(ann, ann->link, true);
    assert_false(ann->is_connected);
    assert_null(hp_control_host(hp_room_control(house->room)));
    house_destroy(house);
}

static void
a_second_socket_replaces_the_first_after_it_was_greeted(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    uint64_t old = ann->link;
    const char *refusal;
    (void) state;
    house_forget(house);
    assert_non_null(hp_lobby_connect(house->room, ann->token, 9, &refusal));
    const char *init = strstr(house->events->str, "9 system/init");
    const char *told =
            strstr(house->events->str, "1 system/disconnect {\"message\":\"connection replaced\"}");
    assert_true(init != NULL && told != NULL && init < told);
    assert_true(house_heard(house, old, "CLOSE"));
    hp_lobby_lose(ann, old, true); // the old one's end means nothing
    assert_true(ann->is_connected);
    house_destroy(house);
}

static void
without_mercy_the_second_socket_is_refused(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    json_t *partial = json_pack("{s:b}", "merciful_reconnect", 0);
    const char *refusal;
    (void) state;
    hp_room_update_rules(house->room, NULL, partial);
    json_decref(partial);
    assert_null(hp_lobby_connect(house->room, ann->token, 9, &refusal));
    assert_string_equal(refusal, "already connected");
    house_destroy(house);
}

static void
allow_two(struct hp_room_params *params)
{
    params->max_sessions = 2;
    params->session_expiry_ms = 60000;
}

static void
a_full_room_refuses_until_somebody_was_away_for_long(void **state)
{
    struct house *house = house_create(0, allow_two);
    struct hp_session *session;
    (void) state;
    house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    assert_int_equal(hp_lobby_login(house->room, "cat", "neko", &session), HP_LOGIN_FULL);
    hp_lobby_lose(bob, bob->link, true);
    assert_int_equal(hp_lobby_login(house->room, "cat", "neko", &session), HP_LOGIN_FULL);
    house_pass(house, 31000);
    assert_int_equal(hp_lobby_login(house->room, "cat", "neko", &session), HP_LOGIN_OK);
    house_destroy(house);
}

static void
a_session_without_connection_expires(void **state)
{
    struct house *house = house_create(0, allow_two);
    (void) state;
    house_enter(house, "ann");
    house_login(house, "bob");
    house_pass(house, 75000);
    assert_int_equal(hp_sessions_count(hp_room_sessions(house->room)), 1);
    house_destroy(house);
}

static void
a_changed_profile_takes_effect_at_once(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    uint64_t link = ann->link;
    struct hp_profile profile;
    (void) state;
    house_watch(house, ann);
    hp_profile_copy(&profile, &ann->profile);
    profile.can_watch = false;
    hp_lobby_set_profile(ann, &profile);
    house_pump(house);
    assert_int_equal(fake_counts.peers_alive, 0);
    assert_true(house_heard(house, link, "signal/close null"));
    assert_true(house_heard(house, link, "session/profile {\"id\":\"ann-"));
    profile.can_connect = false;
    hp_lobby_set_profile(ann, &profile);
    assert_true(house_heard(house, link, "system/disconnect {\"message\":\"profile changed\"}"));
    assert_false(ann->is_connected);
    hp_profile_finish(&profile);
    house_destroy(house);
}

static void
everyone_is_told_of_a_shutdown(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    uint64_t links[] = { ann->link, bob->link };
    (void) state;
    house_watch(house, ann);
    house_forget(house);
    GString *events = house->events;
    hp_lobby_end_all(house->room, "connection shutdown");
    for (unsigned i = 0; i < 2; i++) {
        assert_true(house_heard(
                house, links[i], "system/disconnect {\"message\":\"connection shutdown\"}"));
        assert_true(house_heard(house, links[i], "CLOSE 1001"));
        assert_int_equal(house_count(house, links[i], "session/"), 0);
    }
    assert_non_null(events);
    house_destroy(house);
}

static void
who_comes_while_the_room_ends_may_try_again(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *session;
    const char *refusal = NULL;
    (void) state;
    house->room->is_closing = true;
    assert_int_equal(hp_lobby_login(house->room, "ann", "neko", &session), HP_LOGIN_CLOSING);
    assert_null(hp_lobby_connect(house->room, "a token of before", 7, &refusal));
    assert_string_equal(refusal, "connection shutdown");
    house->room->is_closing = false;
    house_destroy(house);
}

static void
plugins_see_a_session_from_login_to_its_end(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_login(house, "ann");
    (void) state;
    house_pump(house);
    assert_string_equal(house->plugin->str, "open ann\n");
    hp_lobby_end(ann, NULL);
    assert_null(strstr(house->plugin->str, "close ann"));
    house_pump(house);
    assert_non_null(strstr(house->plugin->str, "close ann"));
    house_destroy(house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_hear_init_then_admin_then_state),
        cmocka_unit_test(a_login_is_told_to_others_before_it_connects),
        cmocka_unit_test(wrong_passwords_and_names_are_refused),
        cmocka_unit_test(locked_logins_let_only_admins_in),
        cmocka_unit_test(bad_tokens_are_told_why),
        cmocka_unit_test(a_lost_socket_that_returns_in_time_keeps_control_and_media),
        cmocka_unit_test(a_socket_that_stays_away_ends_control_and_media),
        cmocka_unit_test(a_clean_close_disconnects_at_once),
        cmocka_unit_test(a_second_socket_replaces_the_first_after_it_was_greeted),
        cmocka_unit_test(without_mercy_the_second_socket_is_refused),
        cmocka_unit_test(a_full_room_refuses_until_somebody_was_away_for_long),
        cmocka_unit_test(a_session_without_connection_expires),
        cmocka_unit_test(a_changed_profile_takes_effect_at_once),
        cmocka_unit_test(everyone_is_told_of_a_shutdown),
        cmocka_unit_test(who_comes_while_the_room_ends_may_try_again),
        cmocka_unit_test(plugins_see_a_session_from_login_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
