// stage.c - plugins on a main loop without a room.
#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/worker.h"
#include "plugin/module.h"

enum {
    MAX_TAPS = 8
};

struct hp_tap {
    const struct hp_tap_cbs *cbs;
    void *arg;
};

struct stage stage;
static struct hp_tap *taps[MAX_TAPS];

void
stage_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_string_append_vprintf(stage.notes, format, args);
    va_end(args);
    g_string_append_c(stage.notes, '\n');
}

void
stage_expect(const char *notes)
{
    assert_string_equal(stage.notes->str, notes);
    g_string_truncate(stage.notes, 0);
}

void
stage_pump(void)
{
    for (int i = 0; i < 32; i++) {
        g_main_context_iteration(NULL, FALSE);
    }
}

static void *
plugin_start(struct hp_host *host, const struct hp_host_table *table, const void *options)
{
    (void) options;
    stage.host = host;
    stage.table = table;
    if (stage.in_start != NULL) {
        stage.in_start();
    }
    return stage.will_start ? &stage : NULL;
}

static void
plugin_stop(void *self)
{
    assert_ptr_equal(self, &stage);
    stage_note("stop");
    if (stage.in_stop != NULL) {
        stage.in_stop();
    }
}

static void
plugin_session_close(void *self, struct hp_session *session)
{
    (void) self;
    (void) session;
    stage_note("session_close");
}

static void
plugin_set_screen(void *self, const struct hp_plugin_screen *screen)
{
    (void) self;
    stage_note("screen of %u bytes, %dx%d", screen->size, screen->width, screen->height);
}

static void
plugin_on_control(void *self, struct hp_session *session)
{
    (void) self;
    (void) session;
    stage_note("control");
}

const struct hp_plugin stage_plugin = {
    .abi = HP_PLUGIN_ABI,
    .size = sizeof(struct hp_plugin),
    .name = "p",
    .start = plugin_start,
    .stop = plugin_stop,
    .session_close = plugin_session_close,
    .set_screen = plugin_set_screen,
    .on_control = plugin_on_control,
};

static bool
add_source(void *arg, const struct hp_plugin_source *source)
{
    (void) arg;
    stage_note("source %s", source->name);
    return true;
}

static void
set_screen(void *arg, const struct hp_plugin_screen *screen)
{
    (void) arg;
    stage.screen = *screen;
    stage_note("screen %dx%d", screen->width, screen->height);
}

static void
set_desktop(void *arg, const struct hp_plugin_desktop *desktop)
{
    (void) arg;
    stage_note("desktop %s", desktop->display);
}

static void
set_cursor(void *arg, const struct hp_plugin_cursor *cursor)
{
    (void) arg;
    stage_note("cursor %ux%u", cursor->width, cursor->height);
}

static void
send_event(void *arg, struct hp_session *session, const char *event, const char *payload)
{
    (void) arg;
    assert_non_null(session);
    stage_note("send %s %s", event, payload == NULL ? "-" : payload);
}

static void
broadcast_event(void *arg, const char *event, const char *payload)
{
    (void) arg;
    stage_note("broadcast %s %s", event, payload == NULL ? "-" : payload);
}

static bool
is_connected(struct hp_session *session)
{
    return session != NULL;
}

static char *
session_settings(struct hp_session *session, const char *plugin)
{
    return session == NULL ? NULL : g_strdup_printf("{\"session of\":\"%s\"}", plugin);
}

static char *
room_settings(void *arg, const char *plugin)
{
    (void) arg;
    return g_strdup_printf("{\"room of\":\"%s\"}", plugin);
}

static bool
channel_send(void *arg, struct hp_session *session, const char *label, const void *data,
        size_t size)
{
    (void) arg;
    (void) session;
    (void) data;
    (void) size;
    stage_note("channel %s", label);
    return true;
}

static struct hp_tap *
open_tap(void *arg, enum hp_source_kind kind, const char *codec, const struct hp_tap_cbs *cbs,
        void *cbs_arg)
{
    (void) arg;
    if (kind == HP_SOURCE_AUDIO) {
        return NULL; // there is no sound here
    }
    stage_note("tap %s", codec == NULL ? "-" : codec);
    struct hp_tap *tap = g_new0(struct hp_tap, 1);
    tap->cbs = cbs;
    tap->arg = cbs_arg;
    for (unsigned i = 0; i < MAX_TAPS; i++) {
        if (taps[i] == NULL) {
            taps[i] = tap;
            return tap;
        }
    }
    assert_true(false);
    return NULL;
}

