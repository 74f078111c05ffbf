// ws.c - one WebSocket: text messages in, a bounded queue of text messages out.
// Owner: the connection.  Thread: main.
// RFC 6455.
#include "edge/ws.h"

#include <string.h>

#define LOG_TAG "ws"
#include "base/log.h"
#include "base/timer.h"
#include "edge/connection.h"
#include "edge/head.h"
#include "edge/request.h"
#include "edge/request_state.h"
#include "edge/vhost.h"
#include "wire/ws_frame.h"

enum {
    CHUNK = 32 * 1024, // bytes of a message written at a time, as one frame
    MAX_PIECES = 4096, // of an incoming message: empty fragments cost time too
    CLOSE_US = 1000000, // for the queue and the other side's close frame
    CLOSE_NORMAL = 1000,
    CLOSE_GOING_AWAY = 1001,
    CLOSE_PROTOCOL = 1002,
    CLOSE_UNSUPPORTED = 1003,
    CLOSE_NOT_UTF8 = 1007,
    CLOSE_TOO_BIG = 1009,
    CLOSE_REASON_MAX = 100, // bytes: a close frame has room for 123
};

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
    bool is_close_sent;
    bool is_over; // the close frame is the last thing to write; what still comes is dropped
    bool is_clean;
    bool is_ping_due;
    int close_code;
    char *close_reason;
    char *token;
    char address[HP_REMOTE_SIZE];
    struct hp_ws_frame frame; // that is being read
    bool is_in_frame;
    uint64_t frame_taken; // bytes of its payload
    bool is_in_message; // the next data frame is a continuation
    GByteArray *message; // the fragments so far
    unsigned piece_count; // of `message`
    GByteArray *pong; // the answer to the newest ping; NULL: none is due
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
}

