// test_stack.c - the plugin with a desktop of its own: Xorg, window manager, xterm, PulseAudio.
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include "base/input.h"
#include "host.h"

enum {
    START_MS = 20000,
    HANG_MS = 60000,
};

static char *directory, *command;
static int typed_fd; // what has been typed into the xterm

// The process id of a child of this process, 0: there is none of this name (NULL: any).
static pid_t
find_child(const char *name)
{
    DIR *proc = opendir("/proc");
    pid_t found = 0;
    struct dirent *entry;
    while (found == 0 && (entry = readdir(proc)) != NULL) {
        char path[300], comm[64], state;
        int parent;
        snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
        FILE *file = atoi(entry->d_name) > 0 ? fopen(path, "r") : NULL;
        if (file == NULL) {
            continue;
        }
        if (fscanf(file, "%*d (%63[^)]) %c %d", comm, &state, &parent) == 3 && parent == getpid()
                && state != 'Z' && (name == NULL || strcmp(comm, name) == 0)) {
            found = atoi(entry->d_name);
        }
        fclose(file);
    }
    closedir(proc);
    return found;
}

static bool
has_screen(const struct host_news *news)
{
    return news->screen.width == 640 && news->head[HP_SOURCE_VIDEO][0] != '\0'
            && news->cursors > 0; // a cursor: the server is up
}

static int
set_up(void **state)
{
    directory = g_dir_make_tmp("hairpin-test-XXXXXX", NULL);
    g_unsetenv("DISPLAY");
    g_unsetenv("PULSE_SERVER");
    g_unsetenv("XAUTHORITY");
    g_setenv("XDG_RUNTIME_DIR", directory, TRUE);
    char *fifo = g_build_filename(directory, "typed", NULL);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    typed_fd = open(fifo, O_RDWR | O_CLOEXEC);
    command = g_strdup_printf("xterm -geometry 60x20+0+0 -e sh -c 'exec cat >%s'", fifo);
    g_free(fifo);
    host_set_option("desktop.display", "");
    host_set_option("desktop.screen", "640x400@30");
    host_set_option("desktop.program", command);
    assert_true(host_start());
    assert_true(host_wait(has_screen, START_MS));
    assert_int_equal(host_get_news()->screen.height, 400);
    assert_int_equal(host_get_news()->screen.rate, 30);
    return 0;
}

static int
tear_down(void **state)
{
    gint64 begin_us = g_get_monotonic_time();
    host_stop();
    assert_true(g_get_monotonic_time() - begin_us < 1900000);
    assert_int_equal(find_child(NULL), 0);
    char *fifo = g_build_filename(directory, "typed", NULL);
    unlink(fifo);
    g_free(fifo);
    close(typed_fd);
    assert_int_equal(rmdir(directory), 0); // the plugin has left nothing behind
    g_free(directory);
    g_free(command);
    return 0;
}

static void
press(uint32_t keysym)
{
    host_act(&(struct hp_input){ .kind = HP_INPUT_KEY_DOWN, .keysym = keysym });
    host_act(&(struct hp_input){ .kind = HP_INPUT_KEY_UP, .keysym = keysym });
}

// Types lines until the xterm is there and gives one back. It has the focus without a click: it was
// started when the window manager was there.
static void
type_into_xterm(void)
{
    char text[4096] = "";
    size_t size = 0;
    struct pollfd fd = { .fd = typed_fd, .events = POLLIN };
    host_act(&(struct hp_input){ .kind = HP_INPUT_MOVE, .x = 799, .y = 599 });
    for (int i = 0; i < 40 && strstr(text, "Hello, \xe2\x82\xac!\n") == NULL; i++) {
        const uint32_t keysyms[] = { 'H', 'e', 'l', 'l', 'o', ',', ' ', 0x20ac, '!', 0xff0d };
        for (size_t key = 0; key < G_N_ELEMENTS(keysyms); key++) {
            press(keysyms[key]);
        }
        while (poll(&fd, 1, 300) == 1) {
            ssize_t got = read(typed_fd, text + size, sizeof(text) - 1 - size);
            size += got > 0 ? (size_t) got : 0;
            text[size] = '\0';
        }
    }
    assert_non_null(strstr(text, "Hello, \xe2\x82\xac!\n"));
}

