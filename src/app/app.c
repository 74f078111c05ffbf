// app.c - the server as a whole: creates all parts, runs, ends them in reverse order.
// Owner: main.  Thread: main.
#include "app/app.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <glib-unix.h>

#include "app/folders.h"
#include "app/hangup.h"
#include "app/ice_service.h"
#include "app/logins.h"
#include "app/lookups.h"
#include "app/names.h"
#include "app/quota.h"
#include "app/servers.h"
#include "app/setup.h"
#include "app/shared_port.h"
#include "app/sharing.h"
#include "app/state_dir.h"
#define LOG_TAG "app"
#include "base/heap.h"
#include "base/job.h"
#include "base/log.h"
#include "base/plugin.h"
#include "base/timer.h"
#include "base/worker.h"
#include "edge/http.h"
#include "fetch/fetch.h"
#include "port/listener.h"
#include "dialect/clipboard.h"
#include "dialect/plugin_routes.h"
#include "dialect/profile_json.h"
#include "dialect/rest.h"
#include "dialect/signal.h"
#include "media/recipe.h"
#include "plugin/module.h"
#include "room/desktop.h"
#include "member/profile.h"
#include "room/room.h"
#include "tunnel/tunnels.h"
#include "member/rules.h"
#include "peer/rtc.h"
#include "reach/reach.h"

#define NEKO_DEVICE "audio_output.monitor" // its name in Neko's images, when no plugin names one

enum {
    MAX_WORKERS = 64,
    DEFAULT_MAX_WORKERS = 4,
    JOB_THREADS = 2,
    MAX_JOBS = 256,
    END_LIMIT_US = 1800000, // sessions have been told by then; a connection that stays is cut
    LAST_LIMIT_S = 3, // for a loop, a plugin or a look-up that hangs
    LIMIT_EXIT_CODE = 3,
};

struct hp_app {
    const struct hp_setup *setup;
    struct hp_worker *main;
    struct hp_worker *workers[MAX_WORKERS];
    unsigned worker_count;
    struct hp_jobs *jobs;
    struct hp_lookups lookups;
    struct hp_heap *heap;
    struct hp_reach *reach;
    struct hp_rtc *rtc;
    struct hp_shared_port *shared_port; // NULL: each viewer has a port of its own
    struct hp_room *room;
    struct hp_http *http;
    struct hp_ice_service *ice_service;
    struct hp_signal *signal;
    struct hp_rest *rest;
    struct hp_plugin_routes *plugin_routes;
    struct hp_clipboard_routes *clipboard_routes;
    struct hp_tunnels *tunnels; // NULL: switched off
    guint signal_sources[3];
    const struct hp_hangup *hangup;
    struct hp_timer end_limit;
    unsigned parts_ending; // how many of room, http and reach have not ended yet
    bool is_ending;
};

static char *
make_pipeline(void *arg, enum hp_codec codec, const char *head, unsigned threads,
        bool *is_damage_driven)
{
    const struct hp_app *app = arg;
    const struct hp_config *config = &app->setup->config;
    bool is_video = hp_codec_kind(codec) == HP_TRACK_VIDEO;
    int64_t bitrate = is_video ? config->capture.video_bitrate : config->capture.audio_bitrate;
    const char *text = is_video ? config->capture.video_pipeline : config->capture.audio_pipeline;
    if (*text == '\0') {
        struct hp_recipe_params params = {
            .codec = codec,
            .head = head,
            .is_damage_driven = *is_damage_driven,
            .fps = (int) config->capture.video_fps,
            .bitrate_kbps = (int) bitrate,
            .threads = threads,
        };
        return hp_recipe_build(&params);
    }
    *is_damage_driven &= strstr(text, "{source}") != NULL; // other sources never fall silent
    const struct hp_plugin_screen *screen = hp_desktop_screen(hp_room_desktop(app->room));
    const struct hp_plugin_desktop *desktop = hp_desktop_devices(hp_room_desktop(app->room));
    struct hp_recipe_values values = {
        .display = desktop->display != NULL ? desktop->display : g_getenv("DISPLAY"),
        .device = desktop->sound_device != NULL ? desktop->sound_device : NEKO_DEVICE,
        .sound_server = desktop->sound_server,
        .hostname = g_get_host_name(),
        .source = head,
        .fps = (int) config->capture.video_fps,
        .bitrate_kbps = (int) bitrate,
        .width = screen->width,
        .height = screen->height,
    };
    char *error = NULL;
    char *filled = hp_recipe_fill(text, &values, &error);
    if (filled == NULL) {
        log_error("capture.%s.pipeline: %s", is_video ? "video" : "audio", error);
        g_free(error);
    }
    return filled;
}

