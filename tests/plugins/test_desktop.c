// test_desktop.c - the plugin as a whole under a fake host, on a display of the test's.
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "base/input.h"
#include "fixture.h"
#include "host.h"

static struct fixture fixture;

static int
set_up(void **state)
{
    fixture_start(&fixture, NULL);
    assert_true(host_start_on(fixture.display, FIXTURE_TIMEOUT_MS));
    return 0;
}

static int
tear_down(void **state)
{
    host_stop();
    fixture_stop(&fixture);
    return 0;
}

static bool
has_cursor(const struct host_news *news)
{
    return news->cursors > 0;
}

static bool
has_sources(const struct host_news *news)
{
    return news->sources == 2;
}

static void
screen_sources_and_cursor_are_told(void **state)
{
    assert_int_equal(host_get_news()->screen.width, FIXTURE_WIDTH);
    assert_int_equal(host_get_news()->screen.height, FIXTURE_HEIGHT);
    assert_true(host_wait(has_sources, FIXTURE_TIMEOUT_MS));
    assert_non_null(strstr(host_get_news()->head[HP_SOURCE_VIDEO], "hairpinxsrc display=\":"));
    assert_null(strstr(host_get_news()->head[HP_SOURCE_VIDEO], " framerate="));
    assert_non_null(strstr(host_get_news()->head[HP_SOURCE_AUDIO], "@DEFAULT_MONITOR@"));
    assert_string_equal(host_get_news()->sound_device, "@DEFAULT_MONITOR@");
    assert_string_equal(host_get_news()->sound_server, "");
    assert_non_null(strstr(host_get_news()->head[HP_SOURCE_VIDEO], host_get_news()->display));
    assert_true(host_wait(has_cursor, FIXTURE_TIMEOUT_MS));
    assert_memory_equal(host_get_news()->png, "\x89PNG\r\n", 6);
}

static bool
is_new_shape(const struct host_news *news)
{
    return news->cursor.width == 16 && news->cursor.hot_x == 3 && news->cursor.hot_y == 5;
}

// Shows a square of 16 pixels as the pointer of the window.
static void
change_cursor(void)
{
    xcb_connection_t *connection = fixture.connection;
    xcb_pixmap_t pixmap = xcb_generate_id(connection);
    xcb_gcontext_t gc = xcb_generate_id(connection);
    xcb_cursor_t cursor = xcb_generate_id(connection);
    uint32_t one = 1;
    xcb_rectangle_t all = { 0, 0, 16, 16 };
    xcb_create_pixmap(connection, 1, pixmap, fixture.window, 16, 16);
    xcb_create_gc(connection, gc, pixmap, XCB_GC_FOREGROUND, &one);
    xcb_poly_fill_rectangle(connection, pixmap, gc, 1, &all);
    xcb_create_cursor(connection, cursor, pixmap, pixmap, 0xffff, 0, 0, 0, 0xffff, 0, 3, 5);
    xcb_change_window_attributes(connection, fixture.window, XCB_CW_CURSOR, &cursor);
    xcb_flush(connection);
}

static void
new_cursor_is_told_with_its_hot_spot(void **state)
{
    change_cursor();
    assert_true(host_wait(is_new_shape, FIXTURE_TIMEOUT_MS));
}

static bool
is_at_programs_place(const struct host_news *news)
{
    return news->cursor_x == 222 && news->cursor_y == 111;
}

static void
pointer_that_a_program_moves_is_followed(void **state)
{
    host_open_session();
    xcb_warp_pointer(fixture.connection, XCB_NONE, fixture.screen->root, 0, 0, 0, 0, 222, 111);
    xcb_flush(fixture.connection);
    assert_true(host_wait(is_at_programs_place, FIXTURE_TIMEOUT_MS));
}

static void
move_is_told_and_text_arrives(void **state)
{
    host_act(&(struct hp_input){ .kind = HP_INPUT_MOVE, .x = 222, .y = 111 });
    assert_true(host_wait(is_at_programs_place, FIXTURE_TIMEOUT_MS));
    host_act(&(struct hp_input){ .kind = HP_INPUT_KEY_DOWN, .keysym = 0x1004e2d });
    host_act(&(struct hp_input){ .kind = HP_INPUT_KEY_UP, .keysym = 0x1004e2d });
    assert_int_equal(fixture_wait_key(&fixture, false, FIXTURE_TIMEOUT_MS), 0x1004e2d);
}

static int screens_before;

static bool
is_back(const struct host_news *news)
{
    return news->screens > screens_before && news->restarts > 0;
}

