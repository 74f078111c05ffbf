// plugins.h - the plugins that run in a room: who is called when. Main thread where a line does not
// say otherwise.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/plugin.h"
#include "plugin/host.h"

struct hp_plugins;
struct hp_worker;

enum {
    HP_PLUGINS_MAX = 8,
    HP_PLUGIN_CHANNELS_MAX = HP_PLUGINS_MAX * HP_HOST_CHANNELS_MAX // labels that all may bind
};

// cbs: what the plugins ask for; kept.
struct hp_plugins *hp_plugins_create(
        struct hp_worker *home, const struct hp_host_cbs *cbs, void *arg);

// Starts a plugin; before the first session. False: it has logged why not. `plugin` and `options`
// are kept until closed.
bool hp_plugins_start(
        struct hp_plugins *plugins, const struct hp_plugin *plugin, const void *options);

// Stops all, the last started first, then calls on_closed(arg): they have been freed. All sessions
// are closed.
void hp_plugins_close(struct hp_plugins *plugins, void (*on_closed)(void *arg), void *arg);

void hp_plugins_open_session(struct hp_plugins *plugins, struct hp_session *session);
void hp_plugins_close_session(struct hp_plugins *plugins, struct hp_session *session);
// False: no plugin knows this event.
bool hp_plugins_handle_message(struct hp_plugins *plugins, struct hp_session *session,
        const char *event, const char *payload);
void hp_plugins_tell_control(struct hp_plugins *plugins, struct hp_session *host);
// False: no plugin can.
bool hp_plugins_set_screen(struct hp_plugins *plugins, const struct hp_plugin_screen *screen);

// The session's worker.
void hp_plugins_handle_input(
        struct hp_plugins *plugins, struct hp_session *session, const struct hp_input *input);
void hp_plugins_handle_data(struct hp_plugins *plugins, struct hp_session *session,
        const char *label, const void *data, size_t size);

// A number below HP_PLUGIN_CHANNELS_MAX for a label that a plugin has bound, -1: nobody has. Any thread.
int hp_plugins_find_channel(const struct hp_plugins *plugins, const char *label);
