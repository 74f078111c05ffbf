// Tests of room/lobby.c: how people come and go.
#include "room/lobby.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "house.h"
#include "room/notices.h"

static enum hp_login_answer
log_in(struct house *house, const char *name, const char *password, struct hp_session **session)
{
    const struct hp_lobby_login login = { .username = name, .password = password };
    return hp_lobby_login(hp_room_lobby(house->room), &login, session);
}

static void
a_client_is_welcomed_before_its_presence_is_told(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *admin = house_enter(house, "admin");
    (void) state;
    char *expected = g_strdup_printf("1 welcome\n1 presence %s here\n", admin->id);
    assert_string_equal(house->events->str, expected);
    assert_true(admin->is_connected);
    g_free(expected);
    house_destroy(house);
}

static void
a_login_is_told_to_others_before_it_connects(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    house_login(house, "bob");
    assert_true(house_heard(house, ann->link, "created bob-"));
    assert_false(house_heard(house, ann->link, "presence bob-"));
    house_destroy(house);
}

static void
wrong_passwords_and_names_are_refused(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *session;
    char *long_name = g_strnfill(1000000, 'x');
    (void) state;
    assert_int_equal(log_in(house, "ann", "nope", &session), HP_LOGIN_WRONG);
    assert_int_equal(log_in(house, "ann", "", &session), HP_LOGIN_WRONG);
    assert_int_equal(log_in(house, "", "neko", &session), HP_LOGIN_BAD_NAME);
    assert_int_equal(log_in(house, "a\nb", "neko", &session), HP_LOGIN_BAD_NAME);
    assert_int_equal(log_in(house, "\xff", "neko", &session), HP_LOGIN_BAD_NAME);
    assert_int_equal(log_in(house, long_name, "neko", &session), HP_LOGIN_BAD_NAME);
    assert_int_equal(hp_sessions_count(hp_room_sessions(house->room)), 0);
    g_free(long_name);
    house_destroy(house);
}

static void
lock_logins(struct hp_rules *rules)
{
    rules->locked_logins = true;
}

static void
locked_logins_let_only_admins_in(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *session;
    (void) state;
    house_set_rules(house, NULL, lock_logins);
    assert_int_equal(log_in(house, "ann", "neko", &session), HP_LOGIN_LOCKED);
    assert_int_equal(log_in(house, "root", "boss", &session), HP_LOGIN_OK);
    house_destroy(house);
}

static void
bad_tokens_are_refused_with_the_reason(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_login(house, "ann");
    struct hp_session *session = NULL;
    (void) state;
    assert_int_equal(house_connect(house, NULL, 7, &session), HP_CONNECT_NO_TOKEN);
    assert_int_equal(house_connect(house, "", 7, &session), HP_CONNECT_NO_TOKEN);
    assert_int_equal(house_connect(house, "nonsense", 7, &session), HP_CONNECT_UNKNOWN);
    ann->profile.can_connect = false;
    assert_int_equal(house_connect(house, ann->token, 7, &session), HP_CONNECT_NOT_ALLOWED);
    ann->profile.can_login = false;
    assert_int_equal(house_connect(house, ann->token, 7, &session), HP_CONNECT_NO_LOGIN);
    assert_null(session);
    assert_int_equal(house->events->len, 0);
    house_destroy(house);
}

static void
a_lost_socket_that_returns_in_time_keeps_control_and_media(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *session;
    (void) state;
    house_watch(house, ann);
    hp_control_request(hp_room_control(house->room), ann);
    house_forget(house);
    hp_lobby_lose(ann, ann->link, false);
    house_pass(house, 29900);
    assert_true(ann->is_connected);
    assert_int_equal(house_connect(house, ann->token, 9, &session), HP_CONNECT_OK);
    house_pass(house, 31000);
    assert_true(ann->is_connected);
    assert_true(ann->is_watching);
    assert_int_equal(fake_counts.peers_alive, 1);
    assert_ptr_equal(hp_control_host(hp_room_control(house->room)), ann);
    assert_true(house_heard(house, 9, "welcome"));
    house_destroy(house);
}