static int restarts_before;

static bool
has_restarted(const struct host_news *news)
{
    return news->restarts > restarts_before;
}

static void
typed_text_arrives_also_after_the_server_was_killed(void **state)
{
    type_into_xterm();
    restarts_before = host_get_news()->restarts;
    kill(find_child("Xorg"), SIGKILL);
    assert_true(host_wait(has_restarted, START_MS));
    type_into_xterm();
}

static bool
has_new_size(const struct host_news *news)
{
    return news->screen.width == 1000 && news->screen.height == 500;
}

static void
assert_size(GstElement *sink, int width, int height)
{
    int got_width = 0, got_height = 0;
    for (int i = 0; i < 100 && got_width != width; i++) {
        GstSample *sample = gst_app_sink_try_pull_sample(GST_APP_SINK(sink), 5 * GST_SECOND);
        assert_non_null(sample);
        GstStructure *caps = gst_caps_get_structure(gst_sample_get_caps(sample), 0);
        gst_structure_get_int(caps, "width", &got_width);
        gst_structure_get_int(caps, "height", &got_height);
        assert_int_equal(
                gst_buffer_get_size(gst_sample_get_buffer(sample)), got_width * got_height * 3 / 2);
        gst_sample_unref(sample);
    }
    assert_int_equal(got_width, width);
    assert_int_equal(got_height, height);
}

static void
new_size_is_told_and_captured(void **state)
{
    char *text = g_strdup_printf(
            "%s ! appsink name=sink sync=false", host_get_news()->head[HP_SOURCE_VIDEO]);
    GstElement *pipeline = gst_parse_launch(text, NULL);
    g_free(text);
    GstElement *sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    assert_size(sink, 640, 400);
    host_set_screen(1007, 500, 24);
    assert_true(host_wait(has_new_size, 5000));
    assert_int_equal(host_get_news()->screen.rate, 24);
    assert_size(sink, 1000, 500);
    host_set_screen(800, 600, 30);
    assert_size(sink, 800, 600);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(sink);
    gst_object_unref(pipeline);
}

// An X server that was started again gets the size and the rate that somebody has chosen.
static void
chosen_size_outlives_the_server(void **state)
{
    host_set_screen(1000, 500, 24);
    assert_true(host_wait(has_new_size, START_MS));
    restarts_before = host_get_news()->restarts;
    kill(find_child("Xorg"), SIGKILL);
    assert_true(host_wait(has_restarted, START_MS));
    assert_int_equal(host_get_news()->screen.width, 1000);
    assert_int_equal(host_get_news()->screen.height, 500);
    assert_int_equal(host_get_news()->screen.rate, 24);
}

static void
server_that_hangs_is_started_again(void **state)
{
    restarts_before = host_get_news()->restarts;
    pid_t hanging = find_child("Xorg");
    kill(hanging, SIGSTOP);
    assert_true(host_wait(has_restarted, HANG_MS));
    assert_int_not_equal(find_child("Xorg"), hanging);
    assert_int_not_equal(find_child("Xorg"), 0);
    type_into_xterm();
}

// Xlib would call exit().
static void
pipeline_of_ximagesrc_outlives_the_server(void **state)
{
    char *text = g_strdup_printf("ximagesrc display-name=%s use-damage=false ! "
                                 "appsink name=sink sync=false max-buffers=2 drop=true",
            host_get_news()->display);
    GstElement *pipeline = gst_parse_launch(text, NULL);
    g_free(text);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    GstElement *sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
    GstSample *sample = gst_app_sink_try_pull_sample(GST_APP_SINK(sink), 10 * GST_SECOND);
    assert_non_null(sample);
    gst_sample_unref(sample);
    gst_object_unref(sink);
    restarts_before = host_get_news()->restarts;
    kill(find_child("Xorg"), SIGKILL);
    assert_true(host_wait(has_restarted, START_MS));
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
}

static bool
has_sound(const struct host_news *news)
{
    return news->head[HP_SOURCE_AUDIO][0] != '\0';
}

