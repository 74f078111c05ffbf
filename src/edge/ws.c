// ws.c - one WebSocket: messages in, a bounded queue of messages out.
// Owner: the connection.  Thread: main.
// RFC 6455.
#include "edge/ws.h"

#include <string.h>

#define LOG_TAG "ws"
#include "base/log.h"
#include "base/timer.h"
#include "edge/connection.h"
#include "edge/cors.h"
#include "edge/plain_ws.h"
#include "edge/reply.h"
#include "edge/request.h"
#include "edge/vhost.h"
#include "gate/gate.h"

enum {
    CHUNK = 32 * 1024, // bytes of a message written at a time, as one frame
    MAX_PIECES = 4096, // of an incoming message: empty fragments cost time too
    PATH_SIZE = 512,
    CLOSE_US = 1000000, // for the queue and the other side's close frame
    CLOSE_UNSUPPORTED = 1003,
    CLOSE_NOT_UTF8 = 1007,
    CLOSE_TOO_BIG = 1009,
};

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct hp_ws_route {
    struct hp_ws_cbs cbs;
    void *arg;
    char path[];
};

struct hp_ws {
    struct hp_connection *connection;
    const struct hp_ws_route *route;
    void *data;
    bool is_open;
    bool is_closing; // no message goes in or out any more, except the queued ones
    int client_code; // of the client's close frame; 0: none has come
    bool is_ping_due;
    bool is_receiving; // a pong that libwebsockets owes comes before the answer to a message
    bool is_broken; // a write has failed: libwebsockets closes it at its next event
    int close_code;
    char *close_reason;
    char *token;
    char address[HP_REMOTE_SIZE];
    char *host; // NULL: unknown
    GByteArray *message; // the fragments so far
    unsigned piece_count; // of `message`
    GQueue queue; // GBytes
    size_t queue_size;
    size_t offset; // bytes of the first message that are already written
    struct hp_timer ping_timer;
};

void
hp_ws_add_route(
        struct hp_vhost *vhost, const char *path, const struct hp_ws_cbs *cbs, void *arg)
{
    size_t size = strlen(path) + 1;
    struct hp_ws_route *route = g_malloc0(sizeof(*route) + size);
    memcpy(route->path, path, size);
    route->cbs = *cbs;
    route->arg = arg;
    g_ptr_array_add(hp_vhost_ws_routes(vhost), route);
    hp_plain_ws_add_route(vhost, path);
}

static void
destroy(struct hp_ws *ws)
{
    hp_timer_stop(&ws->ping_timer);
    g_byte_array_free(ws->message, TRUE);
    g_queue_clear_full(&ws->queue, (GDestroyNotify) g_bytes_unref);
    g_free(ws->close_reason);
    g_free(ws->token);
    g_free(ws->host);
    g_free(ws);
}

void
hp_ws_detach(struct hp_ws *ws)
{
    if (ws == NULL) {
        return;
    }
    ws->connection->ws = NULL;
    ws->is_closing = true;
    if (ws->is_open) {
        ws->is_open = false;
        ws->route->cbs.on_close(ws->data, ws->client_code);
    }
    destroy(ws);
}

static void
touch(struct hp_ws *ws)
{
    if (!ws->is_closing) {
        hp_connection_set_deadline_ms(
                ws->connection, hp_vhost_params(ws->connection->vhost)->ws_dead_ms);
    }
}

static void
start_ping_timer(struct hp_ws *ws)
{
    unsigned delay_ms = hp_vhost_params(ws->connection->vhost)->ws_ping_ms;
    hp_timer_start(&ws->ping_timer, (int64_t) delay_ms * 1000);
}

// May something be written without an event of libwebsockets, as nothing waits that comes first?
static bool
is_free(const struct hp_ws *ws)
{
    return ws->queue.head == NULL && !ws->is_ping_due && !ws->is_receiving && !ws->is_broken
            && !lws_partial_buffered(ws->connection->wsi);
}

