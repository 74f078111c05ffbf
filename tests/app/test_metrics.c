// Tests of app/metrics.c. The page's port stands below; home is the worker as well.
#include "app/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/worker.h"
#include "edge/http.h"
#include "edge/request.h"
#include "port/listener.h"

static hp_route_fn route;
static void *route_arg;
static char *told;
static int a_thing; // whose address stands for what is not looked into

void
hp_http_add_route(struct hp_http *http, const char *method, const char *path, size_t max_body,
        hp_route_fn fn, void *arg)
{
    (void) http;
    (void) method;
    (void) path;
    (void) max_body;
    route = fn;
    route_arg = arg;
}

const struct hp_listener_counters *
hp_http_listener_counters(const struct hp_http *http)
{
    static const struct hp_listener_counters counters = { .junk = 11, .evicted = 12 };
    (void) http;
    return &counters;
}

void
hp_request_reply(struct hp_request *request, int status, const char *content_type,
        const void *body, size_t size)
{
    (void) request;
    (void) content_type;
    assert_int_equal(status, 200);
    told = g_strndup(body, size);
}

void
hp_request_reply_error(struct hp_request *request, int status, const char *message)
{
    (void) request;
    (void) status;
    fail_msg("%s", message);
}

static void
count(void *arg, unsigned worker, struct hp_metrics_sums *sums)
{
    (void) arg;
    (void) worker;
    sums->tcp = (struct hp_tcp_counters){
        .refused = 21, .broken = 22, .crowded = 23, .timeouts = 24,
    };
}

static void
each_reason_to_refuse_a_connection_has_a_figure_of_its_own(void **state)
{
    (void) state;
    static const char *const lines[] = { "{why=\"unknown protocol\"} 11\n",
        "{why=\"too many\"} 12\n", "{why=\"no viewer\"} 21\n", "{why=\"malformed\"} 22\n",
        "{why=\"too many media connections\"} 23\n", "{why=\"unproven\"} 24\n" };
    struct hp_worker *home = hp_worker_create_main();
    struct hp_metrics *metrics = hp_metrics_create(&(struct hp_metrics_params){
            .home = home,
            .workers = &home,
            .worker_count = 1,
            .http = (struct hp_http *) (void *) &a_thing,
            .count = count,
    });
    route(route_arg, (struct hp_request *) (void *) &a_thing);
    while (told == NULL) {
        g_main_context_iteration(hp_worker_context(home), TRUE);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        char *line = g_strconcat("\nhairpin_tcp_refused_total", lines[i], NULL);
        assert_non_null(strstr(told, line));
        g_free(line);
    }
    g_clear_pointer(&told, g_free);
    hp_metrics_detach(metrics);
    hp_metrics_destroy(metrics);
    hp_worker_destroy(home);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reason_to_refuse_a_connection_has_a_figure_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
