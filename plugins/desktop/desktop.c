// desktop.c - the plugin of a real X11 desktop: its table and options, and how its parts work
// together.
//
//   host's main thread          the desktop's loop                  others
//   start, stop, sessions --->  observer: events, cursor, screen    capture: GStreamer's thread
//   <--- news (mailbox)         server: Xorg, programs, sound       device: any worker, one lock
//
// Owner: the host. Thread: main, except where a comment says otherwise.
#include <glib.h>
#include <gst/gst.h>
#include <stdatomic.h>
#include <string.h>

#include "base/plugin.h"

#include "capture.h"
#include "device.h"
#include "display.h"
#include "loop.h"
#include "news.h"
#include "observer.h"
#include "screen.h"
#include "selection.h"
#include "sound.h"
#include "stack.h"
#include "xlib.h"

enum {
    RETRY_MIN_MS = 250,
    RETRY_MAX_MS = 4000
};

struct options {
    char *display, *screen, *window_manager, *program, *audio_device;
};

static bool
is_display_name(const char *name)
{
    return strlen(name) < HP_DISPLAY_NAME_SIZE
            && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:_/-[]")
            == strlen(name);
}

static const char *
find_display_fault(const char *text)
{
    return is_display_name(text) ? NULL : "a name like :0";
}

static const char *
find_screen_fault(const char *text)
{
    struct hp_screen_mode mode;
    G_STATIC_ASSERT(HP_SCREEN_MIN_SIDE == 64 && HP_SCREEN_MAX_SIDE == 8192);
    G_STATIC_ASSERT(HP_SCREEN_MAX_RATE == 240);
    return hp_screen_parse(text, &mode) ? NULL
                                        : "a size like 1280x720 or 1280x720@30, with sides from 64 "
                                          "to 8192 and a rate up to 240";
}

static const char *
find_command_fault(const char *text)
{
    GError *error = NULL;
    bool is_blank = text[strspn(text, " ")] == '\0'; // no program is wanted
    bool is_good = is_blank || g_shell_parse_argv(text, NULL, NULL, &error);
    g_clear_error(&error);
    return is_good ? NULL : "a command line with every quote closed";
}

// NULL: the program is installed, or none is wanted.
static char *
find_program_fault(const char *option, const char *command)
{
    char **words = NULL;
    if (!g_shell_parse_argv(command, NULL, &words, NULL)) {
        return NULL;
    }
    char *path = g_find_program_in_path(words[0]);
    char *fault = path != NULL
            ? NULL
            : g_strdup_printf("%s: %s is not installed: expected a program of this machine", option,
                    words[0]);
    g_free(path);
    g_strfreev(words);
    return fault;
}

static const struct hp_option option_rows[] = {
    { .name = "desktop.display",
            .type = HP_OPTION_STRING,
            .offset = offsetof(struct options, display),
            .find_fault = find_display_fault,
            .help = "X display to share; empty: $DISPLAY, and without that an own X server",
            .neko = "NEKO_DESKTOP_DISPLAY NEKO_DISPLAY" },
    { .name = "desktop.screen",
            .type = HP_OPTION_STRING,
            .offset = offsetof(struct options, screen),
            .fallback = "1280x720@60",
            .find_fault = find_screen_fault,
            .help = "Size and rate of an own X server; pictures are taken at this rate at most",
            .neko = "NEKO_DESKTOP_SCREEN NEKO_SCREEN" },
    { .name = "desktop.window_manager",
            .type = HP_OPTION_STRING,
            .offset = offsetof(struct options, window_manager),
            .find_fault = find_command_fault,
            .fallback = "openbox",
            .help = "Window manager of an own X server, with its arguments; empty: none" },
    { .name = "desktop.program",
            .type = HP_OPTION_STRING,
            .offset = offsetof(struct options, program),
            .find_fault = find_command_fault,
            .fallback = "xterm",
            .help = "Program that an own X server starts with; it is started again when it ends" },
    { .name = "desktop.audio_device",
            .type = HP_OPTION_STRING,
            .offset = offsetof(struct options, audio_device),
            .help = "PulseAudio source to listen to; empty: what the default output plays",
            .neko = "NEKO_CAPTURE_AUDIO_DEVICE NEKO_DEVICE" },
    { 0 },
};

