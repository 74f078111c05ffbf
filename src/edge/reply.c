// reply.c - answers a request: the headers of each answer.
// Owner: none, it has no state.  Thread: main.
// RFC 9110, RFC 9112; Content Security Policy Level 3.
#include "edge/reply.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "edge/answer.h"
#include "edge/connection.h"
#include "edge/cors.h"
#include "edge/request.h"
#include "edge/request_state.h"
#include "edge/vhost.h"

// The page may connect only to the server it came from. In some browsers 'self' does not include
// WebSockets, so the host is named. The page of another client may have inline styles.
static void
add_page_headers(struct hp_request *request, GString *head)
{
    const char *host = hp_cors_host(request);
    bool is_named = host != NULL
            && host[strspn(host,
                       "0123456789.:-[]_abcdefghijklmnopqrstuvwxyz"
                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
                    == '\0';
    const char *foreign = hp_vhost_params(request->connection->vhost)->static_dir;
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

// Does the browser speak TLS? A trusted proxy tells; one that is silent about it most likely does.
static bool
is_https(struct hp_request *request)
{
    if (!request->is_proxied) {
        return request->connection->is_tls;
    }
    const char *scheme = hp_request_header(request, "x-forwarded-proto");
    return scheme == NULL || g_ascii_strcasecmp(scheme, "https") == 0;
}

static void
add_security_headers(struct hp_request *request, const char *content_type, GString *head)
{
    bool is_api = g_str_has_prefix(request->path, "/api");
    g_string_append(head, "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n");
    if (content_type != NULL && g_str_has_prefix(content_type, "text/html")) {
        add_page_headers(request, head);
        g_string_append(head,
                "Permissions-Policy: geolocation=(), payment=(), usb=(), serial=()"
                "\r\n");
        if (is_https(request)) { // browsers ignore it elsewhere, and warn
            g_string_append(head, "Cross-Origin-Opener-Policy: same-origin\r\n");
        }
    }
    if (is_api && !hp_answer_has_header(&request->answer, "Cache-Control")) {
        g_string_append(head, "Cache-Control: no-store\r\n");
    }
}

static void
add_length(const struct hp_request *request, int status, int64_t length, GString *head)
{
    if (!hp_answer_may_have_body(status)) {
        return;
    }
    if (length >= 0) {
        g_string_append_printf(head, "Content-Length: %" PRId64 "\r\n", length);
    } else if (!request->is_old) {
        g_string_append(head, "Transfer-Encoding: chunked\r\n");
    }
}

void
hp_reply_begin(struct hp_request *request, int status, const char *content_type, int64_t length)
{
    hp_cors_add_headers(request, request->connection->vhost);
    GString *lines = g_string_new(NULL);
    if (content_type != NULL) {
        g_string_append_printf(lines, "Content-Type: %s\r\n", content_type);
    }
    add_length(request, status, length, lines);
    g_string_append(
            lines, request->must_close ? "Connection: close\r\n" : "Connection: keep-alive\r\n");
    add_security_headers(request, content_type, lines);
    hp_answer_begin(&request->answer, status, lines->str);
    g_string_free(lines, TRUE);
}

static void
set_answer(struct hp_request *request, int status, const char *content_type, GBytes *body)
{
    size_t size = body == NULL ? 0 : g_bytes_get_size(body);
    hp_reply_begin(request, status, content_type, (int64_t) size);
    if (size > 0 && strcmp(request->method, "HEAD") != 0) {
        hp_answer_set_body(&request->answer, body);
    }
}

void
hp_reply_bytes(struct hp_request *request, int status, const char *content_type, GBytes *body)
{
    struct hp_connection *connection = request->connection;
    assert(!request->is_answered);
    request->is_answered = true;
    if (connection == NULL) {
        hp_request_destroy(request);
        return;
    }
    set_answer(request, status, content_type, body);
    hp_connection_set_deadline(connection, HP_CONNECTION_STALL_US);
    hp_connection_write(connection);
}

void
hp_request_reply(struct hp_request *request, int status, const char *content_type, const void *body,
        size_t size)
{
    GBytes *bytes = g_bytes_new(body, size);
    hp_reply_bytes(request, status, content_type, bytes);
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
hp_request_reply_wait(struct hp_request *request, unsigned wait_s, const char *message)
{
    char text[16];
    g_snprintf(text, sizeof(text), "%u", wait_s);
    hp_request_add_header(request, "Retry-After", text);
    hp_request_reply_error(request, 429, message);
}

void
hp_reply_refuse(struct hp_request *request, int status, const char *message)
{
    request->must_close = true;
    hp_request_reply_error(request, status, message);
    hp_answer_write_next(&request->answer, request->connection->wsi);
    hp_connection_clear_deadline(request->connection);
    hp_request_destroy(request);
}
