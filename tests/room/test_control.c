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
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    house_forget(house);
    assert_int_equal(hp_control_request(control, ann), HP_CONTROL_TAKEN);
    assert_ptr_equal(hp_control_host(control), ann);
    assert_true(house_heard(house, bob->link, "host ann-"));
    assert_int_equal(hp_control_request(control, bob), HP_CONTROL_ASKED);
    assert_true(house_heard(house, ann->link, "request by bob-"));
    assert_false(house_heard(house, bob->link, "request by"));
    assert_ptr_equal(hp_control_host(control), ann);
    assert_int_equal(hp_control_request(control, ann), HP_CONTROL_TAKEN);
    house_destroy(house);
}

static void
a_host_is_asked_at_most_once_a_second_by_one_person(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    hp_control_request(control, ann);
    for (int i = 0; i < 1000; i++) {
        hp_control_request(control, bob);
    }
    assert_int_equal(house_count(house, ann->link, "request by"), 1);
    house_pass(house, 1000);
    hp_control_request(control, bob);
    assert_int_equal(house_count(house, ann->link, "request by"), 2);
    house_destroy(house);
}

static void
a_new_host_hears_of_a_wish_at_once(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_session *cy = house_enter(house, "cy");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    hp_control_request(control, ann);
    hp_control_request(control, bob);
    assert_true(hp_control_give(control, ann, cy));
    hp_control_request(control, bob);
    assert_int_equal(house_count(house, cy->link, "request by"), 1);
    house_destroy(house);
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
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    house_forget(house);
    for (int i = 0; i < 1000; i++) {
        hp_control_request(control, ann);
        hp_control_release(control, ann);
    }
    assert_in_range(house_count(house, bob->link, "host "), 10, 60);
    assert_null(hp_control_host(control));
    assert_int_equal(hp_control_request(control, bob), HP_CONTROL_TAKEN);
    assert_true(hp_control_give(control, bob, ann));
    assert_false(hp_control_give(control, ann, bob));
    house_pass(house, 1000);
    assert_true(hp_control_give(control, ann, bob));
    house_destroy(house);
}

static void
only_the_host_can_release(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    hp_control_request(control, ann);
    assert_false(hp_control_release(control, bob));
    assert_true(hp_control_release(control, ann));
    assert_null(hp_control_host(control));
    assert_true(house_heard(house, bob->link, "host nobody by ann-"));
    house_destroy(house);
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
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_session *away = house_login(house, "away");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    assert_false(hp_control_give(control, ann, bob));
    hp_control_request(control, ann);
    assert_false(hp_control_give(control, bob, bob));
    assert_false(hp_control_give(control, ann, away));
    bob->profile.can_host = false;
    assert_false(hp_control_give(control, ann, bob));
    bob->profile.can_host = true;
    assert_true(hp_control_give(control, ann, bob));
    assert_ptr_equal(hp_control_host(control), bob);
    house_destroy(house);
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
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    house_set_rules(house, NULL, host_implicitly);
    hp_control_request(control, ann);
    assert_int_equal(hp_control_request(control, bob), HP_CONTROL_TAKEN);
    assert_ptr_equal(hp_control_host(control), bob);
    house_destroy(house);
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
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_peer *ann_peer = house_watch(house, ann);
    struct hp_peer *bob_peer = house_watch(house, bob);
    struct hp_control *control = hp_room_control(house->room);
    const struct hp_input down = { .kind = HP_INPUT_KEY_DOWN, .keysym = 'a' };
    (void) state;
    hp_control_request(control, ann);
    house_forget(house);
    fake_peer_input(ann_peer, &down);
    fake_peer_input(bob_peer, &down); // not the host: nothing
    house_pump(house);
    assert_int_equal(house->input_count, 1);
    hp_control_give(control, ann, bob);
    fake_peer_input(ann_peer, &down); // under way when control was taken
    house_pump(house);
    fake_peer_input(bob_peer, &down);
    house_pump(house);
    assert_int_equal(house->input_count, 3);
    assert_int_equal(house->inputs[1].kind, HP_INPUT_RELEASE_ALL);
    assert_ptr_equal(house->input_from[1], ann);
    assert_int_equal(house->inputs[2].kind, HP_INPUT_KEY_DOWN);
    assert_ptr_equal(house->input_from[2], bob);
    assert_non_null(strstr(house->plugin->str, "control bob"));
    house_destroy(house);
}

