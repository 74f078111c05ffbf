// host.c - the server as one plugin sees it: the host table, its timers and posts.
// Owner: hp_plugins.  Thread: main; log, post, move_cursor, channel_send from any.
#include "plugin/host.h"

#include <assert.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "plugin"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"

enum {
    MAX_TIMERS = 64,
    MAX_LABEL = 64
};

struct hp_host {
    struct hp_worker *home;
    struct hp_plugin plugin; // completed with NULLs
    const struct hp_host_cbs *cbs;
    void *cbs_arg;
    struct hp_host_table table;
    void *self;
    bool is_starting, is_stopped;
    GHashTable *timers; // id -> struct plugin_timer
    uint32_t next_timer;
    char *channels[HP_HOST_CHANNELS_MAX]; // constant once started: workers read them
    unsigned channel_count;
};

struct plugin_timer {
    struct hp_timer timer;
    struct hp_host *host;
    uint32_t id;
    void (*fn)(void *arg);
    void *arg;
};

struct plugin_post {
    struct hp_host *host;
    void (*fn)(void *arg);
    void *arg;
};

static void
table_log(struct hp_host *host, enum hp_plugin_log_level level, const char *text)
{
    static const enum hp_log_level levels[] = {
        [HP_PLUGIN_ERROR] = HP_LOG_ERROR,
        [HP_PLUGIN_WARN] = HP_LOG_WARN,
        [HP_PLUGIN_INFO] = HP_LOG_INFO,
        [HP_PLUGIN_DEBUG] = HP_LOG_DEBUG,
    };
    hp_log(levels[level], host->plugin.name, "%s", text);
}

static void
run_post(void *arg)
{
    struct plugin_post *post = arg;
    if (!post->host->is_stopped) {
        post->fn(post->arg);
    }
    g_free(post);
}

static void
table_post(struct hp_host *host, void (*fn)(void *arg), void *arg)
{
    struct plugin_post *post = g_new(struct plugin_post, 1);
    *post = (struct plugin_post){ .host = host, .fn = fn, .arg = arg };
    hp_worker_post(host->home, run_post, post);
}

static void
timer_free(void *data)
{
    struct plugin_timer *timer = data;
    hp_timer_stop(&timer->timer);
    g_free(timer);
}

static void
run_timer(void *arg)
{
    struct plugin_timer *timer = arg;
    void (*fn)(void *arg) = timer->fn;
    void *fn_arg = timer->arg;
    g_hash_table_remove(timer->host->timers, GUINT_TO_POINTER(timer->id));
    fn(fn_arg);
}

static uint32_t
table_timer_start(struct hp_host *host, int64_t delay_ms, void (*fn)(void *arg), void *arg)
{
    assert(hp_worker_is_current(host->home));
    if (host->is_stopped || g_hash_table_size(host->timers) >= MAX_TIMERS) {
        log_warn("%s: no timer: stopped, or %d of them run", host->plugin.name, MAX_TIMERS);
        return 0;
    }
    struct plugin_timer *timer = g_new0(struct plugin_timer, 1);
    do {
        timer->id = ++host->next_timer;
    } while (timer->id == 0 || g_hash_table_contains(host->timers, GUINT_TO_POINTER(timer->id)));
    timer->host = host;
    timer->fn = fn;
    timer->arg = arg;
    hp_timer_init(&timer->timer, host->home, run_timer, timer);
    g_hash_table_insert(host->timers, GUINT_TO_POINTER(timer->id), timer);
    hp_timer_start(&timer->timer, MAX(delay_ms, 0) * 1000);
    return timer->id;
}

static void
table_timer_stop(struct hp_host *host, uint32_t id)
{
    assert(hp_worker_is_current(host->home));
    g_hash_table_remove(host->timers, GUINT_TO_POINTER(id));
}

static bool
table_source_add(struct hp_host *host, const struct hp_plugin_source *source)
{
    struct hp_plugin_source copy = { .size = 0 };
    memcpy(&copy, source, MIN(source->size, sizeof(copy)));
    return host->cbs->add_source(host->cbs_arg, &copy);
}

static void
table_source_restart(struct hp_host *host, const char *name)
{
    host->cbs->restart_source(host->cbs_arg, name);
}

static void
table_set_screen(struct hp_host *host, const struct hp_plugin_screen *screen)
{
    host->cbs->set_screen(host->cbs_arg, screen);
}

