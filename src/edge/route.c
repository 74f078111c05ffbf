// route.c - takes a request apart and finds its answer: a route, a file, or an error.
// Owner: http.  Thread: main.
// RFC 9112 section 6 (where a message ends), RFC 9110 section 15 (statuses).
#include <string.h>

#define LOG_TAG "http"
#include "base/log.h"
#include "edge/http.h"
#include "edge/server.h"
#include "edge/static.h"
#include "edge/exchange.h"

enum {
    HEAD_MAX = 16384
};

static struct hp_route *
add_route(struct hp_http *http, const char *path, hp_route_fn fn, void *arg)
{
    struct hp_route *route = g_new0(struct hp_route, 1);
    route->path = g_strdup(path);
    route->fn = fn;
    route->arg = arg;
    g_ptr_array_add(http->routes, route);
    return route;
}

void
hp_http_add_route(struct hp_http *http, const char *method, const char *path, size_t max_body,
        hp_route_fn fn, void *arg)
{
    struct hp_route *route = add_route(http, path, fn, arg);
    route->method = g_strdup(method);
    route->max_body = max_body;
}

void
hp_http_add_exchange(struct hp_http *http, const char *path, hp_route_fn fn, void *arg)
{
    add_route(http, path, fn, arg)->is_streamed = true;
}

const char *
hp_route_strip(const struct hp_http *http, const char *path)
{
    size_t size = strlen(http->params.prefix); // "" or "/a/b"
    if (strncmp(path, http->params.prefix, size) != 0) {
        return NULL;
    }
    if (path[size] == '\0') {
        return "/";
    }
    return path[size] == '/' ? path + size : NULL;
}

// Exactly one number, nothing else: what could be read in two ways is refused.
static bool
parse_length(const char *text, size_t *length)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 15 || text[digits] != '\0') {
        return false;
    }
    *length = (size_t) g_ascii_strtoull(text, NULL, 10);
    return true;
}

// A name that ends in a blank is no header for us and may be one for a proxy before us.
static bool
has_disguised(struct lws *wsi)
{
    static const char *const names[] = { "transfer-encoding :", "transfer-encoding\t:",
        "content-length :", "content-length\t:", " transfer-encoding:", "\ttransfer-encoding:",
        " content-length:", "\tcontent-length:" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (lws_hdr_custom_length(wsi, names[i], (int) strlen(names[i])) >= 0) {
            return true;
        }
    }
    return false;
}

static size_t
head_size(struct lws *wsi)
{
    size_t size = 0;
    for (int token = 0; token < WSI_TOKEN_COUNT; token++) {
        size += (size_t) lws_hdr_total_length(wsi, (enum lws_token_indexes) token);
    }
    return size;
}

int
hp_route_check_head(struct hp_request *request, size_t *content_length, bool *has_length)
{
    struct lws *wsi = request->connection->wsi;
    *content_length = 0;
    *has_length = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0;
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) {
        return 411; // a body without a length, or with two: neither is read
    }
    if (has_disguised(wsi)) {
        return 400;
    }
    if (head_size(wsi) > HEAD_MAX) {
        return 431;
    }
    const char *length = hp_request_header(request, "content-length");
    if (*has_length && (length == NULL || !parse_length(length, content_length))) {
        return 400;
    }
    return 0;
}

// A path that ends in "/*" stands for all that go on behind the slash.
static bool
is_path(const struct hp_route *route, const char *path)
{
    size_t length = strlen(route->path);
    if (length < 2 || strcmp(route->path + length - 2, "/*") != 0) {
        return strcmp(route->path, path) == 0;
    }
    return strncmp(route->path, path, length - 1) == 0 && path[length - 1] != '\0';
}

static bool
is_method(const struct hp_request *request, const char *method)
{
    return strcmp(request->method, method) == 0
            || (strcmp(method, "GET") == 0 && strcmp(request->method, "HEAD") == 0);
}

// The route, or NULL; is_known: there is one for this path, with another method.
static const struct hp_route *
find_route(const struct hp_request *request, bool *is_known)
{
    const GPtrArray *routes = request->http->routes;
    *is_known = false;
    for (guint i = 0; i < routes->len; i++) {
        const struct hp_route *route = g_ptr_array_index(routes, i);
        if (!is_path(route, request->path)) {
            continue;
        }
        *is_known = true;
        if (route->is_streamed ? strcmp(request->method, "OPTIONS") != 0
                               : is_method(request, route->method)) {
            return route;
        }
    }
    return NULL;
}

static void
add_allow(struct hp_request *request)
{
    const GPtrArray *routes = request->http->routes;
    GString *allow = g_string_new("OPTIONS");
    for (guint i = 0; i < routes->len; i++) {
        const struct hp_route *route = g_ptr_array_index(routes, i);
        if (!route->is_streamed && is_path(route, request->path)) {
            g_string_append_printf(allow, ", %s", route->method);
        }
    }
    hp_request_add_header(request, "Allow", allow->str);
    g_string_free(allow, TRUE);
}

static bool
is_api(const struct hp_request *request)
{
    return g_str_has_prefix(request->path, "/api/") || strcmp(request->path, "/api") == 0;
}

static bool
is_current(struct hp_request *request, const char *etag)
{
    const char *wanted = hp_request_header(request, "if-none-match");
    return wanted != NULL && (strcmp(wanted, "*") == 0 || strstr(wanted, etag) != NULL);
}

