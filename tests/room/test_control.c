// Tests of room/control.c, and of seats in a whole room.
#include "room/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "house.h"
#include "plugin/seat.h"

static void
the_first_request_takes_control_and_the_second_asks_the_host(void **state)
{
    struct duo *duo = *state;
    house_forget(duo->house);
    assert_int_equal(hp_control_request(duo->control, duo->ann), HP_CONTROL_TAKEN);
    assert_ptr_equal(hp_control_host(duo->control), duo->ann);
    assert_true(house_heard(duo->house, duo->bob->link, "host ann-"));
    assert_int_equal(hp_control_request(duo->control, duo->bob), HP_CONTROL_ASKED);
    assert_true(house_heard(duo->house, duo->ann->link, "request by bob-"));
    assert_false(house_heard(duo->house, duo->bob->link, "request by"));
    assert_ptr_equal(hp_control_host(duo->control), duo->ann);
    assert_int_equal(hp_control_request(duo->control, duo->ann), HP_CONTROL_TAKEN);
}

static void
a_host_is_asked_at_most_once_a_second_by_one_person(void **state)
{
    struct duo *duo = *state;
    hp_control_request(duo->control, duo->ann);
    for (int i = 0; i < 1000; i++) {
        hp_control_request(duo->control, duo->bob);
    }
    assert_int_equal(house_count(duo->house, duo->ann->link, "request by"), 1);
    house_pass(duo->house, 1000);
    hp_control_request(duo->control, duo->bob);
    assert_int_equal(house_count(duo->house, duo->ann->link, "request by"), 2);
}

static void
a_new_host_hears_of_a_wish_at_once(void **state)
{
    struct duo *duo = *state;
    struct hp_session *cy = house_enter(duo->house, "cy");
    hp_control_request(duo->control, duo->ann);
    hp_control_request(duo->control, duo->bob);
    assert_true(hp_control_give(duo->control, duo->ann, cy));
    hp_control_request(duo->control, duo->bob);
    assert_int_equal(house_count(duo->house, cy->link, "request by"), 1);
}

static void
protect_control(struct hp_rules *rules)
{
    rules->control_protection = true;
}

// Everyone is told of each change: who takes and lets go all the time is not heard for a while.
static void
one_person_cannot_make_control_flicker(void **state)
{
    struct duo *duo = *state;
    house_forget(duo->house);
    for (int i = 0; i < 1000; i++) {
        hp_control_request(duo->control, duo->ann);
        hp_control_release(duo->control, duo->ann);
    }
    assert_in_range(house_count(duo->house, duo->bob->link, "host "), 10, 60);
    assert_null(hp_control_host(duo->control));
    assert_int_equal(hp_control_request(duo->control, duo->bob), HP_CONTROL_TAKEN);
    assert_true(hp_control_give(duo->control, duo->bob, duo->ann));
    assert_false(hp_control_give(duo->control, duo->ann, duo->bob));
    house_pass(duo->house, 1000);
    assert_true(hp_control_give(duo->control, duo->ann, duo->bob));
}

static void
only_the_host_can_release(void **state)
{
    struct duo *duo = *state;
    hp_control_request(duo->control, duo->ann);
    assert_false(hp_control_release(duo->control, duo->bob));
    assert_true(hp_control_release(duo->control, duo->ann));
    assert_null(hp_control_host(duo->control));
    assert_true(house_heard(duo->house, duo->bob->link, "host nobody by ann-"));
}

static void
admins_take_and_reset_and_users_do_not(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *admin = house_enter(house, "admin");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    hp_control_request(control, admin);
    assert_false(hp_control_take(control, ann));
    assert_false(hp_control_reset(control, ann));
    assert_ptr_equal(hp_control_host(control), admin);
    assert_true(hp_control_reset(control, admin));
    assert_null(hp_control_host(control));
    hp_control_request(control, ann);
    assert_true(hp_control_take(control, admin));
    assert_ptr_equal(hp_control_host(control), admin);
    house_destroy(house);
}

