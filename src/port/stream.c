// stream.c - the bytes of one TCP connection, plain or under TLS, on the loop of a worker.
// Owner: the connection.  Thread: the worker's.
// RFC 8446; SSL_read(3) and SSL_write(3) of OpenSSL say which of the two waits for what.
#include "port/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>
#include <openssl/err.h>

#include "base/worker.h"

struct hp_stream {
    int fd;
    SSL *ssl; // NULL: plain
    GSource *source;
    gpointer tag; // of the descriptor in the source
    hp_stream_fn fn;
    void *arg;
    bool is_greeted; // plain, or the handshake is over
    unsigned asked; // HP_STREAM_READABLE, HP_STREAM_WRITABLE
    bool must_stay;
    int read_waits, write_waits; // POLLIN or POLLOUT: TLS may have to write in order to read
    int greeting_waits;
};

static gboolean
dispatch(GSource *source, GSourceFunc fn, gpointer arg)
{
    (void) source;
    return fn(arg);
}

static GSourceFuncs source_funcs = { .dispatch = dispatch };

static void
update(struct hp_stream *stream)
{
    int condition = POLLHUP | POLLERR | (stream->must_stay ? POLLRDHUP : 0);
    if (!stream->is_greeted) {
        condition |= stream->greeting_waits;
    } else {
        condition |= stream->asked & HP_STREAM_READABLE ? stream->read_waits : 0;
        condition |= stream->asked & HP_STREAM_WRITABLE ? stream->write_waits : 0;
    }
    g_source_modify_unix_fd(stream->source, stream->tag, (GIOCondition) condition);
}

// What a call of OpenSSL waits for: POLLIN or POLLOUT; 0: it has failed for good.
static int
find_wait(struct hp_stream *stream, int result)
{
    int error = SSL_get_error(stream->ssl, result);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ ? POLLIN : error == SSL_ERROR_WANT_WRITE ? POLLOUT : 0;
}

// False: the handshake has failed.
static bool
greet(struct hp_stream *stream)
{
    int result = SSL_accept(stream->ssl);
    stream->is_greeted = result == 1;
    if (result != 1) {
        stream->greeting_waits = find_wait(stream, result);
    }
    update(stream);
    return stream->is_greeted || stream->greeting_waits != 0;
}

static gboolean
on_event(gpointer arg)
{
    struct hp_stream *stream = arg;
    int condition = (int) g_source_query_unix_fd(stream->source, stream->tag);
    bool is_kicked = g_source_get_ready_time(stream->source) == 0;
    unsigned events = is_kicked ? stream->asked & HP_STREAM_READABLE : 0;
    g_source_set_ready_time(stream->source, -1);
    if (condition & (POLLHUP | POLLERR | (stream->must_stay ? POLLRDHUP : 0))) {
        stream->fn(stream->arg, HP_STREAM_BROKEN);
        return G_SOURCE_CONTINUE;
    }
    if (!stream->is_greeted) {
        if (condition & stream->greeting_waits && !greet(stream)) {
            stream->fn(stream->arg, HP_STREAM_BROKEN);
        }
        return G_SOURCE_CONTINUE;
    }
    events |= condition & stream->read_waits ? stream->asked & HP_STREAM_READABLE : 0;
    events |= condition & stream->write_waits ? stream->asked & HP_STREAM_WRITABLE : 0;
    if (events != 0) {
        stream->fn(stream->arg, events);
    }
    return G_SOURCE_CONTINUE;
}

struct hp_stream *
hp_stream_create(struct hp_worker *worker, int fd, SSL *ssl, hp_stream_fn fn, void *arg)
{
    struct hp_stream *stream = g_new0(struct hp_stream, 1);
    stream->fd = fd;
    stream->ssl = ssl;
    stream->fn = fn;
    stream->arg = arg;
    stream->is_greeted = ssl == NULL;
    stream->read_waits = stream->greeting_waits = POLLIN;
    stream->write_waits = POLLOUT;
    if (ssl != NULL) {
        SSL_set_fd(ssl, fd);
    }
    stream->source = g_source_new(&source_funcs, sizeof(GSource));
    stream->tag = g_source_add_unix_fd(stream->source, fd, G_IO_HUP | G_IO_ERR);
    g_source_set_callback(stream->source, on_event, stream, NULL);
    g_source_attach(stream->source, hp_worker_context(worker));
    return stream;
}

void
hp_stream_destroy(struct hp_stream *stream)
{
    g_source_destroy(stream->source);
    g_source_unref(stream->source);
    if (stream->ssl != NULL) {
        hp_stream_end(stream);
        SSL_free(stream->ssl);
        ERR_clear_error();
    }
    close(stream->fd);
    g_free(stream);
}

void
hp_stream_watch(struct hp_stream *stream, unsigned events, bool must_stay)
{
    stream->asked = events;
    stream->must_stay = must_stay;
    update(stream);
}

void
hp_stream_kick(struct hp_stream *stream)
{
    g_source_set_ready_time(stream->source, 0);
}

static int
read_tls(struct hp_stream *stream, void *data, size_t size)
{
    int count = SSL_read(stream->ssl, data, (int) size);
    if (count > 0) {
        stream->read_waits = POLLIN;
        return count;
    }
    int waits = find_wait(stream, count);
    stream->read_waits = waits == 0 ? POLLIN : waits;
    update(stream);
    return waits == 0 ? -1 : 0;
}

int
hp_stream_read(struct hp_stream *stream, void *data, size_t size)
{
    if (!stream->is_greeted) {
        return 0;
    }
    if (stream->ssl != NULL) {
        return read_tls(stream, data, size);
    }
    ssize_t count = recv(stream->fd, data, size, MSG_DONTWAIT);
    if (count < 0) {
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    }
    return count == 0 ? -1 : (int) count;
}

static int
write_tls(struct hp_stream *stream, const void *data, size_t size)
{
    int count = SSL_write(stream->ssl, data, (int) size);
    if (count > 0) {
        stream->write_waits = POLLOUT;
        return count;
    }
    int waits = find_wait(stream, count);
    stream->write_waits = waits == 0 ? POLLOUT : waits;
    update(stream);
    return waits == 0 ? -1 : 0;
}

int
hp_stream_write(struct hp_stream *stream, const void *data, size_t size)
{
    if (stream->ssl != NULL) {
        return stream->is_greeted ? write_tls(stream, data, size) : 0;
    }
    ssize_t count = send(stream->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0) {
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    }
    return (int) count;
}

void
hp_stream_end(struct hp_stream *stream)
{
    if (stream->ssl == NULL) {
        shutdown(stream->fd, SHUT_WR);
    } else if (stream->is_greeted && (SSL_get_shutdown(stream->ssl) & SSL_SENT_SHUTDOWN) == 0) {
        SSL_shutdown(stream->ssl);
        ERR_clear_error();
    }
}

void
hp_stream_cut(struct hp_stream *stream)
{
    shutdown(stream->fd, SHUT_RDWR);
}
