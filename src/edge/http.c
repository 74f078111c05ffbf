// http.c - the HTTP server: the events of libwebsockets and the listener, and the server's end.
// Owner: app.  Thread: main.
//
// The gate of a connection carries TLS and reads strictly; libwebsockets parses and frames what the
// gate hands on. Our code decides about memory and time: which connections are accepted, how long a
// body may be and take, which headers an answer has.
#include "edge/http.h"

#include <assert.h>

#include <unistd.h>

#include "port/limits.h"
#include "port/listener.h"
#include "port/places.h"
#include "edge/connection.h"
#include "edge/crowd.h"
#include "edge/intake.h"
#include "edge/library.h"
#include "edge/outlet.h"
#include "edge/route.h"
#include "edge/token.h"
#include "edge/vhost.h"
#include "edge/ws.h"
#include "gate/gate.h"
#include "gate/nest.h"
#include "gate/poller.h"
#include "gate/stream.h"
#include "gate/tls.h"
#include "gate/tls_context.h"

enum {
    SHUTDOWN_US = 900000,
    SHUTDOWN_REST_US = 90000,
    CLOSE_US = 1000000, // for libwebsockets to read to the end of a connection that is closed
    WATCH_US = 10000000, // between two looks at the certificate's files
};

struct hp_http {
    struct hp_vhost *vhost;
    struct hp_listener *listener;
    struct hp_listener *guest_listener; // NULL: none
    struct hp_http_guest_cbs guest_cbs; // on_guest NULL: none is let in
    void *guest_arg;
    struct hp_places places; // of guests
    struct hp_limits *limits;
    struct hp_poller *poller;
    struct hp_tls_context *tls;
    struct hp_timer watch_timer; // of the certificate's files
    struct hp_library library;
    GQueue connections; // oldest first
    int64_t crowd_logged_us;
    struct hp_http_counters counters; // but those of guests
    struct hp_timer closing_timer;
    void (*on_done)(void *arg);
    void *on_done_arg;
};

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
    hp_connection_uncount(connection);
    hp_gate_destroy(connection->gate);
    g_queue_unlink(&http->connections, &connection->link);
    hp_connection_destroy(connection);
    if (hp_vhost_is_closing(http->vhost) && g_queue_is_empty(&http->connections)
            && http->on_done != NULL) {
        hp_timer_start(&http->closing_timer, 0);
    }
}

// libwebsockets has closed its end, or has not taken it. The gate may still have an answer to
// deliver.
static void
on_wsi_closed(struct hp_connection *connection)
{
    struct hp_request *request = connection->request;
    connection->request = NULL;
    hp_outlet_detach(request);
    hp_ws_detach(connection->ws);
    hp_connection_detach(connection);
    if (connection->gate == NULL) {
        destroy_connection(connection);
    }
}

static void
on_gate_closed(void *arg)
{
    struct hp_connection *connection = arg;
    hp_connection_uncount(connection);
    g_clear_pointer(&connection->gate, hp_gate_destroy);
    if (connection->wsi == NULL) {
        destroy_connection(connection);
    } else {
        hp_connection_set_deadline(connection, CLOSE_US);
    }
}

// Makes room for a new connection. A guest that has shown nothing for a while is closed, else a
// connection that keeps us waiting, else a guest that nobody knows yet.
static bool
evict(struct hp_http *http, const char *address)
{
    if (hp_places_evict_silent(&http->places, address)) {
        return true;
    }
    struct hp_connection *connection = hp_crowd_choose(&http->connections, address);
    if (connection == NULL) {
        return hp_places_evict(&http->places, address);
    }
    http->counters.evicted++;
    hp_connection_uncount(connection);
    hp_connection_cut(connection);
    return true;
}

typedef enum hp_limits_verdict (*add_fn)(struct hp_limits *limits, const char *address);