static void
what_a_new_host_does_early_is_played_in_order(void **state)
{
    static const struct hp_input first = { .kind = HP_INPUT_MOVE, .x = 1 };
    static const struct hp_input last = { .kind = HP_INPUT_MOVE, .x = 2 };
    static const struct hp_input down = { .kind = HP_INPUT_KEY_DOWN, .keysym = 'b' };
    static const struct hp_input up = { .kind = HP_INPUT_KEY_UP, .keysym = 'b' };
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    hp_control_request(control, ann);
    house_forget(house);
    for (int i = 0; i < 2; i++) { // the second time control goes on before it was handed over
        hp_control_give(control, ann, bob);
        hp_seat_post_input(bob->seat, &first);
        hp_seat_post_input(bob->seat, &last);
        hp_seat_post_input(bob->seat, &down);
        hp_seat_post_input(bob->seat, &up);
        if (i == 1) {
            hp_control_give(control, bob, ann);
        }
        house_pump(house);
        static const enum hp_input_kind kinds[] = { HP_INPUT_RELEASE_ALL, HP_INPUT_MOVE,
            HP_INPUT_KEY_DOWN, HP_INPUT_KEY_UP };
        assert_int_equal(house->input_count, i == 0 ? 4 : 1);
        for (unsigned k = 0; k < house->input_count; k++) {
            assert_int_equal(house->inputs[k].kind, kinds[k]);
        }
        assert_int_equal(house->inputs[i == 0 ? 1 : 0].x, i == 0 ? 2 : 0);
        hp_control_give(control, bob, ann);
        house_forget(house);
    }
    house_destroy(house);
}

static void
control_that_changes_twice_before_the_echo_goes_to_the_last(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_session *cat = house_enter(house, "cat");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    hp_control_request(control, ann);
    house_forget(house);
    hp_control_give(control, ann, bob);
    hp_control_give(control, bob, cat);
    hp_lobby_end(bob);
    house_pump(house);
    assert_ptr_equal(hp_control_host(control), cat);
    assert_null(strstr(house->plugin->str, "control bob"));
    assert_non_null(strstr(house->plugin->str, "control cat"));
    house_destroy(house);
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
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_session *admin = house_enter(house, "admin");
    struct hp_control *control = hp_room_control(house->room);
    (void) state;
    house_set_rules(house, admin, lock_controls);
    assert_true(hp_control_give(control, admin, ann));
    assert_false(hp_control_give(control, ann, bob));
    assert_ptr_equal(hp_control_host(control), ann);
    assert_true(hp_control_give(control, ann, admin));
    assert_ptr_equal(hp_control_host(control), admin);
    house_destroy(house);
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
        cmocka_unit_test(the_first_request_takes_control_and_the_second_asks_the_host),
        cmocka_unit_test(a_host_is_asked_at_most_once_a_second_by_one_person),
        cmocka_unit_test(a_new_host_hears_of_a_wish_at_once),
        cmocka_unit_test(one_person_cannot_make_control_flicker),
        cmocka_unit_test(only_the_host_can_release),
        cmocka_unit_test(admins_take_and_reset_and_users_do_not),
        cmocka_unit_test(the_host_gives_control_only_to_a_session_that_may_have_it),
        cmocka_unit_test(locked_controls_and_private_mode_keep_users_out),
        cmocka_unit_test(implicit_hosting_takes_over_without_asking),
        cmocka_unit_test(under_a_lock_control_goes_on_to_admins_only),
        cmocka_unit_test(a_rule_that_allows_the_host_takes_nothing_away),
        cmocka_unit_test(an_admin_without_the_right_cannot_take),
        cmocka_unit_test(control_protection_waits_for_the_last_admin),
        cmocka_unit_test(control_protection_follows_the_admins),
        cmocka_unit_test(lost_rights_and_lost_people_have_no_control),
        cmocka_unit_test(keys_of_the_old_host_are_released_before_the_new_host_acts),
        cmocka_unit_test(what_a_new_host_does_early_is_played_in_order),
        cmocka_unit_test(control_that_changes_twice_before_the_echo_goes_to_the_last),
        cmocka_unit_test(a_dead_channel_releases_and_keeps_control),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