static bool
takes_gzip(struct hp_request *request)
{
    const char *accepted = hp_request_header(request, "accept-encoding");
    const char *gzip = accepted == NULL ? NULL : strstr(accepted, "gzip");
    return gzip != NULL && !g_str_has_prefix(gzip, "gzip;q=0,") && strcmp(gzip, "gzip;q=0") != 0;
}

static void
reply_file(struct hp_request *request, const struct hp_static_file *file)
{
    bool is_gzip = file->gzip != NULL && takes_gzip(request);
    hp_request_add_header(request, "ETag", is_gzip ? file->gzip_etag : file->etag);
    hp_request_add_header(request, "Cache-Control", "no-cache");
    hp_request_add_header(request, "Vary", "Accept-Encoding");
    if (is_current(request, file->etag)
            || (file->gzip_etag != NULL && is_current(request, file->gzip_etag))) {
        hp_request_reply(request, 304, NULL, NULL, 0);
        return;
    }
    if (is_gzip) {
        hp_request_add_header(request, "Content-Encoding", "gzip");
    }
    hp_request_reply_bytes(request, 200, file->type, is_gzip ? file->gzip : file->data);
}

static void
append_query(GString *target, GHashTable *query)
{
    GHashTableIter iter;
    gpointer name, value;
    g_hash_table_iter_init(&iter, query);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        g_string_append_c(target, strchr(target->str, '?') == NULL ? '?' : '&');
        g_string_append_uri_escaped(target, name, NULL, FALSE);
        g_string_append_c(target, '=');
        g_string_append_uri_escaped(target, value, NULL, FALSE);
    }
}

// A folder without its slash would break the relative links of its page.
static void
reply_redirect(struct hp_request *request)
{
    GString *target = g_string_new(request->http->params.prefix);
    if (!request->is_bare_prefix) {
        g_string_append_uri_escaped(target, request->path, "/", FALSE);
    }
    g_string_append_c(target, '/');
    if (request->query != NULL) {
        append_query(target, request->query);
    }
    hp_request_add_header(request, "Location", target->str);
    hp_request_reply_error(request, 301, "moved");
    g_string_free(target, TRUE);
}

static void
answer_file(struct hp_request *request)
{
    struct hp_static *files = request->http->files;
    const struct hp_static_file *file = NULL;
    if (files != NULL && !is_api(request)) {
        file = hp_static_find(files, request->path);
    }
    bool is_folder = file == NULL && files != NULL && hp_static_has_folder(files, request->path);
    if (is_folder || (file != NULL && request->is_bare_prefix)) {
        reply_redirect(request);
    } else if (file == NULL) {
        hp_request_reply_error(request, 404, "not found");
    } else if (!is_method(request, "GET")) {
        hp_request_add_header(request, "Allow", "GET, HEAD, OPTIONS");
        hp_request_reply_error(request, 405, "method not allowed");
    } else {
        reply_file(request, file);
    }
}

void
hp_route_dispatch(struct hp_request *request)
{
    bool is_known = false;
    if (request->route != NULL) {
        request->route->fn(request->route->arg, request);
    } else if (strcmp(request->method, "OPTIONS") == 0) {
        hp_request_reply(request, 204, NULL, NULL, 0);
    } else if (find_route(request, &is_known) == NULL && is_known) {
        add_allow(request);
        hp_request_reply_error(request, 405, "method not allowed");
    } else {
        answer_file(request);
    }
}

static void
refuse(struct hp_request *request, int status, const char *message)
{
    request->must_close = true;
    request->has_unread_body = true;
    hp_request_reply_error(request, status, message);
}

static const char *
head_message(int status)
{
    return status == 411    ? "a request body needs a Content-Length: chunked ones are not read"
            : status == 431 ? "the request's head has more than 16384 bytes: send shorter headers"
                            : "the head is not valid: expected one Content-Length of digits";
}

// libwebsockets takes a POST without a length for one of 100 MB: do not read on behind it.
static bool
is_unbounded(const struct hp_request *request, bool has_length)
{
    return !has_length && !is_method(request, "GET");
}

// The route answers at once, without the body, or opens a exchange, which undoes what is set here.
static void
begin_exchange(struct hp_request *request, bool has_length)
{
    request->must_close |= is_unbounded(request, has_length) || request->length > 0;
    request->has_unread_body = request->length > 0;
    request->route->fn(request->route->arg, request);
    if (request->exchange != NULL && request->length == 0) {
        hp_exchange_end_body(request->exchange);
    }
}

void
hp_route_request(struct hp_request *request)
{
    size_t length;
    bool has_length;
    bool is_known;
    int status = hp_route_check_head(request, &length, &has_length);
    if (status != 0) {
        refuse(request, status, head_message(status));
        return;
    }
    if (request->http->is_closing) {
        refuse(request, 503, "the server ends: try again later");
        return;
    }
    request->length = length;
    request->route = find_route(request, &is_known);
    if (request->route != NULL && request->route->is_streamed
            && (length == 0 || !is_method(request, "GET"))) {
        begin_exchange(request, has_length);
        return;
    }
    if (length > (request->route == NULL ? 0 : request->route->max_body)) {
        refuse(request, 413, "the request body is larger than this path takes");
        return;
    }
    if (length > 0 && is_method(request, "GET")) {
        refuse(request, 400, "GET and HEAD have no body: send none");
        return;
    }
    request->must_close |= is_unbounded(request, has_length);
    request->body_left = length;
    if (length == 0) {
        hp_route_dispatch(request);
    }
}
