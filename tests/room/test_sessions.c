// Tests of room/sessions.c: whose place who logs in anew may take, who makes room in a full one, how
// often a session may connect.
#include "room/sessions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/input_sink.h"
#include "house.h"
#include "plugin/seat.h"
#include "room/notices.h"

// From the address of all of house_connect(). `token`: of the session before; NULL: not shown.
static const char *
come_back(struct house *house, const char *name, const char *password, const char *token)
{
    struct hp_session *session = NULL;
    const struct hp_lobby_login login = {
        .username = name, .password = password, .address = "192.168.1.7", .token = token
    };
    assert_int_equal(hp_lobby_login(hp_room_lobby(house->room), &login, &session), HP_LOGIN_OK);
    return session->profile.name;
}

static void
who_shows_the_token_takes_the_place_left_behind_at_once(void **state)
{
    struct house *house = house_create(0, NULL);
    (void) state;
    struct hp_session *ann = house_enter(house, "Ann");
    struct hp_session *bob = house_enter(house, "Bob");
    char *old = g_strdup_printf("deleted %s", ann->id);
    house_enter(house, "Ann"); // another one behind the same address
    hp_control_request(hp_room_control(house->room), ann);
    hp_lobby_lose(ann, ann->link, false); // the tab was closed
    assert_string_equal(come_back(house, "Ann", "neko", ann->token), "Ann");
    assert_true(house_heard(house, bob->link, old));
    assert_null(hp_control_host(hp_room_control(house->room)));
    g_free(old);
    house_destroy(house);
}

static void
the_token_of_a_session_takes_no_place_but_its_own(void **state)
{
    struct house *house = house_create(0, NULL);
    (void) state;
    struct hp_session *ann = house_enter(house, "Ann");
    struct hp_session *bob = house_enter(house, "Bob");
    hp_lobby_lose(ann, ann->link, false);
    hp_lobby_hear(ann);
    assert_string_equal(come_back(house, "Ann", "neko", "of nobody"), "Ann (2)");
    assert_string_equal(come_back(house, "Ann", "neko", bob->token), "Ann (3)");
    assert_string_equal(come_back(house, "An", "neko", ann->token), "An");
    assert_string_equal(come_back(house, "Ann", "boss", ann->token), "Ann (4)");
    assert_string_equal(come_back(house, "Bob", "neko", bob->token), "Bob (2)"); // he is here
    assert_true(ann->is_connected);
    house_destroy(house);
}

static void
without_the_token_a_place_is_taken_after_five_seconds_of_silence(void **state)
{
    struct house *house = house_create(0, NULL);
    (void) state;
    struct hp_session *ann = house_enter(house, "Ann");
    struct hp_session *bob = house_enter(house, "Bob");
    hp_lobby_hear(ann);
    hp_lobby_lose(ann, ann->link, false);
    hp_lobby_hear(bob);
    hp_lobby_lose(bob, bob->link, false);
    house_pass(house, 4990);
    assert_string_equal(come_back(house, "Ann", "neko", NULL), "Ann (2)");
    house_pass(house, 10);
    assert_string_equal(come_back(house, "Bob", "neko", NULL), "Bob");
    assert_string_equal(come_back(house, "Ann", "neko", NULL), "Ann");
    house_destroy(house);
}

static void
who_is_heard_on_the_data_channel_keeps_the_place(void **state)
{
    struct house *house = house_create(0, NULL);
    const struct hp_input ping = { .kind = HP_INPUT_PING };
    (void) state;
    struct hp_session *ann = house_enter(house, "Ann");
    house_watch(house, ann);
    hp_lobby_lose(ann, ann->link, false);
    house_pass(house, 3000);
    struct hp_input_sink *sink = hp_seat_input_sink(ann->seat);
    sink->ops->push(sink, &ping);
    house_pass(house, 4990);
    assert_string_equal(come_back(house, "Ann", "neko", NULL), "Ann (2)");
    house_pass(house, 10);
    assert_string_equal(come_back(house, "Ann", "neko", NULL), "Ann");
    house_destroy(house);
}

