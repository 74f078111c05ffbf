// framing.c - the end of a request, and the heads that leave it in doubt.
// Owner: none, it has no state.  Thread: main.
// RFC 9112 section 6.
#include "edge/framing.h"

#include <string.h>

#include <glib.h>
#include <libwebsockets.h>

#include "edge/request.h"

enum {
    HEAD_MAX = 16384
};

// Reads exactly one number: a text that could be read in two ways is refused.
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

// A header name that ends in a blank means nothing to us, but may mean something to a proxy.
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

// RFC 9112 section 2.3 and 3.2: HTTP/1.0, or HTTP/1.1 with one host. Duplicates of a header come
// joined, with a blank or a comma between them.
static bool
is_version_and_host_valid(struct hp_request *request, struct lws *wsi)
{
    static const char known[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "-._~!$&'()*+;=%:[]";
    const char *host = hp_request_header(request, "host");
    char version[16] = "";
    lws_hdr_copy(wsi, version, sizeof(version), WSI_TOKEN_HTTP);
    if (strcmp(version, "HTTP/1.1") != 0) {
        return strcmp(version, "HTTP/1.0") == 0;
    }
    return host != NULL && host[strspn(host, known)] == '\0';
}

int
hp_framing_check(
        struct hp_request *request, struct lws *wsi, size_t *content_length, bool *has_length)
{
    *content_length = 0;
    *has_length = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0;
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) {
        return 411; // a body without a length, or with two lengths: not read
    }
    if (has_disguised(wsi) || !is_version_and_host_valid(request, wsi)) {
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
