// meeting.c - a WebSocket route for tests: notes who comes and goes, and sends back what is said.
// Owner: a test.  Thread: main.
#include "edge/meeting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct meeting meeting;

static void *
on_open(void *arg, struct hp_ws *ws)
{
    (void) arg;
    meeting.open_count++;
    meeting.last = ws;
    const char *token = hp_ws_token(ws);
    const char *host = hp_ws_host(ws);
    g_strlcpy(meeting.token, token == NULL ? "-" : token, sizeof(meeting.token));
    g_strlcpy(meeting.address, hp_ws_address(ws), sizeof(meeting.address));
    g_strlcpy(meeting.host, host == NULL ? "-" : host, sizeof(meeting.host));
    return ws;
}

static void
on_message(void *data, const char *text, size_t size)
{
    meeting.message_count++;
    meeting.message_size = size;
    assert_int_equal(text[size], '\0');
    if (g_str_has_prefix(text, "bye")) {
        hp_ws_send(data, "last", 4);
        hp_ws_close(data, 4001, "as you wish");
    } else if (!g_str_has_prefix(text, "quiet")) {
        hp_ws_send(data, text, size);
    }
}

static void
on_close(void *data, int code)
{
    (void) data;
    meeting.close_count++;
    meeting.code = code;
    meeting.last = NULL;
}

void
meeting_begin(void)
{
    meeting = (struct meeting){ 0 };
}

void
meeting_end(void)
{
    assert_int_equal(meeting.open_count, meeting.close_count);
}

uint16_t
meeting_start(struct server *server)
{
    static const struct hp_ws_cbs cbs = {
        .on_open = on_open,
        .on_message = on_message,
        .on_close = on_close,
    };
    server_start(server);
    hp_http_add_ws(server->http, "/api/ws", &cbs, NULL);
    return hp_http_port(server->http);
}

struct client
meeting_join(uint16_t port)
{
    int status;
    struct client client = client_connect(port);
    assert_true(client_upgrade(&client, "/api/ws?token=abc", "", &status));
    return client;
}

bool
meeting_is_over(void *arg)
{
    (void) arg;
    return meeting.close_count == meeting.open_count;
}