static void
nobody_else_takes_the_place_of_one_who_is_away(void **state)
{
    struct house *house = house_create(0, NULL);
    (void) state;
    struct hp_session *ann = house_enter(house, "Ann");
    house_pass(house, 6000);
    assert_string_equal(come_back(house, "Ann", "neko", NULL), "Ann (2)"); // she has a connection
    hp_lobby_lose(ann, ann->link, false);
    hp_lobby_hear(ann);
    house_pass(house, 6000);
    assert_string_equal(house_login(house, "Ann")->profile.name, "Ann (3)"); // from elsewhere
    assert_string_equal(come_back(house, "Ann", "boss", NULL), "Ann (4)");
    assert_string_equal(come_back(house, "An", "neko", NULL), "An");
    house_enter(house, "Ann"); // two of one name behind one address
    assert_string_equal(come_back(house, "Ann", "neko", NULL), "Ann (6)");
    assert_true(ann->is_connected);
    house_destroy(house);
}

static void
allow_two(struct hp_room_params *params)
{
    params->max_sessions = 2;
}

struct full {
    struct house *house;
    struct hp_session *ann, *bob;
};

// Ann and Bob are here, and there are no more places.
static struct full
fill(void)
{
    struct full full = { .house = house_create(0, allow_two) };
    full.ann = house_enter(full.house, "ann");
    full.bob = house_enter(full.house, "bob");
    return full;
}

static bool
comes_in(const struct full *full, const char *name)
{
    struct hp_session *session;
    const struct hp_lobby_login login = { .username = name, .password = "neko" };
    enum hp_login_answer answer =
            hp_lobby_login(hp_room_lobby(full->house->room), &login, &session);
    assert_true(answer == HP_LOGIN_OK || answer == HP_LOGIN_FULL);
    return answer == HP_LOGIN_OK;
}

static void
who_logs_out_of_a_full_room_makes_room_at_once(void **state)
{
    struct full full = fill();
    (void) state;
    assert_false(comes_in(&full, "cat"));
    hp_lobby_end(full.bob);
    assert_true(comes_in(&full, "cat"));
    assert_false(comes_in(&full, "dan"));
    assert_true(full.ann->is_connected);
    house_destroy(full.house);
}

static void
who_says_good_bye_to_a_full_room_makes_room_at_once(void **state)
{
    struct full full = fill();
    (void) state;
    hp_lobby_lose(full.bob, full.bob->link, true);
    assert_true(comes_in(&full, "cat"));
    assert_false(comes_in(&full, "dan"));
    assert_true(full.ann->is_connected);
    house_destroy(full.house);
}

static void
close_page(struct hp_session *session)
{
    hp_lobby_hear(session);
    hp_lobby_lose_page(session, session->link);
    hp_lobby_lose(session, session->link, false);
}

static void
a_closed_page_keeps_its_place_in_a_full_room_for_the_grace(void **state)
{
    struct full full = fill();
    (void) state;
    close_page(full.bob);
    house_pass(full.house, 29900);
    assert_false(comes_in(&full, "cat"));
    house_pass(full.house, 200);
    assert_true(comes_in(&full, "cat"));
    assert_false(comes_in(&full, "dan"));
    house_destroy(full.house);
}

static void
a_page_that_was_loaded_anew_keeps_its_place(void **state)
{
    struct full full = fill();
    struct hp_session *bob;
    (void) state;
    close_page(full.bob);
    house_pass(full.house, 4000);
    assert_int_equal(house_connect(full.house, full.bob->token, 99, &bob), HP_CONNECT_OK);
    house_pass(full.house, 6000);
    assert_false(comes_in(&full, "cat"));
    hp_lobby_lose(bob, 99, false); // by its network
    house_pass(full.house, 10);
    assert_false(comes_in(&full, "cat"));
    assert_true(bob->is_connected);
    house_destroy(full.house);
}

