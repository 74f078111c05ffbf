// answer.c - the bytes of an HTTP answer: made once, written in pieces.
// Owner: the request.  Thread: main.
// RFC 9110, RFC 9112.
#include "edge/answer.h"

#include <string.h>

#include <libwebsockets.h>

enum {
    SHORT_BODY = 8 * 1024, // sent together with the head
    CHUNK = 32 * 1024, // bytes of one write: a slow reader costs no more memory than that
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

void
hp_answer_init(struct hp_answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    answer->extra = g_string_new(NULL);
}

void
hp_answer_finish(struct hp_answer *answer)
{
    g_string_free(answer->extra, TRUE);
    g_clear_pointer(&answer->head, g_byte_array_unref);
    g_clear_pointer(&answer->content, g_bytes_unref);
}

bool
hp_answer_may_have_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

void
hp_answer_add_header(struct hp_answer *answer, const char *name, const char *value)
{
    if (strpbrk(value, "\r\n") == NULL) {
        g_string_append_printf(answer->extra, "%s: %s\r\n", name, value);
    }
}

bool
hp_answer_has_header(const struct hp_answer *answer, const char *name)
{
    const char *at = strstr(answer->extra->str, name);
    return at != NULL && at[strlen(name)] == ':';
}

void
hp_answer_begin(struct hp_answer *answer, int status, const char *lines)
{
    static const guint8 room[LWS_PRE];
    GString *head = g_string_new(NULL);
    g_string_append_printf(head, "HTTP/1.1 %d %s\r\n", status, status_text(status));
    g_string_append(head, lines);
    g_string_append(head, answer->extra->str);
    g_string_append(head, "\r\n");
    answer->head = g_byte_array_new();
    g_byte_array_append(answer->head, room, LWS_PRE);
    g_byte_array_append(answer->head, (const guint8 *) head->str, (guint) head->len);
    g_string_free(head, TRUE);
}

void
hp_answer_set_body(struct hp_answer *answer, GBytes *body)
{
    gsize size;
    const void *data = g_bytes_get_data(body, &size);
    if (size <= SHORT_BODY) {
        g_byte_array_append(answer->head, data, (guint) size);
    } else {
        answer->content = g_bytes_ref(body);
    }
}

bool
hp_answer_has_head(const struct hp_answer *answer)
{
    return answer->head != NULL;
}

bool
hp_answer_is_written(const struct hp_answer *answer)
{
    return answer->head == NULL
            && (answer->content == NULL || answer->offset == g_bytes_get_size(answer->content));
}

static bool
write_head_bytes(struct hp_answer *answer, struct lws *wsi)
{
    int size = (int) answer->head->len - LWS_PRE;
    int written =
            lws_write(wsi, answer->head->data + LWS_PRE, (size_t) size, LWS_WRITE_HTTP_HEADERS);
    g_byte_array_free(answer->head, TRUE);
    answer->head = NULL;
    return written >= size;
}

static bool
write_chunk(struct hp_answer *answer, struct lws *wsi)
{
    guint8 buffer[LWS_PRE + CHUNK];
    gsize size;
    const guint8 *data = g_bytes_get_data(answer->content, &size);
    size_t count = MIN(size - answer->offset, CHUNK);
    memcpy(buffer + LWS_PRE, data + answer->offset, count);
    answer->offset += count;
    return lws_write(wsi, buffer + LWS_PRE, count, LWS_WRITE_HTTP) >= (int) count;
}

bool
hp_answer_write_next(struct hp_answer *answer, struct lws *wsi)
{
    return answer->head != NULL ? write_head_bytes(answer, wsi) : write_chunk(answer, wsi);
}