static void
finish_tap(void *arg)
{
    struct hp_tap *tap = arg;
    for (unsigned i = 0; i < MAX_TAPS; i++) {
        taps[i] = taps[i] == tap ? NULL : taps[i];
    }
    tap->cbs->on_closed(tap->arg);
    g_free(tap);
}

static void
begin_finish_tap(void *arg)
{
    hp_worker_post(stage.main, finish_tap, arg);
}

// Takes two turns of the loop: "closed" must not come by luck.
static void
close_tap(struct hp_tap *tap)
{
    hp_worker_post(stage.main, begin_finish_tap, tap);
}

void
stage_send_frame(const char *codec, bool is_keyframe)
{
    struct hp_plugin_frame frame = {
        .size = sizeof(frame), .codec = codec, .is_keyframe = is_keyframe
    };
    for (unsigned i = 0; i < MAX_TAPS; i++) {
        if (taps[i] != NULL) {
            taps[i]->cbs->on_frame(taps[i]->arg, &frame);
        }
    }
}

static const struct hp_tap_ops tap_ops = { .open = open_tap, .close = close_tap };

static const struct hp_host_cbs cbs = {
    .taps = &tap_ops,
    .add_source = add_source,
    .set_screen = set_screen,
    .set_desktop = set_desktop,
    .set_cursor = set_cursor,
    .send = send_event,
    .broadcast = broadcast_event,
    .session_is_connected = is_connected,
    .session_settings = session_settings,
    .room_settings = room_settings,
    .channel_send = channel_send,
};

int
stage_setup(void **state)
{
    (void) state;
    memset(&stage, 0, sizeof(stage));
    stage.will_start = true;
    stage.notes = g_string_new(NULL);
    stage.main = hp_worker_create_main();
    stage.plugins = hp_plugins_create(stage.main, NULL, &cbs, NULL);
    return 0;
}

void
stage_use_jobs(struct hp_jobs *jobs)
{
    stage_close(); // the one without
    stage.is_closed = false;
    stage.plugins = hp_plugins_create(stage.main, jobs, &cbs, NULL);
}

bool
stage_start(void)
{
    return hp_plugins_start(stage.plugins, &stage_plugin, NULL);
}

void *
stage_make_options(const struct hp_module *module)
{
    char *options = g_malloc0(MAX(hp_module_plugin(module)->options_size, 1));
    for (const struct hp_option *row = hp_module_options(module); row->name != NULL; row++) {
        if (row->type == HP_OPTION_INT) {
            int64_t number = g_ascii_strtoll(row->fallback, NULL, 10);
            memcpy(options + row->offset, &number, sizeof(number));
        } else if (row->type == HP_OPTION_STRING) {
            char *text = g_strdup(row->fallback);
            memcpy(options + row->offset, &text, sizeof(text));
        }
    }
    return options;
}

void
stage_free_options(const struct hp_module *module, void *options)
{
    for (const struct hp_option *row = hp_module_options(module); row->name != NULL; row++) {
        if (row->type == HP_OPTION_STRING) {
            char *text;
            memcpy(&text, (char *) options + row->offset, sizeof(text));
            g_free(text);
        }
    }
    g_free(options);
}

static void
on_quiet(void *arg)
{
    (void) arg;
    stage.is_quiet = true;
    stage_note("quiet");
}

void
stage_quiesce(void)
{
    hp_plugins_quiesce(stage.plugins, on_quiet, NULL);
    while (!stage.is_quiet) {
        g_main_context_iteration(NULL, TRUE);
    }
}

static void
on_closed(void *arg)
{
    (void) arg;
    stage.is_closed = true;
}

void
stage_close(void)
{
    hp_plugins_close(stage.plugins, on_closed, NULL);
    stage_pump();
    assert_true(stage.is_closed);
}

int
stage_teardown(void **state)
{
    (void) state;
    if (!stage.is_closed) {
        stage_quiesce();
        stage_close();
    }
    hp_worker_destroy(stage.main);
    g_string_free(stage.notes, TRUE);
    return 0;
}
