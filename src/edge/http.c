// http.c - the HTTP server: its connections, and the server's end.
// Owner: app.  Thread: main.
//
// port/stream carries bytes, head.c reads heads, wire/ws_frame reads frames: nobody but us reads a
// message, so nobody can understand it differently. Here connections begin and end.
#include "edge/http.h"

#include <assert.h>
#include <string.h>

#include <unistd.h>

#define LOG_TAG "http"
#include "base/log.h"
#include "port/limits.h"
#include "port/listener.h"
#include "edge/connection.h"
#include "edge/intake.h"
#include "edge/outlet.h"
#include "edge/route.h"
#include "port/stream.h"
#include "port/tls.h"
#include "port/tls_context.h"
#include "edge/vhost.h"
#include "edge/ws.h"

enum {
    SHUTDOWN_US = 900000,
    SHUTDOWN_REST_US = 90000,
    LOOK_US = 10000000, // between two looks at the files of the certificate
};

struct hp_http {
    struct hp_vhost *vhost;
    struct hp_listener *listener;
    struct hp_limits *limits;
    struct hp_tls_context *tls;
    struct hp_timer look_timer; // at the files of `tls`
    GQueue connections; // oldest first
    struct hp_timer closing_timer;
    void (*on_done)(void *arg);
    void *on_done_arg;
};

static void
uncount(struct hp_connection *connection)
{
    if (connection->is_counted) {
        hp_limits_remove(connection->http->limits, connection->address);
        connection->is_counted = false;
    }
}

static void
finish_shutdown(void *arg)
{
    struct hp_http *http = arg;
    void (*on_done)(void *) = http->on_done;
    http->on_done = NULL;
    hp_timer_stop(&http->closing_timer);
    if (on_done != NULL) {
        on_done(http->on_done_arg);
    }
}

static void
destroy_connection(struct hp_connection *connection)
{
    struct hp_http *http = connection->http;
    hp_outlet_detach(connection->request);
    hp_ws_detach(connection->ws);
    uncount(connection);
    g_queue_unlink(&http->connections, &connection->link);
    hp_connection_destroy(connection);
    if (hp_vhost_is_closing(http->vhost) && g_queue_is_empty(&http->connections)
            && http->on_done != NULL) {
        hp_timer_start(&http->closing_timer, 0);
    }
}

static bool
is_idle(const struct hp_connection *connection)
{
    return connection->is_counted && connection->request == NULL && connection->ws == NULL;
}

// Makes room for a new connection: the oldest idle connection is closed.
static bool
evict(struct hp_http *http, const char *address)
{
    for (GList *link = http->connections.head; link != NULL; link = link->next) {
        struct hp_connection *connection = link->data;
        if (is_idle(connection)
                && (address == NULL || hp_remote_is_same_network(connection->address, address))) {
            uncount(connection);
            hp_connection_cut(connection);
            return true;
        }
    }
    return false;
}

static bool
has_room(struct hp_http *http, const char *address)
{
    enum hp_limits_verdict verdict;
    while ((verdict = hp_limits_add(http->limits, address)) != HP_LIMITS_OK) {
        if (!evict(http, verdict == HP_LIMITS_FULL ? NULL : address)) {
            log_debug("%s: too many connections", address);
            return false;
        }
    }
    return true;
}

static bool
serve(struct hp_connection *connection, unsigned events)
{
    if (events & HP_STREAM_BROKEN) {
        return false;
    }
    if (events & HP_STREAM_WRITABLE) {
        bool is_fine = connection->ws != NULL ? hp_ws_on_writable(connection->ws)
                                              : hp_outlet_on_writable(connection);
        if (!is_fine) {
            return false;
        }
    }
    if (!(events & HP_STREAM_READABLE) || !connection->is_reading) {
        return true;
    }
    if (!hp_connection_receive(connection) || !hp_intake_take(connection)) {
        return false;
    }
    return connection->ws == NULL || hp_ws_take(connection->ws);
}

static void
on_stream(void *arg, unsigned events)
{
    struct hp_connection *connection = arg;
    if (!serve(connection, events)) {
        destroy_connection(connection);
    }
}

static void
on_accepted(void *arg, int fd, enum hp_peek kind, const char *address)
{
    struct hp_http *http = arg;
    if (hp_vhost_is_closing(http->vhost) || !has_room(http, address)) {
        close(fd);
        return;
    }
    struct hp_connection *connection = hp_connection_create(http, http->vhost, address);
    SSL *ssl = kind == HP_PEEK_TLS ? hp_tls_context_open(http->tls) : NULL;
    connection->stream =
            hp_stream_create(hp_vhost_main(http->vhost), fd, ssl, on_stream, connection);
    connection->on_deadline = hp_intake_on_deadline;
    connection->is_counted = true;
    g_queue_push_tail_link(&http->connections, &connection->link);
    hp_connection_set_deadline_ms(connection, hp_vhost_params(http->vhost)->head_timeout_ms);
    hp_connection_read(connection);
}