static void
a_lost_network_keeps_its_place_in_a_full_room_for_the_grace(void **state)
{
    struct full full = fill();
    (void) state;
    hp_lobby_hear(full.bob);
    hp_lobby_lose(full.bob, full.bob->link, false);
    house_pass(full.house, 29900);
    assert_false(comes_in(&full, "cat"));
    house_pass(full.house, 200);
    assert_true(comes_in(&full, "cat"));
    house_destroy(full.house);
}

static void
who_has_left_makes_room_before_a_closed_page_does(void **state)
{
    struct full full = fill();
    (void) state;
    close_page(full.ann);
    house_pass(full.house, 5000);
    hp_lobby_lose(full.bob, full.bob->link, true);
    assert_true(comes_in(&full, "cat"));
    assert_true(full.ann->is_connected);
    house_destroy(full.house);
}

static unsigned
reconnect(struct house *house, struct hp_session *who, unsigned tries)
{
    unsigned count = 0;
    for (unsigned i = 0; i < tries; i++) {
        struct hp_session *session;
        hp_lobby_lose(who, who->link, false);
        uint64_t link = hp_notices_take_link(hp_room_notices(house->room));
        enum hp_connect_answer answer = house_connect(house, who->token, link, &session);
        assert_true(answer == HP_CONNECT_OK || answer == HP_CONNECT_TOO_OFTEN);
        count += answer == HP_CONNECT_OK;
    }
    return count;
}

static void
a_session_that_reconnects_in_a_loop_has_to_wait_and_nobody_else(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    (void) state;
    assert_int_equal(reconnect(house, ann, 100), 9); // of 10: it has come in already
    assert_int_equal(reconnect(house, bob, 9), 9);
    house_pass(house, 1000);
    assert_int_equal(reconnect(house, ann, 100), 1);
    assert_true(ann->is_connected);
    assert_int_equal(house_connect(house, bob->token, 99, &bob), HP_CONNECT_OK);
    assert_int_equal(house_connect(house, bob->token, 98, &bob), HP_CONNECT_TOO_OFTEN);
    assert_int_equal(bob->link, 99); // stands
    house_destroy(house);
}

static void
others_are_not_told_of_a_connection_that_takes_the_place_of_another(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    (void) state;
    house_forget(house);
    assert_int_equal(reconnect(house, ann, 5), 5);
    house_pump(house);
    assert_int_equal(house_count(house, bob->link, "presence"), 0);
    assert_int_equal(house_count(house, ann->link, "presence ann-"), 1); // it hears it as before
    hp_lobby_lose(ann, ann->link, true);
    assert_int_equal(reconnect(house, ann, 1), 1);
    house_pump(house);
    assert_int_equal(house_count(house, bob->link, "presence ann-"), 2); // away, and here
    house_destroy(house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_shows_the_token_takes_the_place_left_behind_at_once),
        cmocka_unit_test(the_token_of_a_session_takes_no_place_but_its_own),
        cmocka_unit_test(without_the_token_a_place_is_taken_after_five_seconds_of_silence),
        cmocka_unit_test(who_is_heard_on_the_data_channel_keeps_the_place),
        cmocka_unit_test(nobody_else_takes_the_place_of_one_who_is_away),
        cmocka_unit_test(who_logs_out_of_a_full_room_makes_room_at_once),
        cmocka_unit_test(who_says_good_bye_to_a_full_room_makes_room_at_once),
        cmocka_unit_test(a_closed_page_keeps_its_place_in_a_full_room_for_the_grace),
        cmocka_unit_test(a_page_that_was_loaded_anew_keeps_its_place),
        cmocka_unit_test(a_lost_network_keeps_its_place_in_a_full_room_for_the_grace),
        cmocka_unit_test(who_has_left_makes_room_before_a_closed_page_does),
        cmocka_unit_test(a_session_that_reconnects_in_a_loop_has_to_wait_and_nobody_else),
        cmocka_unit_test(others_are_not_told_of_a_connection_that_takes_the_place_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
