// stream.c - a request whose body and answer are passed on in pieces.
// Owner: the request.  Thread: main.
// RFC 9112 section 7.1 (chunks), RFC 9110 section 10.1.1 (Expect).
#include "edge/stream.h"

#include <assert.h>
#include <string.h>

#define LOG_TAG "http"
#include "base/log.h"
#include "edge/server.h"

enum {
    CHUNK = 32 * 1024, // bytes of one write
    CHUNK_FRAME = 16, // bytes for the size of a chunk and its line ends
    IDLE_US = 300 * 1000000, // limit for a route that makes its answer, or has paused the body
};

struct hp_stream {
    struct hp_request *request;
    const struct hp_stream_cbs *cbs; // NULL: the stream was aborted
    void *arg;
    bool is_paused;
    bool is_whole; // the whole body has come
    bool is_end_told;
    GByteArray *held; // pieces of the body that came after the pause
    bool is_silent; // the answer has only a head
    bool is_chunked;
    int64_t left; // bytes left of the answer's length; -1: unknown length
    GQueue queue; // GBytes
    size_t queue_size;
    size_t offset; // bytes of the first piece that are already written
    bool was_full; // write() has returned false
    bool is_finished;
    bool is_end_written; // the last chunk is written
};

// Sends 100 Continue to a client that waits for it before it sends the body.
static void
invite(struct hp_request *request)
{
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    const char *expect = hp_request_header(request, "expect");
    unsigned char buffer[LWS_PRE + sizeof(line)];
    if (expect == NULL || g_ascii_strcasecmp(expect, "100-continue") != 0 || request->is_old) {
        return;
    }
    memcpy(buffer + LWS_PRE, line, sizeof(line) - 1);
    lws_write(request->connection->wsi, buffer + LWS_PRE, sizeof(line) - 1, LWS_WRITE_HTTP_HEADERS);
}

struct hp_stream *
hp_stream_open(struct hp_request *request, const struct hp_stream_cbs *cbs, void *arg)
{
    assert(request->route != NULL && request->route->is_streamed && request->stream == NULL
            && !request->is_answered);
    struct hp_stream *stream = g_new0(struct hp_stream, 1);
    stream->request = request;
    stream->cbs = cbs;
    stream->arg = arg;
    stream->held = g_byte_array_new();
    stream->left = -1;
    g_queue_init(&stream->queue);
    request->stream = stream;
    request->body_left = request->length;
    if (request->length > 0) {
        request->must_close = false;
        request->has_unread_body = false;
        invite(request);
    }
    return stream;
}

void
hp_stream_close(struct hp_stream *stream, bool is_complete)
{
    stream->request->stream = NULL;
    if (stream->cbs != NULL) {
        stream->cbs->on_closed(stream->arg, is_complete);
    }
    g_byte_array_free(stream->held, TRUE);
    g_queue_clear_full(&stream->queue, (GDestroyNotify) g_bytes_unref);
    g_free(stream);
}

bool
hp_stream_has_output(const struct hp_stream *stream)
{
    return stream->request->head != NULL || stream->queue.length > 0
            || (stream->is_finished && !stream->is_end_written);
}

bool
hp_stream_is_written(const struct hp_stream *stream)
{
    return stream->is_finished && !hp_stream_has_output(stream);
}

static void
start_timer(const struct hp_stream *stream, int64_t delay_us)
{
    hp_timer_start(&stream->request->connection->timer, delay_us);
}

void
hp_stream_settle(struct hp_stream *stream)
{
    const struct hp_request *request = stream->request;
    struct hp_connection *connection = request->connection;
    if (stream->cbs == NULL) {
        return; // the connection is ending
    }
    if (request->is_answered && (hp_stream_has_output(stream) || stream->is_finished)) {
        start_timer(stream, HP_CONNECTION_STALL_US);
        hp_connection_write(connection);
    } else if (!request->is_answered && !stream->is_whole && !stream->is_paused) {
        start_timer(stream, (int64_t) request->http->params.body_timeout_ms * 1000);
        hp_connection_read(connection);
    } else {
        start_timer(stream, IDLE_US);
        hp_connection_wait(connection, true);
    }
}

// Passes on the held part of the body and its end, unless the route has paused, answered or
// aborted.
static void
tell_body(struct hp_stream *stream)
{
    const struct hp_request *request = stream->request;
    if (stream->held->len > 0 && !stream->is_paused && !request->is_answered
            && stream->cbs != NULL) {
        GByteArray *held = stream->held;
        stream->held = g_byte_array_new();
        stream->cbs->on_body(stream->arg, held->data, held->len);
        g_byte_array_free(held, TRUE);
    }
    if (stream->is_whole && stream->held->len == 0 && !stream->is_paused && !stream->is_end_told
            && !request->is_answered && stream->cbs != NULL) {
        stream->is_end_told = true;
        stream->cbs->on_body_end(stream->arg);
    }
}

