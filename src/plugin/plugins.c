// plugins.c - the plugins that run in a room: who is called when.
// Owner: hp_room.  Thread: main; input and data on the session's worker.
#include "plugin/plugins.h"

#include <string.h>

#include <glib.h>

#define LOG_TAG "plugins"
#include "base/log.h"
#include "base/worker.h"
#include "plugin/module.h"

struct hp_plugins {
    struct hp_worker *home;
    const struct hp_host_cbs *cbs;
    void *cbs_arg;
    struct hp_host *hosts[HP_PLUGINS_MAX]; // constant once the first session is there
    unsigned count;
    void (*on_closed)(void *arg);
    void *on_closed_arg;
};

struct hp_plugins *
hp_plugins_create(struct hp_worker *home, const struct hp_host_cbs *cbs, void *arg)
{
    struct hp_plugins *plugins = g_new0(struct hp_plugins, 1);
    plugins->home = home;
    plugins->cbs = cbs;
    plugins->cbs_arg = arg;
    return plugins;
}

static bool
is_known(const struct hp_plugins *plugins, const char *name)
{
    for (unsigned i = 0; i < plugins->count; i++) {
        if (strcmp(hp_host_plugin(plugins->hosts[i])->name, name) == 0) {
            return true;
        }
    }
    return false;
}

bool
hp_plugins_start(struct hp_plugins *plugins, const struct hp_plugin *plugin, const void *options)
{
    const char *reason = NULL;
    if (hp_module_check(plugin, &reason) == NULL) {
        log_error("a plugin cannot be started: %s", reason);
        return false;
    }
    if (plugins->count >= HP_PLUGINS_MAX || is_known(plugins, plugin->name)) {
        log_error("plugin %s cannot be started: it runs, or %d others do", plugin->name,
                HP_PLUGINS_MAX);
        return false;
    }
    struct hp_host *host = hp_host_create(plugins->home, plugin, plugins->cbs, plugins->cbs_arg);
    plugins->hosts[plugins->count++] = host; // kept if start fails: a post of it may be under way
    return hp_host_start(host, options);
}

static void
finish_close(void *arg)
{
    struct hp_plugins *plugins = arg;
    for (unsigned i = 0; i < plugins->count; i++) {
        hp_host_destroy(plugins->hosts[i]);
    }
    plugins->on_closed(plugins->on_closed_arg);
    g_free(plugins);
}

void
hp_plugins_close(struct hp_plugins *plugins, void (*on_closed)(void *arg), void *arg)
{
    plugins->on_closed = on_closed;
    plugins->on_closed_arg = arg;
    for (unsigned i = plugins->count; i > 0; i--) {
        hp_host_stop(plugins->hosts[i - 1]);
    }
    hp_worker_post(plugins->home, finish_close, plugins); // behind all that they have posted
}

void
hp_plugins_open_session(struct hp_plugins *plugins, struct hp_session *session)
{
    for (unsigned i = 0; i < plugins->count; i++) {
        const struct hp_plugin *plugin = hp_host_plugin(plugins->hosts[i]);
        void *self = hp_host_self(plugins->hosts[i]);
        if (self != NULL && plugin->session_open != NULL) {
            plugin->session_open(self, session);
        }
    }
}

void
hp_plugins_close_session(struct hp_plugins *plugins, struct hp_session *session)
{
    for (unsigned i = plugins->count; i > 0; i--) {
        const struct hp_plugin *plugin = hp_host_plugin(plugins->hosts[i - 1]);
        void *self = hp_host_self(plugins->hosts[i - 1]);
        if (self != NULL && plugin->session_close != NULL) {
            plugin->session_close(self, session);
        }
    }
}

bool
hp_plugins_handle_message(struct hp_plugins *plugins, struct hp_session *session, const char *event,
        const char *payload)
{
    for (unsigned i = 0; i < plugins->count; i++) {
        const struct hp_plugin *plugin = hp_host_plugin(plugins->hosts[i]);
        void *self = hp_host_self(plugins->hosts[i]);
        size_t length = strlen(plugin->name);
        if (self != NULL && plugin->on_message != NULL && strncmp(event, plugin->name, length) == 0
                && event[length] == '/') {
            return plugin->on_message(self, session, event, payload);
        }
    }
    return false;
}

void
hp_plugins_tell_control(struct hp_plugins *plugins, struct hp_session *host)
{
    for (unsigned i = 0; i < plugins->count; i++) {
        const struct hp_plugin *plugin = hp_host_plugin(plugins->hosts[i]);
        void *self = hp_host_self(plugins->hosts[i]);
        if (self != NULL && plugin->on_control != NULL) {
            plugin->on_control(self, host);
        }
    }
}

bool
hp_plugins_set_screen(struct hp_plugins *plugins, const struct hp_plugin_screen *screen)
{
    bool is_possible = false;
    for (unsigned i = 0; i < plugins->count; i++) {
        const struct hp_plugin *plugin = hp_host_plugin(plugins->hosts[i]);
        void *self = hp_host_self(plugins->hosts[i]);
        if (self != NULL && plugin->set_screen != NULL) {
            plugin->set_screen(self, screen);
            is_possible = true;
        }
    }
    return is_possible;
}

void
hp_plugins_handle_input(
        struct hp_plugins *plugins, struct hp_session *session, const struct hp_input *input)
{
    for (unsigned i = 0; i < plugins->count; i++) {
        const struct hp_plugin *plugin = hp_host_plugin(plugins->hosts[i]);
        void *self = hp_host_self(plugins->hosts[i]);
        if (self != NULL && plugin->on_input != NULL) {
            plugin->on_input(self, session, input);
        }
    }
}

void
hp_plugins_handle_data(struct hp_plugins *plugins, struct hp_session *session, const char *label,
        const void *data, size_t size)
{
    for (unsigned i = 0; i < plugins->count; i++) {
        const struct hp_plugin *plugin = hp_host_plugin(plugins->hosts[i]);
        void *self = hp_host_self(plugins->hosts[i]);
        if (self != NULL && plugin->on_data != NULL
                && hp_host_find_channel(plugins->hosts[i], label) >= 0) {
            plugin->on_data(self, session, label, data, size);
            return;
        }
    }
}

int
hp_plugins_find_channel(const struct hp_plugins *plugins, const char *label)
{
    for (unsigned i = 0; i < plugins->count; i++) {
        int index = hp_host_find_channel(plugins->hosts[i], label);
        if (index >= 0) {
            return (int) i * HP_HOST_CHANNELS_MAX + index;
        }
    }
    return -1;
}