static bool
start_workers(struct hp_app *app)
{
    unsigned count = (unsigned) app->setup->config.workers;
    count = count == 0 ? MIN(g_get_num_processors(), DEFAULT_MAX_WORKERS) : count;
    for (; app->worker_count < count; app->worker_count++) {
        char *name = g_strdup_printf("hp-worker-%u", app->worker_count);
        app->workers[app->worker_count] = hp_worker_create(name);
        g_free(name);
        if (app->workers[app->worker_count] == NULL) {
            return false;
        }
    }
    return true;
}

static struct hp_reach *
create_reach(struct hp_app *app)
{
    const struct hp_config *config = &app->setup->config;
    struct hp_reach_params params = {
        .home = app->main,
        .jobs = app->lookups.own,
        .host_jobs = app->lookups.hosts,
        .nat1to1 = config->webrtc.nat1to1,
        .stun_servers = config->webrtc.stun,
        .retrieval_url = config->webrtc.ip_retrieval_url,
        .fetch = hp_fetch_run,
        .with_loopback = config->webrtc.loopback,
        .with_mdns = config->webrtc.mdns,
        .with_mapping = config->webrtc.portmap && hp_sharing_reaches_others(config),
    };
    return hp_reach_create(&params);
}

static struct hp_rtc *
create_rtc(struct hp_app *app)
{
    const struct hp_config *config = &app->setup->config;
    struct hp_rtc_params params = {
        .home = app->main,
        .jobs = app->lookups.own,
        .port_min = app->setup->port_min,
        .port_max = app->setup->port_max,
        .reach = app->reach,
        .with_loopback = config->webrtc.loopback,
        .ice_timeout_ms = config->webrtc.timeout_ms,
    };
    struct hp_ice_server *servers =
            hp_servers_parse(config->webrtc.ice_servers_backend, config->turn.secret,
                    &params.server_count);
    params.servers = servers;
    struct hp_rtc *rtc = hp_rtc_create(&params);
    hp_servers_free(servers, params.server_count);
    return rtc;
}

static void
init_rules(struct hp_rules *rules, const struct hp_config *config)
{
    hp_rules_init(rules);
    rules->private_mode = config->session.private_mode;
    rules->locked_logins = config->session.locked_logins;
    rules->locked_controls = config->session.locked_controls;
    rules->control_protection = config->session.control_protection;
    rules->implicit_hosting = config->session.implicit_hosting;
    rules->inactive_cursors = config->session.inactive_cursors;
    rules->merciful_reconnect = config->session.merciful_reconnect;
    rules->heartbeat_interval = (int) config->session.heartbeat_interval;
}

// Makes the profile for the defaults changed by `text`, which has been checked.
static void
init_profile(struct hp_profile *profile, bool is_admin, const char *text)
{
    hp_profile_init(profile, is_admin);
    hp_profile_json_merge_text(profile, text);
}