// Guests are modest, so that there is always room for log-ins.
static bool
has_room(struct hp_http *http, const char *address, add_fn add)
{
    enum hp_limits_verdict verdict;
    while ((verdict = add(http->limits, address)) != HP_LIMITS_OK) {
        bool is_total = verdict == HP_LIMITS_FULL;
        if (!evict(http, is_total ? NULL : address)) {
            http->counters.full += is_total;
            http->counters.address_full += !is_total;
            hp_crowd_log(&http->crowd_logged_us, address, is_total);
            return false;
        }
    }
    return true;
}

static bool
on_gate_open(void *arg, int fd)
{
    struct hp_connection *connection = arg;
    struct lws_adopt_desc desc = {
        .vh = connection->http->library.vhost,
        .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | LWS_ADOPT_RAW_FILE_DESC,
        .fd.sockfd = fd,
        .opaque = connection,
    };
    connection->fd = fd;
    hp_nest_expect(connection->http->library.nest, fd);
    connection->wsi = lws_adopt_descriptor_vhost_via_info(&desc);
    return connection->wsi != NULL;
}

static void
on_evict(void *arg, uint64_t guest)
{
    struct hp_http *http = arg;
    http->guest_cbs.on_evict(http->guest_arg, guest);
}

// Takes the stream.
static void
welcome(struct hp_http *http, struct hp_stream *stream, const uint8_t *data, size_t size,
        const char *address)
{
    bool is_open = http->guest_cbs.on_guest != NULL && !hp_vhost_is_closing(http->vhost);
    if (!is_open || !has_room(http, address, hp_limits_add_modest)) {
        hp_stream_destroy(stream);
        return;
    }
    uint64_t number = hp_places_add(&http->places, address);
    if (number == 0) {
        hp_stream_destroy(stream);
        hp_limits_remove(http->limits, address);
        return;
    }
    struct hp_http_guest guest = { number, stream, data, size };
    http->guest_cbs.on_guest(http->guest_arg, &guest);
}

static void
on_gate_guest(void *arg, struct hp_stream *stream, const uint8_t *data, size_t size)
{
    struct hp_connection *connection = arg;
    hp_connection_uncount(connection); // it is a guest now
    welcome(connection->http, stream, data, size, connection->address);
}

static void
on_stun(void *arg, int fd, enum hp_peek kind, const char *address)
{
    struct hp_http *http = arg;
    (void) kind;
    struct hp_stream *stream = hp_stream_create(http->poller, fd, NULL, NULL, NULL);
    hp_stream_detach(stream);
    welcome(http, stream, NULL, 0, address);
}

static const struct hp_gate_cbs gate_cbs = {
    .on_open = on_gate_open,
    .on_guest = on_gate_guest,
    .on_closed = on_gate_closed,
};

static void
on_accepted(void *arg, int fd, enum hp_peek kind, const char *address)
{
    struct hp_http *http = arg;
    if (hp_vhost_is_closing(http->vhost) || !has_room(http, address, hp_limits_add)) {
        close(fd);
        return;
    }
    const struct hp_http_params *rules = hp_vhost_params(http->vhost);
    bool is_tls = kind == HP_PEEK_TLS;
    struct hp_connection *connection = hp_connection_create(http, http->vhost, is_tls, address);
    connection->limits = http->limits;
    g_queue_push_tail_link(&http->connections, &connection->link);
    struct hp_gate_params params = {
        .main = hp_vhost_main(http->vhost),
        .poller = http->poller,
        .fd = fd,
        .ssl = is_tls ? hp_tls_context_open(http->tls) : NULL,
        .head_timeout_ms = rules->head_timeout_ms,
        .idle_timeout_ms = rules->idle_timeout_ms,
        .may_pass = hp_token_is_readable,
    };
    connection->gate = hp_gate_create(&params, &gate_cbs, connection);
}

static bool
is_raw(enum lws_callback_reasons reason)
{
    return reason == LWS_CALLBACK_RAW_ADOPT || reason == LWS_CALLBACK_RAW_CONNECTED
            || reason == LWS_CALLBACK_RAW_RX || reason == LWS_CALLBACK_RAW_WRITEABLE;
}

