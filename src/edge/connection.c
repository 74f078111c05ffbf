// connection.c - one connection: the operations that all files of the server use.
// Owner: http.  Thread: main.
//
// A connection has a turn: the client's, to send; ours, to write; or nobody's, while an answer is
// made. libwebsockets reads only in the client's turn: it would spin on input that is not taken yet
// (4.1), or close the connection (4.3). With reading switched off libwebsockets writes nothing and
// does not notice the end of a connection. So in the other turns a source of our own watches the
// socket.
#include "edge/connection.h"

#include <glib-unix.h>

#include "base/clock.h"
#include "base/worker.h"
#include "edge/request_state.h"
#include "edge/vhost.h"
#include "gate/gate.h"
#include "port/limits.h"

void
hp_connection_cut(struct hp_connection *connection)
{
    if (connection->gate != NULL) {
        hp_gate_cut(connection->gate); // the loop of libwebsockets sees the end
    }
}

void
hp_connection_uncount(struct hp_connection *connection)
{
    if (connection->limits != NULL && connection->is_known) {
        hp_limits_remove_known(connection->limits, connection->address);
    } else if (connection->limits != NULL) {
        hp_limits_remove(connection->limits, connection->address);
    }
    connection->limits = NULL;
}

void
hp_connection_know(struct hp_connection *connection)
{
    connection->is_persons = true;
    if (connection->limits != NULL && !connection->is_known) {
        connection->is_known = hp_limits_know(connection->limits, connection->address);
    }
}

static void
unwatch(struct hp_connection *connection)
{
    if (connection->source != NULL) {
        g_source_destroy(connection->source);
        g_source_unref(connection->source);
        connection->source = NULL;
    }
    connection->is_writing = false;
}

static void
on_deadline(void *arg)
{
    struct hp_connection *connection = arg;
    const struct hp_request *request = connection->request;
    if (connection->gate == NULL) {
        lws_set_timeout(connection->wsi, PENDING_TIMEOUT_CLOSE_ACK, LWS_TO_KILL_SYNC);
    } else if (request != NULL && !request->is_answered && request->body_left > 0) {
        hp_gate_refuse(connection->gate, 408, "the request's body did not come in time");
    } else {
        hp_connection_cut(connection);
    }
}

struct hp_connection *
hp_connection_create(
        struct hp_http *http, struct hp_vhost *vhost, bool is_tls, const char *address)
{
    struct hp_connection *connection = g_new0(struct hp_connection, 1);
    connection->http = http;
    connection->vhost = vhost;
    connection->fd = -1;
    connection->is_tls = is_tls;
    connection->link.data = connection;
    connection->since_us = hp_clock_now_us();
    g_strlcpy(connection->address, address, sizeof(connection->address));
    hp_timer_init(&connection->timer, hp_vhost_main(vhost), on_deadline, connection);
    return connection;
}

void
hp_connection_detach(struct hp_connection *connection)
{
    hp_timer_stop(&connection->timer);
    unwatch(connection);
    connection->wsi = NULL;
}

void
hp_connection_destroy(struct hp_connection *connection)
{
    hp_connection_detach(connection);
    g_free(connection);
}

void
hp_connection_set_deadline(struct hp_connection *connection, int64_t delay_us)
{
    hp_timer_start_deadline(&connection->timer, delay_us);
}

void
hp_connection_set_deadline_ms(struct hp_connection *connection, unsigned delay_ms)
{
    hp_timer_start_deadline(&connection->timer, (int64_t) delay_ms * 1000);
}

void
hp_connection_clear_deadline(struct hp_connection *connection)
{
    hp_timer_stop(&connection->timer);
}

// libwebsockets writes only with reading switched on. So reading is on while libwebsockets is told
// that the socket takes more bytes, and only then.
static void
write_more(struct hp_connection *connection, int fd)
{
    struct lws_pollfd event = { .fd = fd, .events = LWS_POLLOUT, .revents = LWS_POLLOUT };
    GSource *source = g_source_ref(connection->source);
    lws_rx_flow_control(connection->wsi, 1);
    lws_service_fd(lws_get_context(connection->wsi), &event);
    if (!g_source_is_destroyed(source)) {
        lws_rx_flow_control(connection->wsi, 0);
    }
    g_source_unref(source);
}

static gboolean
on_socket_event(gint fd, GIOCondition condition, gpointer arg)
{
    struct hp_connection *connection = arg;
    if (condition & G_IO_OUT && !(condition & (G_IO_HUP | G_IO_ERR))) {
        write_more(connection, fd);
        return G_SOURCE_CONTINUE;
    }
    // By itself libwebsockets (4.3) would wait in vain until the rest of the read bytes is taken.
    lws_set_timeout(connection->wsi, PENDING_TIMEOUT_CLOSE_ACK, LWS_TO_KILL_SYNC);
    return G_SOURCE_CONTINUE;
}

static void
watch(struct hp_connection *connection, int condition)
{
    unwatch(connection);
    lws_rx_flow_control(connection->wsi, 0);
    connection->source = g_unix_fd_source_new(
            connection->fd, (GIOCondition) (condition | G_IO_HUP | G_IO_ERR));
    g_source_set_callback(connection->source, G_SOURCE_FUNC(on_socket_event), connection, NULL);
    g_source_attach(connection->source, hp_worker_context(hp_vhost_main(connection->vhost)));
}

static void
set_must_stay(struct hp_connection *connection, bool must_stay)
{
    if (connection->gate != NULL) {
        hp_gate_set_must_stay(connection->gate, must_stay);
    }
}

void
hp_connection_read(struct hp_connection *connection)
{
    unwatch(connection);
    set_must_stay(connection, false);
    lws_rx_flow_control(connection->wsi, 1);
}

void
hp_connection_write(struct hp_connection *connection)
{
    if (!connection->is_writing) {
        watch(connection, G_IO_OUT);
        set_must_stay(connection, false);
        connection->is_writing = true;
    }
}

void
hp_connection_wait(struct hp_connection *connection, bool must_stay)
{
    watch(connection, 0);
    set_must_stay(connection, must_stay);
}

void
hp_connection_end(struct hp_connection *connection)
{
    watch(connection, 0);
    hp_connection_cut(connection);
}
