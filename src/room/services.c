// services.c - the services of a room for its plugins.
// Owner: hp_room.  Thread: main; move_cursor and channel_send from any.
#include "room/services.h"

#include <assert.h>

#include <glib.h>

#include "base/tap.h"
#include "base/worker.h"
#include "media/streams.h"
#include "media/tap.h"
#include "plugin/plugins.h"
#include "room/control.h"
#include "room/cursor.h"
#include "room/desktop.h"
#include "room/notice.h"
#include "room/notices.h"
#include "room/parcels.h"
#include "member/plugin_settings.h"
#include "member/rules.h"
#include "room/session.h"

static bool
add_source(void *arg, const struct hp_plugin_source *source)
{
    const struct hp_services *services = arg;
    return services->streams != NULL && source->name != NULL && source->head != NULL
            && hp_streams_add_source(services->streams, source);
}

static void
restart_source(void *arg, const char *name)
{
    const struct hp_services *services = arg;
    if (services->streams != NULL) {
        hp_streams_restart_source(services->streams, name);
    }
}

static void
set_screen(void *arg, const struct hp_plugin_screen *screen)
{
    const struct hp_services *services = arg;
    if (!services->is_closing && hp_desktop_set_screen(services->desktop, screen)
            && services->streams != NULL) {
        hp_streams_refresh(services->streams); // the text of a pipeline may contain the size
    }
}

static void
set_desktop(void *arg, const struct hp_plugin_desktop *desktop)
{
    const struct hp_services *services = arg;
    hp_desktop_set_devices(services->desktop, desktop);
    if (!services->is_closing && services->streams != NULL) {
        hp_streams_refresh(services->streams); // the text of a pipeline may name them
    }
}

static void
set_cursor(void *arg, const struct hp_plugin_cursor *image)
{
    const struct hp_services *services = arg;
    hp_cursor_set(services->cursor, image);
}

static void
move_cursor(void *arg, int x, int y)
{
    const struct hp_services *services = arg;
    hp_cursor_move(services->cursor, x, y);
}

static void
tell_copied(const struct hp_services *services, const char *text, bool is_too_large)
{
    const struct hp_session *host = hp_control_host(services->control);
    if (host != NULL && hp_control_opens_clipboard(services->control, host)) {
        hp_notices_tell(services->notices,
                &(struct hp_notice){ .kind = HP_NOTICE_CLIPBOARD,
                        .to = host,
                        .clipboard = { .text = text, .is_too_large = is_too_large } });
    }
}

static void
set_clipboard(void *arg, const char *text)
{
    const struct hp_services *services = arg;
    if (!services->is_closing) {
        hp_plugins_keep_clipboard(services->plugins, text);
        tell_copied(services, text, false);
    }
}

static void
skip_clipboard(void *arg, bool is_too_large)
{
    const struct hp_services *services = arg;
    if (!services->is_closing) {
        tell_copied(services, NULL, is_too_large);
    }
}

static void
send_event(void *arg, struct hp_session *session, const char *event, const char *payload)
{
    const struct hp_services *services = arg;
    hp_notices_tell(services->notices,
            &(struct hp_notice){
                    .kind = HP_NOTICE_PLUGIN,
                    .to = session,
                    .event = { .name = event, .payload = payload },
            });
}

static void
broadcast_event(void *arg, const char *event, const char *payload)
{
    send_event(arg, NULL, event, payload);
}

static struct hp_session *
control_host(void *arg)
{
    const struct hp_services *services = arg;
    return hp_control_host(services->control);
}

static const char *
session_id(struct hp_session *session)
{
    assert(hp_worker_is_current(session->grace.worker));
    return session->id;
}

static const char *
session_name(struct hp_session *session)
{
    assert(hp_worker_is_current(session->grace.worker));
    return session->profile.name;
}

static bool
session_has_right(struct hp_session *session, enum hp_session_right right)
{
    assert(hp_worker_is_current(session->grace.worker));
    return hp_profile_has_right(&session->profile, right);
}

static bool
session_is_connected(struct hp_session *session)
{
    assert(hp_worker_is_current(session->grace.worker));
    return session->is_connected;
}

static bool
session_is_watching(struct hp_session *session)
{
    assert(hp_worker_is_current(session->grace.worker));
    return session->is_watching;
}

static char *
session_settings(struct hp_session *session, const char *plugin)
{
    assert(hp_worker_is_current(session->grace.worker));
    return g_strdup(hp_plugin_settings_get(session->profile.plugins, plugin));
}

static char *
room_settings(void *arg, const char *plugin)
{
    const struct hp_services *services = arg;
    return g_strdup(hp_plugin_settings_get(services->rules->plugins, plugin));
}

static struct hp_tap *
open_tap(void *arg, enum hp_source_kind kind, const char *codec, const struct hp_tap_cbs *cbs,
        void *cbs_arg)
{
    const struct hp_services *services = arg;
    enum hp_track_kind track = kind == HP_SOURCE_VIDEO ? HP_TRACK_VIDEO : HP_TRACK_AUDIO;
    struct hp_encoder *encoder = services->is_closing
            ? NULL
            : hp_streams_choose(services->streams, track, codec);
    if (encoder == NULL) {
        return NULL;
    }
    const struct hp_tap_params params = {
        .encoder = encoder, .worker = services->tap_worker, .home = services->home
    };
    return hp_tap_create(&params, cbs, cbs_arg);
}

static const struct hp_tap_ops tap_ops = { .open = open_tap, .close = hp_tap_close };

static bool
channel_send(
        void *arg, struct hp_session *session, const char *label, const void *data, size_t size)
{
    const struct hp_services *services = arg;
    int channel = hp_plugins_find_channel(services->plugins, label);
    return hp_parcels_send(services->parcels, session, channel, label, data, size);
}

const struct hp_host_cbs hp_services_cbs = {
    .taps = &tap_ops,
    .add_source = add_source,
    .restart_source = restart_source,
    .set_screen = set_screen,
    .set_desktop = set_desktop,
    .set_cursor = set_cursor,
    .move_cursor = move_cursor,
    .send = send_event,
    .broadcast = broadcast_event,
    .set_clipboard = set_clipboard,
    .skip_clipboard = skip_clipboard,
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