// Starts a pipeline and waits for what comes out of it; `head` is freed.
static void
assert_delivers(char *head)
{
    char *text = g_strdup_printf("%s ! appsink name=sink sync=false", head);
    GstElement *pipeline = gst_parse_launch(text, NULL);
    g_free(text);
    g_free(head);
    GstElement *sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    GstSample *sample = gst_app_sink_try_pull_sample(GST_APP_SINK(sink), 10 * GST_SECOND);
    assert_non_null(sample);
    gst_sample_unref(sample);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(sink);
    gst_object_unref(pipeline);
}

static void
sound_of_our_own_server_is_heard(void **state)
{
    char *path = g_find_program_in_path("pulseaudio");
    g_free(path);
    if (path == NULL) {
        skip();
    }
    assert_true(host_wait(has_sound, START_MS));
    const struct host_news *news = host_get_news();
    assert_delivers(g_strdup(news->head[HP_SOURCE_AUDIO]));
    assert_delivers(g_strdup_printf(
            "pulsesrc device=%s server=%s", news->sound_device, news->sound_server));
}

// By Xlib, which knows nothing of the cookie.
static void
display_that_is_told_opens_by_its_name(void **state)
{
    const struct host_news *news = host_get_news();
    assert_true(host_wait(has_screen, START_MS));
    assert_int_equal(news->display[0], ':');
    assert_delivers(g_strdup_printf("ximagesrc display-name=%s num-buffers=1", news->display));
}

static void
stop_right_after_start_leaves_nothing(void **state)
{
    host_stop();
    assert_int_equal(find_child(NULL), 0);
    assert_true(host_start());
}

static bool
has_fast_screen(const struct host_news *news)
{
    return news->screen.width == 3840 && news->screen.height == 2160 && news->screen.rate == 60
            && news->cursors > 0;
}

static bool
has_small_screen(const struct host_news *news)
{
    return news->screen.width == 1000 && news->screen.rate == 24;
}

static bool
has_small_screen_again(const struct host_news *news)
{
    return has_restarted(news) && has_small_screen(news);
}

// The driver refuses such a mode in its file.
static void
a_fast_screen_is_there_from_the_start_and_a_new_size_after_a_crash(void **state)
{
    host_stop();
    host_set_option("desktop.screen", "3840x2160@60");
    assert_true(host_start());
    assert_true(host_wait(has_fast_screen, START_MS));
    int screens = host_get_news()->screens;
    host_set_screen(1000, 500, 24);
    assert_true(host_wait(has_small_screen, START_MS));
    assert_true(host_get_news()->screens > screens);
    restarts_before = host_get_news()->restarts;
    kill(find_child("Xorg"), SIGKILL);
    assert_true(host_wait(has_small_screen_again, START_MS));
    host_set_option("desktop.screen", "640x400@30");
}

int
main(int argc, char **argv)
{
    char *path = g_build_filename(
            g_getenv("builddir") == NULL ? "." : g_getenv("builddir"), ".libs", "desktop.so", NULL);
    if (access("/usr/lib/xorg/modules/drivers/dummy_drv.so", R_OK) != 0) {
        fputs("there is no Xorg with its dummy driver (package xserver-xorg-video-dummy)\n",
                stderr);
        return 77;
    }
    gst_init(&argc, &argv);
    if (!host_load(path)) {
        return 1;
    }
    g_free(path);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                typed_text_arrives_also_after_the_server_was_killed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(new_size_is_told_and_captured, set_up, tear_down),
        cmocka_unit_test_setup_teardown(chosen_size_outlives_the_server, set_up, tear_down),
        cmocka_unit_test_setup_teardown(server_that_hangs_is_started_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
                pipeline_of_ximagesrc_outlives_the_server, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sound_of_our_own_server_is_heard, set_up, tear_down),
        cmocka_unit_test_setup_teardown(display_that_is_told_opens_by_its_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
                a_fast_screen_is_there_from_the_start_and_a_new_size_after_a_crash, set_up,
                tear_down),
        cmocka_unit_test_setup_teardown(stop_right_after_start_leaves_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