static void
a_page_that_is_gone_ends_its_media_and_keeps_its_place(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *session;
    (void) state;
    house_watch(house, ann);
    hp_control_request(hp_room_control(house->room), ann);
    hp_lobby_lose_page(ann, ann->link + 100); // an older connection's
    assert_true(ann->is_watching);
    hp_lobby_lose_page(ann, ann->link);
    hp_lobby_lose(ann, ann->link, false);
    house_pass(house, 300); // until another peer may be made
    assert_int_equal(fake_counts.peers_alive, 0);
    assert_false(ann->is_watching);
    assert_true(ann->is_connected);
    assert_ptr_equal(hp_control_host(hp_room_control(house->room)), ann);
    assert_int_equal(house_connect(house, ann->token, 9, &session), HP_CONNECT_OK);
    house_watch(house, ann);
    assert_int_equal(fake_counts.peers_alive, 1);
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
    house_pass(house, 30100);
    assert_false(ann->is_connected);
    assert_false(ann->is_watching);
    assert_int_equal(fake_counts.peers_alive, 0);
    assert_null(hp_control_host(hp_room_control(house->room)));
    assert_true(house_heard(house, bob->link, "presence ann-"));
    house_destroy(house);
}

// A socket that was silent for a while before it was given up has used a part of its time.
static void
the_grace_counts_from_the_last_sign_of_life(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    house_pass(house, 9000);
    hp_lobby_lose(ann, ann->link, false);
    house_pass(house, 20900);
    assert_true(ann->is_connected);
    house_pass(house, 200);
    assert_false(ann->is_connected);
    house_destroy(house);
}

// The server takes no silence of its own for that of people.
static void
the_grace_begins_when_a_server_that_stood_still_goes_on(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    (void) state;
    hp_lobby_lose(bob, bob->link, false);
    house_pass(house, 20000);
    house_jump(33000);
    house_pass(house, 10);
    hp_lobby_lose(ann, ann->link, false);
    house_pass(house, 29800);
    assert_true(ann->is_connected);
    assert_true(bob->is_connected);
    house_pass(house, 300);
    assert_false(ann->is_connected);
    assert_false(bob->is_connected);
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
    struct hp_session *session;
    (void) state;
    house_forget(house);
    assert_int_equal(house_connect(house, ann->token, 9, &session), HP_CONNECT_OK);
    const char *welcome = strstr(house->events->str, "9 welcome");
    const char *told = strstr(house->events->str, "1 farewell replaced");
    assert_true(welcome != NULL && told != NULL && welcome < told);
    assert_int_equal(house_count(house, old, "farewell"), 1);
    hp_lobby_lose(ann, old, true); // the old one's end means nothing
    assert_true(ann->is_connected);
    house_destroy(house);
}

static void
have_no_mercy(struct hp_rules *rules)
{
    rules->merciful_reconnect = false;
}

static void
without_mercy_the_second_socket_is_refused(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *session;
    (void) state;
    house_set_rules(house, NULL, have_no_mercy);
    assert_int_equal(house_connect(house, ann->token, 9, &session), HP_CONNECT_TWICE);
    assert_false(house_heard(house, ann->link, "farewell"));
    house_destroy(house);
}

static void
allow_two(struct hp_room_params *params)
{
    params->max_sessions = 2;
    params->session_expiry_ms = 60000;
}

static void
allow_many(struct hp_room_params *params)
{
    params->max_sessions = 500;
}

static void
five_hundred_idle_logins_keep_no_admin_out(void **state)
{
    struct house *house = house_create(0, allow_many);
    struct hp_session *session;
    char name[16];
    (void) state;
    for (int i = 0; i < 500; i++) {
        g_snprintf(name, sizeof(name), "idle%d", i);
        assert_int_equal(log_in(house, name, "neko", &session), HP_LOGIN_OK);
        house_pump(house);
    }
    assert_int_equal(log_in(house, "late", "neko", &session), HP_LOGIN_FULL);
    for (int i = 0; i < 20; i++) { // of the seats that are kept, and then of idle people
        g_snprintf(name, sizeof(name), "admin%d", i);
        assert_int_equal(log_in(house, name, "boss", &session), HP_LOGIN_OK);
        assert_true(session->profile.is_admin);
        house_pump(house);
    }
    house_pass(house, 10000); // who has never connected makes room for users, too
    assert_int_equal(log_in(house, "late", "neko", &session), HP_LOGIN_OK);
    house_destroy(house);
}

