// plugins.h - the plugins of a room, and the order in which they are called. Main thread, if a
// comment does not say otherwise.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/plugin.h"
#include "plugin/host.h"

struct hp_carrier_ops;
struct hp_jobs;
struct hp_plugin_request;
struct hp_plugins;
struct hp_worker;

enum {
    HP_PLUGINS_MAX = 8,
    // labels that all plugins together may bind
    HP_PLUGIN_CHANNELS_MAX = HP_PLUGINS_MAX * HP_HOST_CHANNELS_MAX,
    HP_PLUGINS_REQUESTS_MAX = 32, // HTTP requests to all plugins that may be under way
};

// `jobs`: the pool for blocking work, kept; NULL: plugins get no jobs. `cbs`: the room's services
// for plugins, kept. Owner: hp_room. Never NULL.
struct hp_plugins *hp_plugins_create(struct hp_worker *home, struct hp_jobs *jobs,
        const struct hp_host_cbs *cbs, void *arg);

// Starts a plugin; before the first session. False: the reason has been logged. `plugin` and
// `options` are kept until on_closed.
bool hp_plugins_start(
        struct hp_plugins *plugins, const struct hp_plugin *plugin, const void *options);

// Ends requests, jobs and frames that the plugins have under way, and then calls on_quiet(arg),
// never before this returns; jobs that run are waited for. To be called after all sessions have
// closed and before the streams do.
void hp_plugins_quiesce(struct hp_plugins *plugins, void (*on_quiet)(void *arg), void *arg);

// Stops all plugins, the last started first, frees them, then calls on_closed(arg). To be called
// after hp_plugins_quiesce() has ended, or if the plugins had nothing under way.
void hp_plugins_close(struct hp_plugins *plugins, void (*on_closed)(void *arg), void *arg);

// Tell the plugins that a session begins or ends.
void hp_plugins_open_session(struct hp_plugins *plugins, struct hp_session *session);
void hp_plugins_close_session(struct hp_plugins *plugins, struct hp_session *session);
// Offers a client's message to the plugins. False: no plugin knows this event.
bool hp_plugins_handle_message(struct hp_plugins *plugins, struct hp_session *session,
        const char *event, const char *payload);
void hp_plugins_tell_control(struct hp_plugins *plugins, struct hp_session *host);
// Asks the plugins for another screen size. False: no plugin can change it.
bool hp_plugins_set_screen(struct hp_plugins *plugins, const struct hp_plugin_screen *screen);
// Puts a text into the desktop's clipboard, UTF-8 of at most HP_CLIPBOARD_MAX bytes. False: no
// plugin has a clipboard.
bool hp_plugins_set_clipboard(struct hp_plugins *plugins, const char *text);
// The text that was copied last, by either side; "": none. Valid until the next one.
const char *hp_plugins_clipboard(const struct hp_plugins *plugins);
void hp_plugins_keep_clipboard(struct hp_plugins *plugins, const char *text); // copied
// The number of the text that was copied last: another text has another number.
uint64_t hp_plugins_clipboard_number(const struct hp_plugins *plugins);

// The answers of hp_plugins_find_route(), for HTTP below /api/plugins/.
enum hp_plugins_answer {
    HP_PLUGINS_FOUND,
    HP_PLUGINS_UNKNOWN, // no plugin has a route for that path
    HP_PLUGINS_OTHER_METHOD, // the path has other methods: match->allow names them
    HP_PLUGINS_FULL, // too many requests, or the plugins are ending
};
struct hp_plugins_match {
    struct hp_host *host;
    const struct hp_plugin_route *route;
    const char *rest; // points into `path`
    char allow[64];
};
// Finds the route of a request; `path` is "<plugin>/<path of a route>".
enum hp_plugins_answer hp_plugins_find_route(const struct hp_plugins *plugins, const char *method,
        const char *path, struct hp_plugins_match *match);
// After FOUND: sets *request, then calls on_request. The carrier stays until it tells closed or is
// told to abort, later.
// See plugin/request.h for the calls of the carrier.
void hp_plugins_open_request(const struct hp_plugins_match *match, struct hp_session *session,
        const struct hp_carrier_ops *ops, void *carrier, struct hp_plugin_request **request);

// Give the plugins input, and data of a channel. The session's worker.
void hp_plugins_handle_input(
        struct hp_plugins *plugins, struct hp_session *session, const struct hp_input *input);
void hp_plugins_handle_data(struct hp_plugins *plugins, struct hp_session *session,
        const char *label, const void *data, size_t size);

// The number of a label, below HP_PLUGIN_CHANNELS_MAX; -1: no plugin has bound the label. Any
// thread.
int hp_plugins_find_channel(const struct hp_plugins *plugins, const char *label);
