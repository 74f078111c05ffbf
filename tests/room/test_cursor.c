// Tests of room/cursor.c: the pointer's picture and place on the data channels, and the pointers of
// those without control.
#include "room/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "house.h"
#include "wire/input.h"

static const uint8_t png[] = { 0x89, 'P', 'N', 'G' };

static void
show_pointers(struct hp_rules *rules)
{
    rules->inactive_cursors = true;
}

static void
hide_pointers(struct hp_rules *rules)
{
    rules->inactive_cursors = false;
}

static void
assert_place_sent(int x, int y)
{
    const struct fake_send *last = fake_peer_last_send();
    const uint8_t expected[HP_INPUT_CURSOR_POSITION_SIZE] = { 1, 0, 7, (uint8_t) (x >> 8),
        (uint8_t) x, (uint8_t) (y >> 8), (uint8_t) y };
    assert_string_equal(last->label, "data");
    assert_int_equal(last->size, sizeof(expected));
    assert_memory_equal(last->data, expected, sizeof(expected));
}

static void
a_picture_goes_to_every_viewer_with_its_size_in_front(void **state)
{
    struct house *house = house_create(0, NULL);
    (void) state;
    house_watch(house, house_enter(house, "ann"));
    house_watch(house, house_enter(house, "bob"));
    house_enter(house, "cat"); // does not watch
    int before = fake_counts.sends;
    house_set_cursor(house, png, sizeof(png));
    assert_int_equal(fake_counts.sends, before + 2);
    const struct fake_send *last = fake_peer_last_send();
    assert_string_equal(last->label, "data");
    assert_int_equal(last->size, HP_INPUT_CURSOR_IMAGE_HEADER_SIZE + sizeof(png));
    assert_memory_equal(last->data + HP_INPUT_CURSOR_IMAGE_HEADER_SIZE, png, sizeof(png));
    house_destroy(house);
}

static void
a_picture_that_is_none_or_too_large_is_not_sent(void **state)
{
    struct house *house = house_create(0, NULL);
    uint8_t *large = g_malloc0(HP_INPUT_PNG_SIZE_MAX + 1);
    (void) state;
    house_watch(house, house_enter(house, "ann"));
    int before = fake_counts.sends;
    house_set_cursor(house, NULL, 0);
    house_set_cursor(house, NULL, sizeof(png));
    house_set_cursor(house, png, 0);
    house_set_cursor(house, large, HP_INPUT_PNG_SIZE_MAX + 1);
    assert_int_equal(fake_counts.sends, before);
    house_set_cursor(house, large, HP_INPUT_PNG_SIZE_MAX);
    assert_int_equal(fake_counts.sends, before + 1);
    g_free(large);
    house_destroy(house);
}

static void
a_picture_that_is_too_large_is_named_in_the_log(void **state)
{
    struct house *house = house_create(0, NULL);
    uint8_t *large = g_malloc0(HP_INPUT_PNG_SIZE_MAX + 1);
    char line[512];
    int ends[2], saved = dup(STDERR_FILENO);
    (void) state;
    hp_log_set_level(HP_LOG_WARN);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    house_set_cursor(house, large, HP_INPUT_PNG_SIZE_MAX + 1);
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t size = read(ends[0], line, sizeof(line) - 1);
    line[MAX(size, 0)] = '\0';
    close(ends[0]);
    assert_non_null(strstr(line, "its PNG has 65525 bytes, expected 1 to 65524\n"));
    g_free(large);
    house_destroy(house);
}