struct hp_desktop_plugin {
    const struct options *options;
    struct hp_news *news;
    struct hp_loop *loop;
    struct hp_device *device;
    struct hp_observer *observer;
    struct hp_selection *selection;
    unsigned session_count;
    atomic_uint_least64_t wished_mode; // main to loop: width, height, rate in 32, 16, 16 bits
    // The members below belong to the loop.
    struct hp_stack *stack; // NULL: the display is not our own
    struct hp_sound *sound; // NULL: the stack has one
    struct hp_display display; // without a name: there is none yet
    struct hp_screen_mode mode; // configured
    struct hp_screen_mode chosen_mode; // by a person, if has_chosen_mode
    bool has_chosen_mode;
    GSource *retry;
    unsigned retry_ms;
    bool is_failure_told;
};

static void connect_observer(void *arg);

static void
offer_screen(struct hp_desktop_plugin *desktop)
{
    bool is_own = desktop->stack != NULL;
    char *head = g_strdup_printf("hairpinxsrc %s=\"%s\" max-framerate={fps}",
            is_own ? "display-file" : "display",
            is_own ? hp_stack_get_display_file(desktop->stack) : desktop->display.name);
    hp_news_offer_source(desktop->news, HP_SOURCE_VIDEO, head);
    g_free(head);
}

// A server of our own starts with the configured size at a rate that its driver takes from a file:
// it gets the configured rate, or the size that was chosen last.
static void
restore_size(struct hp_desktop_plugin *desktop)
{
    if (desktop->stack != NULL) {
        hp_observer_set_screen(desktop->observer,
                desktop->has_chosen_mode ? &desktop->chosen_mode : &desktop->mode);
    }
}

static void
retry_later(struct hp_desktop_plugin *desktop)
{
    hp_loop_cancel(&desktop->retry);
    desktop->retry = hp_loop_every(desktop->loop, desktop->retry_ms, connect_observer, desktop);
    desktop->retry_ms = MIN(desktop->retry_ms * 2, RETRY_MAX_MS);
}

// Loop.
static void
connect_observer(void *arg)
{
    struct hp_desktop_plugin *desktop = arg;
    hp_loop_cancel(&desktop->retry);
    if (desktop->display.name[0] == '\0') {
        return; // on_ready() will call again
    }
    // The clipboard comes first: after the observer has told the screen, nothing here waits for the
    // server any more, since only the observer's connection can be cut from outside.
    bool has_clipboard = hp_selection_open(desktop->selection, &desktop->display);
    if (!hp_observer_open(desktop->observer, &desktop->display)) {
        hp_selection_close(desktop->selection);
        if (!desktop->is_failure_told && desktop->stack == NULL) { // our own is being started again
            hp_news_log(desktop->news, HP_PLUGIN_ERROR,
                    "display %s cannot be opened and will be tried again: expected a running X "
                    "server that lets this user in, see DISPLAY and XAUTHORITY",
                    desktop->display.name);
            desktop->is_failure_told = true;
        }
        retry_later(desktop);
        return;
    }
    hp_news_log(desktop->news, HP_PLUGIN_INFO, "display %s is open", desktop->display.name);
    if (!has_clipboard) {
        hp_news_log(desktop->news, HP_PLUGIN_WARN,
                "there is no clipboard: the X server does not answer in time");
    }
    hp_news_set_display(desktop->news, desktop->display.name);
    desktop->is_failure_told = false;
    desktop->retry_ms = RETRY_MIN_MS;
    restore_size(desktop);
    offer_screen(desktop);
}

// Loop.
static void
on_managed(void *arg, bool is_mapping)
{
    struct hp_desktop_plugin *desktop = arg;
    if (desktop->stack != NULL) {
        hp_stack_handle_manager(desktop->stack, is_mapping);
    }
}

// Loop.
static void
on_lost(void *arg)
{
    struct hp_desktop_plugin *desktop = arg;
    hp_news_log(desktop->news, HP_PLUGIN_WARN, "display %s is gone", desktop->display.name);
    hp_observer_close(desktop->observer);
    hp_selection_close(desktop->selection);
    retry_later(desktop);
}

// Loop. A server of our own is ended and started again: on_lost() and on_ready() follow.
static void
on_hung(void *arg)
{
    struct hp_desktop_plugin *desktop = arg;
    hp_news_log(desktop->news, HP_PLUGIN_ERROR, "display %s hangs: no answer in 10 s%s",
            desktop->display.name,
            desktop->stack != NULL ? ", it is started again" : ", restart its X server");
    if (desktop->stack != NULL) {
        hp_stack_restart(desktop->stack);
    }
}

