// Tests of room/control.c: who wishes for control, and a host that is silent.
#include "room/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "house.h"

static void
protect_control(struct hp_rules *rules)
{
    rules->control_protection = true;
}

static void
nobody_waits_for_a_host_that_is_silent(void **state)
{
    struct duo *duo = *state;
    hp_control_request(duo->control, duo->ann);
    hp_lobby_lose(duo->ann, duo->ann->link, false);
    house_pass(duo->house, 4000);
    assert_int_equal(hp_control_request(duo->control, duo->bob), HP_CONTROL_ASKED);
    assert_false(house_heard(duo->house, duo->bob->link, "away"));
    house_pass(duo->house, 1600);
    assert_int_equal(house_count(duo->house, duo->bob->link, "away ann-"), 1);
    assert_ptr_equal(hp_control_host(duo->control), duo->ann); // nobody has taken it
    struct hp_session *cy = house_enter(duo->house, "cy");
    assert_int_equal(house_count(duo->house, cy->link, "away ann-"), 1);
    assert_int_equal(hp_control_request(duo->control, duo->bob), HP_CONTROL_TAKEN);
    assert_ptr_equal(hp_control_host(duo->control), duo->bob);
}

static void
a_host_that_comes_back_has_control_still(void **state)
{
    struct duo *duo = *state;
    struct hp_session *session;
    hp_control_request(duo->control, duo->ann);
    hp_lobby_lose(duo->ann, duo->ann->link, false);
    house_pass(duo->house, 29000);
    assert_int_equal(house_count(duo->house, duo->bob->link, "away ann-"), 1);
    assert_int_equal(house_connect(duo->house, duo->ann->token, 9, &session), HP_CONNECT_OK);
    house_pass(duo->house, 1000);
    assert_int_equal(house_count(duo->house, duo->bob->link, "back ann-"), 1);
    assert_ptr_equal(hp_control_host(duo->control), duo->ann);
    assert_int_equal(hp_control_request(duo->control, duo->bob), HP_CONTROL_ASKED);
}

// The WebSocket may be away for a while: the data channel shows that somebody is there.
static void
a_host_whose_data_channel_speaks_is_not_away(void **state)
{
    struct duo *duo = *state;
    static const struct hp_input ping = { .kind = HP_INPUT_PING };
    struct hp_peer *peer = house_watch(duo->house, duo->ann);
    hp_control_request(duo->control, duo->ann);
    hp_lobby_lose(duo->ann, duo->ann->link, false);
    for (int i = 0; i < 10; i++) {
        house_pass(duo->house, 2000);
        fake_peer_input(peer, &ping);
    }
    assert_false(house_heard(duo->house, duo->bob->link, "away"));
}

static void
a_wish_is_withdrawn_declined_or_ends_by_itself(void **state)
{
    struct duo *duo = *state;
    struct hp_session *cy = house_enter(duo->house, "cy");
    hp_control_request(duo->control, duo->ann);
    assert_false(hp_control_withdraw(duo->control, duo->bob)); // there is none
    hp_control_request(duo->control, duo->bob);
    house_pass(duo->house, 600);
    hp_control_request(duo->control, cy);
    assert_int_equal(house_count(duo->house, duo->ann->link, "wishes bob cy"), 1);
    house_pass(duo->house, 600);
    house_forget(duo->house);
    assert_false(hp_control_decline(duo->control, duo->bob, cy)); // not the host
    assert_true(hp_control_decline(duo->control, duo->ann, duo->bob));
    assert_false(hp_control_decline(duo->control, duo->ann, duo->bob));
    assert_int_equal(house_count(duo->house, duo->bob->link, "wish declined"), 1);
    assert_int_equal(house_count(duo->house, duo->ann->link, "wishes cy"), 1);
    house_pass(duo->house, 600);
    assert_true(hp_control_withdraw(duo->control, cy));
    assert_int_equal(house_count(duo->house, cy->link, "wish withdrawn"), 1);
    assert_int_equal(house_count(duo->house, duo->ann->link, "wishes\n"), 1);
    house_pass(duo->house, 600);
    hp_control_request(duo->control, duo->bob);
    for (int i = 0; i < 30; i++) {
        hp_lobby_hear(duo->ann);
        hp_lobby_hear(duo->bob);
        assert_false(house_heard(duo->house, duo->bob->link, "wish expired"));
        house_pass(duo->house, 1000);
    }
    house_pass(duo->house, 600);
    assert_int_equal(house_count(duo->house, duo->bob->link, "wish expired"), 1);
    assert_int_equal(house_count(duo->house, duo->ann->link, "wishes\n"), 2);
}

