// request.c - an HTTP request to a plugin's route.
// Owner: itself, in the plugin's queue.  Thread: main.
#include "plugin/request.h"

#include <string.h>

#define LOG_TAG "plugin"
#include "base/log.h"
#include "base/timer.h"

struct hp_plugin_request {
    struct hp_plugin_request_params params;
    char *path;
    void *data; // the plugin's
    bool is_answered, is_finished;
    struct hp_timer abort_timer; // runs when the plugin has aborted the request
    GList link;
};

static void
free_request(struct hp_plugin_request *request)
{
    void (*on_ended)(void *arg) = request->params.on_ended;
    void *arg = request->params.on_ended_arg;
    g_queue_unlink(request->params.queue, &request->link);
    hp_timer_stop(&request->abort_timer);
    g_free(request->path);
    g_free(request);
    on_ended(arg);
}

static void
tell_abort(struct hp_plugin_request *request)
{
    const struct hp_plugin_route *route = request->params.route;
    if (route->on_abort != NULL) {
        route->on_abort(request->params.self, request);
    }
    free_request(request);
}

static void
on_abort_timer(void *arg)
{
    tell_abort(arg);
}

void
hp_plugin_request_open(
        const struct hp_plugin_request_params *params, struct hp_plugin_request **result)
{
    struct hp_plugin_request *request = *result = g_new0(struct hp_plugin_request, 1);
    request->params = *params;
    request->path = g_strdup(params->path);
    request->link.data = request;
    hp_timer_init(&request->abort_timer, params->home, on_abort_timer, request);
    g_queue_push_tail_link(params->queue, &request->link);
    params->route->on_request(params->self, request, params->session);
}

void
hp_plugin_request_handle_body(struct hp_plugin_request *request, const void *data, size_t size)
{
    const struct hp_plugin_route *route = request->params.route;
    if (route->on_body != NULL) {
        route->on_body(request->params.self, request, data, size);
    }
}

void
hp_plugin_request_handle_body_end(struct hp_plugin_request *request)
{
    const struct hp_plugin_route *route = request->params.route;
    if (route->on_body_end != NULL) {
        route->on_body_end(request->params.self, request);
    }
}

void
hp_plugin_request_handle_writable(struct hp_plugin_request *request)
{
    const struct hp_plugin_route *route = request->params.route;
    if (route->on_writable != NULL) {
        route->on_writable(request->params.self, request);
    }
}

void
hp_plugin_request_handle_closed(struct hp_plugin_request *request, bool is_complete)
{
    const struct hp_plugin_route *route = request->params.route;
    request->params.carrier = NULL;
    if (!is_complete) {
        tell_abort(request);
        return;
    }
    if (route->on_end != NULL) {
        route->on_end(request->params.self, request);
    }
    free_request(request);
}

static void
drop_carrier(struct hp_plugin_request *request)
{
    void *carrier = request->params.carrier;
    request->params.carrier = NULL;
    if (carrier != NULL) {
        request->params.ops->abort(carrier);
    }
}

void
hp_plugin_request_end(struct hp_plugin_request *request)
{
    drop_carrier(request);
    tell_abort(request);
}

const struct hp_session *
hp_plugin_request_session(const struct hp_plugin_request *request)
{
    return request->params.session;
}

static const char *
table_method(struct hp_plugin_request *request)
{
    void *carrier = request->params.carrier;
    return carrier == NULL ? NULL : request->params.ops->method(carrier);
}

static const char *
table_path(struct hp_plugin_request *request)
{
    return request->path;
}

static const char *
table_header(struct hp_plugin_request *request, const char *name)
{
    void *carrier = request->params.carrier;
    return carrier == NULL ? NULL : request->params.ops->header(carrier, name);
}

static const char *
table_query(struct hp_plugin_request *request, const char *name)
{
    void *carrier = request->params.carrier;
    return carrier == NULL ? NULL : request->params.ops->query(carrier, name);
}

static uint64_t
table_length(struct hp_plugin_request *request)
{
    void *carrier = request->params.carrier;
    return carrier == NULL ? 0 : request->params.ops->length(carrier);
}

static void
table_set_data(struct hp_plugin_request *request, void *data)
{
    request->data = data;
}

static void *
table_data(struct hp_plugin_request *request)
{
    return request->data;
}

static void
table_pause(struct hp_plugin_request *request, bool is_paused)
{
    if (request->params.carrier != NULL) {
        request->params.ops->pause(request->params.carrier, is_paused);
    }
}

// Is the text a token (RFC 9110 section 5.6.2), as names of headers are?
static bool
is_token(const char *name)
{
    return *name != '\0'
            && name[strspn(name,
                       "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
                    == '\0';
}

static bool
is_value(const char *value)
{
    return strpbrk(value, "\r\n") == NULL;
}

static bool
table_add_header(struct hp_plugin_request *request, const char *name, const char *value)
{
    static const char *const ours[] = { "Content-Type", "Content-Length", "Transfer-Encoding",
        "Connection" };
    bool is_ours = false;
    for (size_t i = 0; i < G_N_ELEMENTS(ours); i++) {
        is_ours = is_ours || g_ascii_strcasecmp(ours[i], name) == 0;
    }
    if (is_ours || request->is_answered || !is_token(name) || !is_value(value)) {
        log_error("a plugin's header \"%s\" is dropped: expected a name and one line of text, "
                  "before the answer begins, and none that the server sets itself",
                name);
        return false;
    }
    if (request->params.carrier != NULL) {
        request->params.ops->add_header(request->params.carrier, name, value);
    }
    return true;
}

static void
table_respond(
        struct hp_plugin_request *request, int status, const char *content_type, int64_t length)
{
    if (request->is_answered || request->params.carrier == NULL) {
        return;
    }
    bool is_good = status >= 200 && status <= 599 && length >= -1
            && (content_type == NULL || is_value(content_type));
    if (!is_good) {
        log_error("a plugin's answer of status %d is replaced by 500: expected 200 to 599, a type "
                  "of one line and a length from -1 on",
                status);
        status = 500;
        content_type = NULL;
    }
    request->is_answered = true;
    request->params.ops->respond(
            request->params.carrier, status, content_type, content_type == NULL ? 0 : length);
}

static bool
table_write(struct hp_plugin_request *request, const void *data, size_t size)
{
    void *carrier = request->params.carrier;
    return carrier != NULL && request->is_answered && !request->is_finished
            && request->params.ops->write(carrier, data, size);
}

static void
table_finish(struct hp_plugin_request *request)
{
    if (request->params.carrier != NULL && request->is_answered && !request->is_finished) {
        request->is_finished = true;
        request->params.ops->finish(request->params.carrier);
    }
}

static void
table_abort(struct hp_plugin_request *request)
{
    if (request->params.carrier != NULL) {
        drop_carrier(request);
        hp_timer_start(&request->abort_timer, 0); // not from inside the plugin's own call
    }
}

void
hp_plugin_request_fill_table(struct hp_host_table *table)
{
    table->request_method = table_method;
    table->request_path = table_path;
    table->request_header = table_header;
    table->request_query = table_query;
    table->request_length = table_length;
    table->request_set_data = table_set_data;
    table->request_data = table_data;
    table->request_pause = table_pause;
    table->request_add_header = table_add_header;
    table->request_respond = table_respond;
    table->request_write = table_write;
    table->request_finish = table_finish;
    table->request_abort = table_abort;
}