static void
many_moves_are_joined_to_one_at_once_and_the_last_after_a_while(void **state)
{
    struct house *house = house_create(0, NULL);
    (void) state;
    house_watch(house, house_enter(house, "ann"));
    int before = fake_counts.sends;
    house_move_cursor(house, 1, 1);
    house_pump(house);
    assert_int_equal(fake_counts.sends, before + 1);
    assert_place_sent(1, 1);
    for (int i = 0; i < 1000; i++) {
        house_move_cursor(house, 300 + i, 2);
    }
    house_pump(house);
    assert_int_equal(fake_counts.sends, before + 1);
    house_pass(house, 20);
    assert_int_equal(fake_counts.sends, before + 2);
    assert_place_sent(1299, 2);
    assert_true(fake_peer_last_send()->is_brief);
    house_pass(house, 1000);
    assert_int_equal(fake_counts.sends, before + 3); // the pointer stands still
    assert_place_sent(1299, 2);
    assert_false(fake_peer_last_send()->is_brief); // so this one has to arrive
    house_destroy(house);
}

static void
a_crowd_gets_half_as_many_places(void **state)
{
    struct house *house = house_create(0, NULL);
    char name[16];
    (void) state;
    for (int i = 0; i < 17; i++) {
        snprintf(name, sizeof(name), "v%d", i);
        house_watch(house, house_enter(house, name));
    }
    int before = fake_counts.sends;
    house_move_cursor(house, 1, 1);
    house_pump(house);
    assert_int_equal(fake_counts.sends, before + 17);
    house_move_cursor(house, 2, 2);
    house_pass(house, 20);
    assert_int_equal(fake_counts.sends, before + 17);
    house_pass(house, 20);
    assert_int_equal(fake_counts.sends, before + 34);
    assert_place_sent(2, 2);
    house_destroy(house);
}

static void
a_connection_of_the_older_dialect_hears_nothing_of_the_pointer(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    ann->dialect = HP_DIALECT_LEGACY;
    house_watch(house, ann);
    house_watch(house, house_enter(house, "bob"));
    int before = fake_counts.sends;
    house_set_cursor(house, png, sizeof(png));
    house_move_cursor(house, 3, 4);
    house_pump(house);
    assert_int_equal(fake_counts.sends, before + 2); // both to bob
    house_destroy(house);
}

static void
a_place_outside_is_brought_to_the_edge(void **state)
{
    struct house *house = house_create(0, NULL);
    (void) state;
    house_watch(house, house_enter(house, "ann"));
    house_move_cursor(house, -5, 70000);
    house_pump(house);
    assert_place_sent(0, 65535);
    house_destroy(house);
}

static void
the_host_moves_the_pointer_and_is_not_told(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    house_watch(house, ann);
    house_watch(house, house_enter(house, "bob"));
    hp_control_request(hp_room_control(house->room), ann);
    house_pump(house);
    int before = fake_counts.sends;
    house_move_cursor(house, 7, 8);
    house_pump(house);
    assert_int_equal(fake_counts.sends, before + 1);
    house_destroy(house);
}

static void
a_new_channel_is_greeted_with_picture_and_place(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    (void) state;
    house_watch(house, ann);
    assert_int_equal(fake_counts.sends, 0); // there is neither yet
    house_set_cursor(house, png, sizeof(png));
    house_move_cursor(house, 7, 8);
    house_pump(house);
    int before = fake_counts.sends;
    hp_control_request(hp_room_control(house->room), bob);
    house_watch(house, bob); // the host: the picture only
    assert_int_equal(fake_counts.sends, before + 1);
    house_watch(house, house_enter(house, "cat"));
    assert_int_equal(fake_counts.sends, before + 3);
    assert_place_sent(7, 8);
    house_destroy(house);
}

