// xserver.c - an X server of our own: Xorg with the dummy driver.
// Owner: hp_stack. Thread: the desktop's loop.
#include "xserver.h"

#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "child.h"
#include "display.h"
#include "loop.h"
#include "news.h"
#include "screen.h"

enum {
    START_MS = 20000,
    VIDEO_RAM_KIB = HP_SCREEN_MAX_SIDE * HP_SCREEN_MAX_SIDE / 256
};

#define BINARY "/usr/lib/xorg/Xorg" // /usr/bin/Xorg is a wrapper that wants a console
#define DUMMY_DRIVER "/usr/lib/xorg/modules/drivers/dummy_drv.so"

struct hp_xserver {
    struct hp_xserver_params params;
    char *config, *authority, *log;
    uint8_t cookie[HP_DISPLAY_COOKIE_SIZE];
    struct hp_child *child;
    char number[16]; // of the display, as far as it has been read; NUL-terminated
    size_t number_size;
    int number_fd; // the server writes its number there; -1: it has written, or does not run
    GSource *number_watch, *start_timer;
};

// The dummy driver refuses a configured mode with a faster dot clock, but no mode that RandR sets.
#define MAX_DOT_CLOCK_HZ 300000000

// Sizes that people ask for, besides the configured one.
static const struct hp_screen_mode modes[] = { { 1920, 1080, 60 }, { 1920, 1080, 30 },
    { 1600, 900, 60 }, { 1600, 900, 30 }, { 1280, 720, 60 }, { 1280, 720, 30 }, { 1024, 768, 60 },
    { 1024, 768, 30 }, { 2560, 1440, 30 }, { 3840, 2160, 30 } };

static void
add_mode(GString *text, const struct hp_screen_mode *mode)
{
    int total_width, total_height;
    unsigned dot_clock = hp_screen_get_dot_clock(mode, &total_width, &total_height);
    g_string_append_printf(text, "  Modeline \"%dx%d_%d\" %u.%06u %d %d %d %d %d %d %d %d\n",
            mode->width, mode->height, mode->rate, dot_clock / 1000000, dot_clock % 1000000,
            mode->width, mode->width + 1, mode->width + 2, total_width, mode->height,
            mode->height + 1, mode->height + 2, total_height);
}

// The mode that the server can start with: the size that is wanted, at the highest rate that the
// driver takes from a file.
static struct hp_screen_mode
find_first_mode(const struct hp_screen_mode *wanted)
{
    struct hp_screen_mode mode = *wanted;
    int total_width, total_height;
    while (mode.rate > 1
            && hp_screen_get_dot_clock(&mode, &total_width, &total_height) > MAX_DOT_CLOCK_HZ) {
        mode.rate--;
    }
    return mode;
}

static bool
write_config(const struct hp_xserver *xserver, const struct hp_screen_mode *first)
{
    GString *text = g_string_new(
            "Section \"ServerFlags\"\n"
            "  Option \"AutoAddDevices\" \"false\"\n" // the keyboard of the machine is left alone
            "  Option \"AutoEnableDevices\" \"false\"\n"
            "  Option \"AutoAddGPU\" \"false\"\n"
            "  Option \"DontVTSwitch\" \"true\"\n"
            "  Option \"BlankTime\" \"0\"\n"
            "  Option \"StandbyTime\" \"0\"\n"
            "  Option \"SuspendTime\" \"0\"\n"
            "  Option \"OffTime\" \"0\"\n"
            "EndSection\n"
            "Section \"Monitor\"\n"
            "  Identifier \"monitor\"\n"
            "  HorizSync 1.0-2000.0\n"
            "  VertRefresh 1.0-500.0\n"
            "  Option \"DPMS\" \"false\"\n");
    add_mode(text, first);
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        if (memcmp(&modes[i], first, sizeof(*first)) != 0) {
            add_mode(text, &modes[i]);
        }
    }
    g_string_append_printf(text,
            "EndSection\n"
            "Section \"Device\"\n"
            "  Identifier \"dummy\"\n"
            "  Driver \"dummy\"\n"
            "  VideoRam %d\n"
            "EndSection\n"
            "Section \"Screen\"\n"
            "  Identifier \"screen\"\n"
            "  Device \"dummy\"\n"
            "  Monitor \"monitor\"\n"
            "  DefaultDepth 24\n"
            "  SubSection \"Display\"\n"
            "    Depth 24\n"
            "    Modes \"%dx%d_%d\"\n"
            "  EndSubSection\n"
            "EndSection\n",
            VIDEO_RAM_KIB, first->width, first->height, first->rate);
    bool is_written = g_file_set_contents(xserver->config, text->str, (gssize) text->len, NULL);
    g_string_free(text, TRUE);
    return is_written;
}

