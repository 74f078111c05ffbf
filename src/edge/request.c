// request.c - the facts of one HTTP request. intake.c reads it, reply.c makes its answer, and
// outlet.c writes that answer.
// Owner: the connection and the route together. The request is freed when it is answered and the
// answer is written, or the connection has ended.  Thread: main.
#include "edge/request.h"

#include <string.h>

#include <glib.h>

#include "edge/connection.h"
#include "edge/head.h"
#include "edge/request_state.h"
#include "edge/vhost.h"
#include "port/host.h"

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
    request->forwarded_host =
            hp_host_copy_forwarded(hp_request_header(request, "x-forwarded-host"),
                    hp_request_header(request, "x-forwarded-port"));
    const char *forwarded = hp_request_header(request, "x-forwarded-for");
    const char *real = hp_request_header(request, "x-real-ip");
    char **hops = g_strsplit(forwarded == NULL ? "" : forwarded, ",", 64);
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

struct hp_request *
hp_request_create(struct hp_connection *connection, struct hp_head *head)
{
    struct hp_request *request = g_new0(struct hp_request, 1);
    const char *path = hp_vhost_strip(connection->vhost, head->path);
    request->connection = connection;
    request->head = head;
    request->path = path == NULL ? "" : path;
    request->body = g_byte_array_new();
    request->must_close = hp_head_lists(head, "connection", "close")
            || (head->is_old && !hp_head_lists(head, "connection", "keep-alive"));
    hp_answer_init(&request->answer);
    g_strlcpy(request->address, connection->address, sizeof(request->address));
    apply_proxy(request);
    return request;
}

void
hp_request_destroy(struct hp_request *request)
{
    if (request == NULL) {
        return;
    }
    hp_head_destroy(request->head);
    g_free(request->forwarded_host);
    g_byte_array_free(request->body, TRUE);
    hp_answer_finish(&request->answer);
    g_free(request);
}

const char *
hp_request_header(struct hp_request *request, const char *name)
{
    return hp_head_field(request->head, name);
}

const char *
hp_request_query(const struct hp_request *request, const char *name)
{
    return g_hash_table_lookup(request->head->query, name);
}

const char *
hp_request_body(const struct hp_request *request, size_t *size)
{
    if (request->body->len == 0) {
        *size = 0;
        return "";
    }
    *size = request->body->len - 1; // intake.c has added a NUL
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
    return request->head->method;
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

void
hp_request_give_up_body(struct hp_request *request)
{
    request->must_close = true;
    request->body_left = 0;
}

void
hp_request_add_header(struct hp_request *request, const char *name, const char *value)
{
    hp_answer_add_header(&request->answer, name, value);
}