static void
the_host_gives_control_only_to_a_session_that_may_have_it(void **state)
{
    struct duo *duo = *state;
    struct hp_session *away = house_login(duo->house, "away");
    assert_false(hp_control_give(duo->control, duo->ann, duo->bob));
    hp_control_request(duo->control, duo->ann);
    assert_false(hp_control_give(duo->control, duo->bob, duo->bob));
    assert_false(hp_control_give(duo->control, duo->ann, away));
    duo->bob->profile.can_host = false;
    assert_false(hp_control_give(duo->control, duo->ann, duo->bob));
    duo->bob->profile.can_host = true;
    assert_true(hp_control_give(duo->control, duo->ann, duo->bob));
    assert_ptr_equal(hp_control_host(duo->control), duo->bob);
}

static void
lock_controls(struct hp_rules *rules)
{
    rules->locked_controls = true;
}

static void
go_private(struct hp_rules *rules)
{
    rules->private_mode = true;
}

static void
host_implicitly(struct hp_rules *rules)
{
    rules->implicit_hosting = true;
}

static void
locked_controls_and_private_mode_keep_users_out(void **state)
{
    static void (*const changes[])(struct hp_rules *rules) = { lock_controls, go_private };
    (void) state;
    for (unsigned i = 0; i < 2; i++) {
        struct house *house = house_create(0, NULL);
        struct hp_session *ann = house_enter(house, "ann");
        struct hp_session *admin = house_enter(house, "admin");
        struct hp_control *control = hp_room_control(house->room);
        hp_control_request(control, ann);
        house_set_rules(house, admin, changes[i]);
        assert_null(hp_control_host(control)); // a user who had it loses it
        assert_int_equal(hp_control_request(control, ann), HP_CONTROL_REFUSED);
        assert_int_equal(hp_control_request(control, admin), HP_CONTROL_TAKEN);
        house_destroy(house);
    }
}

static void
implicit_hosting_takes_over_without_asking(void **state)
{
    struct duo *duo = *state;
    house_set_rules(duo->house, NULL, host_implicitly);
    hp_control_request(duo->control, duo->ann);
    assert_int_equal(hp_control_request(duo->control, duo->bob), HP_CONTROL_TAKEN);
    assert_ptr_equal(hp_control_host(duo->control), duo->bob);
}

static void
control_protection_follows_the_admins(void **state)
{
    struct house *house = house_create(0, NULL);
    (void) state;
    house_set_rules(house, NULL, protect_control);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *admin = house_enter(house, "admin");
    assert_false(hp_room_rules(house->room)->locked_controls);
    hp_control_request(hp_room_control(house->room), ann);
    hp_lobby_lose(admin, admin->link, true);
    assert_true(hp_room_rules(house->room)->locked_controls);
    assert_null(hp_control_host(hp_room_control(house->room)));
    house_forget(house);
    house_enter(house, "admin");
    assert_false(hp_room_rules(house->room)->locked_controls);
    assert_true(house_heard(house, ann->link, "rules by admin-"));
    house_destroy(house);
}

static void
lost_rights_and_lost_people_have_no_control(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_control *control = hp_room_control(house->room);
    struct hp_profile profile;
    (void) state;
    hp_control_request(control, ann);
    hp_profile_copy(&profile, &ann->profile);
    profile.can_host = false;
    hp_lobby_set_profile(ann, &profile);
    assert_null(hp_control_host(control));
    profile.can_host = true;
    hp_lobby_set_profile(ann, &profile);
    hp_control_request(control, ann);
    hp_lobby_end(ann);
    assert_null(hp_control_host(control));
    hp_profile_finish(&profile);
    house_destroy(house);
}

