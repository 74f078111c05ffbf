// pass.c - the route of tests of exchanges: does what the test says and notes what it was told.
#include "edge/pass.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct pass pass;
uint8_t pass_block[PASS_BLOCK];

uint32_t
pass_sum(uint32_t sum, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        sum = sum * 31 + data[i];
    }
    return sum;
}

static void
write_more(void)
{
    while (pass.written < pass.to_write) {
        size_t size = MIN(sizeof(pass_block), pass.to_write - pass.written);
        if (!hp_exchange_write(pass.exchange, pass_block, size)) {
            pass.refusals++;
            return;
        }
        pass.written += size;
    }
    hp_exchange_finish(pass.exchange);
}

static void
on_body(void *arg, const void *data, size_t size)
{
    assert_ptr_equal(arg, &pass);
    pass.body_size += size;
    pass.body_sum = pass_sum(pass.body_sum, data, size);
    pass.pieces_while_paused += pass.pauses && pass.piece_count > 0;
    pass.piece_count++;
    if (pass.pauses && pass.piece_count == 1) {
        hp_exchange_set_paused(pass.exchange, true);
    }
    if (pass.aborts) {
        hp_exchange_abort(pass.exchange);
    } else if (pass.answers_early) {
        pass.answers_early = false;
        hp_exchange_respond(pass.exchange, 200, "text/plain", 5);
        assert_true(hp_exchange_write(pass.exchange, "early", 5));
        hp_exchange_finish(pass.exchange);
    }
}

static void
on_body_end(void *arg)
{
    char text[32];
    assert_ptr_equal(arg, &pass);
    pass.ends++;
    const char *type = hp_request_header(pass.request, "content-type");
    g_strlcpy(pass.expect_header, type == NULL ? "" : type, sizeof(pass.expect_header));
    if (pass.waits) {
        return;
    }
    if (pass.to_write > 0) {
        hp_exchange_respond(pass.exchange, 200, "application/octet-stream", pass.length);
        write_more();
        return;
    }
    int size = g_snprintf(text, sizeof(text), "%zu %08x", pass.body_size, pass.body_sum);
    hp_exchange_respond(pass.exchange, 200, "text/plain", size);
    assert_true(hp_exchange_write(pass.exchange, text, (size_t) size));
    hp_exchange_finish(pass.exchange);
}

static void
on_writable(void *arg)
{
    assert_ptr_equal(arg, &pass);
    pass.writables++;
    write_more();
}

static void
on_closed(void *arg, bool is_complete)
{
    assert_ptr_equal(arg, &pass);
    pass.exchange = NULL;
    pass.closes++;
    pass.completes += is_complete;
}

static const struct hp_exchange_cbs cbs = {
    .on_body = on_body,
    .on_body_end = on_body_end,
    .on_writable = on_writable,
    .on_closed = on_closed,
};

static void
handle(void *arg, struct hp_request *request)
{
    (void) arg;
    if (pass.refuses) {
        hp_request_reply_error(request, 413, "too much");
        return;
    }
    pass.request = request;
    pass.exchange = hp_exchange_open(request, &cbs, &pass);
}

uint16_t
pass_start(void **state)
{
    struct server *server = *state;
    memset(&pass, 0, sizeof(pass));
    pass.length = -1;
    for (size_t i = 0; i < sizeof(pass_block); i++) {
        pass_block[i] = (uint8_t) (i * 7 + i / 251);
    }
    server_start(server);
    hp_http_add_exchange(server->http, "/api/pass/*", handle, NULL);
    return hp_http_port(server->http);
}

bool
pass_is_closed(void *arg)
{
    (void) arg;
    return pass.closes > 0;
}

bool
pass_has_ended(void *arg)
{
    (void) arg;
    return pass.ends > 0;
}

bool
pass_was_refused(void *arg)
{
    (void) arg;
    return pass.refusals > 0;
}

bool
pass_has_size(void *arg)
{
    return pass.body_size == *(const size_t *) arg;
}

bool
pass_has_piece(void *arg)
{
    (void) arg;
    return pass.piece_count > 0;
}
