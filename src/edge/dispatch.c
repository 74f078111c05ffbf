// dispatch.c - finds the answer to a request: a route, a file, or an error.
// Owner: none, it has no state.  Thread: main.
// RFC 9110 sections 12.5.3 (codings) and 15 (statuses).
#include "edge/dispatch.h"

#include <string.h>

#include "edge/connection.h"
#include "edge/cors.h"
#include "edge/exchange.h"
#include "edge/reply.h"
#include "edge/request.h"
#include "edge/request_state.h"
#include "edge/route.h"
#include "page/static.h"
#include "edge/vhost.h"

static const struct hp_route *
find_route(const struct hp_request *request, bool *is_known)
{
    const GPtrArray *routes = hp_vhost_routes(request->connection->vhost);
    return hp_route_find(routes, request->method, request->path, is_known);
}

static void
add_allow(struct hp_request *request)
{
    char *methods =
            hp_route_list_methods(hp_vhost_routes(request->connection->vhost), request->path);
    hp_request_add_header(request, "Allow", methods);
    g_free(methods);
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

// Does the client want what stands in front of that weight? "q=0.00" refuses it.
static bool
is_wanted(const char *weight)
{
    bool is_weight = weight != NULL && (weight[0] == 'q' || weight[0] == 'Q') && weight[1] == '=';
    return !is_weight || weight[2] == '\0' || weight[2 + strspn(weight + 2, "0.")] != '\0';
}

// RFC 9110 section 12.5.3: "br, gzip; q=0.5", "*"; a coding's own item counts before the star.
static bool
takes_gzip(struct hp_request *request)
{
    const char *accepted = hp_request_header(request, "accept-encoding");
    char **items = g_strsplit(accepted == NULL ? "" : accepted, ",", -1);
    bool is_named = false, is_named_wanted = false, is_any_wanted = false;
    for (char **item = items; *item != NULL; item++) {
        char **parts = g_strsplit(*item, ";", 2);
        const char *coding = parts[0] == NULL ? "" : g_strstrip(parts[0]);
        bool is_item_wanted =
                is_wanted(parts[0] == NULL || parts[1] == NULL ? NULL : g_strstrip(parts[1]));
        if (g_ascii_strcasecmp(coding, "gzip") == 0 || g_ascii_strcasecmp(coding, "x-gzip") == 0) {
            is_named = true;
            is_named_wanted |= is_item_wanted;
        } else if (strcmp(coding, "*") == 0) {
            is_any_wanted = is_item_wanted;
        }
        g_strfreev(parts);
    }
    g_strfreev(items);
    return is_named ? is_named_wanted : is_any_wanted;
}

static void
reply_file(struct hp_request *request, const struct hp_static_file *file)
{
    bool is_gzip = file->gzip != NULL && takes_gzip(request);
    hp_request_add_header(request, "ETag", is_gzip ? file->gzip_etag : file->etag);
    hp_request_add_header(request, "Cache-Control",
            file->is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
    hp_request_add_header(request, "Vary", "Accept-Encoding");
    if (is_current(request, file->etag)
            || (file->gzip_etag != NULL && is_current(request, file->gzip_etag))) {
        hp_request_reply(request, 304, NULL, NULL, 0);
        return;
    }
    if (is_gzip) {
        hp_request_add_header(request, "Content-Encoding", "gzip");
    }
    hp_reply_bytes(request, 200, file->type, is_gzip ? file->gzip : file->data);
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

// Without the last slash the relative links of a folder's page would be wrong.
static void
reply_redirect(struct hp_request *request)
{
    GString *target = g_string_new(hp_vhost_params(request->connection->vhost)->prefix);
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
    struct hp_static *files = hp_vhost_files(request->connection->vhost);
    const struct hp_static_file *file = NULL;
    if (files != NULL && !is_api(request)) {
        file = hp_static_find(files, request->path);
    }
    bool is_folder = file == NULL && files != NULL && hp_static_has_folder(files, request->path);
    if (is_folder || (file != NULL && request->is_bare_prefix)) {
        reply_redirect(request);
    } else if (file == NULL) {
        hp_request_reply_error(request, 404, "not found");
    } else if (!hp_route_is_method("GET", request->method)) {
        hp_request_add_header(request, "Allow", "GET, HEAD, OPTIONS");
        hp_request_reply_error(request, 405, "method not allowed");
    } else {
        reply_file(request, file);
    }
}

void
hp_dispatch_whole(struct hp_request *request)
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
    hp_request_give_up_body(request);
    hp_request_reply_error(request, status, message);
}

static void
refuse_name(struct hp_request *request, const char *host)
{
    static const char page[] =
            "<!doctype html><meta charset=utf-8><title>Hairpin</title><h1>Not under this name</h1>"
            "<p>A default password or none is in force here. So that no foreign page enters "
            "through your browser, this server answers your network and reverse proxies only under "
            "its address, a name like <b>desk.local</b> or one of its configuration, but not as "
            "<b>%s</b>.<p>Open its address, or let its operator set passwords "
            "(member.multiuser.user_password and admin_password), or name http://%s or https://%s "
            "in server.cors.";
    if (is_api(request)) {
        refuse(request, 403, "a default password or none is in force: set passwords, or name the "
                             "address in server.cors");
        return;
    }
    char *name = g_markup_escape_text(host, -1);
    char *text = g_strdup_printf(page, name, name, name);
    hp_request_give_up_body(request);
    hp_request_reply(request, 403, "text/html; charset=utf-8", text, strlen(text));
    g_free(text);
    g_free(name);
}

// The route answers at once, without the body, or opens an exchange, which resets the flags set
// here.
static void
begin_exchange(struct hp_request *request)
{
    request->must_close |= request->length > 0;
    request->route->fn(request->route->arg, request);
    if (request->exchange != NULL && request->length == 0) {
        hp_exchange_end_body(request->exchange);
    }
}

void
hp_dispatch_request(struct hp_request *request)
{
    size_t length = request->length;
    bool is_known;
    if (hp_vhost_is_closing(request->connection->vhost)) {
        refuse(request, 503, "the server ends: try again later");
        return;
    }
    const char *rebound = hp_cors_find_rebound(request);
    if (rebound != NULL && strcmp(request->path, "/health") != 0) {
        refuse_name(request, rebound);
        return;
    }
    request->route = find_route(request, &is_known);
    if (request->route != NULL && request->route->is_streamed
            && (length == 0 || !hp_route_is_method("GET", request->method))) {
        begin_exchange(request);
        return;
    }
    if (request->route == NULL && length > 0) {
        hp_request_give_up_body(request);
        hp_dispatch_whole(request); // 404, 405, or a file: the body does not matter
        return;
    }
    if (length > 0 && length > request->route->max_body) {
        refuse(request, 413, "the request body is larger than this path takes");
        return;
    }
    if (length > 0 && hp_route_is_method("GET", request->method)) {
        refuse(request, 400, "GET and HEAD have no body: send none");
        return;
    }
    request->body_left = length;
    if (length == 0) {
        hp_dispatch_whole(request);
    } else {
        hp_request_invite_body(request);
    }
}
