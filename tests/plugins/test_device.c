// test_device.c - input in a real X server: what a client in it sees of keys, buttons and wheel.
#include "device.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>
#include <xcb/xtest.h>
#include <xkbcommon/xkbcommon-keysyms.h>

#include "base/input.h"
#include "display.h"
#include "fixture.h"
#include "layout.h"

static struct fixture fixture;
static struct hp_device *device;
static xcb_connection_t *watcher;

static void
load_keymap(void)
{
    hp_device_set_keymap(device, hp_layout_fetch(watcher), hp_device_get_use_count(device));
    uint32_t locked, group;
    assert_true(hp_layout_query_locks(watcher, &locked, &group));
    hp_device_set_locks(device, locked, group);
}

static struct hp_display
fixture_display(void)
{
    struct hp_display display = { 0 };
    g_strlcpy(display.name, fixture.display, sizeof(display.name));
    return display;
}

static void
open_device(void)
{
    struct hp_display display = fixture_display();
    assert_true(hp_device_open(device, &display, -1));
    load_keymap();
}

static int
open_all(void **state)
{
    fixture_start(&fixture, NULL);
    struct hp_display display = fixture_display();
    xcb_screen_t *screen;
    uint8_t first_event;
    watcher = hp_display_connect(&display, -1, &screen);
    assert_true(hp_layout_select(watcher, &first_event));
    device = hp_device_create();
    open_device();
    return 0;
}

static int
close_all(void **state)
{
    hp_device_destroy(device);
    xcb_disconnect(watcher);
    fixture_stop(&fixture);
    return 0;
}

static void
act(const struct hp_input *input)
{
    int x, y;
    hp_device_handle(device, input, &x, &y);
}

static void
key_down(uint32_t keysym)
{
    act(&(struct hp_input){ .kind = HP_INPUT_KEY_DOWN, .keysym = keysym });
}

static void
key_up(uint32_t keysym)
{
    act(&(struct hp_input){ .kind = HP_INPUT_KEY_UP, .keysym = keysym });
}

static void
catch_up_once(void)
{
    int x, y;
    hp_device_catch_up(device, g_get_monotonic_time(), &x, &y);
}

// The next key, while keys that wait for a spare key are pressed in their time.
static uint32_t
wait_key(void)
{
    uint32_t keysym = 0;
    gint64 end_us = g_get_monotonic_time() + FIXTURE_TIMEOUT_MS * 1000;
    while (keysym == 0 && g_get_monotonic_time() < end_us) {
        keysym = fixture_wait_key(&fixture, false, 5);
        if (keysym == 0) {
            catch_up_once();
        }
    }
    return keysym;
}

static void
type_and_expect(uint32_t keysym, uint32_t expected)
{
    key_down(keysym);
    key_up(keysym);
    assert_int_equal(wait_key(), expected);
}

static void
expect_button(int type, int button, int x, int y)
{
    xcb_button_press_event_t *event =
            (void *) fixture_wait(&fixture, type, type, FIXTURE_TIMEOUT_MS);
    assert_non_null(event);
    assert_int_equal(event->detail, button);
    if (x >= 0) {
        assert_int_equal(event->root_x, x);
        assert_int_equal(event->root_y, y);
    }
    free(event);
}

static void
expect_nothing(void)
{
    act(&(struct hp_input){ .kind = HP_INPUT_BUTTON_DOWN, .button = 9 });
    xcb_generic_event_t *event =
            fixture_wait(&fixture, XCB_KEY_PRESS, XCB_BUTTON_PRESS, FIXTURE_TIMEOUT_MS);
    assert_non_null(event);
    assert_int_equal(event->response_type & 0x7f, XCB_BUTTON_PRESS);
    assert_int_equal(((xcb_button_press_event_t *) event)->detail, 9);
    free(event);
    act(&(struct hp_input){ .kind = HP_INPUT_BUTTON_UP, .button = 9 });
}

static void
typed_text_arrives(void **state)
{
    const char *text = "Hello, World! 3 < 5 && {\"a\": [1]} ~/x_y-z? @#$%^*()+=|\\;'`";
    for (const char *letter = text; *letter != '\0'; letter++) {
        type_and_expect((uint8_t) *letter, (uint8_t) *letter);
    }
    type_and_expect(XKB_KEY_Return, XKB_KEY_Return);
    type_and_expect(XKB_KEY_KP_7, XKB_KEY_KP_7); // whether Num Lock is on or not
}