// Loop.
static void
on_ready(void *arg, const struct hp_display *display)
{
    struct hp_desktop_plugin *desktop = arg;
    desktop->display = *display;
    connect_observer(desktop);
}

// Loop.
static void
on_ended(void *arg)
{
    struct hp_desktop_plugin *desktop = arg;
    hp_loop_quit(desktop->loop);
}

// Loop.
static void
begin(void *arg)
{
    struct hp_desktop_plugin *desktop = arg;
    const struct options *options = desktop->options;
    if (desktop->display.name[0] != '\0') {
        desktop->sound = hp_sound_create(&(struct hp_sound_params){
                .loop = desktop->loop, .news = desktop->news, .device = options->audio_device });
        hp_news_set_display(desktop->news, desktop->display.name);
        offer_screen(desktop);
        hp_sound_start(desktop->sound);
        connect_observer(desktop);
        return;
    }
    desktop->stack = hp_stack_create(&(struct hp_stack_params){ .loop = desktop->loop,
            .news = desktop->news,
            .mode = &desktop->mode,
            .window_manager = options->window_manager,
            .program = options->program,
            .audio_device = options->audio_device,
            .on_ready = on_ready,
            .on_ended = on_ended,
            .arg = desktop });
    if (desktop->stack != NULL) {
        hp_news_set_screen(
                desktop->news, desktop->mode.width, desktop->mode.height, desktop->mode.rate);
        hp_stack_start(desktop->stack);
    }
}

// Loop.
static void
end(void *arg)
{
    struct hp_desktop_plugin *desktop = arg;
    hp_loop_cancel(&desktop->retry);
    hp_observer_close(desktop->observer);
    hp_selection_close(desktop->selection);
    if (desktop->stack == NULL) {
        hp_loop_quit(desktop->loop);
        return;
    }
    hp_stack_end(desktop->stack); // ends in on_ended()
}

static void
stop(void *self)
{
    struct hp_desktop_plugin *desktop = self;
    if (desktop == NULL) {
        return;
    }
    if (desktop->loop != NULL) {
        hp_loop_post(desktop->loop, end, desktop);
        hp_loop_abort_waits(desktop->loop);
        hp_observer_abort(desktop->observer);
        hp_loop_join(desktop->loop); // two seconds at most: children that do not end are killed
    }
    hp_sound_destroy(desktop->sound);
    hp_stack_destroy(desktop->stack);
    hp_selection_destroy(desktop->selection);
    hp_observer_destroy(desktop->observer);
    hp_loop_destroy(desktop->loop);
    hp_device_destroy(desktop->device);
    hp_news_destroy(desktop->news);
    g_free(desktop);
}

static bool
read_options(struct hp_desktop_plugin *desktop)
{
    const char *name = desktop->options->display;
    if (name[0] == '\0') {
        name = g_getenv("DISPLAY") != NULL ? g_getenv("DISPLAY") : "";
    }
    if (!is_display_name(name)) {
        hp_news_log(desktop->news, HP_PLUGIN_ERROR,
                "desktop.display = \"%s\" is no display: expected a name like :0", name);
        return false;
    }
    if (!hp_screen_parse(desktop->options->screen, &desktop->mode)) {
        hp_news_log(desktop->news, HP_PLUGIN_ERROR,
                "desktop.screen = \"%s\" is no size: expected one like 1280x720@30",
                desktop->options->screen);
        return false;
    }
    g_strlcpy(desktop->display.name, name, sizeof(desktop->display.name));
    return true;
}

// NULL: the X server answers.
static char *
find_silence(const char *option, const char *name)
{
    struct hp_display display = { .has_cookie = false };
    xcb_screen_t *screen;
    g_strlcpy(display.name, name, sizeof(display.name));
    xcb_connection_t *connection = hp_display_connect(&display, -1, &screen);
    if (connection != NULL) {
        xcb_disconnect(connection);
        return NULL;
    }
    return g_strdup_printf("%s = \"%s\": no X server lets us in there: expected one that runs, "
                           "with its cookie in XAUTHORITY",
            option, name);
}

// A display that others run needs none of the programs.
static char *
find_fault(const void *arg)
{
    const struct options *options = arg;
    const char *display = g_getenv("DISPLAY");
    if (options->display[0] != '\0') {
        return find_silence("desktop.display", options->display);
    }
    if (display != NULL && display[0] != '\0') {
        return find_silence("DISPLAY", display);
    }
    char *fault = find_program_fault("desktop.window_manager", options->window_manager);
    return fault != NULL ? fault : find_program_fault("desktop.program", options->program);
}