static void
table_set_desktop(struct hp_host *host, const struct hp_plugin_desktop *desktop)
{
    struct hp_plugin_desktop copy = { .size = 0 };
    memcpy(&copy, desktop, MIN(desktop->size, sizeof(copy)));
    host->cbs->set_desktop(host->cbs_arg, &copy);
}

static void
table_set_cursor(struct hp_host *host, const struct hp_plugin_cursor *cursor)
{
    host->cbs->set_cursor(host->cbs_arg, cursor);
}

static void
table_move_cursor(struct hp_host *host, int x, int y)
{
    host->cbs->move_cursor(host->cbs_arg, x, y);
}

static void
table_send(struct hp_host *host, struct hp_session *session, const char *event, const char *payload)
{
    host->cbs->send(host->cbs_arg, session, event, payload);
}

static void
table_broadcast(struct hp_host *host, const char *event, const char *payload)
{
    host->cbs->broadcast(host->cbs_arg, event, payload);
}

static struct hp_session *
table_control_host(struct hp_host *host)
{
    return host->cbs->control_host(host->cbs_arg);
}

static bool
table_channel_bind(struct hp_host *host, const char *label)
{
    if (!host->is_starting || host->channel_count >= HP_HOST_CHANNELS_MAX
            || strlen(label) > MAX_LABEL || strcmp(label, "data") == 0) {
        log_warn("%s: a channel is bound in start(), up to %d, and not \"data\"", host->plugin.name,
                HP_HOST_CHANNELS_MAX);
        return false;
    }
    host->channels[host->channel_count++] = g_strdup(label);
    return true;
}

static bool
table_channel_send(struct hp_host *host, struct hp_session *session, const char *label,
        const void *data, size_t size)
{
    return host->cbs->channel_send(host->cbs_arg, session, label, data, size);
}

// The facts of a session are filled in by create.
static const struct hp_host_table table_template = {
    .abi = HP_PLUGIN_ABI,
    .size = sizeof(struct hp_host_table),
    .log = table_log,
    .post = table_post,
    .timer_start = table_timer_start,
    .timer_stop = table_timer_stop,
    .source_add = table_source_add,
    .source_restart = table_source_restart,
    .set_screen = table_set_screen,
    .set_cursor = table_set_cursor,
    .move_cursor = table_move_cursor,
    .send = table_send,
    .broadcast = table_broadcast,
    .control_host = table_control_host,
    .channel_bind = table_channel_bind,
    .channel_send = table_channel_send,
    .set_desktop = table_set_desktop,
};

struct hp_host *
hp_host_create(struct hp_worker *home, const struct hp_plugin *plugin,
        const struct hp_host_cbs *cbs, void *arg)
{
    struct hp_host *host = g_new0(struct hp_host, 1);
    host->home = home;
    memcpy(&host->plugin, plugin, MIN(plugin->size, sizeof(host->plugin)));
    host->cbs = cbs;
    host->cbs_arg = arg;
    host->table = table_template;
    host->table.session_id = cbs->session_id;
    host->table.session_name = cbs->session_name;
    host->table.session_has_right = cbs->session_has_right;
    host->timers = g_hash_table_new_full(NULL, NULL, NULL, timer_free);
    return host;
}

void
hp_host_destroy(struct hp_host *host)
{
    if (host == NULL) {
        return;
    }
    assert(host->self == NULL);
    g_hash_table_destroy(host->timers);
    for (unsigned i = 0; i < host->channel_count; i++) {
        g_free(host->channels[i]);
    }
    g_free(host);
}

bool
hp_host_start(struct hp_host *host, const void *options)
{
    host->is_starting = true;
    host->self = host->plugin.start(host, &host->table, options);
    host->is_starting = false;
    if (host->self == NULL) {
        host->is_stopped = true;
        g_hash_table_remove_all(host->timers);
        return false; // the plugin has logged the reason
    }
    log_info("%s runs", host->plugin.name);
    return true;
}

void
hp_host_stop(struct hp_host *host)
{
    if (host->self != NULL) {
        host->plugin.stop(host->self);
        host->self = NULL;
    }
    host->is_stopped = true;
    g_hash_table_remove_all(host->timers);
}

const struct hp_plugin *
hp_host_plugin(const struct hp_host *host)
{
    return &host->plugin;
}

void *
hp_host_self(const struct hp_host *host)
{
    return host->self;
}

int
hp_host_find_channel(const struct hp_host *host, const char *label)
{
    for (unsigned i = 0; i < host->channel_count; i++) {
        if (strcmp(host->channels[i], label) == 0) {
            return (int) i;
        }
    }
    return -1;
}
