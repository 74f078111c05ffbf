// host.c - the server as one plugin sees it: the host table, timers and posts of the plugin.
// Owner: hp_plugins.  Thread: main; log, post, move_cursor, channel_send from any.
//
// A struct that comes from a plugin is copied as far as its `size` says, into a struct of this
// host's version.
#include "plugin/host.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "plugin"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "plugin/request.h"
#include "plugin/routes.h"
#include "plugin/taps.h"
#include "plugin/tasks.h"

enum {
    MAX_TIMERS = 64,
    MAX_POSTS = 65536, // that wait for the main thread
    MAX_LABEL = 64
};

struct hp_host {
    struct hp_worker *home;
    struct hp_plugin plugin; // members that the plugin's version lacks are NULL
    const struct hp_host_cbs *cbs;
    void *cbs_arg;
    struct hp_host_table table;
    void *self;
    bool is_starting, is_stopped;
    GHashTable *timers; // id -> struct plugin_timer
    uint32_t next_timer;
    char *channels[HP_HOST_CHANNELS_MAX]; // constant once the plugin has started: workers read them
    unsigned channel_count;
    struct hp_routes routes;
    struct hp_tasks tasks;
    struct hp_taps taps;
    atomic_uint posts; // under way to the main thread
    atomic_bool has_lost_posts;
    GPtrArray *texts; // lent to the plugin until it returns to the loop
    void (*on_step)(void *arg); // NULL: the plugin is not being quiesced
    void *on_step_arg;
};

// Bytes of a struct up to the end of a member: the size of the struct in the first version.
#define SIZE_TO(type, member) (offsetof(type, member) + sizeof(((type *) 0)->member))

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
    bool is_known = (unsigned) level < G_N_ELEMENTS(levels); // a plugin may say anything
    hp_log(is_known ? levels[level] : HP_LOG_INFO, host->plugin.name, "%s", text);
}

static void
run_post(void *arg)
{
    struct plugin_post *post = arg;
    atomic_fetch_sub(&post->host->posts, 1);
    if (!post->host->is_stopped) {
        post->fn(post->arg);
    }
    g_free(post);
}

