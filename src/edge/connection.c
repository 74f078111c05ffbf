// connection.c - one TCP connection: the operations that all files of the server use.
// Owner: http.  Thread: main.
//
// libwebsockets spins on input that it may not take yet; with reading switched off it does not
// write either. So reading is off whenever it is not the client's turn, and a source of our own
// tells when the socket takes more bytes or ends.
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

static void
drop_source(GSource **source)
{
    if (*source != NULL) {
        g_source_destroy(*source);
        g_source_unref(*source);
        *source = NULL;
    }
}

void
hp_connection_unwatch(struct hp_connection *connection)
{
    drop_source(&connection->out_source);
    drop_source(&connection->end_source);
}

void
hp_connection_end(struct hp_connection *connection)
{
    hp_connection_unwatch(connection);
    // With reading on, libwebsockets would wait for input that it does not take, and would spin.
    lws_rx_flow_control(connection->wsi, 0);
    hp_connection_cut(connection);
}

static GSource *
watch(struct hp_connection *connection, GIOCondition condition, GUnixFDSourceFunc fn)
{
    GSource *source = g_unix_fd_source_new(connection->fd, condition);
    g_source_set_callback(source, G_SOURCE_FUNC(fn), connection, NULL);
    g_source_attach(source, hp_worker_context(connection->http->main));
    return source;
}

static gboolean
on_socket_writable(gint fd, GIOCondition condition, gpointer arg)
{
    struct hp_connection *connection = arg;
    (void) fd;
    (void) condition;
    drop_source(&connection->out_source);
    lws_rx_flow_control(connection->wsi, 1);
    lws_callback_on_writable(connection->wsi);
    return G_SOURCE_REMOVE;
}

void
hp_connection_wait_writable(struct hp_connection *connection)
{
    lws_callback_on_writable(connection->wsi);
    if (connection->out_source != NULL) {
        return;
    }
    lws_rx_flow_control(connection->wsi, 0);
    connection->out_source = watch(connection, G_IO_OUT | G_IO_HUP | G_IO_ERR, on_socket_writable);
}

static gboolean
on_socket_ended(gint fd, GIOCondition condition, gpointer arg)
{
    struct hp_connection *connection = arg;
    (void) fd;
    (void) condition;
    drop_source(&connection->end_source);
    hp_connection_cut(connection);
    return G_SOURCE_REMOVE;
}

void
hp_connection_stop_reading(struct hp_connection *connection)
{
    lws_rx_flow_control(connection->wsi, 0);
    if (connection->end_source == NULL) {
        connection->end_source = watch(connection,
                (GIOCondition) (G_IO_HUP | G_IO_ERR | POLLRDHUP), on_socket_ended);
    }
}

void
hp_connection_start_reading(struct hp_connection *connection)
{
    drop_source(&connection->end_source);
    lws_rx_flow_control(connection->wsi, 1);
}
