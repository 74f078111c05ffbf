// exchange.c - a request whose body and answer are passed on in pieces.
// Owner: the request.  Thread: main.
// RFC 9112 section 7.1 (chunks).
#include "edge/exchange.h"

#include <assert.h>
#include <string.h>

#define LOG_TAG "http"
#include "base/clock.h"
#include "base/log.h"
#include "edge/answer.h"
#include "edge/connection.h"
#include "edge/reply.h"
#include "edge/request.h"
#include "edge/request_state.h"
#include "edge/route.h"
#include "edge/vhost.h"

enum {
    CHUNK = 32 * 1024, // bytes of one write
    CHUNK_FRAME = 16, // bytes for the size of a chunk and its line ends
    IDLE_US = 300 * 1000000, // limit for a route that makes its answer, or has paused the body
    LEAST_RATE = 4096, // bytes of a body a second, on average after the first body_timeout_ms
};

struct hp_exchange {
    struct hp_request *request;
    const struct hp_exchange_cbs *cbs; // NULL: the exchange was aborted
    void *arg;
    int64_t body_end_us; // when the body has to be there: each byte and each pause puts it off
    int64_t begun_us; // when the exchange was opened
    int64_t paused_us; // when the pause began
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

static int64_t
body_timeout_us(const struct hp_exchange *exchange)
{
    const struct hp_connection *connection = exchange->request->connection;
    return 1000 * (int64_t) hp_vhost_params(connection->vhost)->body_timeout_ms;
}

struct hp_exchange *
hp_exchange_open(struct hp_request *request, const struct hp_exchange_cbs *cbs, void *arg)
{
    assert(request->route != NULL && request->route->is_streamed && request->exchange == NULL
            && !request->is_answered);
    struct hp_exchange *exchange = g_new0(struct hp_exchange, 1);
    exchange->request = request;
    exchange->cbs = cbs;
    exchange->arg = arg;
    exchange->held = g_byte_array_new();
    exchange->begun_us = hp_clock_now_us();
    exchange->body_end_us = exchange->begun_us + body_timeout_us(exchange);
    exchange->left = -1;
    g_queue_init(&exchange->queue);
    request->exchange = exchange;
    request->body_left = request->length;
    if (request->length > 0) {
        request->must_close = false;
        hp_request_invite_body(request);
    }
    return exchange;
}

void
hp_exchange_close(struct hp_exchange *exchange, bool is_complete)
{
    exchange->request->exchange = NULL;
    if (exchange->cbs != NULL) {
        exchange->cbs->on_closed(exchange->arg, is_complete);
    }
    g_byte_array_free(exchange->held, TRUE);
    g_queue_clear_full(&exchange->queue, (GDestroyNotify) g_bytes_unref);
    g_free(exchange);
}

bool
hp_exchange_has_output(const struct hp_exchange *exchange)
{
    return hp_answer_has_head(&exchange->request->answer) || exchange->queue.length > 0
            || (exchange->is_finished && !exchange->is_end_written);
}

bool
hp_exchange_is_written(const struct hp_exchange *exchange)
{
    return exchange->is_finished && !hp_exchange_has_output(exchange);
}

// The client has body_timeout_ms for each piece, but a byte now and then does not keep the body
// alive.
static void
read_on(struct hp_exchange *exchange)
{
    struct hp_connection *connection = exchange->request->connection;
    int64_t timeout_us = body_timeout_us(exchange);
    int64_t left_us = exchange->body_end_us - hp_clock_now_us();
    // after a pause of our own loop: from its end
    int64_t anew_us = timeout_us - hp_clock_silence_us(exchange->begun_us);
    left_us = MAX(left_us, anew_us);
    hp_connection_set_deadline(connection, CLAMP(left_us, 0, timeout_us));
    hp_connection_read(connection);
}

void
hp_exchange_settle(struct hp_exchange *exchange)
{
    const struct hp_request *request = exchange->request;
    struct hp_connection *connection = request->connection;
    if (exchange->cbs == NULL) {
        return; // the connection is ending
    }
    if (request->is_answered && (hp_exchange_has_output(exchange) || exchange->is_finished)) {
        hp_connection_set_deadline(connection, HP_CONNECTION_STALL_US);
        hp_connection_write(connection);
    } else if (!request->is_answered && !exchange->is_whole && !exchange->is_paused) {
        read_on(exchange);
    } else {
        hp_connection_set_deadline(connection, IDLE_US);
        hp_connection_wait(connection, true);
    }
}

// Passes on the held part of the body and its end, unless the route has paused, answered or
// aborted.
static void
tell_body(struct hp_exchange *exchange)
{
    const struct hp_request *request = exchange->request;
    if (exchange->held->len > 0 && !exchange->is_paused && !request->is_answered
            && exchange->cbs != NULL) {
        GByteArray *held = exchange->held;
        exchange->held = g_byte_array_new();
        exchange->cbs->on_body(exchange->arg, held->data, held->len);
        g_byte_array_free(held, TRUE);
    }
    if (exchange->is_whole && exchange->held->len == 0 && !exchange->is_paused
            && !exchange->is_end_told && !request->is_answered && exchange->cbs != NULL) {
        exchange->is_end_told = true;
        exchange->cbs->on_body_end(exchange->arg);
    }
}

bool
hp_exchange_push_body(struct hp_exchange *exchange, const void *data, size_t size)
{
    if (exchange->cbs == NULL) {
        return false;
    }
    exchange->body_end_us += (int64_t) size * 1000000 / LEAST_RATE;
    if (exchange->is_paused) {
        g_byte_array_append(exchange->held, data, (guint) size);
    } else {
        exchange->cbs->on_body(exchange->arg, data, size);
    }
    hp_exchange_settle(exchange);
    return exchange->cbs != NULL;
}

void
hp_exchange_end_body(struct hp_exchange *exchange)
{
    exchange->is_whole = true;
    tell_body(exchange);
    hp_exchange_settle(exchange);
}

void
hp_exchange_set_paused(struct hp_exchange *exchange, bool is_paused)
{
    if (exchange->cbs == NULL || exchange->is_paused == is_paused) {
        return;
    }
    exchange->is_paused = is_paused;
    if (is_paused) {
        exchange->paused_us = hp_clock_now_us();
    } else {
        exchange->body_end_us += hp_clock_now_us() - exchange->paused_us;
    }
    tell_body(exchange);
    hp_exchange_settle(exchange);
}

void
hp_exchange_respond(
        struct hp_exchange *exchange, int status, const char *content_type, int64_t length)
{
    struct hp_request *request = exchange->request;
    assert(!request->is_answered && length >= -1);
    if (exchange->cbs == NULL) {
        return;
    }
    bool has_body = hp_answer_may_have_body(status);
    exchange->is_silent = !has_body || strcmp(request->method, "HEAD") == 0;
    exchange->is_chunked = length < 0 && !request->is_old && !exchange->is_silent;
    exchange->left = has_body ? length : 0;
    if (request->body_left > 0) {
        hp_request_give_up_body(request);
    }
    request->must_close |= length < 0 && request->is_old;
    hp_reply_begin(request, status, content_type, length);
    request->is_answered = true;
    exchange->is_end_written = !exchange->is_chunked;
    hp_exchange_settle(exchange);
}

bool
hp_exchange_write(struct hp_exchange *exchange, const void *data, size_t size)
{
    if (exchange->cbs == NULL || !exchange->request->is_answered || exchange->is_finished) {
        return false;
    }
    if (size > HP_EXCHANGE_PIECE_MAX || (exchange->left >= 0 && (int64_t) size > exchange->left)) {
        log_error("a piece of %zu bytes of an answer is dropped: expected at most %d bytes at a "
                  "time, and in total no more than the announced length",
                size, HP_EXCHANGE_PIECE_MAX);
        return false;
    }
    if (exchange->queue_size >= HP_EXCHANGE_QUEUE) {
        exchange->was_full = true;
        return false;
    }
    exchange->left -= exchange->left >= 0 ? (int64_t) size : 0;
    if (size > 0 && !exchange->is_silent) {
        g_queue_push_tail(&exchange->queue, g_bytes_new(data, size));
        exchange->queue_size += size;
        hp_exchange_settle(exchange);
    }
    return true;
}

void
hp_exchange_finish(struct hp_exchange *exchange)
{
    if (exchange->cbs == NULL || !exchange->request->is_answered || exchange->is_finished) {
        return;
    }
    if (exchange->left > 0 && !exchange->is_silent) {
        log_error("an answer ends %" G_GINT64_FORMAT " bytes short of its length: it is cut",
                exchange->left);
        hp_connection_end(exchange->request->connection); // on_closed follows
        return;
    }
    exchange->is_finished = true;
    hp_exchange_settle(exchange);
}

void
hp_exchange_abort(struct hp_exchange *exchange)
{
    exchange->cbs = NULL;
    hp_connection_end(exchange->request->connection);
}

// Makes a piece from the first item of the queue, framed as a chunk if the answer is chunked.
// Returns its size.
static size_t
take_piece(struct hp_exchange *exchange, unsigned char *buffer)
{
    gsize size;
    GBytes *first = g_queue_peek_head(&exchange->queue);
    const guint8 *data = g_bytes_get_data(first, &size);
    size_t count = MIN(size - exchange->offset, CHUNK);
    size_t at = 0;
    if (exchange->is_chunked) {
        at = (size_t) g_snprintf((char *) buffer, CHUNK_FRAME, "%zx\r\n", count);
    }
    memcpy(buffer + at, data + exchange->offset, count);
    at += count;
    if (exchange->is_chunked) {
        memcpy(buffer + at, "\r\n", 2);
        at += 2;
    }
    exchange->offset += count;
    if (exchange->offset == size) {
        g_bytes_unref(g_queue_pop_head(&exchange->queue));
        exchange->queue_size -= size;
        exchange->offset = 0;
    }
    return at;
}

bool
hp_exchange_write_next(struct hp_exchange *exchange)
{
    unsigned char buffer[LWS_PRE + CHUNK + CHUNK_FRAME];
    unsigned char *at = buffer + LWS_PRE;
    size_t size;
    if (g_queue_is_empty(&exchange->queue)) {
        size = (size_t) g_snprintf((char *) at, CHUNK_FRAME, "0\r\n\r\n");
        exchange->is_end_written = true;
    } else {
        size = take_piece(exchange, at);
    }
    if (lws_write(exchange->request->connection->wsi, at, size, LWS_WRITE_HTTP) < (int) size) {
        return false;
    }
    if (exchange->was_full && exchange->queue_size < HP_EXCHANGE_QUEUE / 2
            && exchange->cbs != NULL) {
        exchange->was_full = false;
        exchange->cbs->on_writable(exchange->arg);
    }
    return exchange->cbs != NULL;
}
