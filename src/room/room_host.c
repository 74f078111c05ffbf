// room_host.c - what plugins ask of their room.
// Owner: hp_room.  Thread: main; move_cursor and channel_send from any.
#include <stdlib.h>
#include <string.h>

#define LOG_TAG "room"
#include "base/log.h"
#include "base/tap.h"
#include "media/tap.h"
#include "room/cursor.h"
#include "plugin/host.h"
#include "room/outbox.h"
#include "plugin/plugins.h"
#include "room/room_parts.h"
#include "room/sessions.h"
#include "room/stage.h"

enum {
    MAX_SCREEN = 32767,
    MAX_CHANNEL_BYTES = 1024 * 1024, // of one session on their way to its peer
};

static bool
add_source(void *arg, const struct hp_plugin_source *source)
{
    struct hp_room *room = arg;
    return room->streams != NULL && source->name != NULL && source->head != NULL
            && hp_streams_add_source(room->streams, source);
}

static void
restart_source(void *arg, const char *name)
{
    struct hp_room *room = arg;
    if (room->streams != NULL) {
        hp_streams_restart_source(room->streams, name);
    }
}

static void
set_screen(void *arg, const struct hp_plugin_screen *screen)
{
    struct hp_room *room = arg;
    if (room->is_closing || screen->width <= 0 || screen->height <= 0 || screen->width > MAX_SCREEN
            || screen->height > MAX_SCREEN) {
        return;
    }
    room->screen = *screen;
    log_info("the screen is %dx%d@%d", screen->width, screen->height, screen->rate);
    json_t *payload = hp_room_screen_to_json(room);
    json_object_set_new(payload, "id", json_string(room->screen_by != NULL ? room->screen_by : ""));
    hp_outbox_broadcast(room, NULL, "screen/updated", payload);
    g_free(room->screen_by);
    room->screen_by = NULL;
    if (room->streams != NULL) {
        hp_streams_refresh(room->streams); // a text may name the size
    }
}

static void
set_desktop(void *arg, const struct hp_plugin_desktop *desktop)
{
    struct hp_room *room = arg;
    hp_room_clear_desktop(room);
    room->desktop.display = g_strdup(desktop->display);
    room->desktop.sound_device = g_strdup(desktop->sound_device);
    room->desktop.sound_server = g_strdup(desktop->sound_server);
}

void
hp_room_clear_desktop(struct hp_room *room)
{
    g_free((char *) room->desktop.display);
    g_free((char *) room->desktop.sound_device);
    g_free((char *) room->desktop.sound_server);
    room->desktop = (struct hp_plugin_desktop){ .size = sizeof(room->desktop) };
}

static void
set_cursor(void *arg, const struct hp_plugin_cursor *image)
{
    struct hp_room *room = arg;
    if (!room->is_closing) {
        hp_cursor_set(room->cursor, image);
    }
}

static void
move_cursor(void *arg, int x, int y)
{
    struct hp_room *room = arg;
    hp_cursor_move(room->cursor, x, y);
}

// False: not JSON; the plugin is at fault.
static bool
load_payload(const char *event, const char *text, json_t **payload)
{
    json_error_t error;
    *payload = NULL;
    if (text != NULL && (*payload = json_loads(text, JSON_DECODE_ANY, &error)) == NULL) {
        log_warn("a plugin's payload of %s is not JSON: %s", event, error.text);
        return false;
    }
    return true;
}

static void
send_event(void *arg, struct hp_session *session, const char *event, const char *text)
{
    json_t *payload;
    (void) arg;
    if (load_payload(event, text, &payload)) {
        hp_outbox_send(session, event, payload);
    }
}

static void
broadcast_event(void *arg, const char *event, const char *text)
{
    json_t *payload;
    if (load_payload(event, text, &payload)) {
        hp_outbox_broadcast(arg, NULL, event, payload);
    }
}

static struct hp_session *
control_host(void *arg)
{
    const struct hp_room *room = arg;
    return hp_control_host(room->control);
}

static const char *
session_id(struct hp_session *session)
{
    return session->id;
}

static const char *
session_name(struct hp_session *session)
{
    return session->profile.name;
}

static bool
session_has_right(struct hp_session *session, enum hp_session_right right)
{
    return hp_profile_has_right(&session->profile, right);
}