static void
add_field(GByteArray *bytes, const void *data, size_t size)
{
    const uint8_t length[] = { (uint8_t) (size >> 8), (uint8_t) size };
    g_byte_array_append(bytes, length, 2);
    g_byte_array_append(bytes, data, (guint) size);
}

// Writes one entry for any address and number, since the server's number is not known yet.
static bool
write_authority(const struct hp_xserver *xserver)
{
    static const uint8_t any_family[] = { 0xff, 0xff };
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, any_family, sizeof(any_family));
    add_field(bytes, "", 0);
    add_field(bytes, "", 0);
    add_field(bytes, "MIT-MAGIC-COOKIE-1", strlen("MIT-MAGIC-COOKIE-1"));
    add_field(bytes, xserver->cookie, sizeof(xserver->cookie));
    bool is_written = g_file_set_contents_full(xserver->authority, (const char *) bytes->data,
            bytes->len, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
    g_byte_array_free(bytes, TRUE);
    return is_written;
}

static void
forget_number(struct hp_xserver *xserver)
{
    hp_loop_cancel(&xserver->number_watch);
    hp_loop_cancel(&xserver->start_timer);
    if (xserver->number_fd >= 0) {
        close(xserver->number_fd);
        xserver->number_fd = -1;
    }
    memset(xserver->number, 0, sizeof(xserver->number));
    xserver->number_size = 0;
}

// The server writes "5" and then "\n", and takes clients only after that. Its descriptor has to
// stay open until the "\n" has come.
static void
read_number(void *arg)
{
    struct hp_xserver *xserver = arg;
    size_t left = sizeof(xserver->number) - 1 - xserver->number_size;
    ssize_t size = read(xserver->number_fd, xserver->number + xserver->number_size, left);
    if (size <= 0) {
        forget_number(xserver); // the server has ended: on_exit_of_child() follows
        return;
    }
    xserver->number_size += (size_t) size;
    if (strchr(xserver->number, '\n') == NULL
            && xserver->number_size < sizeof(xserver->number) - 1) {
        return;
    }
    struct hp_display display = { .has_cookie = true,
        .server = hp_child_get_pid(xserver->child) };
    g_snprintf(display.name, sizeof(display.name), ":%d", atoi(xserver->number));
    memcpy(display.cookie, xserver->cookie, sizeof(display.cookie));
    forget_number(xserver);
    xserver->params.on_ready(xserver->params.arg, &display);
}

static void
on_start_timeout(void *arg)
{
    struct hp_xserver *xserver = arg;
    hp_loop_cancel(&xserver->start_timer);
    hp_news_log(xserver->params.news, HP_PLUGIN_ERROR,
            "Xorg has told no display number in %d s and will be started again: see %s for the "
            "reason",
            START_MS / 1000, xserver->log);
    hp_child_kick(xserver->child);
}

