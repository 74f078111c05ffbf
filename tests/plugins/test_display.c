// Tests of plugins/desktop/display.c, against an X server that is stopped.
#include "display.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "fixture.h"

static struct fixture fixture;
// With a cookie, which Xvfb does not ask for: libXau looks for one in a buffer that all threads
// share, and attempts that were given up may outlive the test.
static struct hp_display display = { .has_cookie = true };

static int
set_up(void **state)
{
    fixture_start(&fixture, NULL);
    g_strlcpy(display.name, fixture.display, sizeof(display.name));
    return 0;
}

static int
tear_down(void **state)
{
    kill(fixture.pid, SIGCONT);
    fixture_stop(&fixture);
    return 0;
}

static void
expect_connection(void)
{
    xcb_screen_t *screen = NULL;
    xcb_connection_t *connection = hp_display_connect(&display, -1, &screen);
    assert_non_null(connection);
    assert_int_equal(screen->width_in_pixels, FIXTURE_WIDTH);
    xcb_disconnect(connection);
}

// In milliseconds.
static gint64
fail_to_connect(int wake_fd)
{
    xcb_screen_t *screen = NULL;
    gint64 begin_us = g_get_monotonic_time();
    assert_null(hp_display_connect(&display, wake_fd, &screen));
    return (g_get_monotonic_time() - begin_us) / 1000;
}

static void
a_server_that_hangs_is_given_up_in_time(void **state)
{
    expect_connection();
    kill(fixture.pid, SIGSTOP);
    assert_in_range(
            fail_to_connect(-1), HP_DISPLAY_TIMEOUT_MS - 100, HP_DISPLAY_TIMEOUT_MS + 1000);
    kill(fixture.pid, SIGCONT);
    expect_connection(); // what was given up is in nobody's way
}

static void
the_wait_for_a_server_can_be_broken_off(void **state)
{
    int wake_fd = eventfd(1, EFD_CLOEXEC);
    kill(fixture.pid, SIGSTOP);
    assert_in_range(fail_to_connect(wake_fd), 0, HP_DISPLAY_TIMEOUT_MS / 2);
    close(wake_fd);
}

static void
attempts_at_a_server_that_hangs_do_not_pile_up(void **state)
{
    int wake_fd = eventfd(1, EFD_CLOEXEC);
    kill(fixture.pid, SIGSTOP);
    for (int i = 0; i < 30; i++) {
        fail_to_connect(wake_fd);
    }
    GDir *threads = g_dir_open("/proc/self/task", 0, NULL);
    int count = 0;
    while (g_dir_read_name(threads) != NULL) {
        count++;
    }
    g_dir_close(threads);
    close(wake_fd);
    assert_in_range(count, 2, 1 + 8 + 2); // this one, eight that wait, a sanitizer's
}

static void
another_server_that_has_taken_the_number_is_not_ours(void **state)
{
    display.server = fixture.pid;
    expect_connection();
    display.server = getpid();
    fail_to_connect(-1);
    display.server = 0;
}

static void
what_is_written_for_the_capture_is_read_by_it(void **state)
{
    struct hp_display read, written = {
        .name = ":5", .has_cookie = true, .cookie = { 0x0f, 0xf0 }, .server = 4711
    };
    char *path = g_strdup_printf("%s/display.%d", g_get_tmp_dir(), (int) getpid());
    assert_true(hp_display_write(&written, path));
    assert_true(hp_display_read(&read, path));
    assert_string_equal(read.name, ":5");
    assert_true(read.has_cookie);
    assert_memory_equal(read.cookie, written.cookie, sizeof(read.cookie));
    assert_int_equal(read.server, 4711);
    written.has_cookie = false;
    assert_true(hp_display_write(&written, path));
    assert_true(hp_display_read(&read, path));
    assert_false(read.has_cookie);
    assert_int_equal(read.server, 0);
    unlink(path);
    g_free(path);
}

int
main(void)
{
    if (!fixture_is_possible()) {
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                a_server_that_hangs_is_given_up_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
                the_wait_for_a_server_can_be_broken_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
                attempts_at_a_server_that_hangs_do_not_pile_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
                another_server_that_has_taken_the_number_is_not_ours, set_up, tear_down),
        cmocka_unit_test(what_is_written_for_the_capture_is_read_by_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