static void
keys_of_the_old_host_are_released_before_the_new_host_acts(void **state)
{
    struct duo *duo = *state;
    struct hp_peer *ann_peer = house_watch(duo->house, duo->ann);
    struct hp_peer *bob_peer = house_watch(duo->house, duo->bob);
    const struct hp_input down = { .kind = HP_INPUT_KEY_DOWN, .keysym = 'a' };
    hp_control_request(duo->control, duo->ann);
    house_forget(duo->house);
    fake_peer_input(ann_peer, &down);
    fake_peer_input(bob_peer, &down); // not the host: nothing
    house_pump(duo->house);
    assert_int_equal(duo->house->input_count, 1);
    hp_control_give(duo->control, duo->ann, duo->bob);
    fake_peer_input(ann_peer, &down); // under way when control was taken
    house_pump(duo->house);
    fake_peer_input(bob_peer, &down);
    house_pump(duo->house);
    assert_int_equal(duo->house->input_count, 3);
    assert_int_equal(duo->house->inputs[1].kind, HP_INPUT_RELEASE_ALL);
    assert_ptr_equal(duo->house->input_from[1], duo->ann);
    assert_int_equal(duo->house->inputs[2].kind, HP_INPUT_KEY_DOWN);
    assert_ptr_equal(duo->house->input_from[2], duo->bob);
    assert_non_null(strstr(duo->house->plugin->str, "control bob"));
}

static void
what_a_new_host_does_early_is_played_in_order(void **state)
{
    struct duo *duo = *state;
    static const struct hp_input first = { .kind = HP_INPUT_MOVE, .x = 1 };
    static const struct hp_input last = { .kind = HP_INPUT_MOVE, .x = 2 };
    static const struct hp_input down = { .kind = HP_INPUT_KEY_DOWN, .keysym = 'b' };
    static const struct hp_input up = { .kind = HP_INPUT_KEY_UP, .keysym = 'b' };
    hp_control_request(duo->control, duo->ann);
    house_forget(duo->house);
    for (int i = 0; i < 2; i++) { // the second time control goes on before it was handed over
        hp_control_give(duo->control, duo->ann, duo->bob);
        hp_seat_post_input(duo->bob->seat, &first);
        hp_seat_post_input(duo->bob->seat, &last);
        hp_seat_post_input(duo->bob->seat, &down);
        hp_seat_post_input(duo->bob->seat, &up);
        if (i == 1) {
            hp_control_give(duo->control, duo->bob, duo->ann);
        }
        house_pump(duo->house);
        static const enum hp_input_kind kinds[] = { HP_INPUT_RELEASE_ALL, HP_INPUT_MOVE,
            HP_INPUT_KEY_DOWN, HP_INPUT_KEY_UP };
        assert_int_equal(duo->house->input_count, i == 0 ? 4 : 1);
        for (unsigned k = 0; k < duo->house->input_count; k++) {
            assert_int_equal(duo->house->inputs[k].kind, kinds[k]);
        }
        assert_int_equal(duo->house->inputs[i == 0 ? 1 : 0].x, i == 0 ? 2 : 0);
        hp_control_give(duo->control, duo->bob, duo->ann);
        house_forget(duo->house);
    }
}

static void
control_that_changes_twice_before_the_echo_goes_to_the_last(void **state)
{
    struct duo *duo = *state;
    struct hp_session *cat = house_enter(duo->house, "cat");
    hp_control_request(duo->control, duo->ann);
    house_forget(duo->house);
    hp_control_give(duo->control, duo->ann, duo->bob);
    hp_control_give(duo->control, duo->bob, cat);
    hp_lobby_end(duo->bob);
    house_pump(duo->house);
    assert_ptr_equal(hp_control_host(duo->control), cat);
    assert_null(strstr(duo->house->plugin->str, "control bob"));
    assert_non_null(strstr(duo->house->plugin->str, "control cat"));
}

