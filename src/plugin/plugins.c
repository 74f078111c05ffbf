// plugins.c - the plugins of a room, and the order in which they are called.
// Owner: hp_room.  Thread: main; input and data on the session's worker.
#include "plugin/plugins.h"

#include <string.h>

#include <glib.h>

#define LOG_TAG "plugins"
#include "base/log.h"
#include "base/worker.h"
#include "plugin/module.h"
#include "plugin/routes.h"

struct hp_plugins {
    struct hp_worker *home;
    struct hp_jobs *jobs;
    const struct hp_host_cbs *cbs;
    void *cbs_arg;
    struct hp_host *hosts[HP_PLUGINS_MAX]; // constant once the first session exists
    unsigned count;
    char *clipboard; // NULL: nothing was copied yet
    uint64_t clipboard_number;
    void (*on_quiet)(void *arg); // NULL: no quiesce is under way
    void *on_quiet_arg;
    void (*on_closed)(void *arg);
    void *on_closed_arg;
};

struct hp_plugins *
hp_plugins_create(
        struct hp_worker *home, struct hp_jobs *jobs, const struct hp_host_cbs *cbs, void *arg)
{
    struct hp_plugins *plugins = g_new0(struct hp_plugins, 1);
    plugins->home = home;
    plugins->jobs = jobs;
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
    char *reason = NULL;
    struct hp_option *rows = hp_module_check(plugin, &reason);
    g_free(rows);
    if (reason != NULL) {
        log_error("a plugin is not started: %s", reason);
        g_free(reason);
        return false;
    }
    if (plugins->count >= HP_PLUGINS_MAX || is_known(plugins, plugin->name)) {
        log_error("plugin %s cannot be started: expected a name that no other plugin has, and at "
                  "most %d plugins",
                plugin->name, HP_PLUGINS_MAX);
        return false;
    }
    struct hp_host *host = hp_host_create(
            plugins->home, plugins->jobs, plugin, plugins->cbs, plugins->cbs_arg);
    // kept even if start fails: a post of the plugin may be under way
    plugins->hosts[plugins->count++] = host;
    return hp_host_start(host, options);
}

static void
tell_quiet(void *arg)
{
    struct hp_plugins *plugins = arg;
    for (unsigned i = 0; i < plugins->count; i++) {
        if (!hp_host_is_quiet(plugins->hosts[i])) {
            return;
        }
    }
    void (*on_quiet)(void *arg) = plugins->on_quiet;
    plugins->on_quiet = NULL;
    if (on_quiet != NULL) {
        on_quiet(plugins->on_quiet_arg);
    }
}

// Posted, since a plugin may still be inside the call that has ended its last request, job or tap.
static void
on_step(void *arg)
{
    struct hp_plugins *plugins = arg;
    if (plugins->on_quiet != NULL) {
        hp_worker_post(plugins->home, tell_quiet, plugins);
    }
}

void
hp_plugins_quiesce(struct hp_plugins *plugins, void (*on_quiet)(void *arg), void *arg)
{
    plugins->on_quiet = on_quiet;
    plugins->on_quiet_arg = arg;
    for (unsigned i = plugins->count; i > 0; i--) {
        hp_host_quiesce(plugins->hosts[i - 1], on_step, plugins);
    }
    hp_worker_post(plugins->home, tell_quiet, plugins);
}

static void
finish_close(void *arg)
{
    struct hp_plugins *plugins = arg;
    for (unsigned i = 0; i < plugins->count; i++) {
        hp_host_destroy(plugins->hosts[i]);
    }
    plugins->on_closed(plugins->on_closed_arg);
    g_free(plugins->clipboard);
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
    hp_worker_post(plugins->home, finish_close, plugins); // after all posts of the plugins
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
        hp_host_end_requests(plugins->hosts[i - 1], session);
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
    struct hp_plugin_screen wanted = *screen;
    bool is_possible = false;
    wanted.size = sizeof(wanted);
    for (unsigned i = 0; i < plugins->count; i++) {
        const struct hp_plugin *plugin = hp_host_plugin(plugins->hosts[i]);
        void *self = hp_host_self(plugins->hosts[i]);
        if (self != NULL && plugin->set_screen != NULL) {
            plugin->set_screen(self, &wanted);
            is_possible = true;
        }
    }
    return is_possible;
}

const char *
hp_plugins_clipboard(const struct hp_plugins *plugins)
{
    return plugins->clipboard != NULL ? plugins->clipboard : "";
}

void
hp_plugins_keep_clipboard(struct hp_plugins *plugins, const char *text)
{
    if (strcmp(hp_plugins_clipboard(plugins), text) == 0) {
        return;
    }
    g_free(plugins->clipboard);
    plugins->clipboard = g_strdup(text);
    plugins->clipboard_number++;
}

uint64_t
hp_plugins_clipboard_number(const struct hp_plugins *plugins)
{
    return plugins->clipboard_number;
}

bool
hp_plugins_set_clipboard(struct hp_plugins *plugins, const char *text)
{
    bool is_possible = false;
    for (unsigned i = 0; i < plugins->count; i++) {
        const struct hp_plugin *plugin = hp_host_plugin(plugins->hosts[i]);
        void *self = hp_host_self(plugins->hosts[i]);
        if (self != NULL && plugin->set_clipboard != NULL) {
            plugin->set_clipboard(self, text);
            is_possible = true;
        }
    }
    if (is_possible) {
        hp_plugins_keep_clipboard(plugins, text);
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

static unsigned
count_requests(const struct hp_plugins *plugins)
{
    unsigned count = 0;
    for (unsigned i = 0; i < plugins->count; i++) {
        count += hp_host_request_count(plugins->hosts[i]);
    }
    return count;
}

enum hp_plugins_answer
hp_plugins_find_route(const struct hp_plugins *plugins, const char *method, const char *path,
        struct hp_plugins_match *match)
{
    *match = (struct hp_plugins_match){ .host = NULL };
    for (unsigned i = 0; i < plugins->count; i++) {
        const char *name = hp_host_plugin(plugins->hosts[i])->name;
        size_t length = strlen(name);
        if (strncmp(path, name, length) == 0 && path[length] == '/') {
            match->host = plugins->hosts[i];
            match->route = hp_host_find_route(
                    match->host, method, path + length + 1, &match->rest, match->allow);
        }
    }
    if (match->route == NULL) {
        return match->allow[0] == '\0' ? HP_PLUGINS_UNKNOWN : HP_PLUGINS_OTHER_METHOD;
    }
    bool has_room = count_requests(plugins) < HP_PLUGINS_REQUESTS_MAX;
    return has_room && hp_host_has_room(match->host) ? HP_PLUGINS_FOUND : HP_PLUGINS_FULL;
}

void
hp_plugins_open_request(const struct hp_plugins_match *match, struct hp_session *session,
        const struct hp_carrier_ops *ops, void *carrier, struct hp_plugin_request **request)
{
    hp_host_open_request(match->host,
            &(struct hp_route_call){
                    .route = match->route,
                    .rest = match->rest,
                    .session = session,
                    .ops = ops,
                    .carrier = carrier,
            },
            request);
}