static struct hp_room *
create_room(struct hp_app *app)
{
    static const enum hp_codec all[] = { HP_CODEC_OPUS, HP_CODEC_VP8, HP_CODEC_H264 };
    const struct hp_config *config = &app->setup->config;
    enum hp_codec codecs[] = { HP_CODEC_OPUS, HP_CODEC_VP8 };
    bool is_auto = !hp_codec_find(config->capture.video_codec, &codecs[1]);
    struct hp_rules rules;
    struct hp_profile user, admin;
    init_rules(&rules, config);
    init_profile(&user, false, config->member.user_profile);
    init_profile(&admin, true, config->member.admin_profile);
    struct hp_room_params params = {
        .home = app->main,
        .jobs = app->jobs,
        .workers = app->workers,
        .worker_count = app->worker_count,
        .rtc = app->rtc,
        .codecs = is_auto ? all : codecs,
        .codec_count = is_auto ? G_N_ELEMENTS(all) : G_N_ELEMENTS(codecs),
        .processors = g_get_num_processors(),
        .make_pipeline = make_pipeline,
        .make_pipeline_arg = app,
        .members = { .provider = config->member.provider,
                .user_password = config->member.user_password,
                .admin_password = config->member.admin_password,
                .user = &user,
                .admin = &admin },
        .rules = &rules,
        .max_sessions = (unsigned) config->session.max_sessions,
        .grace_ms = config->session.grace_ms,
    };
    struct hp_room *room = hp_room_create(&params);
    hp_profile_finish(&user);
    hp_profile_finish(&admin);
    hp_rules_finish(&rules);
    return room;
}

// Warns only where the people of the configuration do not fit in.
static void
fit_connections(struct hp_http_params *params, const struct hp_config *config)
{
    struct rlimit limit;
    struct hp_quota quota = {
        .connections = (unsigned) config->server.max_connections,
        .per_address = (unsigned) config->server.max_connections_per_address,
        .pending = HP_LISTENER_MAX_PENDING,
    };
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        hp_quota_fit(&quota, limit.rlim_cur);
        unsigned people = hp_quota_people(&quota);
        unsigned wanted = (unsigned) MIN(config->session.max_sessions,
                config->server.max_connections);
        if (people < wanted) {
            log_warn("there is room for %u of %u people, since the limit of open files is %u: "
                     "raise that limit (ulimit -n), or lower session.max",
                    people, wanted, (unsigned) limit.rlim_cur);
        }
    }
    params->max_connections = quota.connections;
    params->max_per_address = quota.per_address;
    params->max_pending = quota.pending;
}

static struct hp_http *
create_http(struct hp_app *app)
{
    const struct hp_config *config = &app->setup->config;
    char *state_dir = hp_state_dir_find(config);
    char *guest_bind = hp_sharing_find_guest_bind(config);
    char **names = hp_names_list(config);
    char *web_dir = hp_folders_find_page(config);
    struct hp_http_params params = {
        .bind = config->server.bind,
        .guest_bind = guest_bind,
        .cert = config->server.cert,
        .key = config->server.key,
        .state_dir = state_dir,
        .prefix = config->server.path_prefix,
        .web_dir = web_dir,
        .static_dir = config->server.static_dir,
        .cors = config->server.cors,
        .proxy = config->server.proxy,
        .proxies = config->server.proxies,
        .has_weak_logins = hp_logins_are_weak(config),
        .names = names,
        // Pings are signs of life, and after 5 s without one others may take control.
        .ws_ping_ms = 3000,
        .ws_dead_ms = 9000,
    };
    fit_connections(&params, config);
    struct hp_http *http = hp_http_create(app->main, &params);
    g_free(state_dir);
    g_free(guest_bind);
    g_strfreev(names);
    g_free(web_dir);
    return http;
}

static void
on_host(void *arg, uint64_t link, const char *address, const char *host)
{
    struct hp_app *app = arg;
    if (host != NULL) {
        hp_reach_note_host(app->reach, link, address, host);
    } else {
        hp_reach_forget_host(app->reach, link);
    }
}

static json_t *
make_page_servers(void *arg, const struct hp_session *session)
{
    const struct hp_app *app = arg;
    return hp_ice_service_list(app->ice_service, session);
}

