// outlet.c - writes the answer to an HTTP request to a reader that may be slow, and ends the
// request. Owner: the connection.  Thread: main.
#include <string.h>

#include <sys/socket.h>

#include "edge/server.h"

enum {
    CHUNK = 32 * 1024, // written at a time, so that a slow reader costs no more than that
    LINGER_US = 500000, // for a client that still sends to read why it was refused
};

void
hp_request_detach(struct hp_request *request)
{
    if (request == NULL) {
        return;
    }
    if (request->exchange != NULL) {
        hp_exchange_close(request->exchange, false);
        hp_request_destroy(request);
        return;
    }
    request->connection = NULL;
    request->http = NULL;
    // Without a route nobody would answer: the request was still being read.
    if (request->is_answered || request->body_left > 0 || request->route == NULL) {
        hp_request_destroy(request);
    }
}

static bool
write_head_bytes(struct hp_request *request)
{
    struct lws *wsi = request->connection->wsi;
    int size = (int) request->head->len - LWS_PRE;
    int written =
            lws_write(wsi, request->head->data + LWS_PRE, (size_t) size, LWS_WRITE_HTTP_HEADERS);
    g_byte_array_free(request->head, TRUE);
    request->head = NULL;
    return written >= size;
}

static bool
write_chunk(struct hp_request *request)
{
    guint8 buffer[LWS_PRE + CHUNK];
    gsize size;
    const guint8 *data = g_bytes_get_data(request->content, &size);
    size_t count = MIN(size - request->content_offset, CHUNK);
    memcpy(buffer + LWS_PRE, data + request->content_offset, count);
    request->content_offset += count;
    return lws_write(request->connection->wsi, buffer + LWS_PRE, count, LWS_WRITE_HTTP)
            >= (int) count;
}

static bool
is_written(const struct hp_request *request)
{
    if (request->exchange != NULL) {
        return hp_exchange_is_written(request->exchange);
    }
    return request->head == NULL
            && (request->content == NULL
                    || request->content_offset == g_bytes_get_size(request->content));
}

// A close with unread input resets the connection, which can take the answer from the client.
static int
linger(struct hp_connection *connection)
{
    connection->is_lingering = true;
    if (!connection->is_tls) {
        shutdown(connection->fd, SHUT_WR);
    }
    hp_timer_start(&connection->timer, LINGER_US);
    return 0;
}

static int
finish(struct hp_connection *connection)
{
    struct hp_request *request = connection->request;
    bool must_close = request->must_close;
    bool has_unread_body = request->has_unread_body;
    connection->request = NULL;
    if (request->exchange != NULL) {
        hp_exchange_close(request->exchange, true);
    }
    hp_request_destroy(request);
    hp_connection_read(connection);
    hp_timer_start(&connection->timer, (int64_t) connection->http->params.idle_timeout_ms * 1000);
    if (must_close && has_unread_body) {
        return linger(connection);
    }
    return must_close || lws_http_transaction_completed(connection->wsi) != 0 ? -1 : 0;
}

// False: close the connection.
static bool
write_next(struct hp_request *request)
{
    if (request->head != NULL) {
        return write_head_bytes(request);
    }
    return request->exchange != NULL ? hp_exchange_write_next(request->exchange)
                                     : write_chunk(request);
}

int
hp_request_on_writable(struct hp_connection *connection)
{
    struct hp_request *request = connection->request;
    if (request == NULL || !request->is_answered) {
        return 0;
    }
    hp_timer_start(&connection->timer, HP_CONNECTION_STALL_US);
    if (lws_partial_buffered(connection->wsi)) {
        return 0;
    }
    if (is_written(request)) {
        return finish(connection);
    }
    if (request->exchange != NULL && !hp_exchange_has_output(request->exchange)) {
        hp_exchange_settle(request->exchange); // the next piece is still to be made
        return 0;
    }
    if (!write_next(request)) {
        return -1;
    }
    bool is_out = is_written(request) && !lws_partial_buffered(connection->wsi);
    return is_out ? finish(connection) : 0;
}