static bool
is_of_ws(enum lws_callback_reasons reason)
{
    return reason == LWS_CALLBACK_ESTABLISHED || reason == LWS_CALLBACK_RECEIVE
            || reason == LWS_CALLBACK_RECEIVE_PONG || reason == LWS_CALLBACK_SERVER_WRITEABLE
            || reason == LWS_CALLBACK_WS_PEER_INITIATED_CLOSE || reason == LWS_CALLBACK_CLOSED;
}

static void
note_read(struct hp_connection *connection)
{
    if (connection->gate != NULL) {
        hp_gate_note_read(connection->gate);
    }
}

static int
on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *data, size_t size)
{
    struct hp_connection *connection = wsi == NULL ? NULL : lws_get_opaque_user_data(wsi);
    (void) user;
    if (is_raw(reason)) {
        return -1;
    }
    if (connection == NULL) {
        return 0; // an event of the whole server
    }
    connection->wsi = wsi;
    if (is_of_ws(reason)) {
        return hp_ws_on_event(connection, reason, data, size);
    }
    if (reason == LWS_CALLBACK_HTTP_CONFIRM_UPGRADE) {
        note_read(connection);
        return hp_ws_on_upgrade(connection);
    }
    if (reason == LWS_CALLBACK_HTTP) {
        note_read(connection);
        return hp_intake_begin(connection, data, size);
    }
    if (reason == LWS_CALLBACK_HTTP_BODY) {
        return hp_intake_on_body(connection, data, size);
    }
    if (reason == LWS_CALLBACK_HTTP_BODY_COMPLETION) {
        return hp_intake_on_body_end(connection);
    }
    if (reason == LWS_CALLBACK_HTTP_WRITEABLE) {
        return hp_outlet_on_writable(connection);
    }
    if (reason == LWS_CALLBACK_WSI_DESTROY) {
        lws_set_opaque_user_data(wsi, NULL);
        on_wsi_closed(connection);
    }
    return 0;
}

static struct hp_listener *
open_listener(struct hp_http *http, const char *bind, const char *option)
{
    struct hp_listener_params params = {
        .bind = bind,
        .option = option,
        .max_pending = hp_vhost_params(http->vhost)->max_pending,
    };
    struct hp_listener *listener = hp_listener_create(hp_vhost_main(http->vhost), &params);
    if (listener != NULL) {
        hp_listener_set_handler(listener, HP_PEEK_STUN, on_stun, http);
        hp_listener_set_handler(listener, HP_PEEK_FRAMED_STUN, on_stun, http);
    }
    return listener;
}

static bool
listen_for_http(struct hp_http *http, const char *guest_bind)
{
    http->listener = open_listener(http, hp_vhost_params(http->vhost)->bind, "server.bind");
    if (http->listener == NULL) {
        return false;
    }
    hp_listener_set_handler(http->listener, HP_PEEK_TLS, on_accepted, http);
    hp_listener_set_handler(http->listener, HP_PEEK_HTTP, on_accepted, http);
    http->guest_listener =
            guest_bind == NULL ? NULL : open_listener(http, guest_bind, "webrtc.tcpmux");
    return guest_bind == NULL || http->guest_listener != NULL;
}

void
hp_http_set_guests(struct hp_http *http, const struct hp_http_guest_cbs *cbs, void *arg)
{
    http->guest_cbs = *cbs;
    http->guest_arg = arg;
}

void
hp_http_prefer_guest(struct hp_http *http, uint64_t number)
{
    hp_places_prefer(&http->places, number);
}

void
hp_http_prove_guest(struct hp_http *http, uint64_t number)
{
    hp_places_prove(&http->places, number);
}

