// fetch.c - asks an HTTP server outside by which address it sees us.
// Owner: none.  Thread: one of a pool's.
// RFC 9110, by libwebsockets, which gets a context of its own: it lives as long as the request.
#include "fetch/fetch.h"

#include <arpa/inet.h>
#include <string.h>

#include <glib.h>
#include <libwebsockets.h>

#include "base/hostname.h"
#include "fetch/told.h"

enum {
    BODY_MAX = 256, // bytes; an address and a line's end are less than 50
    URL_MAX = 1024,
    CHUNK = 1024, // bytes that are read at once
    STATUS_OK = 200,
};

struct fetch {
    lws_sorted_usec_list_t limit; // first: its callback casts back
    struct hp_fetch_result *result;
    char body[BODY_MAX];
    size_t size;
    bool is_complete, is_over;
};

// The first reason counts: what follows is its consequence.
static void
fail(struct fetch *fetch, const char *reason)
{
    if (fetch->result->error[0] == '\0') {
        g_strlcpy(fetch->result->error, reason, sizeof(fetch->result->error));
    }
    fetch->is_over = true;
}

static bool
take(struct fetch *fetch, const void *data, size_t size)
{
    if (size > sizeof(fetch->body) - fetch->size) {
        fail(fetch, "the answer is too long for an address");
        return false;
    }
    memcpy(fetch->body + fetch->size, data, size);
    fetch->size += size;
    return true;
}

static bool
check_status(struct fetch *fetch, struct lws *wsi)
{
    unsigned status = lws_http_client_http_response(wsi);
    char reason[HP_FETCH_ERROR_SIZE];
    if (status == STATUS_OK) {
        return true;
    }
    g_snprintf(reason, sizeof(reason), "its answer has status %u, expected 200", status);
    fail(fetch, reason);
    return false;
}

static bool
read_more(struct lws *wsi)
{
    char buffer[LWS_PRE + CHUNK];
    char *at = buffer + LWS_PRE;
    int size = CHUNK;
    return lws_http_client_read(wsi, &at, &size) >= 0; // the data comes by a callback of its own
}

// Some of these services answer a browser with a page.
static bool
add_head(struct lws *wsi, void *in, size_t size)
{
    static const char accept[] = "text/plain";
    unsigned char **at = in;
    return lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_ACCEPT,
                   (const unsigned char *) accept, (int) strlen(accept), at, *at + size)
            == 0;
}

static int
on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    struct fetch *fetch = lws_context_user(lws_get_context(wsi));
    bool is_good = true;
    (void) user;
    switch ((int) reason) {
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        fail(fetch, in == NULL ? "it cannot be reached" : in);
        break;
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: is_good = add_head(wsi, in, size); break;
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP: is_good = check_status(fetch, wsi); break;
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP: is_good = read_more(wsi); break;
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ: is_good = take(fetch, in, size); break;
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
        fetch->is_complete = true;
        fetch->is_over = true;
        break;
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
        if (!fetch->is_complete) {
            fail(fetch, "it has ended before its answer");
        }
        break;
    }
    return is_good ? 0 : -1;
}

static void
on_limit(lws_sorted_usec_list_t *limit)
{
    struct fetch *fetch = (struct fetch *) limit;
    if (!fetch->is_complete) {
        fail(fetch, "it has not answered in time");
    }
}

// The path of a URL with its query, as a request names it. The caller frees it.
static char *
find_path(const char *url)
{
    const char *host = strstr(url, "://") + strlen("://");
    const char *path = host + strcspn(host, "/?#");
    return g_strdup_printf("%s%.*s", *path == '/' ? "" : "/", (int) strcspn(path, "#"), path);
}

