// fake_sockets.c - WebSockets and requests without a network.
#include "fake_sockets.h"

#include <string.h>

enum {
    ROUTES_MAX = 32
};

static const struct hp_ws_cbs *ws_cbs;
static void *ws_arg;
static struct {
    const char *method, *path;
    hp_route_fn fn;
    void *arg;
} routes[ROUTES_MAX];
static unsigned route_count;

void
hp_http_add_ws(struct hp_http *http, const char *path, const struct hp_ws_cbs *cbs, void *arg)
{
    (void) http;
    (void) path;
    ws_cbs = cbs;
    ws_arg = arg;
}

void
hp_http_add_route(struct hp_http *http, const char *method, const char *path, size_t max_body,
        hp_route_fn fn, void *arg)
{
    (void) http;
    (void) max_body;
    unsigned index = 0;
    while (index < route_count
            && (strcmp(routes[index].path, path) != 0
                    || strcmp(routes[index].method, method) != 0)) {
        index++;
    }
    g_assert_true(index < ROUTES_MAX);
    routes[index].method = method;
    routes[index].path = path;
    routes[index].fn = fn;
    routes[index].arg = arg;
    route_count = MAX(route_count, index + 1);
}

const char *
hp_ws_token(const struct hp_ws *ws)
{
    return ws->token;
}

const char *
hp_ws_address(const struct hp_ws *ws)
{
    (void) ws;
    return "192.0.2.1";
}

const char *
hp_ws_host(const struct hp_ws *ws)
{
    (void) ws;
    return "desk.example:8080";
}

void
hp_ws_send(struct hp_ws *ws, const char *text, size_t size)
{
    g_string_append_len(ws->sent, text, (gssize) size);
    g_string_append_c(ws->sent, '\n');
}

void
hp_ws_send_bytes(struct hp_ws *ws, GBytes *message)
{
    gsize size;
    const void *data = g_bytes_get_data(message, &size);
    hp_ws_send(ws, data, size);
}

void
hp_ws_know(struct hp_ws *ws)
{
    ws->is_known = true;
}

void
hp_ws_ping(struct hp_ws *ws)
{
    ws->pings++;
}

void
hp_ws_close(struct hp_ws *ws, int code, const char *reason)
{
    (void) reason;
    ws->is_closing = true;
    ws->close_code = code;
}

struct hp_ws *
fake_ws_open(const char *token)
{
    struct hp_ws *ws = g_new0(struct hp_ws, 1);
    ws->token = g_strdup(token);
    ws->sent = g_string_new(NULL);
    ws->data = ws_cbs->on_open(ws_arg, ws);
    return ws;
}

void
fake_ws_say_size(struct hp_ws *ws, const char *text, size_t size)
{
    ws_cbs->on_message(ws->data, text, size);
}

void
fake_ws_say(struct hp_ws *ws, const char *text)
{
    fake_ws_say_size(ws, text, strlen(text));
}

void
fake_ws_say_bytes(struct hp_ws *ws, const void *data, size_t size)
{
    ws_cbs->on_binary(ws->data, data, size);
}

void
fake_ws_pong(struct hp_ws *ws)
{
    ws_cbs->on_pong(ws->data);
}

void
fake_ws_close(struct hp_ws *ws, int code)
{
    ws_cbs->on_close(ws->data, code);
    g_string_free(ws->sent, TRUE);
    g_free(ws->token);
    g_free(ws);
}

unsigned
fake_ws_count(const struct hp_ws *ws, const char *part)
{
    unsigned count = 0;
    for (const char *at = ws->sent->str; (at = strstr(at, part)) != NULL; at++) {
        count++;
    }
    return count;
}

const char *
hp_request_body(const struct hp_request *request, size_t *size)
{
    *size = request->body == NULL ? 0 : strlen(request->body);
    return request->body == NULL ? "" : request->body;
}

const char *
hp_request_path(const struct hp_request *request)
{
    return request->path;
}

const char *
hp_request_address(const struct hp_request *request)
{
    return request->address;
}

bool
hp_request_is_origin_allowed(struct hp_request *request)
{
    return !request->is_foreign;
}

const char *
hp_request_token(struct hp_request *request)
{
    return request->token;
}

void
hp_request_add_header(struct hp_request *request, const char *name, const char *value)
{
    if (strcmp(name, "Retry-After") == 0) {
        request->retry_after = g_strdup(value);
    }
}

void
hp_request_reply(struct hp_request *request, int status, const char *content_type, const void *body,
        size_t size)
{
    (void) content_type;
    g_assert_false(request->is_answered);
    request->is_answered = true;
    request->status = status;
    request->reply = g_strndup(body == NULL ? "" : body, size);
}

void
hp_request_reply_json(struct hp_request *request, int status, json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
    hp_request_reply(request, status, "application/json", text, strlen(text));
    free(text);
    json_decref(body);
}

void
hp_request_reply_error(struct hp_request *request, int status, const char *message)
{
    hp_request_reply_json(
            request, status, json_pack("{s:i, s:s}", "code", status, "message", message));
}

void
hp_request_reply_wait(struct hp_request *request, unsigned wait_s, const char *message)
{
    char text[16];
    g_snprintf(text, sizeof(text), "%u", wait_s);
    hp_request_add_header(request, "Retry-After", text);
    hp_request_reply_error(request, 429, message);
}

static bool
is_path(const char *route, const char *path)
{
    size_t length = strlen(route);
    return route[length - 1] == '*' ? strncmp(route, path, length - 1) == 0
                                    : strcmp(route, path) == 0;
}

void
fake_request(struct hp_request *request, const char *method, const char *path)
{
    request->path = path;
    for (unsigned i = 0; i < route_count; i++) {
        if (strcmp(routes[i].method, method) == 0 && is_path(routes[i].path, path)) {
            routes[i].fn(routes[i].arg, request);
            g_assert_true(request->is_answered || request->may_wait);
            return;
        }
    }
    g_assert_not_reached();
}

void
fake_request_finish(struct hp_request *request)
{
    g_free(request->reply);
    g_free(request->retry_after);
    request->reply = request->retry_after = NULL;
    request->is_answered = false;
}
