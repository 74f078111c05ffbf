// neko.c - a line to Hairpin, in Neko's v3 protocol.
// Owner: the line.  Thread: main.
#include "line.h"

#include <string.h>

#include <glib.h>

#define LOG_TAG "neko"
#include "base/log.h"
#include "socket.h"

static char *
log_in(struct bench_line *line)
{
    char *name = g_strdup_printf("viewer-%d", line->params.number);
    json_t *body = json_pack("{s:s, s:s}", "username", name, "password", line->params.password);
    char *text = json_dumps(body, JSON_COMPACT);
    char *reply = bench_http_post(&line->params.server, "/api/login", text);
    json_t *json = reply == NULL ? NULL : json_loads(reply, 0, NULL);
    const char *token = json_string_value(json_object_get(json, "token"));
    char *path = token == NULL ? NULL : g_strdup_printf("/api/ws?token=%s", token);
    if (path == NULL) {
        log_error("%s: no token", name);
    }
    json_decref(json);
    g_free(reply);
    free(text);
    json_decref(body);
    g_free(name);
    return path;
}

static void
on_open(struct bench_line *line)
{
    bench_line_send(line,
            json_pack("{s:s, s:{s:{}, s:{s:b}}}", "event", "signal/request", "payload", "video",
                    "audio", "disabled", !line->params.shared->takes_all));
}

static void
handle_offer(struct bench_line *line, const json_t *payload)
{
    char *answer = bench_line_answer(line, json_string_value(json_object_get(payload, "sdp")));
    if (answer != NULL) {
        bench_line_send(line,
                json_pack("{s:s, s:{s:s}}", "event", "signal/answer", "payload", "sdp", answer));
    }
    g_free(answer);
}

static void
on_message(struct bench_line *line, const json_t *message)
{
    const char *event = json_string_value(json_object_get(message, "event"));
    const json_t *payload = json_object_get(message, "payload");
    if (g_strcmp0(event, "signal/provide") == 0) {
        handle_offer(line, payload);
    } else if (g_strcmp0(event, "signal/candidate") == 0) {
        const char *text = json_string_value(json_object_get(payload, "candidate"));
        if (text != NULL) {
            bench_viewer_add_candidate(line->viewer, text);
        }
    } else if (g_strcmp0(event, "system/disconnect") == 0) {
        const char *reason = json_string_value(json_object_get(payload, "message"));
        line->params.on_failed(line->params.arg, line->params.number,
                reason == NULL ? "system/disconnect" : reason);
    }
}

static void
set_feed(struct bench_line *line, bool is_flowing)
{
    bench_line_send(line, json_pack("{s:s}", "event", is_flowing ? "feed/start" : "feed/stop"));
}

const struct bench_protocol bench_neko = {
    .name = "neko",
    .log_in = log_in,
    .on_open = on_open,
    .on_message = on_message,
    .set_feed = set_feed,
};