static void
destroy(struct hp_ws *ws)
{
    hp_timer_stop(&ws->ping_timer);
    g_byte_array_free(ws->message, TRUE);
    g_clear_pointer(&ws->pong, g_byte_array_unref);
    g_queue_clear_full(&ws->queue, (GDestroyNotify) g_bytes_unref);
    g_free(ws->close_reason);
    g_free(ws->token);
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
        ws->route->cbs.on_close(ws->data, ws->is_clean);
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

static bool
has_output(const struct hp_ws *ws)
{
    if (ws->is_close_sent) {
        return ws->is_over || ws->connection->out->len > 0;
    }
    return ws->is_closing || ws->is_ping_due || ws->pong != NULL || ws->queue.length > 0
            || ws->connection->out->len > 0;
}

static void
settle(struct hp_ws *ws)
{
    if (!ws->connection->is_lingering) {
        hp_connection_talk(ws->connection, has_output(ws));
    }
}

void
hp_ws_ping(struct hp_ws *ws)
{
    if (!ws->is_closing && ws->is_open) {
        ws->is_ping_due = true;
        settle(ws);
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

// Checks an upgrade. Returns 0, or the status of the refusal.
static int
check_upgrade(struct hp_request *request, const struct hp_ws_route *route, const char **message)
{
    const struct hp_vhost *vhost = request->connection->vhost;
    const char *version = hp_request_header(request, "sec-websocket-version");
    *message = "not a valid upgrade: expected no body and a Sec-WebSocket-Key of 16 bytes";
    if (request->head->length > 0 || hp_request_header(request, "sec-websocket-key") == NULL) {
        return 400;
    }
    if (route == NULL) {
        *message = "not found";
        return 404;
    }
    if (version == NULL || strcmp(version, "13") != 0) {
        hp_request_add_header(request, "Sec-WebSocket-Version", "13");
        *message = "only version 13 of WebSocket is spoken here";
        return 426;
    }
    if (!hp_request_is_origin_allowed(request)) { // it must not use the rights of the browser
        *message = "this origin is not allowed";
        return 403;
    }
    *message = "the server ends";
    return hp_vhost_is_closing(vhost) ? 503 : 0;
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
    ws->message = g_byte_array_new();
    g_queue_init(&ws->queue);
    hp_timer_init(&ws->ping_timer, hp_vhost_main(connection->vhost), on_ping_due, ws);
    return ws;
}

bool
hp_ws_is_upgrade(const struct hp_request *request)
{
    const struct hp_head *head = request->head;
    return strcmp(head->method, "GET") == 0 && !head->is_old
            && hp_head_lists(head, "upgrade", "websocket")
            && hp_head_lists(head, "connection", "upgrade");
}

static void
open_ws(struct hp_ws *ws)
{
    ws->is_open = true;
    touch(ws);
    start_ping_timer(ws);
    settle(ws);
    ws->data = ws->route->cbs.on_open(ws->route->arg, ws);
}

void
hp_ws_upgrade(struct hp_request *request)
{
    struct hp_connection *connection = request->connection;
    const struct hp_ws_route *route = find_route(connection->vhost, hp_request_path(request));
    const char *message;
    int status = check_upgrade(request, route, &message);
    const char *key = hp_request_header(request, "sec-websocket-key");
    char *accept = status == 0 ? hp_ws_frame_accept(key) : NULL;
    if (accept == NULL) {
        hp_request_give_up_body(request);
        hp_request_reply_error(request, status == 0 ? 400 : status,
                status == 0 ? "Sec-WebSocket-Key is not valid: expected 16 bytes in base 64"
                            : message);
        return;
    }
    char *answer = g_strdup_printf("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                   "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
            accept);
    connection->ws = create(request, connection, route);
    connection->request = NULL;
    hp_request_destroy(request);
    if (!hp_connection_send(connection, answer, strlen(answer))) {
        hp_connection_cut(connection);
    }
    g_free(answer);
    g_free(accept);
    open_ws(connection->ws);
}

static void
send_frame(struct hp_ws *ws, enum hp_ws_opcode opcode, bool is_final, const void *data, size_t size)
{
    uint8_t frame[HP_WS_FRAME_HEAD_MAX + CHUNK];
    size_t head_size = hp_ws_frame_write(frame, opcode, is_final, size);
    if (size > 0) {
        memcpy(frame + head_size, data, size);
    }
    if (!hp_connection_send(ws->connection, frame, head_size + size)) {
        hp_connection_cut(ws->connection);
    }
}

// code 0: a frame without one.
static void
send_close(struct hp_ws *ws, int code, const char *reason)
{
    uint8_t data[2 + CLOSE_REASON_MAX] = { (uint8_t) (code >> 8), (uint8_t) code };
    size_t size = strnlen(reason, CLOSE_REASON_MAX);
    memcpy(data + 2, reason, size);
    send_frame(ws, HP_WS_CLOSE, true, data, code == 0 ? 0 : 2 + size);
    ws->is_close_sent = true;
}

// Closes with that code at once: what came was not acceptable.
static void
fail(struct hp_ws *ws, int code, const char *reason)
{
    bool is_first = !ws->is_close_sent;
    ws->is_closing = true;
    ws->is_over = true;
    hp_connection_set_deadline(ws->connection, CLOSE_US);
    if (is_first) {
        send_close(ws, code, reason);
    }
    settle(ws);
}

static void
on_text(struct hp_ws *ws)
{
    GByteArray *message = ws->message;
    ws->message = g_byte_array_new();
    size_t size = message->len;
    ws->piece_count = 0;
    g_byte_array_append(message, (const guint8 *) "", 1);
    // A NUL is refused as well: JSON allows none, and in C the text would end there.
    if (g_utf8_validate_len((const char *) message->data, size, NULL)) {
        ws->route->cbs.on_message(ws->data, (const char *) message->data, size);
    } else {
        fail(ws, CLOSE_NOT_UTF8, "not UTF-8");
    }
    g_byte_array_free(message, TRUE);
}

static void
on_peer_close(struct hp_ws *ws, const unsigned char *data, size_t size)
{
    int code = size < 2 ? 0 : data[0] << 8 | data[1];
    if (size == 1 || (size >= 2 && !hp_ws_frame_is_close_code((unsigned) code))) {
        fail(ws, CLOSE_PROTOCOL, "not a valid close frame");
        return;
    }
    if (size > 2 && !g_utf8_validate_len((const char *) data + 2, size - 2, NULL)) {
        fail(ws, CLOSE_NOT_UTF8, "not UTF-8");
        return;
    }
    ws->is_clean = code == CLOSE_NORMAL; // 1001 comes from a page that is loaded anew
    fail(ws, code, ""); // the answer is the same code
}

static void
on_control(struct hp_ws *ws, unsigned char *data, size_t size)
{
    hp_ws_frame_unmask(&ws->frame, data, size, 0);
    if (ws->frame.opcode == HP_WS_CLOSE) {
        on_peer_close(ws, data, size);
    } else if (ws->frame.opcode == HP_WS_PONG) {
        touch(ws);
        if (ws->is_open && !ws->is_closing && ws->route->cbs.on_pong != NULL) {
            ws->route->cbs.on_pong(ws->data);
        }
    } else if (!ws->is_closing) { // only the newest ping needs an answer
        g_clear_pointer(&ws->pong, g_byte_array_unref);
        ws->pong = g_byte_array_new();
        g_byte_array_append(ws->pong, data, (guint) size);
        settle(ws);
    }
}

// May a frame with this head come now? Limits apply before its payload comes.
static bool
accept_frame(struct hp_ws *ws)
{
    const struct hp_ws_frame *frame = &ws->frame;
    if (frame->opcode >= HP_WS_CLOSE || ws->is_closing) {
        return true;
    }
    if (ws->is_in_message != (frame->opcode == HP_WS_CONTINUE)) {
        fail(ws, CLOSE_PROTOCOL, "fragments out of order");
    } else if (frame->opcode == HP_WS_BINARY) {
        fail(ws, CLOSE_UNSUPPORTED, "text only");
    } else if (frame->size > HP_WS_MESSAGE_MAX - ws->message->len
            || ++ws->piece_count > MAX_PIECES) {
        fail(ws, CLOSE_TOO_BIG, "too big");
    }
    return !ws->is_over;
}

// False: the rest of the head has not come yet, or the socket fails.
static bool
take_frame_head(struct hp_ws *ws)
{
    const GByteArray *in = ws->connection->in;
    int result = hp_ws_frame_read(in->data, in->len, &ws->frame);
    if (result < 0) {
        fail(ws, CLOSE_PROTOCOL, "not a valid frame");
    }
    if (result <= 0 || !accept_frame(ws)) {
        return false;
    }
    hp_connection_consume(ws->connection, ws->frame.head_size);
    ws->is_in_frame = true;
    ws->frame_taken = 0;
    return true;
}

static bool
take_control(struct hp_ws *ws)
{
    GByteArray *in = ws->connection->in;
    size_t size = (size_t) ws->frame.size;
    if (in->len < size) {
        return false;
    }
    unsigned char data[HP_WS_FRAME_CONTROL_MAX];
    if (size > 0) {
        memcpy(data, in->data, size);
    }
    hp_connection_consume(ws->connection, size);
    ws->is_in_frame = false;
    on_control(ws, data, size);
    return true;
}

// Takes what has come of a data frame's payload. False: more has to come.
static bool
take_data(struct hp_ws *ws)
{
    GByteArray *in = ws->connection->in;
    guint count = (guint) MIN(ws->frame.size - ws->frame_taken, in->len);
    if (count > 0 && !ws->is_closing) {
        touch(ws);
        hp_ws_frame_unmask(&ws->frame, in->data, count, (size_t) ws->frame_taken);
        g_byte_array_append(ws->message, in->data, count);
    }
    hp_connection_consume(ws->connection, count);
    ws->frame_taken += count;
    if (ws->frame_taken < ws->frame.size) {
        return false;
    }
    ws->is_in_frame = false;
    ws->is_in_message = !ws->frame.is_final;
    if (ws->frame.is_final && !ws->is_closing) {
        on_text(ws);
    }
    return true;
}

bool
hp_ws_take(struct hp_ws *ws)
{
    bool has_more = true;
    while (has_more && !ws->is_over) {
        if (!ws->is_in_frame && !take_frame_head(ws)) {
            break;
        }
        has_more = ws->frame.opcode >= HP_WS_CLOSE ? take_control(ws) : take_data(ws);
    }
    return !ws->is_over || hp_connection_drop(ws->connection);
}

static void
write_chunk(struct hp_ws *ws)
{
    gsize size;
    GBytes *first = g_queue_peek_head(&ws->queue);
    const guint8 *data = g_bytes_get_data(first, &size);
    size_t count = MIN(size - ws->offset, CHUNK);
    bool is_end = ws->offset + count == size;
    enum hp_ws_opcode opcode = ws->offset == 0 ? HP_WS_TEXT : HP_WS_CONTINUE;
    send_frame(ws, opcode, is_end, count > 0 ? data + ws->offset : NULL, count);
    ws->offset += count;
    if (is_end) {
        g_bytes_unref(g_queue_pop_head(&ws->queue));
        ws->queue_size -= size;
        ws->offset = 0;
    }
}

static void
write_next(struct hp_ws *ws)
{
    if (ws->is_close_sent) {
        if (ws->is_over) {
            hp_connection_linger(ws->connection);
        }
    } else if (ws->pong != NULL) {
        send_frame(ws, HP_WS_PONG, true, ws->pong->data, ws->pong->len);
        g_clear_pointer(&ws->pong, g_byte_array_unref);
    } else if (ws->is_ping_due) {
        ws->is_ping_due = false;
        send_frame(ws, HP_WS_PING, true, NULL, 0);
    } else if (!g_queue_is_empty(&ws->queue)) {
        write_chunk(ws);
    } else if (ws->is_closing) {
        send_close(ws, ws->close_code, ws->close_reason);
    }
}

bool
hp_ws_on_writable(struct hp_ws *ws)
{
    if (!hp_connection_flush(ws->connection)) {
        return false;
    }
    if (ws->connection->out->len == 0) {
        write_next(ws);
    }
    settle(ws);
    return true;
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

void
hp_ws_send(struct hp_ws *ws, const char *text, size_t size)
{
    if (ws->is_closing || !ws->is_open) {
        return;
    }
    if (ws->queue_size + size > HP_WS_QUEUE_MAX) {
        log_info("%s: does not read, cut", ws->address);
        ws->is_closing = true;
        hp_connection_cut(ws->connection);
        return;
    }
    g_queue_push_tail(&ws->queue, g_bytes_new(text, size));
    ws->queue_size += size;
    settle(ws);
}

void
hp_ws_close(struct hp_ws *ws, int code, const char *reason)
{
    if (ws->is_closing) {
        return;
    }
    ws->is_closing = true;
    ws->close_code = code;
    ws->close_reason = g_strndup(reason == NULL ? "" : reason, CLOSE_REASON_MAX);
    hp_connection_set_deadline(ws->connection, CLOSE_US);
    settle(ws);
}

void
hp_ws_go_away(struct hp_ws *ws)
{
    hp_ws_close(ws, CLOSE_GOING_AWAY, "the server ends");
}