static void
killed_server_is_found_again(void **state)
{
    char number[8];
    g_strlcpy(number, fixture.display + 1, sizeof(number));
    screens_before = host_get_news()->screens;
    fixture_kill_server(&fixture);
    fixture_start(&fixture, number);
    assert_true(host_wait(is_back, 10000));
    host_act(&(struct hp_input){ .kind = HP_INPUT_KEY_DOWN, .keysym = 'k' });
    host_act(&(struct hp_input){ .kind = HP_INPUT_KEY_UP, .keysym = 'k' });
    assert_int_equal(fixture_wait_key(&fixture, false, FIXTURE_TIMEOUT_MS), 'k');
}

static void
frozen_server_holds_up_nobody(void **state)
{
    host_open_session();
    kill(fixture.pid, SIGSTOP);
    gint64 begin_us = g_get_monotonic_time();
    for (int i = 0; i < 20000; i++) { // far more than its socket takes
        host_act(&(struct hp_input){ .kind = HP_INPUT_MOVE, .x = i % 600, .y = 1 });
        host_act(&(struct hp_input){ .kind = HP_INPUT_SCROLL, .delta_y = 20 });
    }
    host_stop();
    assert_true(g_get_monotonic_time() - begin_us < 1500000);
    kill(fixture.pid, SIGCONT);
}

static void
bad_options_stop_the_start(void **state)
{
    host_set_option("desktop.display", ":0\" ! filesink");
    assert_false(host_start());
    host_set_option("desktop.display", ":0");
    host_set_option("desktop.screen", "1280");
    assert_false(host_start());
    host_set_option("desktop.screen", "1280x720@60");
}

static int screens_before;

static bool
is_told_the_same_size(const struct host_news *news)
{
    return news->screens > screens_before && news->screen.width == FIXTURE_WIDTH
            && news->screen.height == FIXTURE_HEIGHT;
}

static bool
is_half_as_wide(const struct host_news *news)
{
    return news->screen.width == FIXTURE_WIDTH / 2;
}

// The server refuses what is larger than it began with, when the controller is off already.
static void
a_size_that_is_refused_leaves_the_screen_as_it_was(void **state)
{
    (void) state;
    screens_before = host_get_news()->screens;
    host_set_screen(FIXTURE_WIDTH * 2, FIXTURE_HEIGHT * 2, 30);
    assert_true(host_wait(is_told_the_same_size, FIXTURE_TIMEOUT_MS));
    host_set_screen(FIXTURE_WIDTH / 2, FIXTURE_HEIGHT, 30);
    assert_true(host_wait(is_half_as_wide, FIXTURE_TIMEOUT_MS));
    screens_before = host_get_news()->screens;
    host_set_screen(FIXTURE_WIDTH, FIXTURE_HEIGHT, 30);
    assert_true(host_wait(is_told_the_same_size, FIXTURE_TIMEOUT_MS));
}

static bool
has_sound(const struct host_news *news)
{
    return news->head[HP_SOURCE_AUDIO][0] != '\0';
}

static void
a_sound_server_that_comes_later_is_found(void **state)
{
    char *directory = g_dir_make_tmp("hairpin-test-XXXXXX", NULL);
    char *socket = g_build_filename(directory, "pulse", "native", NULL);
    char *parent = g_path_get_dirname(socket);
    host_stop();
    if (g_file_test("/var/run/pulse/native", G_FILE_TEST_EXISTS)) {
        skip();
    }
    g_unsetenv("PULSE_SERVER");
    g_setenv("XDG_RUNTIME_DIR", directory, TRUE);
    assert_true(host_start());
    assert_true(host_wait(host_has_screen, FIXTURE_TIMEOUT_MS));
    assert_false(has_sound(host_get_news()));
    assert_int_equal(g_mkdir(parent, 0700), 0);
    assert_true(g_file_set_contents(socket, "", 0, NULL));
    assert_true(host_wait(has_sound, 4 * FIXTURE_TIMEOUT_MS));
    assert_string_equal(host_get_news()->sound_device, "@DEFAULT_MONITOR@");
    g_remove(socket);
    g_rmdir(parent);
    g_rmdir(directory);
    g_free(socket);
    g_free(parent);
    g_free(directory);
}

int
main(void)
{
    if (!fixture_is_possible()) {
        return 77;
    }
    char *path = g_build_filename(
            g_getenv("builddir") == NULL ? "." : g_getenv("builddir"), ".libs", "desktop.so", NULL);
    bool is_loaded = host_load(path);
    g_free(path);
    if (!is_loaded) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(screen_sources_and_cursor_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(new_cursor_is_told_with_its_hot_spot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
                pointer_that_a_program_moves_is_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
                a_size_that_is_refused_leaves_the_screen_as_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(move_is_told_and_text_arrives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(killed_server_is_found_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(frozen_server_holds_up_nobody, set_up, tear_down),
        cmocka_unit_test(bad_options_stop_the_start),
        cmocka_unit_test_setup_teardown(
                a_sound_server_that_comes_later_is_found, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