static void
people_who_are_here_keep_their_places_from_admins(void **state)
{
    struct house *house = house_create(0, allow_two);
    struct hp_session *session;
    (void) state;
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    for (int i = 0; i < 5; i++) {
        assert_int_equal(log_in(house, "root", "boss", &session), HP_LOGIN_OK);
    }
    assert_int_equal(log_in(house, "root", "boss", &session), HP_LOGIN_FULL);
    assert_true(ann->is_connected && bob->is_connected);
    hp_lobby_lose(bob, bob->link, true);
    assert_int_equal(log_in(house, "root", "boss", &session), HP_LOGIN_OK);
    assert_true(ann->is_connected);
    house_destroy(house);
}

static void
only_admins_come_in_from_a_crowded_address(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_lobby *lobby = hp_room_lobby(house->room);
    struct hp_session *session;
    struct hp_lobby_login login = { .username = "a", .password = "neko", .admins_only = true };
    (void) state;
    assert_int_equal(hp_lobby_login(lobby, &login, &session), HP_LOGIN_CROWDED);
    login.password = "nope";
    assert_int_equal(hp_lobby_login(lobby, &login, &session), HP_LOGIN_WRONG);
    login.password = "boss";
    assert_int_equal(hp_lobby_login(lobby, &login, &session), HP_LOGIN_OK);
    house_destroy(house);
}

static void
two_people_with_one_name_are_told_apart(void **state)
{
    struct house *house = house_create(0, NULL);
    char *longest = g_strnfill(HP_NAME_MAX, 'x');
    struct hp_session *session;
    (void) state;
    struct hp_session *ann = house_enter(house, "Ann");
    assert_string_equal(ann->profile.name, "Ann");
    assert_string_equal(house_enter(house, "Ann")->profile.name, "Ann (2)");
    assert_string_equal(house_enter(house, "\xef\xbc\xa1nn ")->profile.name,
            "\xef\xbc\xa1nn  (3)"); // a wide A
    house_login(house, longest);
    assert_int_equal(log_in(house, longest, "neko", &session), HP_LOGIN_OK);
    assert_true(hp_profile_is_name(session->profile.name));
    assert_true(g_str_has_suffix(session->profile.name, "xx (2)"));
    hp_lobby_lose(ann, ann->link, true);
    house_pass(house, 11000); // the name is free again, though the session lives on
    assert_string_equal(house_enter(house, "ann")->profile.name, "ann");
    g_free(longest);
    house_destroy(house);
}

static void
a_session_without_connection_expires(void **state)
{
    struct house *house = house_create(0, allow_two);
    (void) state;
    house_enter(house, "ann");
    house_login(house, "bob");
    house_pass(house, 59000);
    assert_int_equal(hp_sessions_count(hp_room_sessions(house->room)), 2);
    house_pass(house, 16000);
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
    assert_true(house_heard(house, link, "closed"));
    assert_true(house_heard(house, link, "profile ann-"));
    profile.can_connect = false;
    hp_lobby_set_profile(ann, &profile);
    assert_true(house_heard(house, link, "farewell profile"));
    assert_false(ann->is_connected);
    hp_profile_finish(&profile);
    house_destroy(house);
}

static void
ignore(void *arg)
{
    bool *is_done = arg;
    *is_done = true;
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
    hp_room_shutdown(house->room, ignore, &house->is_done);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(house_count(house, links[i], "farewell closing"), 1);
        assert_int_equal(house_count(house, links[i], ""), 1); // and nothing else
    }
    house_pump(house);
    assert_true(house->is_done);
    house_destroy(house);
}

static void
a_client_that_comes_while_the_room_ends_is_told_so(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *session;
    (void) state;
    house_watch(house, ann); // the peer takes a moment to end
    hp_room_shutdown(house->room, ignore, &house->is_done);
    assert_false(house->is_done);
    assert_int_equal(log_in(house, "ann", "neko", &session), HP_LOGIN_CLOSING);
    assert_int_equal(house_connect(house, "a token of before", 7, &session), HP_CONNECT_CLOSING);
    house_pump(house);
    assert_true(house->is_done);
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
    hp_lobby_end(ann);
    assert_null(strstr(house->plugin->str, "close ann"));
    house_pump(house);
    assert_non_null(strstr(house->plugin->str, "close ann"));
    house_destroy(house);
}

