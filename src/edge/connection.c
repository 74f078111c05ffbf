// connection.c - one TCP connection: the operations that all files of the server use.
// Owner: http.  Thread: main.
//
// A connection has a turn: the client's, to send; ours, to write; or nobody's, while an answer is
// made. Bytes are read only in the client's turn, so `in` never holds more than a head and what one
// read brought. A WebSocket has no turns.
#include "edge/connection.h"

#include "port/stream.h"
#include "edge/vhost.h"

enum {
    LINGER_US = 500000, // for a client that is still sending, to read why it was refused
    DROP_MAX = 4 * 1024 * 1024, // bytes that it may send meanwhile
};

static void
on_timer(void *arg)
{
    struct hp_connection *connection = arg;
    connection->on_deadline(connection);
}

struct hp_connection *
hp_connection_create(struct hp_http *http, struct hp_vhost *vhost, const char *address)
{
    struct hp_connection *connection = g_new0(struct hp_connection, 1);
    connection->http = http;
    connection->vhost = vhost;
    connection->in = g_byte_array_new();
    connection->out = g_byte_array_new();
    connection->link.data = connection;
    g_strlcpy(connection->address, address, sizeof(connection->address));
    hp_timer_init(&connection->timer, hp_vhost_main(vhost), on_timer, connection);
    return connection;
}

void
hp_connection_destroy(struct hp_connection *connection)
{
    hp_timer_stop(&connection->timer);
    hp_stream_destroy(connection->stream);
    g_byte_array_free(connection->in, TRUE);
    g_byte_array_free(connection->out, TRUE);
    g_free(connection);
}

void
hp_connection_set_deadline(struct hp_connection *connection, int64_t delay_us)
{
    hp_timer_start(&connection->timer, delay_us);
}

void
hp_connection_set_deadline_ms(struct hp_connection *connection, unsigned delay_ms)
{
    hp_timer_start(&connection->timer, (int64_t) delay_ms * 1000);
}

void
hp_connection_clear_deadline(struct hp_connection *connection)
{
    hp_timer_stop(&connection->timer);
}

void
hp_connection_cut(struct hp_connection *connection)
{
    hp_stream_cut(connection->stream);
}

void
hp_connection_end(struct hp_connection *connection)
{
    hp_connection_wait(connection, false);
    hp_connection_cut(connection);
}

void
hp_connection_linger(struct hp_connection *connection)
{
    connection->is_lingering = true;
    hp_stream_end(connection->stream);
    hp_connection_read(connection);
    hp_connection_set_deadline(connection, LINGER_US);
}

void
hp_connection_read(struct hp_connection *connection)
{
    connection->is_reading = true;
    hp_stream_watch(connection->stream, HP_STREAM_READABLE, false);
    if (connection->in->len > 0) {
        hp_stream_kick(connection->stream);
    }
}

void
hp_connection_write(struct hp_connection *connection)
{
    connection->is_reading = false;
    hp_stream_watch(connection->stream, HP_STREAM_WRITABLE, false);
}

void
hp_connection_wait(struct hp_connection *connection, bool must_stay)
{
    connection->is_reading = false;
    hp_stream_watch(connection->stream, 0, must_stay);
}

void
hp_connection_talk(struct hp_connection *connection, bool has_output)
{
    unsigned events = HP_STREAM_READABLE | (has_output ? HP_STREAM_WRITABLE : 0);
    connection->is_reading = true;
    hp_stream_watch(connection->stream, events, false);
}

bool
hp_connection_receive(struct hp_connection *connection)
{
    guint8 data[HP_STREAM_READ_SIZE];
    int count = hp_stream_read(connection->stream, data, sizeof(data));
    if (count > 0) {
        g_byte_array_append(connection->in, data, (guint) count);
    }
    return count >= 0;
}

void
hp_connection_consume(struct hp_connection *connection, size_t size)
{
    if (size < connection->in->len) {
        g_byte_array_remove_range(connection->in, 0, (guint) size);
    } else { // an array that becomes empty keeps its memory: thousands of idle clients would
        g_byte_array_free(connection->in, TRUE);
        connection->in = g_byte_array_new();
    }
}

bool
hp_connection_drop(struct hp_connection *connection)
{
    connection->dropped += connection->in->len;
    hp_connection_consume(connection, connection->in->len);
    return connection->dropped <= DROP_MAX;
}

bool
hp_connection_send(struct hp_connection *connection, const void *data, size_t size)
{
    int count = 0;
    if (connection->out->len == 0) {
        count = hp_stream_write(connection->stream, data, size);
    }
    if (count < 0) {
        return false;
    }
    if ((size_t) count < size) {
        const guint8 *rest = (const guint8 *) data + count;
        g_byte_array_append(connection->out, rest, (guint) (size - (size_t) count));
    }
    return true;
}

bool
hp_connection_flush(struct hp_connection *connection)
{
    GByteArray *out = connection->out;
    if (out->len == 0) {
        return true;
    }
    int count = hp_stream_write(connection->stream, out->data, out->len);
    if (count > 0 && (guint) count < out->len) {
        g_byte_array_remove_range(out, 0, (guint) count);
    } else if (count > 0) {
        g_byte_array_free(out, TRUE);
        connection->out = g_byte_array_new();
    }
    return count >= 0;
}