static void
a_dead_channel_releases_and_keeps_control(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_peer *peer = house_watch(house, ann);
    const struct hp_input down = { .kind = HP_INPUT_BUTTON_DOWN, .button = 1 };
    (void) state;
    hp_control_request(hp_room_control(house->room), ann);
    house_forget(house);
    fake_peer_input(peer, &down);
    fake_peer_channel(peer, "data", false);
    house_pump(house);
    assert_int_equal(house->input_count, 2);
    assert_int_equal(house->inputs[1].kind, HP_INPUT_RELEASE_ALL);
    assert_ptr_equal(hp_control_host(hp_room_control(house->room)), ann);
    house_destroy(house);
}

// An admin may give control to a user although users are locked out: the user cannot pass it on.
static void
under_a_lock_control_goes_on_to_admins_only(void **state)
{
    struct duo *duo = *state;
    struct hp_session *admin = house_enter(duo->house, "admin");
    house_set_rules(duo->house, admin, lock_controls);
    assert_true(hp_control_give(duo->control, admin, duo->ann));
    assert_false(hp_control_give(duo->control, duo->ann, duo->bob));
    assert_ptr_equal(hp_control_host(duo->control), duo->ann);
    assert_true(hp_control_give(duo->control, duo->ann, admin));
    assert_ptr_equal(hp_control_host(duo->control), admin);
}

static void
a_rule_that_allows_the_host_takes_nothing_away(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    hp_control_request(control, ann);
    house_pump(house);
    house_forget(house);
    house_set_rules(house, NULL, host_implicitly);
    assert_ptr_equal(hp_control_host(control), ann);
    assert_true(hp_control_give(control, ann, ann)); // nothing changes: nobody is told
    house_pump(house);
    assert_false(house_heard(house, ann->link, "host "));
    house_destroy(house);
}

static void
an_admin_without_the_right_cannot_take(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *admin = house_enter(house, "admin");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    admin->profile.can_host = false;
    assert_false(hp_control_take(control, admin));
    assert_null(hp_control_host(control));
    house_destroy(house);
}

static void
control_protection_waits_for_the_last_admin(void **state)
{
    struct house *house = house_create(0, NULL);
    (void) state;
    house_set_rules(house, NULL, protect_control);
    struct hp_session *first = house_enter(house, "admin");
    struct hp_session *second = house_enter(house, "boss");
    hp_lobby_lose(first, first->link, true);
    assert_false(hp_room_rules(house->room)->locked_controls);
    house_enter(house, "ann"); // who is no admin unlocks nothing
    hp_lobby_lose(second, second->link, true);
    assert_true(hp_room_rules(house->room)->locked_controls);
    house_enter(house, "bob");
    assert_true(hp_room_rules(house->room)->locked_controls);
    house_destroy(house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        DUO_TEST(the_first_request_takes_control_and_the_second_asks_the_host),
        DUO_TEST(a_host_is_asked_at_most_once_a_second_by_one_person),
        DUO_TEST(a_new_host_hears_of_a_wish_at_once),
        DUO_TEST(one_person_cannot_make_control_flicker),
        DUO_TEST(only_the_host_can_release),
        cmocka_unit_test(admins_take_and_reset_and_users_do_not),
        DUO_TEST(the_host_gives_control_only_to_a_session_that_may_have_it),
        cmocka_unit_test(locked_controls_and_private_mode_keep_users_out),
        DUO_TEST(implicit_hosting_takes_over_without_asking),
        DUO_TEST(under_a_lock_control_goes_on_to_admins_only),
        cmocka_unit_test(a_rule_that_allows_the_host_takes_nothing_away),
        cmocka_unit_test(an_admin_without_the_right_cannot_take),
        cmocka_unit_test(control_protection_waits_for_the_last_admin),
        cmocka_unit_test(control_protection_follows_the_admins),
        cmocka_unit_test(lost_rights_and_lost_people_have_no_control),
        DUO_TEST(keys_of_the_old_host_are_released_before_the_new_host_acts),
        DUO_TEST(what_a_new_host_does_early_is_played_in_order),
        DUO_TEST(control_that_changes_twice_before_the_echo_goes_to_the_last),
        cmocka_unit_test(a_dead_channel_releases_and_keeps_control),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