static int
write_ping(struct hp_ws *ws)
{
    unsigned char buffer[LWS_PRE + 1] = { 0 }; // libwebsockets does not report pongs without data
    ws->is_ping_due = false;
    return lws_write(ws->connection->wsi, buffer + LWS_PRE, 1, LWS_WRITE_PING) < 0 ? -1 : 0;
}

void
hp_ws_ping(struct hp_ws *ws)
{
    if (ws->is_closing || !ws->is_open) {
        return;
    }
    if (is_free(ws)) {
        ws->is_broken = write_ping(ws) < 0;
    } else {
        ws->is_ping_due = true;
    }
    if (ws->is_ping_due || ws->is_broken) {
        lws_callback_on_writable(ws->connection->wsi);
    }
}

static void
on_ping_due(void *arg)
{
    struct hp_ws *ws = arg;
    hp_ws_ping(ws);
    start_ping_timer(ws);
}

static const struct hp_ws_route *
find_route(const struct hp_vhost *vhost, const char *path)
{
    const GPtrArray *routes = hp_vhost_ws_routes(vhost);
    for (guint i = 0; path != NULL && i < routes->len; i++) {
        const struct hp_ws_route *route = g_ptr_array_index(routes, i);
        if (strcmp(route->path, path) == 0) {
            return route;
        }
    }
    return NULL;
}

// RFC 6455 section 4.2.1: 16 bytes in base64.
static bool
is_key(const char *text)
{
    return text != NULL && strspn(text, BASE64) == 22 && strcmp(text + 22, "==") == 0;
}

// Checks an upgrade. Returns 0, or the status of the refusal.
static int
check_upgrade(struct hp_request *request, const struct hp_connection *connection,
        const struct hp_ws_route *route, const char **message)
{
    const char *version = hp_request_header(request, "sec-websocket-version");
    *message = "not a valid upgrade";
    if (hp_request_length(request) > 0 || strcmp(hp_request_method(request), "GET") != 0
            || !is_key(hp_request_header(request, "sec-websocket-key"))) {
        return 400;
    }
    if (route == NULL) {
        *message = "not found";
        return 404;
    }
    if (version == NULL || strcmp(version, "13") != 0) {
        hp_request_add_header(request, "Sec-WebSocket-Version", "13");
        return 426;
    }
    if (!hp_request_is_origin_allowed(request)) { // it must not use the rights of the browser
        *message = "this origin is not allowed";
        return 403;
    }
    *message = "the server ends";
    return hp_vhost_is_closing(connection->vhost) ? 503 : 0;
}

static struct hp_ws *
create(struct hp_request *request, struct hp_connection *connection,
        const struct hp_ws_route *route)
{
    struct hp_ws *ws = g_new0(struct hp_ws, 1);
    ws->connection = connection;
    ws->route = route;
    ws->token = g_strdup(hp_request_token(request));
    g_strlcpy(ws->address, hp_request_address(request), sizeof(ws->address));
    ws->host = hp_cors_copy_reached(request);
    ws->message = g_byte_array_new();
    g_queue_init(&ws->queue);
    hp_timer_init(&ws->ping_timer, hp_vhost_main(connection->vhost), on_ping_due, ws);
    return ws;
}

int
hp_ws_on_upgrade(struct hp_connection *connection)
{
    struct lws *wsi = connection->wsi;
    char path[PATH_SIZE] = "";
    bool is_get = lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI) > 0;
    const char *stripped = hp_vhost_strip(connection->vhost, path);
    const struct hp_ws_route *route = find_route(connection->vhost, stripped);
    struct hp_request *request =
            hp_request_create(connection, is_get ? "GET" : "?", stripped == NULL ? "" : stripped);
    const char *message = NULL;
    hp_request_read_head(request);
    int status = check_upgrade(request, connection, route, &message);
    if (status != 0) {
        hp_reply_refuse(request, status, message);
        return -1;
    }
    connection->ws = create(request, connection, route);
    hp_request_destroy(request);
    return 0;
}

