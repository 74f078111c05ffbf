// intake.c - reads HTTP requests: from the first line of the head to the end of the body.
// Owner: the connection.  Thread: main.
// RFC 9112.
#include "edge/intake.h"

#include <string.h>

#include "edge/connection.h"
#include "edge/dispatch.h"
#include "edge/exchange.h"
#include "edge/head.h"
#include "edge/request.h"
#include "edge/request_state.h"
#include "edge/vhost.h"

enum {
    PIECE_MAX = 16384 // bytes of a streamed body at a time
};

static void
pause_reading(struct hp_request *request)
{
    if (request->connection != NULL && !request->is_answered) {
        hp_connection_clear_deadline(request->connection);
        hp_connection_wait(request->connection, false);
    }
}

static void
begin(struct hp_connection *connection, struct hp_head *head) // head: taken
{
    const struct hp_http_params *params = hp_vhost_params(connection->vhost);
    struct hp_request *request = hp_request_create(connection, head);
    connection->request = request;
    request->is_bare_prefix = head->path[0] != '\0' && strcmp(head->path, params->prefix) == 0;
    hp_connection_set_deadline_ms(connection, params->body_timeout_ms);
    hp_dispatch_request(request);
    if (connection->request != request) {
        return; // it became a WebSocket
    }
    if (request->exchange != NULL) {
        hp_exchange_settle(request->exchange);
    } else if (request->body_left == 0) {
        pause_reading(request);
    }
}

// An empty line or two may stand between requests (RFC 9112 section 2.2).
static void
skip_empty_lines(struct hp_connection *connection)
{
    size_t size = 0;
    while (size + 1 < connection->in->len && memcmp(connection->in->data + size, "\r\n", 2) == 0) {
        size += 2;
    }
    if (size > 0) {
        hp_connection_consume(connection, size);
    }
}

// False: the rest of the head has not come yet.
static bool
take_head(struct hp_connection *connection)
{
    int status = 0;
    skip_empty_lines(connection);
    const char *data = (const char *) connection->in->data;
    size_t size = connection->in->len == 0
            ? 0
            : hp_head_find_end(data, connection->in->len, &status);
    if (size == 0 && status == 0) {
        return false;
    }
    struct hp_head *head = status != 0
            ? hp_head_create_refused(status, hp_head_message(status))
            : hp_head_parse(data, size);
    hp_connection_consume(connection, size);
    begin(connection, head);
    return true;
}

static void
end_body(struct hp_request *request)
{
    struct hp_connection *connection = request->connection;
    if (request->exchange != NULL) {
        hp_exchange_end_body(request->exchange);
        return;
    }
    g_byte_array_append(request->body, (const guint8 *) "", 1);
    hp_connection_clear_deadline(connection);
    hp_dispatch_whole(request);
    if (connection->request == request) {
        pause_reading(request);
    }
}

static bool
take_body(struct hp_connection *connection)
{
    struct hp_request *request = connection->request;
    size_t count = MIN(MIN(connection->in->len, request->body_left), (size_t) PIECE_MAX);
    GByteArray *piece = g_byte_array_sized_new((guint) count);
    g_byte_array_append(piece, connection->in->data, (guint) count);
    hp_connection_consume(connection, count);
    request->body_left -= count;
    bool is_fine = true;
    if (request->exchange == NULL) {
        g_byte_array_append(request->body, piece->data, piece->len);
    } else {
        is_fine = hp_exchange_push_body(request->exchange, piece->data, piece->len);
    }
    g_byte_array_free(piece, TRUE);
    if (is_fine && request->body_left == 0 && !request->is_answered) {
        end_body(request);
    }
    return is_fine;
}

bool
hp_intake_take(struct hp_connection *connection)
{
    while (connection->is_reading && connection->ws == NULL && connection->in->len > 0) {
        if (connection->is_lingering) {
            return hp_connection_drop(connection);
        }
        if (connection->request == NULL) {
            if (!take_head(connection)) {
                return true;
            }
        } else if (connection->request->body_left == 0) {
            return true;
        } else if (!take_body(connection)) {
            return false;
        }
    }
    return true;
}

void
hp_intake_on_deadline(struct hp_connection *connection)
{
    static const char message[] = "the request did not come in time: send it again";
    struct hp_request *request = connection->request;
    if (connection->is_lingering || connection->ws != NULL) {
        hp_connection_cut(connection);
    } else if (request == NULL && connection->in->len > 0) {
        begin(connection, hp_head_create_refused(408, message));
    } else if (request != NULL && !request->is_answered && request->exchange == NULL) {
        hp_request_give_up_body(request);
        hp_request_reply_error(request, 408, message);
    } else {
        hp_connection_cut(connection);
    }
}
