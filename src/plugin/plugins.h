// plugins.h - the plugins that run in a room, and the order in which they are called. Main thread
// where a line does not say otherwise.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/plugin.h"
#include "plugin/host.h"

struct hp_carrier_ops;
struct hp_jobs;
struct hp_plugin_request;
struct hp_plugins;
struct hp_worker;

enum {
    HP_PLUGINS_MAX = 8,
    HP_PLUGIN_CHANNELS_MAX = HP_PLUGINS_MAX * HP_HOST_CHANNELS_MAX, // labels that all may bind
    HP_PLUGINS_REQUESTS_MAX = 32, // HTTP requests of all plugins that are under way
};

// jobs: the pool for what blocks, kept; NULL: the plugins have none. cbs: what the plugins ask for;
// kept.
struct hp_plugins *hp_plugins_create(struct hp_worker *home, struct hp_jobs *jobs,
        const struct hp_host_cbs *cbs, void *arg);

// Starts a plugin; before the first session. False: it has logged why not. `plugin` and `options`
// are kept until closed.
bool hp_plugins_start(
        struct hp_plugins *plugins, const struct hp_plugin *plugin, const void *options);

// Ends what the plugins have under way - requests, jobs, frames - and then calls on_quiet(arg),
// later; jobs that run are waited for. All sessions are closed; the streams are not, yet.
void hp_plugins_quiesce(struct hp_plugins *plugins, void (*on_quiet)(void *arg), void *arg);

// Stops all, the last started first, then calls on_closed(arg): they have been freed. They are
// quiet: hp_plugins_quiesce() has ended, unless nothing was under way.
void hp_plugins_close(struct hp_plugins *plugins, void (*on_closed)(void *arg), void *arg);

void hp_plugins_open_session(struct hp_plugins *plugins, struct hp_session *session);
void hp_plugins_close_session(struct hp_plugins *plugins, struct hp_session *session);
// False: no plugin knows this event.
bool hp_plugins_handle_message(struct hp_plugins *plugins, struct hp_session *session,
        const char *event, const char *payload);
void hp_plugins_tell_control(struct hp_plugins *plugins, struct hp_session *host);
// False: no plugin can.
bool hp_plugins_set_screen(struct hp_plugins *plugins, const struct hp_plugin_screen *screen);

// HTTP below /api/plugins/.
enum hp_plugins_answer {
    HP_PLUGINS_FOUND,
    HP_PLUGINS_UNKNOWN, // no route of that path
    HP_PLUGINS_OTHER_METHOD, // match->allow says which
    HP_PLUGINS_FULL, // too many requests, or the plugins end
};
struct hp_plugins_match {
    struct hp_host *host;
    const struct hp_plugin_route *route;
    const char *rest; // in `path`
    char allow[64];
};
// path: "<plugin>/<path of a route>".
enum hp_plugins_answer hp_plugins_find_route(const struct hp_plugins *plugins, const char *method,
        const char *path, struct hp_plugins_match *match);
// After FOUND: sets *request, then calls on_request. The carrier stays until it tells closed or is
// told to abort, later.
// See plugin/request.h for the calls of the carrier.
void hp_plugins_open_request(const struct hp_plugins_match *match, struct hp_session *session,
        const struct hp_carrier_ops *ops, void *carrier, struct hp_plugin_request **request);

// The session's worker.
void hp_plugins_handle_input(
        struct hp_plugins *plugins, struct hp_session *session, const struct hp_input *input);
void hp_plugins_handle_data(struct hp_plugins *plugins, struct hp_session *session,
        const char *label, const void *data, size_t size);

// A number below HP_PLUGIN_CHANNELS_MAX for a label that a plugin has bound, -1: none has. Any thread.
int hp_plugins_find_channel(const struct hp_plugins *plugins, const char *label);