static void
request(struct fetch *fetch, struct lws_context *context, char *url) // url: is cut
{
    const char *scheme, *host, *path;
    char *whole_path = find_path(url);
    int port;
    if (lws_parse_uri(url, &scheme, &host, &port, &path) != 0) {
        fail(fetch, "that is no URL");
        g_free(whole_path);
        return;
    }
    bool is_default = port == (strcmp(scheme, "https") == 0 ? 443 : 80);
    char *authority = is_default ? g_strdup(host) : g_strdup_printf("%s:%d", host, port);
    struct lws_client_connect_info info = {
        .context = context,
        .address = host,
        .port = port,
        .path = whole_path,
        .host = authority,
        .origin = authority,
        .method = "GET",
        .alpn = "http/1.1",
        .local_protocol_name = "fetch",
        .ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT
                | (strcmp(scheme, "https") == 0 ? LCCSCF_USE_SSL : 0),
    };
    if (lws_client_connect_via_info(&info) == NULL) {
        fail(fetch, "it cannot be reached"); // a callback has said more, perhaps
    }
    g_free(authority);
    g_free(whole_path);
}

static void
run(struct fetch *fetch, const char *url, int64_t timeout_us)
{
    const struct lws_protocols protocols[] = { { .name = "fetch", .callback = on_event }, { 0 } };
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        // An IPv6 address is on an interface: it is the IPv4 one that a router hides.
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_IPV6,
        .user = fetch,
        .gid = (gid_t) -1,
        .uid = (uid_t) -1,
        .fd_limit_per_thread = 8,
    };
    struct lws_context *context = lws_create_context(&info);
    if (context == NULL) {
        fail(fetch, "libwebsockets cannot start");
        return;
    }
    char *copy = g_strdup(url);
    lws_sul_schedule(context, 0, &fetch->limit, on_limit, timeout_us);
    request(fetch, context, copy);
    while (!fetch->is_over && lws_service(context, 0) >= 0) {
    }
    fetch->is_over = true;
    lws_sul_schedule(context, 0, &fetch->limit, on_limit, LWS_SET_TIMER_USEC_CANCEL);
    lws_context_destroy(context);
    g_free(copy);
}

// A name or an IPv4 address, or an IPv6 address in brackets.
static bool
is_host(const char *text, size_t size)
{
    struct in6_addr address;
    if (size < 2 || text[0] != '[') {
        return hp_hostname_is_good(text, size);
    }
    char *inner = g_strndup(text + 1, size - 2);
    bool is_good = text[size - 1] == ']' && inet_pton(AF_INET6, inner, &address) == 1;
    g_free(inner);
    return is_good;
}

// A host, and perhaps a port.
static bool
is_authority(const char *text)
{
    const char *bracket = text[0] == '[' ? strchr(text, ']') : NULL;
    const char *end = bracket == NULL ? text + strcspn(text, ":") : bracket + 1;
    bool has_port = *end == ':'
            && g_ascii_string_to_unsigned(end + 1, 10, 1, UINT16_MAX, NULL, NULL);
    return is_host(text, (size_t) (end - text)) && (*end == '\0' || has_port);
}

bool
hp_fetch_is_url(const char *url)
{
    const char *host = g_str_has_prefix(url, "https://") ? url + strlen("https://")
            : g_str_has_prefix(url, "http://")           ? url + strlen("http://")
                                                         : "";
    for (const char *at = url; *at != '\0'; at++) {
        if (!g_ascii_isgraph(*at)) {
            return false;
        }
    }
    char *authority = g_strndup(host, strcspn(host, "/?#"));
    bool is_good = strlen(url) < URL_MAX && is_authority(authority);
    g_free(authority);
    return is_good;
}

void
hp_fetch_run(const char *url, int64_t timeout_us, struct hp_fetch_result *result)
{
    struct fetch fetch = { .result = result };
    *result = (struct hp_fetch_result){ .address = "" };
    run(&fetch, url, timeout_us);
    if (fetch.is_complete && !hp_told_parse(fetch.body, fetch.size, result->address)) {
        fail(&fetch, "its answer is no public address");
    }
}