static int
on_established(struct hp_ws *ws)
{
    ws->is_open = true;
    if (ws->connection->gate != NULL) {
        hp_gate_upgrade(ws->connection->gate);
    }
    touch(ws);
    start_ping_timer(ws);
    ws->data = ws->route->cbs.on_open(ws->route->arg, ws);
    return 0;
}

// Closes with that code at once: the message was not acceptable.
static int
fail(struct hp_ws *ws, int code, const char *reason)
{
    ws->is_closing = true;
    hp_connection_set_deadline(ws->connection, CLOSE_US);
    lws_close_reason(ws->connection->wsi, (enum lws_close_status) code,
            (unsigned char *) (uintptr_t) reason, strlen(reason));
    return -1;
}

static bool
is_binary(const struct hp_ws *ws)
{
    return ws->route->cbs.on_binary != NULL;
}

static int
on_message(struct hp_ws *ws)
{
    GByteArray *message = ws->message;
    ws->message = g_byte_array_new();
    size_t size = message->len;
    ws->piece_count = 0;
    g_byte_array_append(message, (const guint8 *) "", 1);
    int result = 0;
    // A NUL is refused as well: JSON allows none, and in C the text would end there.
    if (is_binary(ws)) {
        ws->route->cbs.on_binary(ws->data, message->data, size);
    } else if (g_utf8_validate_len((const char *) message->data, size, NULL)) {
        ws->route->cbs.on_message(ws->data, (const char *) message->data, size);
    } else {
        result = fail(ws, CLOSE_NOT_UTF8, "not UTF-8");
    }
    g_byte_array_free(message, TRUE);
    return result;
}

static int
on_receive(struct hp_ws *ws, const void *data, size_t size)
{
    struct lws *wsi = ws->connection->wsi;
    touch(ws);
    if (ws->is_closing) {
        return 0;
    }
    if ((lws_frame_is_binary(wsi) != 0) != is_binary(ws)) {
        return fail(ws, CLOSE_UNSUPPORTED, is_binary(ws) ? "binary only" : "text only");
    }
    size_t limit = ws->route->cbs.max_message;
    // The rest of this frame is announced, so the limit applies before it comes.
    if (ws->message->len + size + lws_remaining_packet_payload(wsi)
                    > (limit == 0 ? HP_WS_MESSAGE_MAX : limit)
            || ++ws->piece_count > MAX_PIECES) {
        return fail(ws, CLOSE_TOO_BIG, "too big");
    }
    g_byte_array_append(ws->message, data, (guint) size);
    bool is_whole = lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0;
    return is_whole ? on_message(ws) : 0;
}

static void
on_peer_close(struct hp_ws *ws, const unsigned char *data, size_t size)
{
    ws->client_code = size < 2 ? 0 : data[0] << 8 | data[1];
    ws->is_closing = true;
    hp_connection_set_deadline(ws->connection, CLOSE_US);
}

static int
write_chunk(struct hp_ws *ws)
{
    unsigned char buffer[LWS_PRE + CHUNK];
    gsize size;
    GBytes *first = g_queue_peek_head(&ws->queue);
    const guint8 *data = g_bytes_get_data(first, &size);
    size_t count = MIN(size - ws->offset, CHUNK);
    if (count > 0) {
        memcpy(buffer + LWS_PRE, data + ws->offset, count);
    }
    bool is_end = ws->offset + count == size;
    int flags = lws_write_ws_flags(
            is_binary(ws) ? LWS_WRITE_BINARY : LWS_WRITE_TEXT, ws->offset == 0, is_end);
    ws->offset += count;
    if (is_end) {
        g_bytes_unref(g_queue_pop_head(&ws->queue));
        ws->queue_size -= size;
        ws->offset = 0;
    }
    return lws_write(ws->connection->wsi, buffer + LWS_PRE, count, (enum lws_write_protocol) flags)
                    < (int) count
            ? -1
            : 0;
}

static int
write_close(struct hp_ws *ws)
{
    const char *reason = ws->close_reason;
    if (ws->close_code != 0) {
        lws_close_reason(ws->connection->wsi, (enum lws_close_status) ws->close_code,
                (unsigned char *) (uintptr_t) reason, strlen(reason));
    }
    return -1;
}

