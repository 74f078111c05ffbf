// fixture.c - an X server of the test's own on a display that the kernel gives, and a small client
// in it: a window that fills the screen, has the focus and writes down what reaches it.
#include "fixture.h"

#include <assert.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xkbcommon/xkbcommon-keysyms.h>
#include <xkbcommon/xkbcommon-x11.h>

enum { AGAIN_US = 20000 };

static pid_t
spawn_server(const char *number, int displayfd)
{
    char display_text[16], screen_text[32], name[16];
    snprintf(display_text, sizeof(display_text), "%d", displayfd);
    snprintf(screen_text, sizeof(screen_text), "%dx%dx24", FIXTURE_WIDTH, FIXTURE_HEIGHT);
    snprintf(name, sizeof(name), ":%s", number == NULL ? "0" : number);
    const char *argv[16] = { "Xvfb" };
    int count = 1;
    if (number != NULL) {
        argv[count++] = name;
    }
    const char *rest[] = { "-displayfd", display_text, "-screen", "0", screen_text, "-nolisten",
        "tcp", "-noreset", NULL };
    memcpy(&argv[count], rest, sizeof(rest));
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(1);
        }
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(1);
        }
        execvp(argv[0], (char **) argv);
        _exit(127);
    }
    return pid;
}

static void
open_window(struct fixture *fixture)
{
    xcb_connection_t *connection = fixture->connection;
    fixture->screen = xcb_setup_roots_iterator(xcb_get_setup(connection)).data;
    fixture->window = xcb_generate_id(connection);
    uint32_t values[] = { 0xffffff, 1,
        XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_KEY_RELEASE | XCB_EVENT_MASK_BUTTON_PRESS
                | XCB_EVENT_MASK_BUTTON_RELEASE | XCB_EVENT_MASK_POINTER_MOTION };
    xcb_create_window(connection, XCB_COPY_FROM_PARENT, fixture->window, fixture->screen->root, 0,
            0, FIXTURE_WIDTH, FIXTURE_HEIGHT, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
            fixture->screen->root_visual,
            XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
    xcb_map_window(connection, fixture->window);
    xcb_set_input_focus(
            connection, XCB_INPUT_FOCUS_POINTER_ROOT, fixture->window, XCB_CURRENT_TIME);
    fixture->gc = xcb_generate_id(connection);
    xcb_create_gc(connection, fixture->gc, fixture->window, 0, NULL);
    free(xcb_get_input_focus_reply(connection, xcb_get_input_focus(connection), NULL));
}

static void
read_keymap(struct fixture *fixture)
{
    xkb_state_unref(fixture->state);
    xkb_keymap_unref(fixture->keymap);
    fixture->keymap = xkb_x11_keymap_new_from_device(fixture->context, fixture->xkb_connection,
            xkb_x11_get_core_keyboard_device_id(fixture->xkb_connection),
            XKB_KEYMAP_COMPILE_NO_FLAGS);
    fixture->state = xkb_state_new(fixture->keymap);
}

bool
fixture_is_possible(void)
{
    char *path = g_find_program_in_path("Xvfb");
    g_free(path);
    if (path == NULL) {
        fputs("there is no Xvfb (package xvfb)\n", stderr);
    }
    return path != NULL;
}

void
fixture_start(struct fixture *fixture, const char *number)
{
    *fixture = (struct fixture){ 0 };
    int fds[2];
    assert(pipe(fds) == 0);
    fixture->pid = spawn_server(number, fds[1]);
    close(fds[1]);
    struct pollfd fd = { .fd = fds[0], .events = POLLIN };
    char text[8] = "";
    size_t length = 0;
    while (poll(&fd, 1, 20000) == 1 && length < sizeof(text) - 1
            && read(fds[0], &text[length], 1) == 1 && text[length] != '\n') {
        length++;
    }
    text[length] = '\0';
    close(fds[0]);
    snprintf(fixture->display, sizeof(fixture->display), ":%s", text);
    fixture->connection = xcb_connect(fixture->display, NULL);
    assert(xcb_connection_has_error(fixture->connection) == 0);
    fixture->xkb_connection = xcb_connect(fixture->display, NULL);
    xkb_x11_setup_xkb_extension(fixture->xkb_connection, 1, 0, XKB_X11_SETUP_XKB_EXTENSION_NO_FLAGS,
            NULL, NULL, NULL, NULL);
    fixture->context = xkb_context_new(XKB_CONTEXT_NO_DEFAULT_INCLUDES);
    read_keymap(fixture);
    open_window(fixture);
}

void
fixture_kill_server(struct fixture *fixture)
{
    if (fixture->pid > 0) {
        kill(fixture->pid, SIGKILL);
        waitpid(fixture->pid, NULL, 0);
        fixture->pid = 0;
    }
    xkb_state_unref(fixture->state);
    xkb_keymap_unref(fixture->keymap);
    xkb_context_unref(fixture->context);
    if (fixture->connection != NULL) {
        xcb_disconnect(fixture->connection);
        xcb_disconnect(fixture->xkb_connection);
    }
    *fixture = (struct fixture){ 0 };
}

void
fixture_stop(struct fixture *fixture)
{
    if (fixture->pid > 0) {
        // It takes its lock file along. An X server that is just about to sleep does not see the
        // signal before the next event, so it gets more than one.
        do {
            kill(fixture->pid, SIGTERM);
            g_usleep(AGAIN_US);
        } while (waitpid(fixture->pid, NULL, WNOHANG) == 0);
        fixture->pid = 0;
    }
    fixture_kill_server(fixture);
}

void
fixture_fill(struct fixture *fixture, uint32_t colour, int x, int y, int width, int height)
{
    xcb_rectangle_t rectangle = { (int16_t) x, (int16_t) y, (uint16_t) width, (uint16_t) height };
    xcb_change_gc(fixture->connection, fixture->gc, XCB_GC_FOREGROUND, &colour);
    xcb_poly_fill_rectangle(fixture->connection, fixture->window, fixture->gc, 1, &rectangle);
    free(xcb_get_input_focus_reply(
            fixture->connection, xcb_get_input_focus(fixture->connection), NULL));
}

xcb_generic_event_t *
fixture_wait(struct fixture *fixture, int type, int other, int timeout_ms)
{
    gint64 deadline_us = g_get_monotonic_time() + timeout_ms * 1000;
    struct pollfd fd = { .fd = xcb_get_file_descriptor(fixture->connection), .events = POLLIN };
    for (;;) {
        xcb_generic_event_t *event;
        while ((event = xcb_poll_for_event(fixture->connection)) != NULL) {
            int got = event->response_type & 0x7f;
            if (got == type || got == other) {
                return event;
            }
            free(event);
        }
        gint64 left_us = deadline_us - g_get_monotonic_time();
        if (left_us <= 0 || xcb_connection_has_error(fixture->connection) != 0) {
            return NULL;
        }
        poll(&fd, 1, (int) (left_us / 1000 + 1));
    }
}

static bool
is_modifier(uint32_t keysym)
{
    return (keysym >= XKB_KEY_Shift_L && keysym <= XKB_KEY_Hyper_R)
            || keysym == XKB_KEY_ISO_Level3_Shift;
}

uint32_t
fixture_wait_key(struct fixture *fixture, bool with_modifiers, int timeout_ms)
{
    xcb_generic_event_t *event;
    while ((event = fixture_wait(fixture, XCB_KEY_PRESS, XCB_MAPPING_NOTIFY, timeout_ms)) != NULL) {
        if ((event->response_type & 0x7f) == XCB_MAPPING_NOTIFY) {
            read_keymap(fixture);
            free(event);
            continue;
        }
        const xcb_key_press_event_t *key = (const void *) event;
        xkb_state_update_mask(fixture->state, key->state & 0xff, 0, 0, 0, 0, key->state >> 13 & 3);
        uint32_t keysym = xkb_state_key_get_one_sym(fixture->state, key->detail);
        free(event);
        if (with_modifiers || !is_modifier(keysym)) {
            return keysym;
        }
    }
    return 0;
}
