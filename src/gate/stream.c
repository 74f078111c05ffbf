// stream.c - the bytes of one TCP connection, plain or under TLS.
// Owner: the gate, or who takes the stream from it.  Thread: that of the poller.
// RFC 8446; SSL_read(3) and SSL_write(3) of OpenSSL say which of the two waits for what.
#include "gate/stream.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>
#include <openssl/err.h>

#include "gate/poller.h"

enum {
    KEY_UPDATES_MAX = 32, // of a client: OpenSSL's own limit for other records that bring nothing
};

struct hp_stream {
    int fd;
    SSL *ssl; // NULL: plain
    struct hp_poller_watch watch;
    hp_stream_fn fn;
    void *arg;
    bool is_greeted; // plain, or the handshake is over
    bool must_stay;
    unsigned key_updates; // that the client has made (RFC 8446 section 4.6.3)
    unsigned asked; // HP_STREAM_READABLE, HP_STREAM_WRITABLE
    // EPOLLIN or EPOLLOUT: TLS may have to write in order to read
    uint32_t read_waits, write_waits, greeting_waits;
};

static void
update(struct hp_stream *stream)
{
    uint32_t events = EPOLLHUP | (stream->must_stay ? EPOLLRDHUP : 0);
    if (!stream->is_greeted) {
        events |= stream->greeting_waits;
    } else {
        events |= stream->asked & HP_STREAM_READABLE ? stream->read_waits : 0;
        events |= stream->asked & HP_STREAM_WRITABLE ? stream->write_waits : 0;
    }
    hp_poller_set(&stream->watch, events);
}

// What a call of OpenSSL waits for: EPOLLIN or EPOLLOUT; 0: it has failed for good.
static uint32_t
find_wait(const struct hp_stream *stream, int result)
{
    int error = SSL_get_error(stream->ssl, result);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ ? EPOLLIN : error == SSL_ERROR_WANT_WRITE ? EPOLLOUT : 0;
}

static void
on_tls_message(int is_written, int version, int type, const void *data, size_t size, SSL *ssl,
        void *arg)
{
    struct hp_stream *stream = arg;
    const uint8_t *message = data;
    (void) version;
    (void) ssl;
    if (!is_written && type == SSL3_RT_HANDSHAKE && size > 0
            && message[0] == SSL3_MT_KEY_UPDATE) {
        stream->key_updates++;
    }
}

static void
greet(struct hp_stream *stream)
{
    int result = SSL_accept(stream->ssl);
    stream->is_greeted = result == 1;
    if (result != 1) {
        stream->greeting_waits = find_wait(stream, result);
    }
    update(stream);
    if (stream->is_greeted) {
        stream->fn(stream->arg, HP_STREAM_GREETED);
    } else if (stream->greeting_waits == 0) {
        stream->fn(stream->arg, HP_STREAM_BROKEN);
    }
}

static void
on_event(void *arg, uint32_t condition)
{
    struct hp_stream *stream = arg;
    if (condition & (EPOLLHUP | EPOLLERR | (stream->must_stay ? EPOLLRDHUP : 0))) {
        stream->fn(stream->arg, HP_STREAM_BROKEN);
        return;
    }
    if (!stream->is_greeted) {
        greet(stream);
        return;
    }
    unsigned events = condition & stream->read_waits ? stream->asked & HP_STREAM_READABLE : 0;
    events |= condition & stream->write_waits ? stream->asked & HP_STREAM_WRITABLE : 0;
    if (events != 0) {
        stream->fn(stream->arg, events);
    }
}

struct hp_stream *
hp_stream_create(struct hp_poller *poller, int fd, SSL *ssl, hp_stream_fn fn, void *arg)
{
    struct hp_stream *stream = g_new0(struct hp_stream, 1);
    stream->fd = fd;
    stream->ssl = ssl;
    stream->fn = fn;
    stream->arg = arg;
    stream->is_greeted = ssl == NULL;
    stream->read_waits = stream->greeting_waits = EPOLLIN;
    stream->write_waits = EPOLLOUT;
    if (ssl != NULL) {
        SSL_set_fd(ssl, fd);
        SSL_set_msg_callback(ssl, on_tls_message);
        SSL_set_msg_callback_arg(ssl, stream);
    }
    hp_poller_init_watch(&stream->watch, poller, fd, on_event, stream);
    update(stream);
    return stream;
}

void
hp_stream_destroy(struct hp_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    hp_poller_finish_watch(&stream->watch);
    if (stream->ssl != NULL) {
        SSL_free(stream->ssl);
        ERR_clear_error();
    }
    close(stream->fd);
    g_free(stream);
}

void
hp_stream_detach(struct hp_stream *stream)
{
    hp_poller_finish_watch(&stream->watch);
    stream->asked = 0;
    stream->must_stay = false;
}

void
hp_stream_attach(struct hp_stream *stream, struct hp_poller *poller, hp_stream_fn fn, void *arg)
{
    stream->fn = fn;
    stream->arg = arg;
    hp_poller_init_watch(&stream->watch, poller, stream->fd, on_event, stream);
    update(stream);
}

int
hp_stream_fd(const struct hp_stream *stream)
{
    return stream->fd;
}

void
hp_stream_watch(struct hp_stream *stream, unsigned events, bool must_stay)
{
    stream->asked = events;
    stream->must_stay = must_stay;
    update(stream);
}

static int
read_tls(struct hp_stream *stream, void *data, size_t size)
{
    int count = SSL_read(stream->ssl, data, (int) size);
    if (count > 0) {
        stream->read_waits = EPOLLIN;
        return count;
    }
    uint32_t waits = find_wait(stream, count);
    stream->read_waits = waits == 0 ? EPOLLIN : waits;
    return waits == 0 || stream->key_updates > KEY_UPDATES_MAX ? -1 : 0;
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
        stream->write_waits = EPOLLOUT;
        return count;
    }
    uint32_t waits = find_wait(stream, count);
    stream->write_waits = waits == 0 ? EPOLLOUT : waits;
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
    if (stream->ssl != NULL && stream->is_greeted) {
        SSL_shutdown(stream->ssl);
        ERR_clear_error();
    }
    shutdown(stream->fd, SHUT_WR);
    stream->read_waits = EPOLLIN;
}

bool
hp_stream_discard(struct hp_stream *stream)
{
    char data[HP_STREAM_READ_SIZE];
    ssize_t count = recv(stream->fd, data, sizeof(data), MSG_DONTWAIT);
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}
