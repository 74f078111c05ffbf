// intake.c - reads HTTP requests: from the first line of the head to the end of the body.
// Owner: the connection.  Thread: main.
// RFC 9112.
#include "edge/intake.h"

#include <string.h>

#include <libwebsockets.h>

#include "edge/connection.h"
#include "edge/dispatch.h"
#include "edge/exchange.h"
#include "edge/request.h"
#include "edge/request_state.h"
#include "edge/vhost.h"

static const char *
find_method(struct lws *wsi)
{
    static const struct {
        enum lws_token_indexes token;
        const char *name;
    } methods[] = { { WSI_TOKEN_GET_URI, "GET" }, { WSI_TOKEN_POST_URI, "POST" },
        { WSI_TOKEN_DELETE_URI, "DELETE" }, { WSI_TOKEN_OPTIONS_URI, "OPTIONS" },
        { WSI_TOKEN_HEAD_URI, "HEAD" }, { WSI_TOKEN_PUT_URI, "PUT" },
        { WSI_TOKEN_PATCH_URI, "PATCH" } };
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (lws_hdr_total_length(wsi, methods[i].token) > 0) {
            return methods[i].name;
        }
    }
    return "?";
}

static void
pause_reading(struct hp_request *request)
{
    if (request->connection != NULL && !request->is_answered) {
        request->is_paused = true;
        hp_connection_clear_deadline(request->connection);
        hp_connection_wait(request->connection, false);
    }
}

int
hp_intake_begin(struct hp_connection *connection, const char *path, size_t size)
{
    if (connection->request != NULL) {
        return -1;
    }
    const struct hp_http_params *params = hp_vhost_params(connection->vhost);
    const char *stripped = hp_vhost_strip(connection->vhost, path);
    // libwebsockets cuts a path at '&'. No path of ours has one, and a path below another prefix is
    // not ours.
    bool is_ours = stripped != NULL && strlen(path) == size;
    struct hp_request *request =
            hp_request_create(connection, find_method(connection->wsi), is_ours ? stripped : "");
    connection->request = request;
    request->is_bare_prefix = *path != '\0' && strcmp(path, params->prefix) == 0;
    lws_set_timeout(connection->wsi, NO_PENDING_TIMEOUT, 0); // our timer decides
    hp_connection_set_deadline_ms(connection, params->body_timeout_ms);
    hp_request_read_head(request);
    hp_dispatch_request(request);
    if (request->exchange != NULL) {
        hp_exchange_settle(request->exchange);
    } else if (connection->request == request && request->body_left == 0) {
        pause_reading(request);
    }
    return 0;
}

int
hp_intake_on_body(struct hp_connection *connection, const void *data, size_t size)
{
    struct hp_request *request = connection->request;
    if (request == NULL || request->is_answered || size == 0) {
        return 0; // the request was refused: later bytes are dropped
    }
    size_t count = MIN(size, request->body_left);
    request->body_left -= count;
    if (request->exchange == NULL) {
        g_byte_array_append(request->body, data, (guint) count);
    } else if (count > 0 && !hp_exchange_push_body(request->exchange, data, count)) {
        return -1;
    }
    return 0;
}

int
hp_intake_on_body_end(struct hp_connection *connection)
{
    struct hp_request *request = connection->request;
    if (request != NULL && request->exchange != NULL) {
        if (request->length > 0) { // the route has heard of the end of an empty body already
            hp_exchange_end_body(request->exchange);
        }
        return 0;
    }
    if (request == NULL || request->is_answered || request->is_paused || request->body->len == 0) {
        return 0; // the request was answered without its body, or has none
    }
    g_byte_array_append(request->body, (const guint8 *) "", 1);
    hp_connection_clear_deadline(connection);
    hp_dispatch_whole(request);
    if (connection->request == request) {
        pause_reading(request);
    }
    return 0;
}