static int
on_writable(struct hp_ws *ws)
{
    struct lws *wsi = ws->connection->wsi;
    int result = 0;
    if (ws->is_broken) {
        return -1;
    }
    if (lws_partial_buffered(wsi)) {
        lws_callback_on_writable(wsi);
        return 0;
    }
    if (ws->is_ping_due) {
        result = write_ping(ws);
    } else if (!g_queue_is_empty(&ws->queue)) {
        result = write_chunk(ws);
    } else if (ws->is_closing) {
        return write_close(ws);
    }
    if (!g_queue_is_empty(&ws->queue) || ws->is_closing) {
        lws_callback_on_writable(wsi);
    }
    return result;
}

int
hp_ws_on_event(struct hp_connection *connection, int reason, void *data, size_t size)
{
    struct hp_ws *ws = connection->ws;
    if (ws == NULL) {
        return -1;
    }
    if (reason == LWS_CALLBACK_ESTABLISHED) {
        return on_established(ws);
    }
    if (reason == LWS_CALLBACK_RECEIVE) {
        ws->is_receiving = true;
        int result = on_receive(ws, data, size);
        ws->is_receiving = false;
        return result;
    }
    if (reason == LWS_CALLBACK_SERVER_WRITEABLE) {
        return on_writable(ws);
    }
    if (reason == LWS_CALLBACK_WS_PEER_INITIATED_CLOSE) {
        on_peer_close(ws, data, size);
    } else if (reason == LWS_CALLBACK_RECEIVE_PONG) {
        touch(ws);
        if (ws->is_open && !ws->is_closing && ws->route->cbs.on_pong != NULL) {
            ws->route->cbs.on_pong(ws->data);
        }
    } else if (reason == LWS_CALLBACK_CLOSED) {
        hp_ws_detach(ws);
    }
    return 0;
}

const char *
hp_ws_token(const struct hp_ws *ws)
{
    return ws->token;
}

const char *
hp_ws_address(const struct hp_ws *ws)
{
    return ws->address;
}

const char *
hp_ws_host(const struct hp_ws *ws)
{
    return ws->host;
}

void
hp_ws_know(struct hp_ws *ws)
{
    hp_connection_know(ws->connection);
}

void
hp_ws_send(struct hp_ws *ws, const char *text, size_t size)
{
    GBytes *message = g_bytes_new(text, size);
    hp_ws_send_bytes(ws, message);
    g_bytes_unref(message);
}

void
hp_ws_send_bytes(struct hp_ws *ws, GBytes *message)
{
    size_t size = g_bytes_get_size(message);
    if (ws->is_closing || !ws->is_open || ws->is_broken) {
        return;
    }
    if (ws->queue_size + size > HP_WS_QUEUE_MAX) {
        log_info("%s: does not read, cut", ws->address);
        ws->is_closing = true;
        hp_connection_cut(ws->connection);
        return;
    }
    bool is_at_once = is_free(ws);
    g_queue_push_tail(&ws->queue, g_bytes_ref(message));
    ws->queue_size += size;
    // Most messages are written at once. Libwebsockets would wake its loop up four times to ask for
    // an event that is there, and have one message written in each turn.
    if (is_at_once) {
        ws->is_broken = write_chunk(ws) < 0;
    }
    if (ws->is_broken || !g_queue_is_empty(&ws->queue)) {
        lws_callback_on_writable(ws->connection->wsi);
    }
}

void
hp_ws_close(struct hp_ws *ws, int code, const char *reason)
{
    if (ws->is_closing) {
        return;
    }
    ws->is_closing = true;
    ws->close_code = code;
    // a close frame has room for 123 bytes
    ws->close_reason = g_strndup(reason == NULL ? "" : reason, 100);
    hp_connection_set_deadline(ws->connection, CLOSE_US);
    lws_callback_on_writable(ws->connection->wsi);
}

void
hp_ws_go_away(struct hp_ws *ws)
{
    hp_ws_close(ws, HP_WS_PAGE_GONE, "the server ends");
}