static void
letters_that_the_map_lacks_arrive(void **state)
{
    const uint32_t keysyms[] = { XKB_KEY_EuroSign, 0x1004e2d, 0x101f600, XKB_KEY_eacute,
        XKB_KEY_Eacute, XKB_KEY_dead_acute, 0x10020ac };
    for (size_t i = 0; i < G_N_ELEMENTS(keysyms); i++) {
        type_and_expect(keysyms[i], keysyms[i]);
        type_and_expect('a', 'a');
    }
    load_keymap(); // with the spare keys as they are now
    for (size_t i = 0; i < G_N_ELEMENTS(keysyms); i++) {
        type_and_expect(keysyms[i], keysyms[i]);
    }
    for (uint32_t keysym = 0x1004e00; keysym < 0x1004e64; keysym++) { // more than there are spares
        type_and_expect(keysym, keysym);
    }
    type_and_expect(XKB_KEY_EuroSign, XKB_KEY_EuroSign);
}

// The program reads none of them before all are pressed that can be.
static void
burst_of_letters_that_the_map_lacks_arrives_whole(void **state)
{
    enum {
        FIRST = 0x1006000,
        COUNT = 80
    };
    for (uint32_t keysym = FIRST; keysym < FIRST + COUNT; keysym++) {
        key_down(keysym);
        key_up(keysym);
    }
    key_down('z'); // and this one comes last
    key_up('z');
    assert_true(hp_device_is_behind(device));
    for (uint32_t keysym = FIRST; keysym < FIRST + COUNT; keysym++) {
        assert_int_equal(wait_key(), keysym);
    }
    assert_int_equal(wait_key(), 'z');
    assert_false(hp_device_is_behind(device));
}

static void
pointer_does_not_wait_for_keys_that_do(void **state)
{
    hp_device_hold_keys(device);
    key_down('h');
    key_up('h');
    assert_int_equal(fixture_wait_key(&fixture, false, 50), 0);
    act(&(struct hp_input){ .kind = HP_INPUT_BUTTON_DOWN, .button = 2 });
    act(&(struct hp_input){ .kind = HP_INPUT_BUTTON_UP, .button = 2 });
    expect_button(XCB_BUTTON_PRESS, 2, -1, -1);
    hp_device_let_keys_go(device);
    catch_up_once();
    assert_int_equal(fixture_wait_key(&fixture, false, FIXTURE_TIMEOUT_MS), 'h');
    hp_device_hold_keys(device); // and nobody lets them go
    key_down('i');
    key_up('i');
    int x, y;
    hp_device_catch_up(device, g_get_monotonic_time() + HP_DEVICE_WAIT_US, &x, &y);
    assert_int_equal(fixture_wait_key(&fixture, false, FIXTURE_TIMEOUT_MS), 'i');
    hp_device_let_keys_go(device);
}

static void
unmapped_letter_arrives_while_shift_is_held(void **state)
{
    key_down(XKB_KEY_Shift_L);
    type_and_expect(XKB_KEY_Eacute, XKB_KEY_Eacute);
    type_and_expect(XKB_KEY_eacute, XKB_KEY_eacute);
    type_and_expect('A', 'A');
    type_and_expect('1', '1'); // Shift and this key on another layout
    key_up(XKB_KEY_Shift_L);
    type_and_expect('a', 'a');
}

static void
shift_stays_with_keys_that_write_nothing(void **state)
{
    key_down(XKB_KEY_Shift_L);
    key_down(XKB_KEY_Tab);
    key_up(XKB_KEY_Tab);
    key_up(XKB_KEY_Shift_L);
    assert_int_equal(fixture_wait_key(&fixture, false, FIXTURE_TIMEOUT_MS), XKB_KEY_ISO_Left_Tab);
}

static void
control_is_seen_with_the_letter(void **state)
{
    key_down(XKB_KEY_Control_L);
    key_down('c');
    free(fixture_wait(&fixture, XCB_KEY_PRESS, XCB_KEY_PRESS, FIXTURE_TIMEOUT_MS));
    xcb_key_press_event_t *event =
            (void *) fixture_wait(&fixture, XCB_KEY_PRESS, XCB_KEY_PRESS, FIXTURE_TIMEOUT_MS);
    assert_non_null(event);
    assert_int_equal(event->state, XCB_MOD_MASK_CONTROL);
    free(event);
    key_up('c');
    key_up(XKB_KEY_Control_L);
}

