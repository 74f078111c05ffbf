// clipboard.c - the desktop's clipboard in Neko's REST. A body may be large, so it is read only
// from the session that may access the clipboard, while it may, and one at a time. Reading and
// writing the JSON of a large text takes the main thread long, so their bytes are limited.
// Owner: app.  Thread: main.
#include "dialect/clipboard.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <jansson.h>

#include "base/bucket.h"
#include "base/plugin.h"
#include "dialect/clipboard_body.h"
#include "dialect/envelope.h"
#include "dialect/rest.h"
#include "edge/exchange.h"
#include "edge/http.h"
#include "edge/reply.h"
#include "plugin/plugins.h"
#include "room/control.h"
#include "room/notices.h"
#include "room/room.h"
#include "room/session.h"
#include "room/sessions.h"

enum {
    MAX_BODY = 2 * HP_CLIPBOARD_MAX + 4096, // JSON writes a line's end and a quote as two bytes
};

struct hp_clipboard_routes {
    struct hp_room *room; // NULL: the room has ended
    struct upload *upload; // the one under way; NULL: none
    struct hp_clipboard_body body; // of the answers to GET
};

// Owner: the exchange, until on_closed. It is under way until it is answered.
struct upload {
    struct hp_clipboard_routes *routes;
    struct hp_exchange *exchange;
    char *session_id;
    GByteArray *body;
};

static void
end_upload(struct upload *upload)
{
    if (upload->routes->upload == upload) {
        upload->routes->upload = NULL;
    }
}

static void
respond(struct upload *upload, int status, const char *message)
{
    end_upload(upload);
    if (message == NULL) {
        hp_exchange_respond(upload->exchange, status, NULL, 0);
        hp_exchange_finish(upload->exchange);
        return;
    }
    json_t *error = json_pack("{s:i, s:s}", "code", status, "message", message);
    char *text = json_dumps(error, JSON_COMPACT);
    hp_exchange_respond(upload->exchange, status, "application/json", (int64_t) strlen(text));
    hp_exchange_write(upload->exchange, text, strlen(text));
    hp_exchange_finish(upload->exchange);
    free(text);
    json_decref(error);
}

static void
on_body(void *arg, const void *data, size_t size)
{
    struct upload *upload = arg;
    g_byte_array_append(upload->body, data, (guint) size);
}

// Answers an upload whose session has ended or lost the clipboard. False: it has been answered.
static bool
check_access(struct upload *upload)
{
    struct hp_room *room = upload->routes->room;
    const struct hp_session *session =
            room == NULL ? NULL : hp_sessions_find(hp_room_sessions(room), upload->session_id);
    if (session == NULL) {
        respond(upload, 503, "the session or the server ends");
        return false;
    }
    if (!hp_control_opens_clipboard(hp_room_control(room), session)) {
        respond(upload, 403, "session is not host");
        return false;
    }
    return true;
}

// Whatever has changed in the room: the session may have ended, or control have gone.
static void
on_notice(void *arg, const struct hp_notice *notice)
{
    struct hp_clipboard_routes *routes = arg;
    (void) notice;
    if (routes->upload != NULL) {
        check_access(routes->upload);
    }
}

static void
set(struct upload *upload, const char *text)
{
    end_upload(upload); // the plugin may change the room
    if (!check_access(upload)) {
        return;
    }
    if (!hp_plugins_set_clipboard(hp_room_plugins(upload->routes->room), text)) {
        respond(upload, 501, "this server shares no desktop that has a clipboard");
    } else {
        respond(upload, 204, NULL);
    }
}

static void
on_body_end(void *arg)
{
    struct upload *upload = arg;
    const char *body = (const char *) upload->body->data;
    json_error_t error;
    json_t *root = hp_envelope_is_shallow(body, upload->body->len)
            ? json_loadb(body, upload->body->len, 0, &error)
            : NULL;
    const json_t *text = json_object_get(root, "text");
    if (!json_is_string(text)) {
        respond(upload, 400, "expected {\"text\": \"...\"}: only text can be copied");
    } else if (json_string_length(text) > HP_CLIPBOARD_MAX) {
        respond(upload, 413, "a text of more than 1 MiB cannot be copied");
    } else {
        set(upload, json_string_value(text));
    }
    json_decref(root);
}

