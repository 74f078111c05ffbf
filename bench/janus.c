// janus.c - a line to Janus: its JSON API on a WebSocket, the streaming plugin's mountpoint 1.
// Owner: the line.  Thread: main.
//
//   create > attach > watch > (offer) start with answer
#include "line.h"

#include <string.h>

#include <glib.h>

#define LOG_TAG "janus"
#include "base/log.h"
#include "socket.h"

enum {
    MOUNTPOINT = 1
};

static char *
log_in(struct bench_line *line)
{
    return g_strdup("/");
}

static void
send_create(struct bench_line *line)
{
    bench_line_send(line, json_pack("{s:s, s:s}", "janus", "create", "transaction", "create"));
}

static void
send_message(struct bench_line *line, const char *name,
        json_t *body, // taken
        json_t *jsep) // taken; NULL: none
{
    bench_line_send(line,
            json_pack("{s:s, s:s, s:I, s:I, s:o, s:o*}", "janus", "message", "transaction", name,
                    "session_id", (json_int_t) line->session_id, "handle_id",
                    (json_int_t) line->handle_id, "body", body, "jsep", jsep));
}

static void
handle_success(struct bench_line *line, const json_t *message)
{
    const char *transaction = json_string_value(json_object_get(message, "transaction"));
    int64_t id = json_integer_value(json_object_get(json_object_get(message, "data"), "id"));
    if (g_strcmp0(transaction, "create") == 0) {
        line->session_id = id;
        bench_line_send(line,
                json_pack("{s:s, s:s, s:I, s:s}", "janus", "attach", "transaction", "attach",
                        "session_id", (json_int_t) id, "plugin", "janus.plugin.streaming"));
    } else if (g_strcmp0(transaction, "attach") == 0) {
        line->handle_id = id;
        send_message(
                line, "watch", json_pack("{s:s, s:i}", "request", "watch", "id", MOUNTPOINT), NULL);
    }
}

static void
handle_event(struct bench_line *line, const json_t *message)
{
    const json_t *jsep = json_object_get(message, "jsep");
    const json_t *data = json_object_get(json_object_get(message, "plugindata"), "data");
    const char *error = json_string_value(json_object_get(data, "error"));
    if (error != NULL) {
        line->params.on_failed(line->params.arg, line->params.number, error);
    }
    if (g_strcmp0(json_string_value(json_object_get(jsep, "type")), "offer") != 0) {
        return;
    }
    char *answer = bench_line_answer(line, json_string_value(json_object_get(jsep, "sdp")));
    if (answer != NULL) {
        send_message(line, "start", json_pack("{s:s}", "request", "start"),
                json_pack("{s:s, s:s}", "type", "answer", "sdp", answer));
    }
    g_free(answer);
}

static void
on_message(struct bench_line *line, const json_t *message)
{
    const char *kind = json_string_value(json_object_get(message, "janus"));
    if (g_strcmp0(kind, "success") == 0) {
        handle_success(line, message);
    } else if (g_strcmp0(kind, "event") == 0) {
        handle_event(line, message);
    } else if (g_strcmp0(kind, "error") == 0 || g_strcmp0(kind, "hangup") == 0
            || g_strcmp0(kind, "timeout") == 0) {
        const char *reason = json_string_value(json_object_get(message, "reason"));
        line->params.on_failed(
                line->params.arg, line->params.number, reason == NULL ? kind : reason);
    }
}

static void
keep_alive(struct bench_line *line)
{
    bench_line_send(line,
            json_pack("{s:s, s:s, s:I}", "janus", "keepalive", "transaction", "keepalive",
                    "session_id", (json_int_t) line->session_id));
}

const struct bench_protocol bench_janus = {
    .name = "janus",
    .subprotocol = "janus-protocol",
    .log_in = log_in,
    .on_open = send_create,
    .on_message = on_message,
    .keep_alive = keep_alive,
};
