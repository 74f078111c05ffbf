// connection.c - one TCP connection: the operations that all files of the server use.
// Owner: http.  Thread: main.
//
// A connection has a turn: the client's, to send; ours, to write; or nobody's, while an answer is
// made. libwebsockets reads only in the client's turn: it would spin on input that is not taken yet
// (4.1), or close the connection (4.3). With reading switched off libwebsockets writes nothing and
// does not notice the end of a connection. So in the other turns a source of our own watches the
// socket.
#include <poll.h>
#include <sys/socket.h>

#include <glib-unix.h>

#include "edge/server.h"

void
hp_connection_cut(struct hp_connection *connection)
{
    // the loop of libwebsockets sees the end; works from any callback
    shutdown(connection->fd, SHUT_RDWR);
}

void
hp_connection_unwatch(struct hp_connection *connection)
{
    if (connection->source != NULL) {
        g_source_destroy(connection->source);
        g_source_unref(connection->source);
        connection->source = NULL;
    }
    connection->is_writing = false;
}

// libwebsockets writes only with reading switched on. So reading is on while libwebsockets is told
// that the socket takes more bytes, and only then.
static void
write_more(struct hp_connection *connection, int fd)
{
    struct lws_pollfd event = { .fd = fd, .events = LWS_POLLOUT, .revents = LWS_POLLOUT };
    GSource *source = g_source_ref(connection->source);
    lws_rx_flow_control(connection->wsi, 1);
    lws_service_fd(connection->http->context, &event);
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
    hp_connection_unwatch(connection);
    lws_rx_flow_control(connection->wsi, 0);
    connection->source = g_unix_fd_source_new(
            connection->fd, (GIOCondition) (condition | G_IO_HUP | G_IO_ERR));
    g_source_set_callback(connection->source, G_SOURCE_FUNC(on_socket_event), connection, NULL);
    g_source_attach(connection->source, hp_worker_context(connection->http->main));
}

void
hp_connection_read(struct hp_connection *connection)
{
    hp_connection_unwatch(connection);
    lws_rx_flow_control(connection->wsi, 1);
}

void
hp_connection_write(struct hp_connection *connection)
{
    if (!connection->is_writing) {
        watch(connection, G_IO_OUT);
        connection->is_writing = true;
    }
}

void
hp_connection_wait(struct hp_connection *connection, bool must_stay)
{
    watch(connection, must_stay ? POLLRDHUP : 0);
}

void
hp_connection_end(struct hp_connection *connection)
{
    watch(connection, 0);
    hp_connection_cut(connection);
}