static void *
start(struct hp_host *host, const struct hp_host_table *table, const void *options)
{
    struct hp_desktop_plugin *desktop = g_new0(struct hp_desktop_plugin, 1);
    desktop->options = options;
    desktop->retry_ms = RETRY_MIN_MS;
    desktop->news = hp_news_create(host, table);
    if (!read_options(desktop)) {
        goto fail;
    }
    gst_init(NULL, NULL);
    hp_xlib_tame();
    if (!hp_capture_register()) {
        hp_news_log(desktop->news, HP_PLUGIN_ERROR,
                "GStreamer refuses hairpinxsrc, the element that takes the desktop's pictures: "
                "GST_DEBUG=3 shows why");
        goto fail;
    }
    desktop->device = hp_device_create();
    desktop->loop = hp_loop_create();
    desktop->observer = hp_observer_create(&(struct hp_observer_params){ .loop = desktop->loop,
            .news = desktop->news,
            .device = desktop->device,
            .on_managed = on_managed,
            .on_lost = on_lost,
            .on_hung = on_hung,
            .arg = desktop });
    desktop->selection = hp_selection_create(&(struct hp_selection_params){
            .loop = desktop->loop, .news = desktop->news, .device = desktop->device });
    hp_loop_post(desktop->loop, begin, desktop);
    return desktop;
fail:
    stop(desktop);
    return NULL;
}

static void
session_open(void *self, struct hp_session *session)
{
    struct hp_desktop_plugin *desktop = self;
    hp_observer_set_watched(desktop->observer, ++desktop->session_count > 0);
}

static void
session_close(void *self, struct hp_session *session)
{
    struct hp_desktop_plugin *desktop = self;
    hp_observer_set_watched(desktop->observer, --desktop->session_count > 0);
}

// Any worker.
static void
on_input(void *self, struct hp_session *session, const struct hp_input *input)
{
    struct hp_desktop_plugin *desktop = self;
    int x, y;
    if (hp_device_handle(desktop->device, input, &x, &y)) {
        hp_news_move_cursor(desktop->news, x, y);
    }
    if (hp_device_is_behind(desktop->device)) {
        hp_observer_catch_up(desktop->observer);
    }
}

// Loop.
static void
resize(void *arg)
{
    struct hp_desktop_plugin *desktop = arg;
    uint64_t wish = atomic_load(&desktop->wished_mode);
    struct hp_screen_mode mode = { (int) (wish >> 32), (int) (wish >> 16 & 0xffff),
        (int) (wish & 0xffff) };
    desktop->chosen_mode = mode;
    desktop->has_chosen_mode = true;
    hp_observer_set_screen(desktop->observer, &mode);
}

static void
set_screen(void *self, const struct hp_plugin_screen *screen)
{
    struct hp_desktop_plugin *desktop = self;
    // The nearest that can be: who asked hears which it is.
    struct hp_screen_mode mode = { CLAMP(screen->width, HP_SCREEN_MIN_SIDE, HP_SCREEN_MAX_SIDE),
        CLAMP(screen->height, HP_SCREEN_MIN_SIDE, HP_SCREEN_MAX_SIDE),
        CLAMP(screen->rate, 0, HP_SCREEN_MAX_RATE) };
    hp_screen_round(&mode);
    atomic_store(&desktop->wished_mode,
            (uint64_t) mode.width << 32 | (uint64_t) mode.height << 16 | (uint64_t) mode.rate);
    hp_loop_post(desktop->loop, resize, desktop);
}

static void
set_clipboard(void *self, const char *text)
{
    struct hp_desktop_plugin *desktop = self;
    hp_selection_set(desktop->selection, text);
}

HP_PLUGIN_EXPORT = {
    .abi = HP_PLUGIN_ABI,
    .size = sizeof(struct hp_plugin),
    .name = "desktop",
    .description = "an X11 desktop: its pictures and sound, its pointer and keyboard",
    .options = option_rows,
    .options_size = sizeof(struct options),
    .option_size = sizeof(struct hp_option),
    .start = start,
    .stop = stop,
    .session_open = session_open,
    .session_close = session_close,
    .on_input = on_input,
    .set_screen = set_screen,
    .set_clipboard = set_clipboard,
    .find_fault = find_fault,
};
