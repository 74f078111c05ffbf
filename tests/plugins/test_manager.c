// test_manager.c - the plugin with a desktop of its own: its program waits for the window manager.
// The program is this one again: it maps a window, and tells when that has happened.
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>
#include <xcb/xcb.h>

#include "host.h"

enum {
    START_MS = 20000,
    WINDOWS = 8,
    ROUNDS = 4,
};

static char *directory, *fifo, *command;
static int mapped_fd; // one byte for each window that has been mapped

// What the children run. It maps its window as soon as it can, as small programs do.
static int
run_window(const char *path)
{
    xcb_connection_t *connection = xcb_connect(NULL, NULL);
    if (xcb_connection_has_error(connection) != 0) {
        return 1;
    }
    xcb_screen_t *screen = xcb_setup_roots_iterator(xcb_get_setup(connection)).data;
    xcb_window_t window = xcb_generate_id(connection);
    uint32_t mask = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
    xcb_create_window(connection, XCB_COPY_FROM_PARENT, window, screen->root, 0, 0, 90, 90, 0,
            XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual, XCB_CW_EVENT_MASK, &mask);
    xcb_map_window(connection, window);
    xcb_flush(connection);
    xcb_generic_event_t *event;
    bool is_mapped = false;
    while (!is_mapped && (event = xcb_wait_for_event(connection)) != NULL) {
        is_mapped = (event->response_type & 0x7f) == XCB_MAP_NOTIFY;
        free(event);
    }
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    bool is_told = is_mapped && fd >= 0 && write(fd, "w", 1) == 1;
    while ((event = xcb_wait_for_event(connection)) != NULL) { // shows it until the display ends
        free(event);
    }
    return is_told ? 0 : 1;
}

static int
set_up(void **state)
{
    directory = g_dir_make_tmp("hairpin-test-XXXXXX", NULL);
    g_setenv("XDG_RUNTIME_DIR", directory, TRUE);
    fifo = g_build_filename(directory, "mapped", NULL);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    mapped_fd = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    char *self = g_file_read_link("/proc/self/exe", NULL);
    command = g_strdup_printf("sh -c 'for i in $(seq %d); do %s --window %s & done; wait'",
            WINDOWS, self, fifo);
    g_free(self);
    host_set_option("desktop.program", command);
    return 0;
}

static int
tear_down(void **state)
{
    host_stop();
    close(mapped_fd);
    unlink(fifo);
    assert_int_equal(rmdir(directory), 0);
    g_free(fifo);
    g_free(directory);
    g_free(command);
    return 0;
}

static int
count_mapped(int timeout_ms)
{
    gint64 deadline_us = g_get_monotonic_time() + timeout_ms * G_GINT64_CONSTANT(1000);
    struct pollfd fd = { .fd = mapped_fd, .events = POLLIN };
    int count = 0;
    while (count < WINDOWS && g_get_monotonic_time() < deadline_us) {
        char byte;
        if (poll(&fd, 1, 100) == 1 && read(mapped_fd, &byte, 1) == 1) {
            count++;
        }
    }
    return count;
}

static void
windows_of_fast_programs_all_appear(void **state)
{
    host_set_option("desktop.window_manager", "openbox");
    for (int i = 0; i < ROUNDS; i++) {
        assert_true(host_start());
        assert_int_equal(count_mapped(START_MS), WINDOWS);
        assert_int_equal(host_get_news()->warnings, 0);
        host_stop();
    }
}

static void
program_starts_after_a_while_without_a_manager_that_maps(void **state)
{
    host_set_option("desktop.window_manager", "sleep 99");
    assert_true(host_start());
    assert_int_equal(count_mapped(START_MS), WINDOWS);
    assert_int_equal(host_get_news()->warnings, 1);
    assert_non_null(strstr(host_get_news()->warning, "desktop.window_manager = \"sleep 99\""));
}

static void
program_does_not_wait_for_a_manager_that_is_not_installed(void **state)
{
    host_set_option("desktop.window_manager", "no-such-manager");
    assert_true(host_start());
    assert_int_equal(count_mapped(START_MS), WINDOWS);
    assert_int_equal(host_get_news()->warnings, 0);
    assert_true(host_get_news()->was_error);
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--window") == 0) {
        return run_window(argv[2]);
    }
    char *path = g_build_filename(
            g_getenv("builddir") == NULL ? "." : g_getenv("builddir"), ".libs", "desktop.so", NULL);
    char *manager = g_find_program_in_path("openbox");
    if (access("/usr/lib/xorg/modules/drivers/dummy_drv.so", R_OK) != 0 || manager == NULL) {
        fputs("there is no Xorg with its dummy driver or no openbox (packages "
              "xserver-xorg-video-dummy, openbox)\n",
                stderr);
        return 77;
    }
    g_free(manager);
    g_unsetenv("DISPLAY");
    g_unsetenv("PULSE_SERVER");
    g_unsetenv("XAUTHORITY");
    if (!host_load(path)) {
        return 1;
    }
    g_free(path);
    host_set_option("desktop.display", "");
    host_set_option("desktop.screen", "640x400@30");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(windows_of_fast_programs_all_appear, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
                program_starts_after_a_while_without_a_manager_that_maps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
                program_does_not_wait_for_a_manager_that_is_not_installed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