static struct hp_signal *
create_signal(struct hp_app *app)
{
    const char *ice_servers = app->setup->config.webrtc.ice_servers_frontend;
    struct hp_signal *signal = hp_signal_create(app->http, app->main, app->room, ice_servers);
    if (signal != NULL) {
        hp_signal_watch_hosts(signal, on_host, app);
        hp_signal_set_servers(signal, make_page_servers, app);
    }
    return signal;
}

// A configured pipeline that does not name a plugin's source runs without one, too.
static void
add_configured_sound(struct hp_app *app)
{
    const char *text = app->setup->config.capture.audio_pipeline;
    if (*text != '\0' && strstr(text, "{source}") == NULL) {
        struct hp_plugin_source source = {
            .size = sizeof(source),
            .kind = HP_SOURCE_AUDIO,
            .name = "configured-sound",
            .head = "",
        };
        hp_room_add_source(app->room, &source);
    }
}

static bool
start_plugins(struct hp_app *app)
{
    for (unsigned i = 0; i < app->setup->plugin_count; i++) {
        const struct hp_setup_plugin *entry = &app->setup->plugins[i];
        if (!hp_room_start_plugin(app->room, hp_module_plugin(entry->module), entry->options)) {
            return false;
        }
    }
    return true;
}

// Without one, each viewer gets a port of webrtc.epr.
static bool
open_shared_port(struct hp_app *app)
{
    const struct hp_shared_port_params params = {
        .config = &app->setup->config,
        .main = app->main,
        .workers = app->workers,
        .worker_count = app->worker_count,
        .ice_service = app->ice_service,
        .reach = app->reach,
        .rtc = app->rtc,
        .room = app->room,
        .http = app->http,
    };
    app->shared_port = hp_shared_port_create(&params);
    return true;
}

struct hp_app *
hp_app_create(const struct hp_setup *setup)
{
    struct hp_app *app = g_new0(struct hp_app, 1);
    app->setup = setup;
    app->ice_service = hp_ice_service_create(&setup->config);
    bool is_good = (app->main = hp_worker_create_main()) != NULL && start_workers(app)
            && (app->jobs = hp_jobs_create(JOB_THREADS, MAX_JOBS)) != NULL
            && hp_lookups_init(&app->lookups)
            && (app->reach = create_reach(app)) != NULL
            && (app->rtc = create_rtc(app)) != NULL && (app->room = create_room(app)) != NULL
            && (app->http = create_http(app)) != NULL
            && open_shared_port(app) && (app->signal = create_signal(app)) != NULL
            && (app->rest = hp_rest_create(app->http, app->main, app->room)) != NULL
            && (app->plugin_routes = hp_plugin_routes_create(app->http, app->room)) != NULL
            && (app->clipboard_routes = hp_clipboard_routes_create(app->http, app->room)) != NULL
            && start_plugins(app);
    if (is_good && setup->config.server.tunnel) {
        app->tunnels = hp_tunnels_create(app->http, app->main, app->room);
    }
    if (!is_good) {
        hp_app_destroy(app);
        return NULL;
    }
    add_configured_sound(app);
    app->heap = hp_heap_create(app->main, app->jobs);
    return app;
}

static void
on_part_ended(struct hp_app *app)
{
    app->parts_ending--;
    if (app->parts_ending == 0) {
        hp_worker_quit(app->main);
    }
}

static void
on_http_ended(void *arg)
{
    on_part_ended(arg);
}

static void
on_reach_closed(void *arg)
{
    on_part_ended(arg);
}

static void
on_room_ended(void *arg)
{
    struct hp_app *app = arg;
    app->room = NULL; // the room has freed itself
    hp_signal_close(app->signal);
    hp_rest_close(app->rest);
    hp_plugin_routes_close(app->plugin_routes);
    hp_clipboard_routes_close(app->clipboard_routes);
    hp_tunnels_close(app->tunnels);
    if (app->http != NULL) {
        hp_http_shutdown(app->http, on_http_ended, app); // sends the last messages of the room
    } else {
        on_part_ended(app);
    }
    on_part_ended(app);
}

