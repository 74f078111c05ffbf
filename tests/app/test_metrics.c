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
static unsigned replies, errors;
static struct hp_request *requests[2]; // of two addresses
static struct hp_worker *home;
static struct hp_metrics *metrics;
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
    replies++;
    g_free(told);
    told = g_strndup(body, size);
}

void
hp_request_reply_error(struct hp_request *request, int status, const char *message)
{
    (void) request;
    (void) message;
    assert_int_equal(status, 503);
    errors++;
}

const char *
hp_request_address(const struct hp_request *request)
{
    return request == requests[0] ? "192.0.2.1" : "198.51.100.1";
}

struct hp_http_counters
hp_http_get_counters(const struct hp_http *http)
{
    (void) http;
    return (struct hp_http_counters){
        .evicted = 31, .address_full = 32, .full = 33, .guests_evicted = 34, .guests_refused = 35,
    };
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

static int
setup(void **state)
{
    static int things[2];
    (void) state;
    home = hp_worker_create_main();
    metrics = hp_metrics_create(&(struct hp_metrics_params){
            .home = home,
            .workers = &home,
            .worker_count = 1,
            .http = (struct hp_http *) (void *) &a_thing,
            .count = count,
    });
    requests[0] = (struct hp_request *) (void *) &things[0];
    requests[1] = (struct hp_request *) (void *) &things[1];
    replies = errors = 0;
    return 0;
}

static int
teardown(void **state)
{
    (void) state;
    g_clear_pointer(&told, g_free);
    hp_metrics_detach(metrics);
    hp_metrics_destroy(metrics);
    hp_worker_destroy(home);
    return 0;
}

static void
ask(unsigned who, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        route(route_arg, requests[who]);
    }
}

// Until a round of counting is over.
static void
run(void)
{
    unsigned before = replies;
    while (replies == before) {
        g_main_context_iteration(hp_worker_context(home), TRUE);
    }
}

static void
each_reason_to_refuse_a_connection_has_a_figure_of_its_own(void **state)
{
    (void) state;
    static const char *const lines[] = { "{why=\"unknown protocol\"} 11\n",
        "{why=\"too many\"} 12\n", "{why=\"no viewer\"} 21\n", "{why=\"malformed\"} 22\n",
        "{why=\"too many media connections\"} 23\n", "{why=\"unproven\"} 24\n",
        "{why=\"address is full\"} 32\n", "{why=\"all is full\"} 33\n",
        "{why=\"too many strangers\"} 35\n" };
    ask(0, 1);
    run();
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        char *line = g_strconcat("\nhairpin_tcp_refused_total", lines[i], NULL);
        assert_non_null(strstr(told, line));
        g_free(line);
    }
    assert_non_null(strstr(told, "\nhairpin_tcp_evicted_total{of=\"strangers\"} 34\n"));
    assert_non_null(strstr(told, "\nhairpin_tcp_evicted_total{of=\"http\"} 31\n"));
}

static void
each_figure_says_what_it_is(void **state)
{
    (void) state;
    unsigned types = 0;
    ask(0, 1);
    run();
    char **lines = g_strsplit(told, "\n", -1);
    for (unsigned i = 1; lines[i] != NULL; i++) {
        if (!g_str_has_prefix(lines[i], "# TYPE hairpin_")) {
            continue;
        }
        char **words = g_strsplit(lines[i], " ", 4);
        char *help = g_strdup_printf("# HELP %s ", words[2]);
        assert_true(g_str_has_prefix(lines[i - 1], help));
        assert_true(strlen(lines[i - 1]) > strlen(help));
        assert_true(g_str_has_prefix(lines[i + 1], words[2]));
        g_free(help);
        g_strfreev(words);
        types++;
    }
    g_strfreev(lines);
    assert_int_equal(types, 13);
}

static void
an_address_that_asks_on_and_on_is_refused_and_others_are_not(void **state)
{
    (void) state;
    ask(0, 700);
    ask(1, 3);
    assert_int_equal(errors, 700 - 16);
    run();
    assert_int_equal(replies, 16 + 3);
    ask(0, 1);
    run();
    assert_int_equal(replies, 16 + 4);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_reason_to_refuse_a_connection_has_a_figure_of_its_own),
        TEST(each_figure_says_what_it_is),
        TEST(an_address_that_asks_on_and_on_is_refused_and_others_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