static void
no_wish_is_left_behind(void **state)
{
    struct duo *duo = *state;
    struct hp_session *cy = house_enter(duo->house, "cy");
    hp_control_request(duo->control, duo->ann);
    hp_control_request(duo->control, duo->bob);
    house_pass(duo->house, 600);
    hp_lobby_end(duo->bob); // who leaves
    assert_int_equal(house_count(duo->house, duo->ann->link, "wishes\n"), 1);
    house_pass(duo->house, 600);
    hp_control_request(duo->control, cy);
    cy->profile.can_host = false; // who may not any more
    house_set_rules(duo->house, NULL, protect_control);
    house_pass(duo->house, 1100);
    assert_int_equal(house_count(duo->house, cy->link, "wish declined"), 1);
    assert_int_equal(house_count(duo->house, duo->ann->link, "wishes\n"), 2);
    cy->profile.can_host = true;
    hp_control_request(duo->control, cy);
    hp_control_release(duo->control, duo->ann); // and all, when control changes
    hp_control_request(duo->control, duo->ann);
    assert_false(hp_control_decline(duo->control, duo->ann, cy));
}

static void
who_is_away_stands_before_nobody_and_gets_no_control(void **state)
{
    struct duo *duo = *state;
    struct hp_session *cy = house_enter(duo->house, "cy");
    hp_control_request(duo->control, duo->ann);
    hp_control_request(duo->control, duo->bob);
    house_pass(duo->house, 600);
    hp_control_request(duo->control, cy);
    hp_lobby_lose(duo->bob, duo->bob->link, false);
    for (int i = 0; i < 4; i++) {
        house_pass(duo->house, 1000);
        hp_lobby_hear(duo->ann);
        hp_lobby_hear(cy);
    }
    house_forget(duo->house);
    house_pass(duo->house, 2000);
    assert_int_equal(house_count(duo->house, duo->ann->link, "wishes cy"), 1);
    assert_false(hp_control_give(duo->control, duo->ann, duo->bob));
    hp_lobby_hear(cy);
    assert_true(hp_control_give(duo->control, duo->ann, cy));
}

static void
a_host_that_comes_back_hears_who_asks(void **state)
{
    struct duo *duo = *state;
    struct hp_session *session;
    hp_control_request(duo->control, duo->ann);
    hp_lobby_lose(duo->ann, duo->ann->link, false);
    hp_control_request(duo->control, duo->bob);
    house_connect(duo->house, duo->ann->token, 9, &session);
    assert_int_equal(house_count(duo->house, 9, "wishes bob"), 1);
    hp_lobby_lose(duo->bob, duo->bob->link, false);
    house_connect(duo->house, duo->bob->token, 10, &session);
    assert_int_equal(house_count(duo->house, 10, "wish asked"), 1);
}

// The host is told what is new, but twenty people who play with the button do not flood it.
static void
the_host_hears_of_wishes_twice_a_second_at_most(void **state)
{
    struct duo *duo = *state;
    hp_control_request(duo->control, duo->ann);
    house_forget(duo->house);
    for (int i = 0; i < 1000; i++) {
        hp_control_request(duo->control, duo->bob);
        hp_control_withdraw(duo->control, duo->bob);
        house_pass(duo->house, 10);
    }
    assert_in_range(house_count(duo->house, duo->ann->link, "wishes"), 10, 21);
    assert_in_range(house_count(duo->house, duo->ann->link, "request by"), 5, 11);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        DUO_TEST(nobody_waits_for_a_host_that_is_silent),
        DUO_TEST(a_host_that_comes_back_has_control_still),
        DUO_TEST(a_host_whose_data_channel_speaks_is_not_away),
        DUO_TEST(a_wish_is_withdrawn_declined_or_ends_by_itself),
        DUO_TEST(no_wish_is_left_behind),
        DUO_TEST(who_is_away_stands_before_nobody_and_gets_no_control),
        DUO_TEST(a_host_that_comes_back_hears_who_asks),
        DUO_TEST(the_host_hears_of_wishes_twice_a_second_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
