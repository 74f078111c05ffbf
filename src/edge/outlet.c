// outlet.c - writes the answer to an HTTP request to a reader that may be slow, and ends the
// request. Owner: the connection.  Thread: main.
#include "edge/outlet.h"

#include "edge/answer.h"
#include "edge/connection.h"
#include "edge/exchange.h"
#include "edge/request.h"
#include "edge/request_state.h"
#include "edge/vhost.h"

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

static void
finish(struct hp_connection *connection)
{
    struct hp_request *request = connection->request;
    bool must_close = request->must_close;
    connection->request = NULL;
    if (request->exchange != NULL) {
        hp_exchange_close(request->exchange, true);
    }
    hp_request_destroy(request);
    if (must_close) {
        hp_connection_linger(connection);
        return;
    }
    hp_connection_read(connection);
    hp_connection_set_deadline_ms(
            connection, hp_vhost_params(connection->vhost)->idle_timeout_ms);
}

// Writes the next piece. False: close the connection.
static bool
write_next(struct hp_request *request)
{
    if (request->exchange != NULL && !hp_answer_has_head(&request->answer)) {
        return hp_exchange_write_next(request->exchange);
    }
    return hp_answer_write_next(&request->answer, request->connection);
}

bool
hp_outlet_on_writable(struct hp_connection *connection)
{
    struct hp_request *request = connection->request;
    if (request == NULL || !request->is_answered) {
        return true;
    }
    hp_connection_set_deadline(connection, HP_CONNECTION_STALL_US);
    if (!hp_connection_flush(connection)) {
        return false;
    }
    if (connection->out->len > 0) {
        return true;
    }
    if (is_written(request)) {
        finish(connection);
        return true;
    }
    if (request->exchange != NULL && !hp_exchange_has_output(request->exchange)) {
        hp_exchange_settle(request->exchange); // the route still has to make the next piece
        return true;
    }
    if (!write_next(request)) {
        return false;
    }
    if (is_written(request) && connection->out->len == 0) {
        finish(connection);
    }
    return true;
}