// A plugin's message on its way to the main thread, which knows the peer.
struct channel_message {
    struct hp_room *room;
    char *session_id;
    char *label;
    unsigned size;
    uint8_t data[];
};

static void
run_channel_send(void *arg)
{
    struct channel_message *message = arg;
    struct hp_session *session = hp_sessions_find(message->room->sessions, message->session_id);
    if (session != NULL) {
        atomic_fetch_sub(&session->channel_bytes, message->size);
        hp_stage_send(session->stage, message->label, message->data, message->size);
    }
    g_free(message->session_id);
    g_free(message->label);
    g_free(message);
}

static bool
channel_send(
        void *arg, struct hp_session *session, const char *label, const void *data, size_t size)
{
    struct hp_room *room = arg;
    int index = hp_plugins_find_channel(room->plugins, label);
    if (index < 0 || atomic_load(&session->open_channels[index]) <= 0 || size > MAX_CHANNEL_BYTES
            || atomic_load(&session->channel_bytes) + size > MAX_CHANNEL_BYTES) {
        return false;
    }
    atomic_fetch_add(&session->channel_bytes, (unsigned) size);
    struct channel_message *message = g_malloc(sizeof(*message) + size);
    message->room = room;
    message->session_id = g_strdup(session->id);
    message->label = g_strdup(label);
    message->size = (unsigned) size;
    memcpy(message->data, data, size);
    hp_worker_post(room->home, run_channel_send, message);
    return true;
}

static bool
session_is_connected(struct hp_session *session)
{
    return session->is_connected;
}

static bool
session_is_watching(struct hp_session *session)
{
    return session->is_watching;
}

static char *
dump_settings(const json_t *plugins, const char *name)
{
    const json_t *own = json_object_get(plugins, name);
    char *text = own == NULL ? NULL : json_dumps(own, JSON_COMPACT | JSON_ENCODE_ANY);
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

static char *
session_settings(struct hp_session *session, const char *plugin)
{
    return dump_settings(session->profile.plugins, plugin);
}

static char *
room_settings(void *arg, const char *plugin)
{
    const struct hp_room *room = arg;
    return dump_settings(room->rules.plugins, plugin);
}

// codec NULL: the first of that kind.
static struct hp_encoder *
find_encoder(const struct hp_room *room, enum hp_track_kind kind, const char *codec)
{
    for (unsigned i = 0; room->streams != NULL && i < room->codec_count; i++) {
        enum hp_codec known = room->codecs[i];
        struct hp_encoder *encoder = hp_streams_find(room->streams, known);
        if (hp_codec_kind(known) == kind && encoder != NULL
                && (codec == NULL || g_ascii_strcasecmp(codec, hp_codec_name(known)) == 0)) {
            return encoder;
        }
    }
    return NULL;
}

static struct hp_tap *
open_tap(void *arg, enum hp_source_kind kind, const char *codec, const struct hp_tap_cbs *cbs,
        void *cbs_arg)
{
    const struct hp_room *room = arg;
    struct hp_encoder *encoder = find_encoder(
            room, kind == HP_SOURCE_VIDEO ? HP_TRACK_VIDEO : HP_TRACK_AUDIO, codec);
    if (encoder == NULL || room->is_closing) {
        return NULL;
    }
    return hp_tap_create(
            &(struct hp_tap_params){
                    .encoder = encoder, .worker = room->tap_worker, .home = room->home },
            cbs, cbs_arg);
}

static const struct hp_tap_ops tap_ops = { .open = open_tap, .close = hp_tap_close };

const struct hp_host_cbs hp_room_host_cbs = {
    .taps = &tap_ops,
    .add_source = add_source,
    .restart_source = restart_source,
    .set_screen = set_screen,
    .set_desktop = set_desktop,
    .set_cursor = set_cursor,
    .move_cursor = move_cursor,
    .send = send_event,
    .broadcast = broadcast_event,
    .control_host = control_host,
    .session_id = session_id,
    .session_name = session_name,
    .session_has_right = session_has_right,
    .session_is_connected = session_is_connected,
    .session_is_watching = session_is_watching,
    .session_settings = session_settings,
    .room_settings = room_settings,
    .channel_send = channel_send,
};
