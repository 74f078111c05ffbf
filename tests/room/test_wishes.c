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
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    hp_control_request(control, ann);
    hp_lobby_lose(ann, ann->link, false);
    house_pass(house, 4000);
    assert_int_equal(hp_control_request(control, bob), HP_CONTROL_ASKED);
    assert_false(house_heard(house, bob->link, "away"));
    house_pass(house, 1600);
    assert_int_equal(house_count(house, bob->link, "away ann-"), 1);
    assert_ptr_equal(hp_control_host(control), ann); // nobody has taken it
    struct hp_session *cy = house_enter(house, "cy");
    assert_int_equal(house_count(house, cy->link, "away ann-"), 1);
    assert_int_equal(hp_control_request(control, bob), HP_CONTROL_TAKEN);
    assert_ptr_equal(hp_control_host(control), bob);
    house_destroy(house);
}

static void
a_host_that_comes_back_has_control_still(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_session *session;
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    hp_control_request(control, ann);
    hp_lobby_lose(ann, ann->link, false);
    house_pass(house, 29000);
    assert_int_equal(house_count(house, bob->link, "away ann-"), 1);
    assert_int_equal(house_connect(house, ann->token, 9, &session), HP_CONNECT_OK);
    house_pass(house, 1000);
    assert_int_equal(house_count(house, bob->link, "back ann-"), 1);
    assert_ptr_equal(hp_control_host(control), ann);
    assert_int_equal(hp_control_request(control, bob), HP_CONTROL_ASKED);
    house_destroy(house);
}

// The WebSocket may be away for a while: the data channel shows that somebody is there.
static void
a_host_whose_data_channel_speaks_is_not_away(void **state)
{
    static const struct hp_input ping = { .kind = HP_INPUT_PING };
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_peer *peer = house_watch(house, ann);
    (void) state;
    hp_control_request(hp_room_control(house->room), ann);
    hp_lobby_lose(ann, ann->link, false);
    for (int i = 0; i < 10; i++) {
        house_pass(house, 2000);
        fake_peer_input(peer, &ping);
    }
    assert_false(house_heard(house, bob->link, "away"));
    house_destroy(house);
}

static void
a_wish_is_withdrawn_declined_or_ends_by_itself(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_session *cy = house_enter(house, "cy");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    hp_control_request(control, ann);
    assert_false(hp_control_withdraw(control, bob)); // there is none
    hp_control_request(control, bob);
    house_pass(house, 600);
    hp_control_request(control, cy);
    assert_int_equal(house_count(house, ann->link, "wishes bob cy"), 1);
    house_pass(house, 600);
    house_forget(house);
    assert_false(hp_control_decline(control, bob, cy)); // not the host
    assert_true(hp_control_decline(control, ann, bob));
    assert_false(hp_control_decline(control, ann, bob));
    assert_int_equal(house_count(house, bob->link, "wish declined"), 1);
    assert_int_equal(house_count(house, ann->link, "wishes cy"), 1);
    house_pass(house, 600);
    assert_true(hp_control_withdraw(control, cy));
    assert_int_equal(house_count(house, cy->link, "wish withdrawn"), 1);
    assert_int_equal(house_count(house, ann->link, "wishes\n"), 1);
    house_pass(house, 600);
    hp_control_request(control, bob);
    for (int i = 0; i < 30; i++) {
        hp_lobby_hear(ann);
        house_pass(house, 1000);
    }
    house_pass(house, 600);
    assert_int_equal(house_count(house, bob->link, "wish expired"), 1);
    assert_int_equal(house_count(house, ann->link, "wishes\n"), 2);
    house_destroy(house);
}

static void
no_wish_is_left_behind(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_session *cy = house_enter(house, "cy");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    hp_control_request(control, ann);
    hp_control_request(control, bob);
    house_pass(house, 600);
    hp_lobby_end(bob); // who leaves
    assert_int_equal(house_count(house, ann->link, "wishes\n"), 1);
    house_pass(house, 600);
    hp_control_request(control, cy);
    cy->profile.can_host = false; // who may not any more
    house_set_rules(house, NULL, protect_control);
    house_pass(house, 1100);
    assert_int_equal(house_count(house, cy->link, "wish declined"), 1);
    assert_int_equal(house_count(house, ann->link, "wishes\n"), 2);
    cy->profile.can_host = true;
    hp_control_request(control, cy);
    hp_control_release(control, ann); // and all, when control changes
    hp_control_request(control, ann);
    assert_false(hp_control_decline(control, ann, cy));
    house_destroy(house);
}

static void
a_host_that_comes_back_hears_who_asks(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_session *session;
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    hp_control_request(control, ann);
    hp_lobby_lose(ann, ann->link, false);
    hp_control_request(control, bob);
    house_connect(house, ann->token, 9, &session);
    assert_int_equal(house_count(house, 9, "wishes bob"), 1);
    hp_lobby_lose(bob, bob->link, false);
    house_connect(house, bob->token, 10, &session);
    assert_int_equal(house_count(house, 10, "wish asked"), 1);
    house_destroy(house);
}

// The host is told what is new, but twenty people who play with the button do not flood it.
static void
the_host_hears_of_wishes_twice_a_second_at_most(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    hp_control_request(control, ann);
    house_forget(house);
    for (int i = 0; i < 1000; i++) {
        hp_control_request(control, bob);
        hp_control_withdraw(control, bob);
        house_pass(house, 10);
    }
    assert_in_range(house_count(house, ann->link, "wishes"), 10, 21);
    assert_in_range(house_count(house, ann->link, "request by"), 5, 11);
    house_destroy(house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_waits_for_a_host_that_is_silent),
        cmocka_unit_test(a_host_that_comes_back_has_control_still),
        cmocka_unit_test(a_host_whose_data_channel_speaks_is_not_away),
        cmocka_unit_test(a_wish_is_withdrawn_declined_or_ends_by_itself),
        cmocka_unit_test(no_wish_is_left_behind),
        cmocka_unit_test(a_host_that_comes_back_hears_who_asks),
        cmocka_unit_test(the_host_hears_of_wishes_twice_a_second_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