static void
on_closed(void *arg, bool is_complete)
{
    struct upload *upload = arg;
    (void) is_complete;
    end_upload(upload);
    g_byte_array_unref(upload->body);
    g_free(upload->session_id);
    g_free(upload);
}

static const struct hp_exchange_cbs exchange_cbs = {
    .on_body = on_body,
    .on_body_end = on_body_end,
    .on_closed = on_closed,
};

// False: the request has been answered.
static bool
take_bytes(struct hp_session *session, struct hp_request *request, double size)
{
    if (hp_bucket_take(&session->copied, size)) {
        return true;
    }
    hp_request_reply_wait(request, hp_bucket_wait_s(&session->copied, size),
            "too much text for and from the clipboard: wait as long as Retry-After says");
    return false;
}

static void
begin_upload(struct hp_clipboard_routes *routes, struct hp_request *request,
        struct hp_session *session)
{
    if (hp_request_length(request) == 0) {
        hp_request_reply_error(request, 400, "no data provided");
        return;
    }
    if (hp_request_length(request) > MAX_BODY) {
        hp_request_reply_error(request, 413, "a text of more than 1 MiB cannot be copied");
        return;
    }
    if (!take_bytes(session, request, (double) hp_request_length(request))) {
        return;
    }
    if (routes->upload != NULL) {
        respond(routes->upload, 409, "a newer text takes the place of this one");
    }
    struct upload *upload = g_new0(struct upload, 1);
    routes->upload = upload;
    upload->routes = routes;
    upload->session_id = g_strdup(session->id);
    upload->body = g_byte_array_new();
    upload->exchange = hp_exchange_open(request, &exchange_cbs, upload);
}

static void
reply_text(struct hp_clipboard_routes *routes, struct hp_request *request,
        struct hp_session *session)
{
    GBytes *json = hp_clipboard_body_get(&routes->body, hp_room_plugins(routes->room));
    if (json == NULL) {
        hp_request_reply_error(request, 500, "the clipboard's text cannot be written as JSON");
    } else if (take_bytes(session, request, (double) g_bytes_get_size(json))) {
        hp_reply_bytes(request, 200, "application/json", json);
    }
}

static void
handle(void *arg, struct hp_request *request)
{
    struct hp_clipboard_routes *routes = arg;
    const char *method = hp_request_method(request);
    bool is_post = strcmp(method, "POST") == 0;
    if (!is_post && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        hp_request_add_header(request, "Allow", "GET, HEAD, POST, OPTIONS");
        hp_request_reply_error(request, 405, "this path has other methods, see the header Allow");
        return;
    }
    struct hp_session *session = hp_rest_authenticate(routes->room, request);
    if (session == NULL) {
        return;
    }
    if (!session->profile.can_access_clipboard) {
        hp_request_reply_error(request, 403, "session cannot access clipboard");
    } else if (!hp_control_opens_clipboard(hp_room_control(routes->room), session)) {
        hp_request_reply_error(request, 403, "session is not host");
    } else if (is_post) {
        begin_upload(routes, request, session);
    } else {
        reply_text(routes, request, session);
    }
}

struct hp_clipboard_routes *
hp_clipboard_routes_create(struct hp_http *http, struct hp_room *room)
{
    struct hp_clipboard_routes *routes = g_new0(struct hp_clipboard_routes, 1);
    routes->room = room;
    hp_notices_add(hp_room_notices(room), on_notice, routes);
    hp_http_add_exchange(http, "/api/room/clipboard", handle, routes);
    return routes;
}

void
hp_clipboard_routes_destroy(struct hp_clipboard_routes *routes)
{
    if (routes != NULL) {
        hp_clipboard_body_finish(&routes->body);
        g_free(routes);
    }
}

void
hp_clipboard_routes_close(struct hp_clipboard_routes *routes)
{
    if (routes != NULL) {
        routes->room = NULL;
        if (routes->upload != NULL) {
            check_access(routes->upload);
        }
    }
}