static void
pointers_of_others_are_told_to_those_who_may_see_them_once_each_interval(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *admin = house_enter(house, "admin");
    struct hp_peer *peer = house_watch(house, ann);
    const struct hp_input move = { .kind = HP_INPUT_MOVE, .x = 12, .y = 34 };
    (void) state;
    fake_peer_input(peer, &move);
    house_pass(house, 2000);
    assert_int_equal(house_count(house, admin->link, "cursors"), 0); // the rules say no
    house_set_rules(house, NULL, show_pointers);
    fake_peer_input(peer, &move);
    house_pass(house, 800);
    char *text = g_strdup_printf("cursors %s@12,34", ann->id);
    assert_int_equal(house_count(house, admin->link, text), 1);
    assert_int_equal(house_count(house, ann->link, "cursors"), 0); // users may not see them
    house_pass(house, 3000); // it stands still: gone, and told once
    assert_int_equal(house_count(house, admin->link, "cursors\n"), 1);
    assert_int_equal(house_count(house, admin->link, "cursors"), 2);
    house_set_rules(house, NULL, hide_pointers);
    fake_peer_input(peer, &move);
    house_pass(house, 3000);
    assert_int_equal(house_count(house, admin->link, "cursors"), 2);
    g_free(text);
    house_destroy(house);
}

static void
the_pointer_of_the_host_is_no_inactive_one(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *admin = house_enter(house, "admin");
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_peer *peer = house_watch(house, ann);
    const struct hp_input move = { .kind = HP_INPUT_MOVE, .x = 12, .y = 34 };
    (void) state;
    house_set_rules(house, NULL, show_pointers);
    hp_control_request(hp_room_control(house->room), ann);
    house_pump(house);
    fake_peer_input(peer, &move);
    house_pass(house, 2000);
    assert_int_equal(house_count(house, admin->link, "cursors"), 0);
    house_destroy(house);
}

static void
a_room_that_closes_sends_no_pointer(void **state)
{
    struct house *house = house_create(0, NULL);
    (void) state;
    house_watch(house, house_enter(house, "ann"));
    int before = fake_counts.sends;
    house_move_cursor(house, 7, 8); // under way when the room closes
    house_close(house);
    assert_int_equal(fake_counts.sends, before);
    house_destroy(house);
}

static void
a_peer_that_is_not_connected_is_sent_no_place(void **state)
{
    static const struct hp_selection all = { .video_disabled = -1, .audio_disabled = -1 };
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    assert_true(hp_stage_request(ann->stage, &all));
    house_pump(house);
    house_move_cursor(house, 7, 8);
    house_set_cursor(house, png, sizeof(png));
    house_pump(house);
    assert_int_equal(fake_counts.sends, 0);
    house_destroy(house);
}

static void
a_pointer_without_the_right_to_be_seen_is_not_told(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *admin = house_enter(house, "admin");
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_peer *peer = house_watch(house, ann);
    const struct hp_input move = { .kind = HP_INPUT_MOVE, .x = 12, .y = 34 };
    (void) state;
    house_set_rules(house, NULL, show_pointers);
    ann->profile.sends_inactive_cursor = false;
    fake_peer_input(peer, &move);
    house_pass(house, 2000);
    assert_int_equal(house_count(house, admin->link, "cursors"), 0);
    house_destroy(house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_goes_to_every_viewer_with_its_size_in_front),
        cmocka_unit_test(a_picture_that_is_too_large_is_named_in_the_log),
        cmocka_unit_test(a_picture_that_is_none_or_too_large_is_not_sent),
        cmocka_unit_test(many_moves_are_joined_to_one_at_once_and_the_last_after_a_while),
        cmocka_unit_test(a_crowd_gets_half_as_many_places),
        cmocka_unit_test(a_connection_of_the_older_dialect_hears_nothing_of_the_pointer),
        cmocka_unit_test(a_place_outside_is_brought_to_the_edge),
        cmocka_unit_test(the_host_moves_the_pointer_and_is_not_told),
        cmocka_unit_test(a_new_channel_is_greeted_with_picture_and_place),
        cmocka_unit_test(pointers_of_others_are_told_to_those_who_may_see_them_once_each_interval),
        cmocka_unit_test(the_pointer_of_the_host_is_no_inactive_one),
        cmocka_unit_test(a_peer_that_is_not_connected_is_sent_no_place),
        cmocka_unit_test(a_pointer_without_the_right_to_be_seen_is_not_told),
        cmocka_unit_test(a_room_that_closes_sends_no_pointer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
