// host.h - the server as one plugin sees it: the host table, timers and posts of the plugin. Main
// thread.
#pragma once

#include <stdbool.h>

#include "base/plugin.h"

struct hp_jobs;
struct hp_route_call;
struct hp_tap_ops;
struct hp_worker;

enum {
    HP_HOST_CHANNELS_MAX = 4
}; // labels that one plugin may bind

struct hp_host_cbs { // the room's services for plugins; main thread, if not said otherwise
    const struct hp_tap_ops *taps; // NULL: there are no streams
    bool (*add_source)(void *arg, const struct hp_plugin_source *source);
    void (*restart_source)(void *arg, const char *name);
    void (*set_screen)(void *arg, const struct hp_plugin_screen *screen);
    void (*set_desktop)(void *arg, const struct hp_plugin_desktop *desktop);
    void (*set_cursor)(void *arg, const struct hp_plugin_cursor *cursor);
    void (*move_cursor)(void *arg, int x, int y); // any thread
    void (*send)(void *arg, struct hp_session *session, const char *event, const char *payload);
    void (*broadcast)(void *arg, const char *event, const char *payload);
    void (*set_clipboard)(void *arg, const char *text); // UTF-8, at most HP_CLIPBOARD_MAX bytes
    void (*skip_clipboard)(void *arg, bool is_too_large); // else it is no text
    struct hp_session *(*control_host)(void *arg);
    const char *(*session_id)(struct hp_session *session);
    const char *(*session_name)(struct hp_session *session);
    bool (*session_has_right)(struct hp_session *session, enum hp_session_right right);
    bool (*session_is_connected)(struct hp_session *session);
    bool (*session_is_watching)(struct hp_session *session);
    // The settings of a plugin in a profile or in the room's rules: JSON text, which the host frees
    // with g_free(); NULL: there are none.
    char *(*session_settings)(struct hp_session *session, const char *plugin);
    char *(*room_settings)(void *arg, const char *plugin);
    // Sends on a data channel of the session; false: not sent.
    // Any thread.
    bool (*channel_send)(void *arg, struct hp_session *session, const char *label, const void *data,
            size_t size);
};

// `plugin`: checked by hp_module_check(), copied; the objects that it points to are kept, and so
// are `cbs` and `jobs` (NULL: none). Owner: hp_plugins. Never NULL.
struct hp_host *hp_host_create(struct hp_worker *home, struct hp_jobs *jobs,
        const struct hp_plugin *plugin, const struct hp_host_cbs *cbs, void *arg);
// only after a post sent after hp_host_stop() has arrived
void hp_host_destroy(struct hp_host *host);

bool hp_host_start(struct hp_host *host, const void *options); // options: kept; false: logged

// Ends requests, jobs and frames of the plugin, and refuses new ones. on_step(arg) is called each
// time one of them has ended, perhaps before this returns; hp_host_is_quiet() then tells whether it
// was the last one.
void hp_host_quiesce(struct hp_host *host, void (*on_step)(void *arg), void *arg);
bool hp_host_is_quiet(const struct hp_host *host);

void hp_host_stop(struct hp_host *host); // when it is quiet

// The plugin's HTTP routes. `allow` and `rest`: see routes.h.
const struct hp_plugin_route *hp_host_find_route(const struct hp_host *host, const char *method,
        const char *path, const char **rest, char allow[64]);
bool hp_host_has_room(const struct hp_host *host); // for another request
// Opens a request; `call->self` is filled in here. Sets *request, then calls on_request.
void hp_host_open_request(struct hp_host *host, const struct hp_route_call *call,
        struct hp_plugin_request **request);
void hp_host_end_requests(struct hp_host *host, const struct hp_session *session);
unsigned hp_host_request_count(const struct hp_host *host);

// The plugin's table; members that an older table lacks are NULL. Any thread.
const struct hp_plugin *hp_host_plugin(const struct hp_host *host);
void *hp_host_self(const struct hp_host *host); // NULL: the plugin does not run

// The index of a bound label; -1: not bound. Any thread, after the start.
int hp_host_find_channel(const struct hp_host *host, const char *label);
