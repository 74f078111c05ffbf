// refusal.c - the answers of the gate itself, which end the connection.
// Pure.  Thread: any.
// RFC 9110 section 15, RFC 6585 (431).
#include "gate/refusal.h"

#include <string.h>

static const char *
reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = { { 400, "Bad Request" }, { 408, "Request Timeout" }, { 411, "Length Required" },
        { 414, "URI Too Long" }, { 431, "Request Header Fields Too Large" },
        { 501, "Not Implemented" }, { 503, "Service Unavailable" },
        { 505, "HTTP Version Not Supported" } };
    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "Status";
}

void
hp_refusal_write(GByteArray *out, int status, const char *message)
{
    char *quoted = g_strescape(message, NULL); // plain text of ours: only quotes are escaped
    char *body = g_strdup_printf("{\"code\":%d,\"message\":\"%s\"}", status, quoted);
    char *answer = g_strdup_printf("HTTP/1.1 %d %s\r\nContent-Type: application/json\r\n"
                                   "Content-Length: %zu\r\nConnection: close\r\n"
                                   "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                                   "\r\n%s",
            status, reason_of(status), strlen(body), body);
    g_byte_array_append(out, (const guint8 *) answer, (guint) strlen(answer));
    g_free(answer);
    g_free(body);
    g_free(quoted);
}