void
hp_http_end_guest(struct hp_http *http, uint64_t number)
{
    hp_places_remove(&http->places, number);
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
        is_first |= connection->limits != NULL;
        hp_connection_uncount(connection);
        hp_connection_cut(connection);
    }
    if (is_first) {
        hp_timer_start(&http->closing_timer, SHUTDOWN_REST_US); // time for the clients to notice
    } else {
        finish_shutdown(http);
    }
}

static void
on_watch_timer(void *arg)
{
    struct hp_http *http = arg;
    if (hp_tls_context_is_stale(http->tls)) {
        hp_tls_context_reload(http->tls);
    }
    hp_timer_start(&http->watch_timer, WATCH_US);
}

static bool
open_tls(struct hp_http *http, const struct hp_http_params *params)
{
    char *cert = NULL;
    char *key = NULL;
    if (hp_tls_find_files(params->cert, params->key, params->state_dir, &cert, &key)) {
        http->tls = hp_tls_context_create(cert, key);
        hp_timer_start(&http->watch_timer, WATCH_US);
    }
    g_free(cert);
    g_free(key);
    return http->tls != NULL;
}

void
hp_http_reload(struct hp_http *http)
{
    hp_tls_context_reload(http->tls);
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
    http->vhost = vhost;
    http->limits = hp_limits_create(rules->max_connections, rules->max_per_address);
    if (rules->proxy) {
        hp_limits_set_many(http->limits, rules->proxies);
    }
    http->places = (struct hp_places){
        .connections = http->limits, .on_evict = on_evict, .arg = http
    };
    hp_places_init(&http->places);
    http->poller = hp_poller_create(main);
    g_queue_init(&http->connections);
    hp_timer_init(&http->closing_timer, main, on_closing_timer, http);
    hp_timer_init(&http->watch_timer, main, on_watch_timer, http);
    hp_http_add_route(http, "GET", "/health", 0, answer_health, NULL);
    if (!open_tls(http, params)
            || !hp_library_init(&http->library, main, on_event)
            || !listen_for_http(http, params->guest_bind)) {
        hp_http_destroy(http);
        return NULL;
    }
    return http;
}

void
hp_http_shutdown(struct hp_http *http, void (*done)(void *arg), void *arg)
{
    assert(!hp_vhost_is_closing(http->vhost));
    hp_vhost_close(http->vhost);
    http->on_done = done;
    http->on_done_arg = arg;
    hp_listener_stop(http->listener);
    if (http->guest_listener != NULL) {
        hp_listener_stop(http->guest_listener);
    }
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
    hp_listener_destroy(http->guest_listener);
    hp_library_close(&http->library);
    struct hp_connection *connection;
    while ((connection = g_queue_peek_head(&http->connections)) != NULL) {
        destroy_connection(connection);
    }
    hp_timer_stop(&http->closing_timer);
    hp_timer_stop(&http->watch_timer);
    hp_tls_context_destroy(http->tls);
    hp_poller_destroy(http->poller);
    hp_places_finish(&http->places);
    hp_limits_destroy(http->limits);
    hp_library_finish(&http->library);
    hp_vhost_destroy(http->vhost);
    g_free(http);
}

unsigned
hp_http_guest_places(
        const struct hp_http *http, struct sockaddr_storage *places, unsigned max)
{
    unsigned count = http->guest_listener == NULL
            ? 0
            : hp_listener_places(http->guest_listener, places, max);
    return count + hp_listener_places(http->listener, places + count, max - count);
}

uint16_t
hp_http_port(const struct hp_http *http)
{
    return hp_listener_port(http->listener);
}

const char *
hp_http_addresses(const struct hp_http *http)
{
    return hp_listener_addresses(http->listener);
}

struct hp_http_counters
hp_http_get_counters(const struct hp_http *http)
{
    struct hp_http_counters counters = http->counters;
    counters.guests_evicted = http->places.evicted;
    counters.guests_refused = http->places.refused;
    return counters;
}

const struct hp_listener_counters *
hp_http_listener_counters(const struct hp_http *http)
{
    return hp_listener_counters(http->listener);
}
