// display.c - one X display: its name, the cookie that opens it, and connections to it.
// Owner: nobody, a value. Thread: any.
#include "display.h"

#include <glib.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xcb/xcbext.h>

enum {
    MAX_DIALS = 8 // attempts under way: a server that hangs keeps each until it goes on or ends
};

static bool
cookie_parse(const char *text, uint8_t cookie[HP_DISPLAY_COOKIE_SIZE])
{
    if (strlen(text) != HP_DISPLAY_COOKIE_SIZE * 2) {
        return false;
    }
    for (int i = 0; i < HP_DISPLAY_COOKIE_SIZE; i++) {
        int high = g_ascii_xdigit_value(text[i * 2]);
        int low = g_ascii_xdigit_value(text[i * 2 + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        cookie[i] = (uint8_t) (high << 4 | low);
    }
    return true;
}

bool
hp_display_read(struct hp_display *display, const char *path)
{
    *display = (struct hp_display){ 0 };
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        return false;
    }
    char **words = g_strsplit(g_strstrip(text), " ", 3);
    g_free(text);
    guint count = g_strv_length(words);
    if (count > 0) {
        g_strlcpy(display->name, words[0], sizeof(display->name));
        display->has_cookie = count > 1 && cookie_parse(words[1], display->cookie);
        display->server = count > 2 ? (pid_t) strtol(words[2], NULL, 10) : 0;
    }
    g_strfreev(words);
    return display->name[0] != '\0';
}

bool
hp_display_write(const struct hp_display *display, const char *path)
{
    GString *text = g_string_new(display->name);
    if (display->has_cookie) {
        g_string_append_c(text, ' ');
        for (int i = 0; i < HP_DISPLAY_COOKIE_SIZE; i++) {
            g_string_append_printf(text, "%02x", display->cookie[i]);
        }
        g_string_append_printf(text, " %d", (int) display->server);
    }
    g_string_append_c(text, '\n');
    bool is_written = g_file_set_contents_full(
            path, text->str, (gssize) text->len, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
    g_string_free(text, TRUE);
    return is_written;
}

static xcb_screen_t *
find_screen(xcb_connection_t *connection, int number)
{
    xcb_screen_iterator_t it = xcb_setup_roots_iterator(xcb_get_setup(connection));
    for (; it.rem > 0; xcb_screen_next(&it)) {
        if (number-- == 0) {
            return it.data;
        }
    }
    return NULL;
}

// libXau keeps the name of its file in a buffer that all threads share, hence the lock.
static xcb_connection_t *
connect_by_authority_file(const char *name, int *number)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    xcb_connection_t *connection = xcb_connect(name, number);
    pthread_mutex_unlock(&lock);
    return connection;
}

// One attempt to connect, in a thread of its own: XCB waits without a limit for the server's first
// words, and nobody else knows the descriptor meanwhile.
struct dial {
    struct hp_display display;
    int done_fd; // eventfd
    pthread_mutex_t lock; // of the members below
    bool is_done, is_abandoned;
    xcb_connection_t *connection;
    int number; // of the screen
};

static atomic_int dial_count; // threads that run, those that nobody waits for as well

static xcb_connection_t *
open_connection(const struct hp_display *display, int *number)
{
    static char protocol[] = "MIT-MAGIC-COOKIE-1";
    uint8_t cookie[HP_DISPLAY_COOKIE_SIZE];
    memcpy(cookie, display->cookie, sizeof(cookie));
    xcb_auth_info_t auth = { .namelen = sizeof(protocol) - 1,
        .name = protocol,
        .datalen = sizeof(cookie),
        .data = (char *) cookie };
    return display->has_cookie ? xcb_connect_to_display_with_auth_info(display->name, &auth, number)
                               : connect_by_authority_file(display->name, number);
}

static void
free_dial(struct dial *dial)
{
    close(dial->done_fd);
    pthread_mutex_destroy(&dial->lock);
    g_free(dial);
}

static void *
run_dial(void *arg)
{
    struct dial *dial = arg;
    xcb_connection_t *connection = open_connection(&dial->display, &dial->number);
    pthread_mutex_lock(&dial->lock);
    bool is_abandoned = dial->is_abandoned;
    dial->is_done = true;
    dial->connection = connection;
    eventfd_write(dial->done_fd, 1);
    pthread_mutex_unlock(&dial->lock); // unless it is abandoned, the one who waits may free it now
    atomic_fetch_sub(&dial_count, 1);
    if (is_abandoned) {
        xcb_disconnect(connection);
        free_dial(dial);
    }
    return NULL;
}

static bool
start_dial(struct dial *dial)
{
    pthread_t thread;
    if (atomic_fetch_add(&dial_count, 1) >= MAX_DIALS || dial->done_fd < 0
            || pthread_create(&thread, NULL, run_dial, dial) != 0) {
        atomic_fetch_sub(&dial_count, 1);
        return false;
    }
    pthread_detach(thread);
    return true;
}

// NULL: no connection in time, or the wait was broken off.
static xcb_connection_t *
connect_in_time(const struct hp_display *display, int wake_fd, int *number)
{
    struct dial *dial = g_new0(struct dial, 1);
    dial->display = *display;
    dial->done_fd = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&dial->lock, NULL);
    if (!start_dial(dial)) {
        free_dial(dial);
        return NULL;
    }
    struct pollfd fds[] = { { .fd = dial->done_fd, .events = POLLIN },
        { .fd = wake_fd, .events = POLLIN } };
    poll(fds, 2, HP_DISPLAY_TIMEOUT_MS); // a descriptor of -1 is skipped
    pthread_mutex_lock(&dial->lock);
    bool is_done = dial->is_done;
    dial->is_abandoned = !is_done;
    pthread_mutex_unlock(&dial->lock); // an abandoned one frees itself
    if (!is_done) {
        return NULL;
    }
    xcb_connection_t *connection = dial->connection;
    *number = dial->number;
    free_dial(dial);
    return connection;
}