bool
hp_stream_push_body(struct hp_stream *stream, const void *data, size_t size)
{
    if (stream->cbs == NULL) {
        return false;
    }
    if (stream->is_paused) {
        g_byte_array_append(stream->held, data, (guint) size);
    } else {
        stream->cbs->on_body(stream->arg, data, size);
    }
    hp_stream_settle(stream);
    return stream->cbs != NULL;
}

void
hp_stream_end_body(struct hp_stream *stream)
{
    stream->is_whole = true;
    tell_body(stream);
    hp_stream_settle(stream);
}

void
hp_stream_set_paused(struct hp_stream *stream, bool is_paused)
{
    if (stream->cbs == NULL || stream->is_paused == is_paused) {
        return;
    }
    stream->is_paused = is_paused;
    tell_body(stream);
    hp_stream_settle(stream);
}

void
hp_stream_respond(struct hp_stream *stream, int status, const char *content_type, int64_t length)
{
    struct hp_request *request = stream->request;
    assert(!request->is_answered && length >= -1);
    if (stream->cbs == NULL) {
        return;
    }
    bool has_body = hp_answer_has_body(status);
    stream->is_silent = !has_body || strcmp(request->method, "HEAD") == 0;
    stream->is_chunked = length < 0 && !request->is_old && !stream->is_silent;
    stream->left = has_body ? length : 0;
    if (request->body_left > 0) {
        request->must_close = true;
        request->has_unread_body = true;
    }
    request->must_close |= length < 0 && request->is_old;
    hp_answer_begin(request, status, content_type, length);
    request->is_answered = true;
    stream->is_end_written = !stream->is_chunked;
    hp_stream_settle(stream);
}

bool
hp_stream_write(struct hp_stream *stream, const void *data, size_t size)
{
    if (stream->cbs == NULL || !stream->request->is_answered || stream->is_finished) {
        return false;
    }
    if (size > HP_STREAM_PIECE_MAX || (stream->left >= 0 && (int64_t) size > stream->left)) {
        log_error("a piece of %zu bytes of an answer is dropped: expected at most %d bytes at a "
                  "time, and in total no more than the announced length",
                size, HP_STREAM_PIECE_MAX);
        return false;
    }
    if (stream->queue_size >= HP_STREAM_QUEUE) {
        stream->was_full = true;
        return false;
    }
    stream->left -= stream->left >= 0 ? (int64_t) size : 0;
    if (size > 0 && !stream->is_silent) {
        g_queue_push_tail(&stream->queue, g_bytes_new(data, size));
        stream->queue_size += size;
        hp_stream_settle(stream);
    }
    return true;
}

void
hp_stream_finish(struct hp_stream *stream)
{
    if (stream->cbs == NULL || !stream->request->is_answered || stream->is_finished) {
        return;
    }
    if (stream->left > 0 && !stream->is_silent) {
        log_error("an answer ends %" G_GINT64_FORMAT " bytes short of its length: it is cut",
                stream->left);
        hp_connection_end(stream->request->connection); // on_closed follows
        return;
    }
    stream->is_finished = true;
    hp_stream_settle(stream);
}

void
hp_stream_abort(struct hp_stream *stream)
{
    stream->cbs = NULL;
    hp_connection_end(stream->request->connection);
}

// Makes a piece from the first item of the queue, framed as a chunk if the answer is chunked.
// Returns its size.
static size_t
take_piece(struct hp_stream *stream, unsigned char *buffer)
{
    gsize size;
    GBytes *first = g_queue_peek_head(&stream->queue);
    const guint8 *data = g_bytes_get_data(first, &size);
    size_t count = MIN(size - stream->offset, CHUNK);
    size_t at = 0;
    if (stream->is_chunked) {
        at = (size_t) g_snprintf((char *) buffer, CHUNK_FRAME, "%zx\r\n", count);
    }
    memcpy(buffer + at, data + stream->offset, count);
    at += count;
    if (stream->is_chunked) {
        memcpy(buffer + at, "\r\n", 2);
        at += 2;
    }
    stream->offset += count;
    if (stream->offset == size) {
        g_bytes_unref(g_queue_pop_head(&stream->queue));
        stream->queue_size -= size;
        stream->offset = 0;
    }
    return at;
}

bool
hp_stream_write_next(struct hp_stream *stream)
{
    unsigned char buffer[LWS_PRE + CHUNK + CHUNK_FRAME];
    unsigned char *at = buffer + LWS_PRE;
    size_t size;
    if (g_queue_is_empty(&stream->queue)) {
        size = (size_t) g_snprintf((char *) at, CHUNK_FRAME, "0\r\n\r\n");
        stream->is_end_written = true;
    } else {
        size = take_piece(stream, at);
    }
    if (lws_write(stream->request->connection->wsi, at, size, LWS_WRITE_HTTP) < (int) size) {
        return false;
    }
    if (stream->was_full && stream->queue_size < HP_STREAM_QUEUE / 2 && stream->cbs != NULL) {
        stream->was_full = false;
        stream->cbs->on_writable(stream->arg);
    }
    return stream->cbs != NULL;
}
