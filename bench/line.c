// line.c - one simulated browser as a whole: its signaling with a server, and its viewer.
// Owner: load.  Thread: main.
#include "line.h"

#include <glib.h>

#define LOG_TAG "line"
#include "base/log.h"
#include "socket.h"

static void
on_text(void *arg, const char *text)
{
    struct bench_line *line = arg;
    json_error_t error;
    json_t *message = json_loads(text, 0, &error);
    if (message == NULL) {
        log_warn("%d: not JSON: %s", line->params.number, error.text);
        return;
    }
    line->params.protocol->on_message(line, message);
    json_decref(message);
}

static void
on_closed(void *arg)
{
    struct bench_line *line = arg;
    line->params.on_failed(line->params.arg, line->params.number, "the WebSocket is gone");
}

static void
on_connected(void *arg)
{
    struct bench_line *line = arg;
    line->params.on_connected(line->params.arg);
}

static void
on_failed(void *arg, const char *reason)
{
    struct bench_line *line = arg;
    line->params.on_failed(line->params.arg, line->params.number, reason);
}

static bool
open_parts(struct bench_line *line, const char *path)
{
    struct bench_viewer_params viewer = {
        .shared = line->params.shared,
        .number = line->params.number,
        .is_checking = line->params.is_checking,
        .on_connected = on_connected,
        .on_failed = on_failed,
        .arg = line,
    };
    struct bench_socket_params socket = {
        .worker = line->params.shared->worker,
        .server = &line->params.server,
        .path = path,
        .protocol = line->params.protocol->subprotocol,
        .on_text = on_text,
        .on_closed = on_closed,
        .arg = line,
    };
    line->viewer = bench_viewer_create(&viewer);
    line->socket = line->viewer == NULL ? NULL : bench_socket_create(&socket);
    return line->socket != NULL;
}

struct bench_line *
bench_line_create(const struct bench_line_params *params)
{
    struct bench_line *line = g_new0(struct bench_line, 1);
    line->params = *params;
    char *path = params->protocol->log_in(line);
    bool is_open = path != NULL && open_parts(line, path);
    g_free(path);
    if (!is_open) {
        bench_line_destroy(line);
        return NULL;
    }
    params->protocol->on_open(line);
    return line;
}

void
bench_line_destroy(struct bench_line *line)
{
    if (line == NULL) {
        return;
    }
    bench_socket_destroy(line->socket);
    bench_viewer_destroy(line->viewer);
    g_free(line);
}

void
bench_line_send(struct bench_line *line, json_t *message)
{
    char *text = message == NULL ? NULL : json_dumps(message, JSON_COMPACT);
    if (text != NULL) {
        bench_socket_send(line->socket, text);
    }
    free(text);
    json_decref(message);
}

char *
bench_line_answer(struct bench_line *line, const char *offer)
{
    char *answer = offer == NULL ? NULL : bench_viewer_answer(line->viewer, offer);
    if (answer == NULL) {
        on_failed(line, "the offer cannot be answered");
    }
    return answer;
}

void
bench_line_keep_alive(struct bench_line *line)
{
    if (line->params.protocol->keep_alive != NULL) {
        line->params.protocol->keep_alive(line);
    }
}