static void
caps_lock_does_not_turn_letters_around(void **state)
{
    key_down(XKB_KEY_Caps_Lock);
    key_up(XKB_KEY_Caps_Lock);
    assert_int_equal(fixture_wait_key(&fixture, true, FIXTURE_TIMEOUT_MS), XKB_KEY_Caps_Lock);
    type_and_expect('a', 'a');
    type_and_expect('A', 'A');
    key_down(XKB_KEY_Caps_Lock);
    key_up(XKB_KEY_Caps_Lock);
    assert_int_equal(fixture_wait_key(&fixture, true, FIXTURE_TIMEOUT_MS), XKB_KEY_Caps_Lock);
    type_and_expect('a', 'a');
    type_and_expect('A', 'A');
}

static void
held_key_is_pressed_once_and_unknown_one_not_released(void **state)
{
    key_down('q');
    key_down('q');
    key_up('w');
    key_up('q');
    key_up('q');
    assert_int_equal(fixture_wait_key(&fixture, false, FIXTURE_TIMEOUT_MS), 'q');
    expect_nothing();
}

static void
held_key_repeats_what_it_wrote_first(void **state)
{
    key_down('+'); // with a Shift that nobody holds
    for (int i = 0; i < 3; i++) {
        assert_int_equal(fixture_wait_key(&fixture, false, FIXTURE_TIMEOUT_MS), '+');
    }
    key_down(XKB_KEY_Control_L); // something else: that Shift is gone
    act(&(struct hp_input){ .kind = HP_INPUT_BUTTON_DOWN, .button = 1 });
    xcb_button_press_event_t *event =
            (void *) fixture_wait(&fixture, XCB_BUTTON_PRESS, XCB_BUTTON_PRESS, FIXTURE_TIMEOUT_MS);
    assert_non_null(event);
    assert_int_equal(event->state & 0xff, XCB_MOD_MASK_CONTROL);
    free(event);
    act(&(struct hp_input){ .kind = HP_INPUT_RELEASE_ALL });
}

static void
click_is_not_done_with_the_shift_of_a_letter(void **state)
{
    key_down('+');
    act(&(struct hp_input){ .kind = HP_INPUT_BUTTON_DOWN, .button = 1 });
    xcb_button_press_event_t *event =
            (void *) fixture_wait(&fixture, XCB_BUTTON_PRESS, XCB_BUTTON_PRESS, FIXTURE_TIMEOUT_MS);
    assert_non_null(event);
    assert_int_equal(event->state & 0xff, 0);
    free(event);
    act(&(struct hp_input){ .kind = HP_INPUT_RELEASE_ALL });
}

static void
letter_is_let_go_in_the_other_case(void **state)
{
    key_down('a');
    assert_int_equal(fixture_wait_key(&fixture, false, FIXTURE_TIMEOUT_MS), 'a');
    key_up('A');
    free(fixture_wait(&fixture, XCB_KEY_RELEASE, XCB_KEY_RELEASE, FIXTURE_TIMEOUT_MS));
    type_and_expect('a', 'a');
}

static void
keysyms_that_cannot_be_are_ignored(void **state)
{
    key_down(0);
    key_down(0xffffffff);
    key_down(0x20000000);
    expect_nothing();
}

static void
click_hits_the_exact_pixel(void **state)
{
    static const int places[][2] = { { 0, 0 }, { 639, 479 }, { 123, 321 } };
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        act(&(struct hp_input){ .kind = HP_INPUT_MOVE, .x = places[i][0], .y = places[i][1] });
        for (unsigned button = 1; button <= 7; button++) {
            act(&(struct hp_input){ .kind = HP_INPUT_BUTTON_DOWN, .button = button });
            act(&(struct hp_input){ .kind = HP_INPUT_BUTTON_UP, .button = button });
            expect_button(XCB_BUTTON_PRESS, (int) button, places[i][0], places[i][1]);
            expect_button(XCB_BUTTON_RELEASE, (int) button, places[i][0], places[i][1]);
        }
    }
}