static int
on_start(void *arg)
{
    struct hp_xserver *xserver = arg;
    int fds[2];
    forget_number(xserver);
    if (!g_file_test(DUMMY_DRIVER, G_FILE_TEST_EXISTS)) {
        hp_news_log(xserver->params.news, HP_PLUGIN_ERROR,
                "Xorg cannot start, its dummy driver is not installed: apt install "
                "xserver-xorg-video-dummy");
    }
    if (pipe2(fds, O_CLOEXEC) != 0) {
        return -1;
    }
    xserver->number_fd = fds[0];
    xserver->number_watch = hp_loop_watch(xserver->params.loop, fds[0], read_number, xserver);
    xserver->start_timer = hp_loop_every(xserver->params.loop, START_MS, on_start_timeout, xserver);
    return fds[1];
}

// Logs the last lines of an Xorg that has failed.
static void
tell_reason(struct hp_xserver *xserver)
{
    char *text = NULL;
    if (!g_file_get_contents(xserver->log, &text, NULL, NULL)) {
        return;
    }
    char *fatal = strstr(text, "Fatal server error:\n");
    if (fatal != NULL) {
        char *line = fatal + strlen("Fatal server error:\n");
        line[strcspn(line, "\n")] = '\0';
        char *reason = strstr(line, "(EE) ");
        hp_news_log(xserver->params.news, HP_PLUGIN_ERROR, "Xorg: %s",
                reason == NULL ? line : reason + strlen("(EE) "));
    }
    g_free(text);
}

static void
on_exit_of_child(void *arg)
{
    struct hp_xserver *xserver = arg;
    forget_number(xserver);
    tell_reason(xserver);
    xserver->params.on_gone(xserver->params.arg);
}

struct hp_xserver *
hp_xserver_create(const struct hp_xserver_params *params)
{
    struct hp_xserver *xserver = g_new0(struct hp_xserver, 1);
    xserver->params = *params;
    xserver->number_fd = -1;
    xserver->config = g_build_filename(params->directory, "xorg.conf", NULL);
    xserver->authority = g_build_filename(params->directory, "Xauthority", NULL);
    xserver->log = g_build_filename(params->directory, "Xorg.log", NULL);
    struct hp_screen_mode first = find_first_mode(params->mode);
    if (getrandom(xserver->cookie, sizeof(xserver->cookie), 0) != sizeof(xserver->cookie)
            || !write_config(xserver, &first) || !write_authority(xserver)) {
        hp_news_log(params->news, HP_PLUGIN_ERROR,
                "the files of Xorg cannot be written to %s: expected write access and free space",
                params->directory);
        hp_xserver_destroy(xserver);
        return NULL;
    }
    const char *argv[] = { BINARY, "-displayfd", G_STRINGIFY(3), "-config", xserver->config,
        "-configdir", params->directory, "-logfile", xserver->log, "-auth", xserver->authority,
        "-nolisten", "tcp", "-noreset", "-novtswitch", "-s", "0", "-dpms", NULL };
    G_STATIC_ASSERT(HP_CHILD_FD == 3);
    xserver->child = hp_child_create(&(struct hp_child_params){ .loop = params->loop,
            .news = params->news,
            .name = "Xorg",
            .package = "xserver-xorg-core",
            .argv = argv,
            .on_start = on_start,
            .on_exit = on_exit_of_child,
            .arg = xserver });
    return xserver;
}

void
hp_xserver_destroy(struct hp_xserver *xserver)
{
    if (xserver == NULL) {
        return;
    }
    hp_child_destroy(xserver->child);
    forget_number(xserver);
    g_free(xserver->config);
    g_free(xserver->authority);
    g_free(xserver->log);
    g_free(xserver);
}

void
hp_xserver_start(struct hp_xserver *xserver)
{
    hp_child_start(xserver->child);
}

void
hp_xserver_stop(struct hp_xserver *xserver)
{
    hp_child_stop(xserver->child);
}

void
hp_xserver_restart(struct hp_xserver *xserver)
{
    hp_child_kick(xserver->child);
}

bool
hp_xserver_is_running(const struct hp_xserver *xserver)
{
    return hp_child_is_running(xserver->child);
}

const char *
hp_xserver_get_authority(const struct hp_xserver *xserver)
{
    return xserver->authority;
}
