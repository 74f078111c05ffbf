// request.c - the facts of one HTTP request. intake.c reads it, reply.c makes its answer, and
// outlet.c writes that answer.
// Owner: the connection and the route together. The request is freed when it is answered and the
// answer is written, or the connection has ended.  Thread: main.
#include "edge/request.h"

#include <string.h>

#include <libwebsockets.h>

#include "base/clock.h"
#include "edge/connection.h"
#include "edge/request_state.h"
#include "edge/token.h"
#include "edge/vhost.h"
#include "port/host.h"

enum {
    MAX_QUERY = 64
}; // parameters

struct hp_request *
hp_request_create(struct hp_connection *connection, const char *method, const char *path)
{
    struct hp_request *request = g_new0(struct hp_request, 1);
    request->connection = connection;
    request->begun_us = hp_clock_now_us();
    request->method = g_strdup(method);
    request->path = g_strdup(path);
    request->headers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    request->body = g_byte_array_new();
    hp_answer_init(&request->answer);
    g_strlcpy(request->address, connection->address, sizeof(request->address));
    return request;
}

void
hp_request_destroy(struct hp_request *request)
{
    if (request == NULL) {
        return;
    }
    g_free(request->method);
    g_free(request->path);
    g_hash_table_destroy(request->headers);
    g_clear_pointer(&request->query, g_hash_table_destroy);
    g_byte_array_free(request->body, TRUE);
    hp_answer_finish(&request->answer);
    g_free(request->forwarded_host);
    g_free(request);
}

static char *
copy_header(struct lws *wsi, const char *name)
{
    int token = hp_token_find(name);
    char *custom = g_strconcat(name, ":", NULL);
    int name_size = (int) strlen(custom);
    int size = token >= 0 ? lws_hdr_total_length(wsi, (enum lws_token_indexes) token)
                          : lws_hdr_custom_length(wsi, custom, name_size);
    char *value = size > 0 ? g_malloc0((gsize) size + 1) : NULL;
    int copied = 0;
    if (value != NULL) {
        copied = token >= 0 ? lws_hdr_copy(wsi, value, size + 1, (enum lws_token_indexes) token)
                            : lws_hdr_custom_copy(wsi, value, size + 1, custom, name_size);
    }
    g_free(custom);
    if (copied <= 0) {
        g_clear_pointer(&value, g_free);
    }
    return value;
}

const char *
hp_request_header(struct hp_request *request, const char *name)
{
    gpointer value;
    if (g_hash_table_lookup_extended(request->headers, name, NULL, &value)) {
        return value;
    }
    if (request->connection == NULL) {
        return NULL;
    }
    value = copy_header(request->connection->wsi, name);
    g_hash_table_replace(request->headers, g_strdup(name), value);
    return value;
}

// libwebsockets has decoded the parameters, and keeps them as fragments of one header.
static void
parse_query(struct hp_request *request)
{
    struct lws *wsi = request->connection->wsi;
    request->query = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (int i = 0; i < MAX_QUERY; i++) {
        int size = MAX(lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i), 0);
        char *pair = g_malloc0((gsize) size + 1);
        int copied = lws_hdr_copy_fragment(wsi, pair, size + 1, WSI_TOKEN_HTTP_URI_ARGS, i);
        if (copied <= 0) { // 0: an empty parameter, as in "?&a=1"; less: there are no more
            g_free(pair);
            if (copied < 0) {
                break;
            }
            continue;
        }
        char *equal = strchr(pair, '=');
        char *value = g_strdup(equal == NULL ? "" : equal + 1);
        char *name = equal == NULL ? g_strdup(pair) : g_strndup(pair, (gsize) (equal - pair));
        g_hash_table_replace(request->query, name, value);
        g_free(pair);
    }
}

const char *
hp_request_query(const struct hp_request *request, const char *name)
{
    return request->query == NULL ? NULL : g_hash_table_lookup(request->query, name);
}

const char *
hp_request_body(const struct hp_request *request, size_t *size)
{
    if (request->body->len == 0) {
        *size = 0;
        return "";
    }
    *size = request->body->len - 1; // on_body_end() has added a NUL
    return (const char *) request->body->data;
}

uint64_t
hp_request_length(const struct hp_request *request)
{
    return request->length;
}

const char *
hp_request_method(const struct hp_request *request)
{
    return request->method;
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

const char *
hp_request_token(struct hp_request *request)
{
    const char *authorization = hp_request_header(request, "authorization");
    if (authorization != NULL && g_ascii_strncasecmp(authorization, "Bearer ", 7) == 0) {
        return authorization + 7;
    }
    return hp_request_query(request, "token");
}

// The last address in X-Forwarded-For that is not a proxy's: the client could have written the
// addresses before that one. Only a trusted proxy is believed.
static void
apply_proxy(struct hp_request *request)
{
    const struct hp_http_params *params = hp_vhost_params(request->connection->vhost);
    char address[HP_REMOTE_SIZE];
    if (!params->proxy || !hp_remote_is_trusted(request->address, params->proxies)) {
        return;
    }
    request->is_proxied = true;
    const char *host = hp_request_header(request, "x-forwarded-host");
    const char *port = hp_request_header(request, "x-forwarded-port");
    if (host == NULL && port != NULL) {
        host = hp_request_header(request, "host"); // passed on without its port
    }
    request->forwarded_host = hp_host_copy_forwarded(host, port);
    const char *forwarded = hp_request_header(request, "x-forwarded-for");
    const char *real = hp_request_header(request, "x-real-ip");
    char **hops = g_strsplit(forwarded == NULL ? "" : forwarded, ",", 0);
    for (guint i = g_strv_length(hops); i > 0; i--) {
        if (!hp_remote_normalise(hops[i - 1], address)) {
            break;
        }
        g_strlcpy(request->address, address, sizeof(request->address));
        if (!hp_remote_is_trusted(address, params->proxies)) {
            break;
        }
    }
    if (forwarded == NULL && real != NULL && hp_remote_normalise(real, address)) {
        g_strlcpy(request->address, address, sizeof(request->address));
    }
    g_strfreev(hops);
}

void
hp_request_read_head(struct hp_request *request)
{
    char version[16] = "";
    lws_hdr_copy(request->connection->wsi, version, sizeof(version), WSI_TOKEN_HTTP);
    request->is_old = strcmp(version, "HTTP/1.0") == 0;
    const char *length = hp_request_header(request, "content-length"); // the gate has checked it
    request->length = length == NULL ? 0 : (size_t) g_ascii_strtoull(length, NULL, 10);
    parse_query(request);
    apply_proxy(request);
}

void
hp_request_invite_body(struct hp_request *request)
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

void
hp_request_give_up_body(struct hp_request *request)
{
    request->must_close = true;
}

void
hp_request_add_header(struct hp_request *request, const char *name, const char *value)
{
    hp_answer_add_header(&request->answer, name, value);
}