static void
move_is_clamped_to_the_screen(void **state)
{
    int x, y;
    const struct hp_input far = { .kind = HP_INPUT_MOVE, .x = 1 << 30, .y = -(1 << 30) };
    assert_true(hp_device_handle(device, &far, &x, &y));
    assert_int_equal(x, FIXTURE_WIDTH - 1);
    assert_int_equal(y, 0);
    act(&(struct hp_input){ .kind = HP_INPUT_BUTTON_DOWN, .button = 1 });
    act(&(struct hp_input){ .kind = HP_INPUT_BUTTON_UP, .button = 1 });
    expect_button(XCB_BUTTON_PRESS, 1, FIXTURE_WIDTH - 1, 0);
}

static void
wheel_clicks_are_bounded_and_have_directions(void **state)
{
    static const struct {
        int delta_x, delta_y, button, count;
    } scrolls[] = { { 0, 1, 4, 1 }, { 0, -3, 5, 3 }, { 2, 0, 6, 2 }, { -1, 0, 7, 1 },
        { 0, 1000000000, 4, 20 } };
    for (size_t i = 0; i < G_N_ELEMENTS(scrolls); i++) {
        act(&(struct hp_input){ .kind = HP_INPUT_SCROLL,
                .delta_x = scrolls[i].delta_x,
                .delta_y = scrolls[i].delta_y });
        for (int click = 0; click < scrolls[i].count; click++) {
            expect_button(XCB_BUTTON_PRESS, scrolls[i].button, -1, -1);
        }
    }
    expect_nothing();
}

static void
wheel_with_control_lets_go_of_it_again(void **state)
{
    act(&(struct hp_input){ .kind = HP_INPUT_SCROLL, .delta_y = 1, .with_control = true });
    xcb_button_press_event_t *event =
            (void *) fixture_wait(&fixture, XCB_BUTTON_PRESS, XCB_BUTTON_PRESS, 1000);
    assert_non_null(event);
    assert_int_equal(event->state & 0xff, XCB_MOD_MASK_CONTROL);
    free(event);
    type_and_expect('x', 'x');
}

static void
expect_ups(int count)
{
    for (int i = 0; i < count; i++) {
        xcb_generic_event_t *event = fixture_wait(&fixture, XCB_KEY_RELEASE, XCB_KEY_RELEASE, 5000);
        assert_non_null(event);
        free(event);
    }
}

static void
release_all_lets_go_of_keys_and_buttons(void **state)
{
    key_down('z');
    key_down(XKB_KEY_EuroSign);
    act(&(struct hp_input){ .kind = HP_INPUT_BUTTON_DOWN, .button = 3 });
    expect_button(XCB_BUTTON_PRESS, 3, -1, -1);
    act(&(struct hp_input){ .kind = HP_INPUT_RELEASE_ALL });
    expect_ups(2);
    expect_button(XCB_BUTTON_RELEASE, 3, -1, -1);
}

static void
what_is_held_comes_up_when_the_device_is_closed(void **state)
{
    key_down('z');
    key_down('y');
    act(&(struct hp_input){ .kind = HP_INPUT_BUTTON_DOWN, .button = 3 });
    expect_button(XCB_BUTTON_PRESS, 3, -1, -1);
    hp_device_close(device);
    expect_ups(2);
    expect_button(XCB_BUTTON_RELEASE, 3, -1, -1);
    open_device();
}

