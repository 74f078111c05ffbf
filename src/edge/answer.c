// answer.c - the answer to an HTTP request: its headers and its body.
// Owner: the request.  Thread: main.
// RFC 9110, RFC 9112; Content Security Policy Level 3.
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "edge/http.h"
#include "edge/server.h"

enum {
    SHORT_BODY = 8 * 1024, // sent together with the head
};

static const char *
status_text(int status)
{
    static const struct {
        int status;
        const char *text;
    } texts[] = { { 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" },
        { 206, "Partial Content" }, { 301, "Moved Permanently" }, { 302, "Found" },
        { 304, "Not Modified" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
        { 403, "Forbidden" }, { 404, "Not Found" }, { 405, "Method Not Allowed" },
        { 408, "Request Timeout" }, { 409, "Conflict" }, { 410, "Gone" },
        { 411, "Length Required" }, { 412, "Precondition Failed" }, { 413, "Content Too Large" },
        { 415, "Unsupported Media Type" }, { 416, "Range Not Satisfiable" },
        { 422, "Unprocessable Content" }, { 426, "Upgrade Required" }, { 429, "Too Many Requests" },
        { 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" },
        { 501, "Not Implemented" }, { 503, "Service Unavailable" },
        { 507, "Insufficient Storage" } };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (texts[i].status == status) {
            return texts[i].text;
        }
    }
    return "Status";
}

// The page may connect only to the server it came from. In some browsers 'self' does not include
// WebSockets, so the host is named. The page of another client may have inline styles.
static void
add_page_headers(struct hp_request *request, GString *head)
{
    const char *host = hp_request_header(request, "host");
    bool is_named = host != NULL
            && host[strspn(host,
                       "0123456789.:-[]_abcdefghijklmnopqrstuvwxyz"
                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
                    == '\0';
    const char *foreign = request->http->params.static_dir;
    if (foreign != NULL && foreign[0] != '\0') {
        g_string_append(head,
                "Content-Security-Policy: frame-ancestors 'self'; base-uri 'self'; "
                "object-src 'none'\r\n");
        return;
    }
    g_string_append(head, "Content-Security-Policy: default-src 'self'; connect-src 'self'");
    if (is_named) {
        g_string_append_printf(head, " ws://%s wss://%s", host, host);
    }
    g_string_append(head,
            "; img-src 'self' blob: data:; media-src 'self' blob:; "
            "frame-ancestors 'self'; base-uri 'none'; form-action 'self'; "
            "object-src 'none'\r\n");
}

static void
add_security_headers(struct hp_request *request, const char *content_type, GString *head)
{
    bool is_api = g_str_has_prefix(request->path, "/api");
    g_string_append(head, "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n");
    if (content_type != NULL && g_str_has_prefix(content_type, "text/html")) {
        add_page_headers(request, head);
        g_string_append(head,
                "Cross-Origin-Opener-Policy: same-origin\r\n"
                "Permissions-Policy: geolocation=(), payment=(), usb=(), serial=()"
                "\r\n");
    }
    if (is_api && strstr(request->extra->str, "Cache-Control:") == NULL) {
        g_string_append(head, "Cache-Control: no-store\r\n");
    }
}

bool
hp_answer_has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

static void
add_length(const struct hp_request *request, int status, int64_t length, GString *head)
{
    if (!hp_answer_has_body(status)) {
        return;
    }
    if (length >= 0) {
        g_string_append_printf(head, "Content-Length: %" PRId64 "\r\n", length);
    } else if (!request->is_old) {
        g_string_append(head, "Transfer-Encoding: chunked\r\n");
    }
}

void
hp_answer_begin(struct hp_request *request, int status, const char *content_type, int64_t length)
{
    static const guint8 room[LWS_PRE];
    hp_cors_add_headers(request);
    GString *head = g_string_new(NULL);
    g_string_append_printf(head, "HTTP/1.1 %d %s\r\n", status, status_text(status));
    if (content_type != NULL) {
        g_string_append_printf(head, "Content-Type: %s\r\n", content_type);
    }
    add_length(request, status, length, head);
    g_string_append(
            head, request->must_close ? "Connection: close\r\n" : "Connection: keep-alive\r\n");
    add_security_headers(request, content_type, head);
    g_string_append(head, request->extra->str);
    g_string_append(head, "\r\n");
    request->head = g_byte_array_new();
    g_byte_array_append(request->head, room, LWS_PRE);
    g_byte_array_append(request->head, (const guint8 *) head->str, (guint) head->len);
    g_string_free(head, TRUE);
}

static void
set_answer(struct hp_request *request, int status, const char *content_type, GBytes *body)
{
    size_t size = body == NULL ? 0 : g_bytes_get_size(body);
    hp_answer_begin(request, status, content_type, (int64_t) size);
    if (size == 0 || strcmp(request->method, "HEAD") == 0) {
        return;
    }
    if (size <= SHORT_BODY) {
        g_byte_array_append(request->head, g_bytes_get_data(body, NULL), (guint) size);
    } else {
        request->content = g_bytes_ref(body);
    }
}

void
hp_request_reply_bytes(
        struct hp_request *request, int status, const char *content_type, GBytes *body)
{
    struct hp_connection *connection = request->connection;
    assert(!request->is_answered);
    request->is_answered = true;
    if (connection == NULL) {
        hp_request_destroy(request);
        return;
    }
    set_answer(request, status, content_type, body);
    hp_timer_start(&connection->timer, HP_CONNECTION_STALL_US);
    hp_connection_write(connection);
}

void
hp_request_reply(struct hp_request *request, int status, const char *content_type, const void *body,
        size_t size)
{
    GBytes *bytes = g_bytes_new(body, size);
    hp_request_reply_bytes(request, status, content_type, bytes);
    g_bytes_unref(bytes);
}

void
hp_request_reply_json(struct hp_request *request, int status, json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(body);
    if (text == NULL) {
        hp_request_reply_error(request, 500, "the server's answer cannot be written as JSON");
        return;
    }
    hp_request_reply(request, status, "application/json", text, strlen(text));
    free(text);
}

void
hp_request_reply_error(struct hp_request *request, int status, const char *message)
{
    hp_request_reply_json(
            request, status, json_pack("{s:i, s:s}", "code", status, "message", message));
}

void
hp_request_refuse(struct hp_request *request, int status, const char *message)
{
    struct lws *wsi = request->connection->wsi;
    request->must_close = true;
    hp_request_reply_error(request, status, message);
    lws_write(wsi, request->head->data + LWS_PRE, request->head->len - LWS_PRE,
            LWS_WRITE_HTTP_HEADERS);
    hp_timer_stop(&request->connection->timer);
    hp_request_destroy(request);
}