// A display's number is anybody's as soon as its server has ended, and Xvfb asks nobody for a
// cookie.
static bool
is_right_server(const struct hp_display *display, xcb_connection_t *connection)
{
    struct ucred peer = { 0 };
    socklen_t size = sizeof(peer);
    return display->server == 0
            || (getsockopt(xcb_get_file_descriptor(connection), SOL_SOCKET, SO_PEERCRED, &peer,
                        &size) == 0
                    && peer.pid == display->server);
}

xcb_connection_t *
hp_display_connect(const struct hp_display *display, int wake_fd, xcb_screen_t **screen)
{
    int number = 0;
    xcb_connection_t *connection = connect_in_time(display, wake_fd, &number);
    if (connection == NULL) {
        return NULL;
    }
    bool is_usable = xcb_connection_has_error(connection) == 0
            && is_right_server(display, connection);
    *screen = is_usable ? find_screen(connection, number) : NULL;
    if (*screen == NULL) {
        xcb_disconnect(connection);
        return NULL;
    }
    return connection;
}

void
hp_display_admit_user(xcb_connection_t *connection)
{
    char address[32] = "localuser"; // its NUL ends the kind, and the value follows
    size_t size = strlen(address) + 1;
    size += (size_t) g_snprintf(
            address + size, sizeof(address) - size, "#%u", (unsigned) geteuid());
    xcb_change_hosts(connection, XCB_HOST_MODE_INSERT, XCB_FAMILY_SERVER_INTERPRETED,
            (uint16_t) size, (const uint8_t *) address);
}

void *
hp_display_wait(xcb_connection_t *connection, unsigned sequence, int wake_fd)
{
    struct pollfd fds[] = {
        { .fd = xcb_get_file_descriptor(connection), .events = POLLIN },
        { .fd = wake_fd, .events = POLLIN },
    };
    gint64 deadline_us = g_get_monotonic_time() + HP_DISPLAY_TIMEOUT_MS * G_GINT64_CONSTANT(1000);
    xcb_flush(connection);
    for (;;) {
        void *reply = NULL;
        xcb_generic_error_t *error = NULL;
        if (xcb_poll_for_reply(connection, sequence, &reply, &error) != 0) {
            free(error);
            return reply;
        }
        gint64 left_us = deadline_us - g_get_monotonic_time();
        if (left_us <= 0 || xcb_connection_has_error(connection) != 0) {
            break;
        }
        if (poll(fds, wake_fd < 0 ? 1 : 2, (int) (left_us / 1000 + 1)) > 0 && wake_fd >= 0
                && fds[1].revents != 0) {
            break;
        }
    }
    xcb_discard_reply(connection, sequence);
    return NULL;
}