static void
what_a_killed_server_held_comes_up_when_the_device_is_opened(void **state)
{
    struct hp_display display = fixture_display();
    xcb_screen_t *screen;
    xcb_connection_t *killed = hp_display_connect(&display, -1, &screen);
    xcb_test_fake_input(killed, XCB_KEY_PRESS, 38, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
    xcb_test_fake_input(killed, XCB_BUTTON_PRESS, 3, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
    xcb_flush(killed);
    expect_button(XCB_BUTTON_PRESS, 3, -1, -1);
    xcb_disconnect(killed);
    open_device();
    expect_ups(1);
    expect_button(XCB_BUTTON_RELEASE, 3, -1, -1);
}

static void
what_is_held_too_long_is_let_go(void **state)
{
    key_down('z');
    assert_int_equal(fixture_wait_key(&fixture, false, FIXTURE_TIMEOUT_MS), 'z');
    int64_t now_us = g_get_monotonic_time();
    assert_false(hp_device_expire(device, now_us + HP_DEVICE_HOLD_US / 2));
    assert_true(hp_device_expire(device, now_us + HP_DEVICE_HOLD_US + 1000000));
    assert_false(hp_device_expire(device, now_us + HP_DEVICE_HOLD_US * 2));
    xcb_generic_event_t *event = fixture_wait(&fixture, XCB_KEY_RELEASE, XCB_KEY_RELEASE, 5000);
    assert_non_null(event);
    free(event);
}

static void
catch_up(void)
{
    for (int i = 0; i < 1000 && hp_device_is_behind(device); i++) {
        catch_up_once();
        g_usleep(1000);
    }
    assert_false(hp_device_is_behind(device));
}

static void
burst_into_a_server_that_is_busy_arrives_whole(void **state)
{
    enum {
        COUNT = 400
    };
    kill(fixture.pid, SIGSTOP);
    for (int i = 0; i < COUNT; i++) {
        key_down('a' + (uint32_t) i % 26);
        key_up('a' + (uint32_t) i % 26);
    }
    assert_true(hp_device_is_behind(device));
    kill(fixture.pid, SIGCONT);
    catch_up();
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(fixture_wait_key(&fixture, false, FIXTURE_TIMEOUT_MS), 'a' + i % 26);
    }
}

static void
what_is_too_much_for_a_hanging_server_leaves_no_key_down(void **state)
{
    kill(fixture.pid, SIGSTOP);
    key_down('q');
    for (int i = 0; i < 4000; i++) {
        act(&(struct hp_input){ .kind = HP_INPUT_SCROLL, .delta_y = 1 });
    }
    key_up('q');
    kill(fixture.pid, SIGCONT);
    catch_up();
    xcb_generic_event_t *event = fixture_wait(&fixture, XCB_KEY_RELEASE, XCB_KEY_RELEASE, 5000);
    assert_non_null(event);
    free(event);
    assert_false(hp_device_expire(device, g_get_monotonic_time() + HP_DEVICE_HOLD_US * 2));
}

// The last one: it takes the server away.
static void
input_without_a_server_is_dropped(void **state)
{
    fixture_kill_server(&fixture);
    for (int i = 0; i < 10000; i++) {
        act(&(struct hp_input){ .kind = HP_INPUT_MOVE, .x = i % 600, .y = 10 });
        key_down(0x1005000 + (uint32_t) i);
    }
    assert_false(hp_device_drain(device));
}

int
main(void)
{
    if (!fixture_is_possible()) {
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed_text_arrives),
        cmocka_unit_test(letters_that_the_map_lacks_arrive),
        cmocka_unit_test(burst_of_letters_that_the_map_lacks_arrives_whole),
        cmocka_unit_test(pointer_does_not_wait_for_keys_that_do),
        cmocka_unit_test(unmapped_letter_arrives_while_shift_is_held),
        cmocka_unit_test(shift_stays_with_keys_that_write_nothing),
        cmocka_unit_test(control_is_seen_with_the_letter),
        cmocka_unit_test(caps_lock_does_not_turn_letters_around),
        cmocka_unit_test(held_key_is_pressed_once_and_unknown_one_not_released),
        cmocka_unit_test(held_key_repeats_what_it_wrote_first),
        cmocka_unit_test(click_is_not_done_with_the_shift_of_a_letter),
        cmocka_unit_test(letter_is_let_go_in_the_other_case),
        cmocka_unit_test(keysyms_that_cannot_be_are_ignored),
        cmocka_unit_test(click_hits_the_exact_pixel),
        cmocka_unit_test(move_is_clamped_to_the_screen),
        cmocka_unit_test(wheel_clicks_are_bounded_and_have_directions),
        cmocka_unit_test(wheel_with_control_lets_go_of_it_again),
        cmocka_unit_test(release_all_lets_go_of_keys_and_buttons),
        cmocka_unit_test(what_is_held_comes_up_when_the_device_is_closed),
        cmocka_unit_test(what_a_killed_server_held_comes_up_when_the_device_is_opened),
        cmocka_unit_test(what_is_held_too_long_is_let_go),
        cmocka_unit_test(burst_into_a_server_that_is_busy_arrives_whole),
        cmocka_unit_test(what_is_too_much_for_a_hanging_server_leaves_no_key_down),
        cmocka_unit_test(input_without_a_server_is_dropped),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