static bool
listen_for_http(struct hp_http *http)
{
    struct hp_listener_params params = {
        .bind = hp_vhost_params(http->vhost)->bind,
        .max_pending = hp_vhost_params(http->vhost)->max_pending,
    };
    http->listener = hp_listener_create(hp_vhost_main(http->vhost), &params);
    if (http->listener == NULL) {
        return false;
    }
    hp_listener_set_handler(http->listener, HP_PEEK_TLS, on_accepted, http);
    hp_listener_set_handler(http->listener, HP_PEEK_HTTP, on_accepted, http);
    return true;
}

void
hp_http_add_route(struct hp_http *http, const char *method, const char *path, size_t max_body,
        hp_route_fn fn, void *arg)
{
    hp_route_add(hp_vhost_routes(http->vhost), method, path, max_body, fn, arg);
}

void
hp_http_add_exchange(struct hp_http *http, const char *path, hp_route_fn fn, void *arg)
{
    hp_route_add(hp_vhost_routes(http->vhost), NULL, path, 0, fn, arg);
}

void
hp_http_add_ws(struct hp_http *http, const char *path, const struct hp_ws_cbs *cbs, void *arg)
{
    hp_ws_add_route(http->vhost, path, cbs, arg);
}

static void
answer_health(void *arg, struct hp_request *request)
{
    (void) arg;
    hp_request_reply(request, 200, "application/json", "true", 4);
}

static void
on_closing_timer(void *arg)
{
    struct hp_http *http = arg;
    bool is_first = false;
    for (GList *link = http->connections.head; link != NULL; link = link->next) {
        struct hp_connection *connection = link->data;
        is_first |= connection->is_counted;
        uncount(connection);
        hp_connection_cut(connection);
    }
    if (is_first) {
        hp_timer_start(&http->closing_timer, SHUTDOWN_REST_US); // time for the clients to notice
    } else {
        finish_shutdown(http);
    }
}

static void
on_look_due(void *arg)
{
    struct hp_http *http = arg;
    if (hp_tls_context_is_stale(http->tls)) {
        hp_tls_context_reload(http->tls);
    }
    hp_timer_start(&http->look_timer, LOOK_US);
}

struct hp_http *
hp_http_create(struct hp_worker *main, const struct hp_http_params *params)
{
    struct hp_vhost *vhost = hp_vhost_create(main, params);
    if (vhost == NULL) {
        return NULL;
    }
    const struct hp_http_params *rules = hp_vhost_params(vhost);
    struct hp_http *http = g_new0(struct hp_http, 1);
    char *cert = NULL;
    char *key = NULL;
    http->vhost = vhost;
    http->limits = hp_limits_create(rules->max_connections, rules->max_per_address);
    g_queue_init(&http->connections);
    hp_timer_init(&http->closing_timer, main, on_closing_timer, http);
    hp_timer_init(&http->look_timer, main, on_look_due, http);
    hp_http_add_route(http, "GET", "/health", 0, answer_health, NULL);
    bool is_ready = hp_tls_find_files(params->cert, params->key, params->state_dir, &cert, &key)
            && (http->tls = hp_tls_context_create(cert, key)) != NULL && listen_for_http(http);
    g_free(cert);
    g_free(key);
    if (!is_ready) {
        hp_http_destroy(http);
        return NULL;
    }
    hp_timer_start(&http->look_timer, LOOK_US);
    return http;
}

void
hp_http_reload(struct hp_http *http)
{
    hp_tls_context_reload(http->tls);
}

void
hp_http_shutdown(struct hp_http *http, void (*done)(void *arg), void *arg)
{
    assert(!hp_vhost_is_closing(http->vhost));
    hp_vhost_close(http->vhost);
    http->on_done = done;
    http->on_done_arg = arg;
    hp_listener_stop(http->listener);
    bool is_empty = g_queue_is_empty(&http->connections);
    for (GList *link = http->connections.head; link != NULL; link = link->next) {
        struct hp_connection *connection = link->data;
        if (connection->ws != NULL) {
            hp_ws_go_away(connection->ws);
        } else if (connection->request == NULL) {
            hp_connection_cut(connection);
        }
    }
    hp_timer_start(&http->closing_timer, is_empty ? 0 : SHUTDOWN_US);
}

void
hp_http_destroy(struct hp_http *http)
{
    if (http == NULL) {
        return;
    }
    hp_listener_destroy(http->listener);
    struct hp_connection *connection;
    while ((connection = g_queue_peek_head(&http->connections)) != NULL) {
        destroy_connection(connection);
    }
    hp_timer_stop(&http->closing_timer);
    hp_timer_stop(&http->look_timer);
    hp_tls_context_destroy(http->tls);
    hp_limits_destroy(http->limits);
    hp_vhost_destroy(http->vhost);
    g_free(http);
}

uint16_t
hp_http_port(const struct hp_http *http)
{
    return hp_listener_port(http->listener);
}

const struct hp_listener_counters *
hp_http_listener_counters(const struct hp_http *http)
{
    return hp_listener_counters(http->listener);
}
