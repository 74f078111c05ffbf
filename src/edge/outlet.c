// outlet.c - writes the answer to an HTTP request to a reader that may be slow, and ends the
// request. Owner: the connection.  Thread: main.
#include "edge/outlet.h"

#include <libwebsockets.h>

#include "base/clock.h"
#include "edge/answer.h"
#include "edge/connection.h"
#include "edge/exchange.h"
#include "edge/request.h"
#include "edge/request_state.h"
#include "gate/gate.h"

void
hp_outlet_detach(struct hp_request *request)
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
    // Without a route no code would answer: the request was still being read.
    if (request->is_answered || request->body_left > 0 || request->route == NULL) {
        hp_request_destroy(request);
    }
}

static bool
is_written(const struct hp_request *request)
{
    if (request->exchange != NULL) {
        return hp_exchange_is_written(request->exchange);
    }
    return hp_answer_is_written(&request->answer);
}

static int
finish(struct hp_connection *connection)
{
    struct hp_request *request = connection->request;
    bool must_close = request->must_close;
    connection->request = NULL;
    connection->since_us = hp_clock_now_us();
    if (request->exchange != NULL) {
        hp_exchange_close(request->exchange, true);
    }
    hp_request_destroy(request);
    hp_connection_read(connection);
    hp_connection_clear_deadline(connection);
    if (must_close || lws_http_transaction_completed(connection->wsi) != 0) {
        return -1;
    }
    if (connection->gate != NULL) {
        hp_gate_next(connection->gate);
    }
    return 0;
}

// Writes the next piece. False: close the connection.
static bool
write_next(struct hp_request *request)
{
    if (request->exchange != NULL && !hp_answer_has_head(&request->answer)) {
        return hp_exchange_write_next(request->exchange);
    }
    return hp_answer_write_next(&request->answer, request->connection->wsi);
}

int
hp_outlet_on_writable(struct hp_connection *connection)
{
    struct hp_request *request = connection->request;
    if (request == NULL || !request->is_answered) {
        return 0;
    }
    hp_connection_set_deadline(connection, HP_CONNECTION_STALL_US);
    if (lws_partial_buffered(connection->wsi)) {
        return 0;
    }
    if (is_written(request)) {
        return finish(connection);
    }
    if (request->exchange != NULL && !hp_exchange_has_output(request->exchange)) {
        hp_exchange_settle(request->exchange); // the route still has to make the next piece
        return 0;
    }
    if (!write_next(request)) {
        return -1;
    }
    bool is_out = is_written(request) && !lws_partial_buffered(connection->wsi);
    return is_out ? finish(connection) : 0;
}