static void
table_post(struct hp_host *host, void (*fn)(void *arg), void *arg)
{
    unsigned before = atomic_fetch_add(&host->posts, 1);
    if (before >= MAX_POSTS) {
        atomic_fetch_sub(&host->posts, 1);
        if (!atomic_exchange(&host->has_lost_posts, true)) {
            log_error("%s: a post is lost, and more may be: %d of them wait for the main thread; a "
                      "plugin has to bound what it posts",
                    host->plugin.name, MAX_POSTS);
        }
        return;
    }
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
        log_warn("%s: a timer is not started: the plugin has stopped, or %d of its timers run",
                host->plugin.name, MAX_TIMERS);
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

// Copies the members of a plugin's struct that this host's version has. False: the struct lacks
// members of the first version.
static bool
copy_sized(const struct hp_host *host, const char *name, const void *from, size_t least, void *to,
        size_t to_size)
{
    uint32_t size = *(const uint32_t *) from;
    if (size < least) {
        log_error("%s: a struct %s with size %u is refused: expected at least %zu, set it to its "
                  "sizeof",
                host->plugin.name, name, size, least);
        return false;
    }
    memset(to, 0, to_size);
    memcpy(to, from, MIN(size, to_size));
    *(uint32_t *) to = (uint32_t) to_size;
    return true;
}

#define COPY_SIZED(host, type, from, last, to) \
    copy_sized(host, #type, from, SIZE_TO(struct type, last), to, sizeof(struct type))

static bool
table_source_add(struct hp_host *host, const struct hp_plugin_source *source)
{
    struct hp_plugin_source copy;
    assert(hp_worker_is_current(host->home));
    return COPY_SIZED(host, hp_plugin_source, source, is_damage_driven, &copy)
            && host->cbs->add_source(host->cbs_arg, &copy);
}

static void
table_source_restart(struct hp_host *host, const char *name)
{
    assert(hp_worker_is_current(host->home));
    host->cbs->restart_source(host->cbs_arg, name);
}

static void
table_set_screen(struct hp_host *host, const struct hp_plugin_screen *screen)
{
    struct hp_plugin_screen copy;
    assert(hp_worker_is_current(host->home));
    if (COPY_SIZED(host, hp_plugin_screen, screen, rate, &copy)) {
        host->cbs->set_screen(host->cbs_arg, &copy);
    }
}

static void
table_set_desktop(struct hp_host *host, const struct hp_plugin_desktop *desktop)
{
    struct hp_plugin_desktop copy;
    assert(hp_worker_is_current(host->home));
    if (COPY_SIZED(host, hp_plugin_desktop, desktop, sound_server, &copy)) {
        host->cbs->set_desktop(host->cbs_arg, &copy);
    }
}

static void
table_set_cursor(struct hp_host *host, const struct hp_plugin_cursor *cursor)
{
    struct hp_plugin_cursor copy;
    assert(hp_worker_is_current(host->home));
    if (COPY_SIZED(host, hp_plugin_cursor, cursor, png_size, &copy)) {
        host->cbs->set_cursor(host->cbs_arg, &copy);
    }
}

static void
table_move_cursor(struct hp_host *host, int x, int y)
{
    host->cbs->move_cursor(host->cbs_arg, x, y);
}

static void
table_set_clipboard(struct hp_host *host, const char *text)
{
    assert(hp_worker_is_current(host->home));
    if (strlen(text) > HP_CLIPBOARD_MAX || !g_utf8_validate(text, -1, NULL)) {
        log_warn("%s: a text for the clipboard is dropped: expected UTF-8 of at most %d bytes",
                host->plugin.name, HP_CLIPBOARD_MAX);
        return;
    }
    host->cbs->set_clipboard(host->cbs_arg, text);
}

static void
table_skip_clipboard(struct hp_host *host, bool is_too_large)
{
    assert(hp_worker_is_current(host->home));
    host->cbs->skip_clipboard(host->cbs_arg, is_too_large);
}

static void
table_send(struct hp_host *host, struct hp_session *session, const char *event, const char *payload)
{
    assert(hp_worker_is_current(host->home));
    host->cbs->send(host->cbs_arg, session, event, payload);
}

static void
table_broadcast(struct hp_host *host, const char *event, const char *payload)
{
    assert(hp_worker_is_current(host->home));
    host->cbs->broadcast(host->cbs_arg, event, payload);
}

static struct hp_session *
table_control_host(struct hp_host *host)
{
    assert(hp_worker_is_current(host->home));
    return host->cbs->control_host(host->cbs_arg);
}

static bool
table_channel_bind(struct hp_host *host, const char *label)
{
    assert(hp_worker_is_current(host->home));
    if (!host->is_starting || host->channel_count >= HP_HOST_CHANNELS_MAX
            || strlen(label) > MAX_LABEL || strcmp(label, "data") == 0) {
        log_warn("%s: the channel \"%.64s\" is not bound: expected up to %d, in start(), "
                 "of at most %d bytes and not \"data\"",
                host->plugin.name, label, HP_HOST_CHANNELS_MAX, MAX_LABEL);
        return false;
    }
    host->channels[host->channel_count++] = g_strdup(label);
    return true;
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

static bool
table_channel_send(struct hp_host *host, struct hp_session *session, const char *label,
        const void *data, size_t size)
{
    return hp_host_find_channel(host, label) >= 0
            && host->cbs->channel_send(host->cbs_arg, session, label, data, size);
}

static bool
table_route_add(struct hp_host *host, const struct hp_plugin_route *route)
{
    struct hp_plugin_route copy;
    const char *reason = "expected the call in start()";
    assert(hp_worker_is_current(host->home));
    if (!COPY_SIZED(host, hp_plugin_route, route, on_abort, &copy)) {
        return false;
    }
    if (!host->is_starting || !hp_routes_add(&host->routes, &copy, &reason)) {
        log_error("%s: the route \"%s\" is not added: %s", host->plugin.name,
                copy.path == NULL ? "" : copy.path, reason);
        return false;
    }
    return true;
}

static bool
table_job_run(struct hp_host *host, void (*work)(void *arg), void (*done)(void *arg, bool was_run),
        void *arg)
{
    assert(hp_worker_is_current(host->home));
    return hp_tasks_run(&host->tasks, work, done, arg);
}

static void
drop_texts(void *arg)
{
    struct hp_host *host = arg;
    g_ptr_array_set_size(host->texts, 0);
}

// Lends a text to the plugin until the plugin returns to the loop; takes the text.
static const char *
lend(struct hp_host *host, char *text)
{
    if (text == NULL) {
        return NULL;
    }
    if (host->texts->len == 0) {
        hp_worker_post(host->home, drop_texts, host);
    }
    g_ptr_array_add(host->texts, text);
    return text;
}

static const char *
table_session_settings(struct hp_host *host, struct hp_session *session)
{
    assert(hp_worker_is_current(host->home));
    return lend(host, host->cbs->session_settings(session, host->plugin.name));
}

static const char *
table_room_settings(struct hp_host *host)
{
    assert(hp_worker_is_current(host->home));
    return lend(host, host->cbs->room_settings(host->cbs_arg, host->plugin.name));
}

static uint32_t
table_frames_open(struct hp_host *host, enum hp_source_kind kind,
        const struct hp_plugin_frames *cbs, void *arg)
{
    struct hp_plugin_frames copy;
    assert(hp_worker_is_current(host->home));
    if (!COPY_SIZED(host, hp_plugin_frames, cbs, on_closed, &copy)) {
        return 0;
    }
    if (copy.on_frame == NULL) {
        log_error("%s: frames_open is refused: expected a function on_frame", host->plugin.name);
        return 0;
    }
    return hp_taps_open(&host->taps, kind, &copy, arg);
}

static void
table_frames_close(struct hp_host *host, uint32_t id)
{
    assert(hp_worker_is_current(host->home));
    hp_taps_close(&host->taps, id);
}

// hp_host_create() fills in the facts of sessions and the members about requests.
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
    .route_add = table_route_add,
    .job_run = table_job_run,
    .session_settings = table_session_settings,
    .room_settings = table_room_settings,
    .frames_open = table_frames_open,
    .frames_close = table_frames_close,
    .input_size = sizeof(struct hp_input),
    .set_clipboard = table_set_clipboard,
    .skip_clipboard = table_skip_clipboard,
};

// Called when a request, a job or a tap has ended.
static void
on_part_ended(void *arg)
{
    const struct hp_host *host = arg;
    if (host->on_step != NULL) {
        host->on_step(host->on_step_arg);
    }
}

static void
init_parts(struct hp_host *host, struct hp_jobs *jobs)
{
    hp_routes_init(&host->routes, host->home, on_part_ended, host);
    host->tasks.home = host->home;
    host->tasks.jobs = jobs;
    host->tasks.on_ended = on_part_ended;
    host->tasks.arg = host;
    host->taps.ops = host->cbs->taps;
    host->taps.ops_arg = host->cbs_arg;
    host->taps.on_ended = on_part_ended;
    host->taps.arg = host;
}

struct hp_host *
hp_host_create(struct hp_worker *home, struct hp_jobs *jobs, const struct hp_plugin *plugin,
        const struct hp_host_cbs *cbs, void *arg)
{
    struct hp_host *host = g_new0(struct hp_host, 1);
    host->home = home;
    size_t whole = plugin->size - plugin->size % sizeof(void *); // half a pointer does not count
    memcpy(&host->plugin, plugin, MIN(whole, sizeof(host->plugin)));
    host->cbs = cbs;
    host->cbs_arg = arg;
    host->table = table_template;
    host->table.session_id = cbs->session_id;
    host->table.session_name = cbs->session_name;
    host->table.session_has_right = cbs->session_has_right;
    host->table.session_is_connected = cbs->session_is_connected;
    host->table.session_is_watching = cbs->session_is_watching;
    hp_plugin_request_fill_table(&host->table);
    host->texts = g_ptr_array_new_with_free_func(g_free);
    init_parts(host, jobs);
    host->timers = g_hash_table_new_full(NULL, NULL, NULL, timer_free);
    return host;
}

void
hp_host_destroy(struct hp_host *host)
{
    if (host == NULL) {
        return;
    }
    assert(host->self == NULL && hp_host_is_quiet(host));
    hp_routes_finish(&host->routes);
    g_ptr_array_free(host->texts, TRUE);
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
hp_host_quiesce(struct hp_host *host, void (*on_step)(void *arg), void *arg)
{
    host->on_step = on_step;
    host->on_step_arg = arg;
    hp_tasks_end(&host->tasks);
    hp_taps_end(&host->taps);
    hp_routes_end_requests(&host->routes, NULL);
}

bool
hp_host_is_quiet(const struct hp_host *host)
{
    return host->tasks.count == 0 && host->routes.requests.length == 0
            && hp_taps_are_closed(&host->taps);
}

void
hp_host_stop(struct hp_host *host)
{
    assert(hp_host_is_quiet(host));
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

const struct hp_plugin_route *
hp_host_find_route(const struct hp_host *host, const char *method, const char *path,
        const char **rest, char allow[64])
{
    return hp_routes_find(&host->routes, method, path, rest, allow);
}

bool
hp_host_has_room(const struct hp_host *host)
{
    return host->self != NULL && host->on_step == NULL && hp_routes_has_room(&host->routes);
}

void
hp_host_open_request(struct hp_host *host, const struct hp_route_call *call,
        struct hp_plugin_request **request)
{
    struct hp_route_call own = *call;
    own.self = host->self;
    hp_routes_open(&host->routes, &own, request);
}

void
hp_host_end_requests(struct hp_host *host, const struct hp_session *session)
{
    hp_routes_end_requests(&host->routes, session);
}

unsigned
hp_host_request_count(const struct hp_host *host)
{
    return host->routes.requests.length;
}
