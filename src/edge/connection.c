// connection.c - one TCP connection: what every file of the server may do with it.
// Owner: http.  Thread: main.
#include <sys/socket.h>

#include "edge/server.h"

void
hp_connection_cut(struct hp_connection *connection)
{
    shutdown(connection->fd, SHUT_RDWR); // its loop sees the end; works from any callback
}

void
hp_connection_unwatch(struct hp_connection *connection)
{
    if (connection->out_source != NULL) {
        g_source_destroy(connection->out_source);
        g_source_unref(connection->out_source);
        connection->out_source = NULL;
    }
}