static void
on_end_limit(void *arg)
{
    (void) arg;
    log_warn("a part of the server has not ended in time: the process ends without waiting for it");
    _exit(LIMIT_EXIT_CODE);
}

static void
on_last_limit(int signal_number)
{
    (void) signal_number;
    _exit(LIMIT_EXIT_CODE);
}

static void
begin_end(struct hp_app *app)
{
    if (app->is_ending) {
        return;
    }
    app->is_ending = true;
    signal(SIGALRM, on_last_limit);
    alarm(LAST_LIMIT_S);
    hp_timer_start(&app->end_limit, END_LIMIT_US);
    app->parts_ending = 3;
    hp_reach_close(app->reach, on_reach_closed, app);
    hp_room_shutdown(app->room, on_room_ended, app);
}

static gboolean
on_signal(gpointer arg)
{
    struct hp_app *app = arg;
    if (app->is_ending) {
        _exit(LIMIT_EXIT_CODE);
    }
    log_info("asked to end");
    begin_end(app);
    return G_SOURCE_CONTINUE;
}

// The kernel and the shell may both tell of a terminal that is gone.
static gboolean
on_hangup(gpointer arg)
{
    struct hp_app *app = arg;
    if (!hp_hangup_is_end(app->hangup)) {
        hp_http_reload(app->http);
    } else if (!app->is_ending) {
        log_info("the terminal is gone");
        begin_end(app);
    }
    return G_SOURCE_CONTINUE;
}

void
hp_app_run(struct hp_app *app, const struct hp_hangup *hangup)
{
    log_info("hairpin " PACKAGE_VERSION " listening on %s, http and https",
            hp_http_addresses(app->http));
    app->hangup = hangup;
    app->signal_sources[0] = g_unix_signal_add(SIGTERM, on_signal, app);
    app->signal_sources[1] = g_unix_signal_add(SIGINT, on_signal, app);
    app->signal_sources[2] = g_unix_signal_add(SIGHUP, on_hangup, app);
    hp_timer_init(&app->end_limit, app->main, on_end_limit, app);
    hp_worker_run(app->main);
    hp_timer_stop(&app->end_limit);
    for (size_t i = 0; i < G_N_ELEMENTS(app->signal_sources); i++) {
        g_source_remove(app->signal_sources[i]);
    }
}

static void
end_room(struct hp_app *app)
{
    hp_timer_init(&app->end_limit, app->main, on_end_limit, app);
    begin_end(app);
    hp_worker_run(app->main);
    hp_timer_stop(&app->end_limit);
}

// Ends the parts in reverse order of creation.
void
hp_app_destroy(struct hp_app *app)
{
    if (app == NULL) {
        return;
    }
    if (app->room != NULL) {
        end_room(app); // the start failed half-way
    }
    hp_rest_destroy(app->rest);
    hp_shared_port_detach(app->shared_port);
    hp_http_destroy(app->http);
    hp_plugin_routes_destroy(app->plugin_routes);
    hp_clipboard_routes_destroy(app->clipboard_routes);
    hp_tunnels_destroy(app->tunnels);
    hp_signal_destroy(app->signal);
    hp_rtc_destroy(app->rtc);
    hp_reach_destroy(app->reach);
    hp_heap_destroy(app->heap);
    hp_lookups_finish(&app->lookups);
    hp_jobs_destroy(app->jobs);
    for (unsigned i = 0; i < app->worker_count; i++) {
        hp_worker_destroy(app->workers[i]);
    }
    hp_worker_destroy(app->main);
    hp_shared_port_destroy(app->shared_port);
    hp_ice_service_destroy(app->ice_service);
    g_free(app);
    alarm(0);
}