// What was under way to the worker still arrives, and the keys are let go of; then the session is
// closed for the plugin. house_close() looks that nothing of the session came later.
static void
nothing_of_a_session_reaches_a_plugin_after_its_close(void **state)
{
    static const struct hp_input down = { .kind = HP_INPUT_KEY_DOWN, .keysym = 'a' };
    static const struct hp_input other = { .kind = HP_INPUT_KEY_DOWN, .keysym = 'b' };
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_peer *peer = house_watch(house, ann);
    (void) state;
    hp_control_request(hp_room_control(house->room), ann);
    house_pump(house);
    fake_peer_channel(peer, "chat", true);
    fake_peer_input(peer, &down);
    house_forget(house);
    fake_peer_data(peer, "chat"); // both are under way
    fake_peer_input(peer, &other);
    hp_lobby_end(ann);
    assert_null(strstr(house->plugin->str, "close ann"));
    house_pump(house);
    assert_string_equal(house->plugin->str, "data chat\ncontrol nobody\nclose ann\n");
    assert_int_equal(house->input_count, 1);
    assert_int_equal(house->inputs[0].kind, HP_INPUT_RELEASE_ALL);
    house_destroy(house);
}

static void
a_profile_that_may_not_come_in_ends_the_connection(void **state)
{
    (void) state;
    for (int i = 0; i < 2; i++) {
        struct house *house = house_create(0, NULL);
        struct hp_session *ann = house_enter(house, "ann");
        uint64_t link = ann->link;
        struct hp_profile profile;
        hp_profile_copy(&profile, &ann->profile);
        *(i == 0 ? &profile.can_login : &profile.can_connect) = false;
        hp_lobby_set_profile(ann, &profile);
        assert_true(house_heard(house, link, "farewell profile"));
        assert_false(ann->is_connected);
        hp_profile_finish(&profile);
        house_destroy(house);
    }
}

// A session that ends is not gone at once: those count twice over.
static void
people_who_log_in_and_out_in_one_go_are_bounded(void **state)
{
    struct house *house = house_create(0, allow_two);
    struct hp_session *session;
    (void) state;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(log_in(house, "ann", "neko", &session), HP_LOGIN_OK);
        hp_lobby_end(session);
    }
    assert_int_equal(log_in(house, "ann", "neko", &session), HP_LOGIN_FULL);
    house_pump(house);
    assert_int_equal(log_in(house, "ann", "neko", &session), HP_LOGIN_OK);
    house_destroy(house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_is_welcomed_before_its_presence_is_told),
        cmocka_unit_test(a_login_is_told_to_others_before_it_connects),
        cmocka_unit_test(wrong_passwords_and_names_are_refused),
        cmocka_unit_test(locked_logins_let_only_admins_in),
        cmocka_unit_test(bad_tokens_are_refused_with_the_reason),
        cmocka_unit_test(a_lost_socket_that_returns_in_time_keeps_control_and_media),
        cmocka_unit_test(a_page_that_is_gone_ends_its_media_and_keeps_its_place),
        cmocka_unit_test(a_socket_that_stays_away_ends_control_and_media),
        cmocka_unit_test(the_grace_begins_when_a_server_that_stood_still_goes_on),
        cmocka_unit_test(the_grace_counts_from_the_last_sign_of_life),
        cmocka_unit_test(a_clean_close_disconnects_at_once),
        cmocka_unit_test(a_second_socket_replaces_the_first_after_it_was_greeted),
        cmocka_unit_test(without_mercy_the_second_socket_is_refused),
        cmocka_unit_test(five_hundred_idle_logins_keep_no_admin_out),
        cmocka_unit_test(people_who_are_here_keep_their_places_from_admins),
        cmocka_unit_test(only_admins_come_in_from_a_crowded_address),
        cmocka_unit_test(two_people_with_one_name_are_told_apart),
        cmocka_unit_test(a_session_without_connection_expires),
        cmocka_unit_test(a_changed_profile_takes_effect_at_once),
        cmocka_unit_test(a_profile_that_may_not_come_in_ends_the_connection),
        cmocka_unit_test(people_who_log_in_and_out_in_one_go_are_bounded),
        cmocka_unit_test(everyone_is_told_of_a_shutdown),
        cmocka_unit_test(a_client_that_comes_while_the_room_ends_is_told_so),
        cmocka_unit_test(plugins_see_a_session_from_login_to_its_end),
        cmocka_unit_test(nothing_of_a_session_reaches_a_plugin_after_its_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
