// Tests of plugin/routes.c and plugin/request.c: which route takes a path, and the life of a
// request.
#include "plugin/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/request.h"
#include "stage.h"

// What the carrier of a request was told goes to the notes.
static const char *
carrier_text(void *carrier, const char *name)
{
    (void) carrier;
    return name;
}

static const char *
carrier_method(void *carrier)
{
    (void) carrier;
    return "PUT";
}

static uint64_t
carrier_length(void *carrier)
{
    (void) carrier;
    return 7;
}

static void
carrier_pause(void *carrier, bool is_paused)
{
    (void) carrier;
    stage_note("pause %d", is_paused);
}

static void
carrier_add_header(void *carrier, const char *name, const char *value)
{
    (void) carrier;
    stage_note("header %s: %s", name, value);
}

static void
carrier_respond(void *carrier, int status, const char *content_type, int64_t length)
{
    (void) carrier;
    stage_note("respond %d %s %d", status, content_type == NULL ? "-" : content_type, (int) length);
}

static bool
carrier_write(void *carrier, const void *data, size_t size)
{
    (void) carrier;
    stage_note("write %.*s", (int) size, (const char *) data);
    return true;
}

static void
carrier_finish(void *carrier)
{
    (void) carrier;
    stage_note("finish");
}

static void
carrier_abort(void *carrier)
{
    (void) carrier;
    stage_note("cut");
}

static const struct hp_carrier_ops ops = {
    .method = carrier_method,
    .header = carrier_text,
    .query = carrier_text,
    .length = carrier_length,
    .pause = carrier_pause,
    .add_header = carrier_add_header,
    .respond = carrier_respond,
    .write = carrier_write,
    .finish = carrier_finish,
    .abort = carrier_abort,
};

static int a_session, another_session; // never looked into
static bool aborts_at_once;

static void
on_request(void *self, struct hp_plugin_request *request, struct hp_session *session)
{
    assert_ptr_equal(self, &stage);
    stage_note("request %s%s", stage.table->request_path(request), session == NULL ? "" : " mine");
    if (aborts_at_once) {
        stage.table->request_abort(request);
    }
}

static void
on_body(void *self, struct hp_plugin_request *request, const void *data, size_t size)
{
    (void) self;
    (void) request;
    stage_note("body %.*s", (int) size, (const char *) data);
}

static void
on_body_end(void *self, struct hp_plugin_request *request)
{
    (void) self;
    (void) request;
    stage_note("body end");
}

static void
on_writable(void *self, struct hp_plugin_request *request)
{
    (void) self;
    (void) request;
    stage_note("writable");
}

// What an access log needs.
static void
expect_facts(struct hp_plugin_request *request)
{
    assert_string_equal(stage.table->request_method(request), "PUT");
    assert_string_equal(stage.table->request_header(request, "accept"), "accept");
    assert_string_equal(stage.table->request_query(request, "q"), "q");
    assert_int_equal(stage.table->request_length(request), 7);
    assert_non_null(stage.table->request_path(request));
}

static void
on_end(void *self, struct hp_plugin_request *request)
{
    (void) self;
    expect_facts(request);
    stage.table->request_abort(request); // has no effect any more
    stage_note("end");
}

static void
on_abort(void *self, struct hp_plugin_request *request)
{
    (void) self;
    expect_facts(request);
    stage.table->request_pause(request, true); // has no effect any more
    stage_note("abort");
}

static struct hp_plugin_route
make_route(const char *method, const char *path)
{
    return (struct hp_plugin_route){
        .size = sizeof(struct hp_plugin_route),
        .method = method,
        .path = path,
        .on_request = on_request,
        .on_body = on_body,
        .on_body_end = on_body_end,
        .on_writable = on_writable,
        .on_end = on_end,
        .on_abort = on_abort,
    };
}

static bool
add(const char *method, const char *path)
{
    struct hp_plugin_route route = make_route(method, path);
    return stage.table->route_add(stage.host, &route);
}

static void
add_routes(void)
{
    assert_true(add("GET", "list"));
    assert_true(add("GET", "files/*"));
    assert_true(add("PUT", "files/*"));
    struct hp_plugin_route bare = make_route("GET", "bare");
    bare.on_body = NULL;
    bare.on_body_end = bare.on_writable = bare.on_end = bare.on_abort = NULL;
    assert_true(stage.table->route_add(stage.host, &bare));
}

static void
add_bad_routes(void)
{
    static const char *const paths[] = { "", "/list", "*", "a*", "a/*b", "a/*/b" };
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        assert_false(add("GET", paths[i]));
    }
    assert_false(add("GET", NULL));
    assert_false(add("HEAD", "a"));
    assert_false(add("get", "a"));
    assert_false(add(NULL, "a"));
    struct hp_plugin_route route = make_route("GET", "a");
    route.on_request = NULL;
    assert_false(stage.table->route_add(stage.host, &route));
    route = make_route("GET", "a");
    route.size = offsetof(struct hp_plugin_route, on_abort);
    assert_false(stage.table->route_add(stage.host, &route));
    for (int i = 0; i < HP_ROUTES_MAX; i++) {
        assert_true(add("GET", "a"));
    }
    assert_false(add("GET", "a"));
}

static void
routes_that_are_not_valid_are_refused(void **state)
{
    (void) state;
    stage.in_start = add_bad_routes;
    assert_true(stage_start());
}

static void
routes_are_added_in_start_only(void **state)
{
    struct hp_plugins_match match;
    (void) state;
    assert_true(stage_start());
    assert_false(add("GET", "later"));
    assert_int_equal(
            hp_plugins_find_route(stage.plugins, "GET", "p/later", &match), HP_PLUGINS_UNKNOWN);
}

static void
start_with_routes(void)
{
    aborts_at_once = false;
    stage.in_start = add_routes;
    assert_true(stage_start());
    stage_expect("");
}

static void
paths_find_their_route(void **state)
{
    static const struct {
        const char *method, *path;
        enum hp_plugins_answer answer;
        const char *rest; // of FOUND, or the methods that are allowed
    } cases[] = {
        { "GET", "p/list", HP_PLUGINS_FOUND, "" },
        { "HEAD", "p/list", HP_PLUGINS_FOUND, "" },
        { "GET", "p/list/", HP_PLUGINS_UNKNOWN, "" },
        { "GET", "p/lis", HP_PLUGINS_UNKNOWN, "" },
        { "GET", "p/files/a/b", HP_PLUGINS_FOUND, "a/b" },
        { "PUT", "p/files/a", HP_PLUGINS_FOUND, "a" },
        { "GET", "p/files/", HP_PLUGINS_UNKNOWN, "" },
        { "GET", "p/files", HP_PLUGINS_UNKNOWN, "" },
        { "GET", "p/", HP_PLUGINS_UNKNOWN, "" },
        { "GET", "p", HP_PLUGINS_UNKNOWN, "" },
        { "GET", "pp/list", HP_PLUGINS_UNKNOWN, "" },
        { "POST", "p/list", HP_PLUGINS_OTHER_METHOD, "OPTIONS, GET, HEAD" },
        { "DELETE", "p/files/a", HP_PLUGINS_OTHER_METHOD, "OPTIONS, GET, HEAD, PUT" },
        { "?", "p/list", HP_PLUGINS_OTHER_METHOD, "OPTIONS, GET, HEAD" },
    };
    (void) state;
    start_with_routes();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct hp_plugins_match match;
        assert_int_equal(hp_plugins_find_route(
                                 stage.plugins, cases[i].method, cases[i].path, &match),
                cases[i].answer);
        if (cases[i].answer == HP_PLUGINS_FOUND) {
            assert_string_equal(match.rest, cases[i].rest);
        } else {
            assert_string_equal(match.allow, cases[i].rest);
        }
    }
}

static struct hp_plugin_request *
open_request(const char *method, const char *path, void *session)
{
    struct hp_plugins_match match;
    struct hp_plugin_request *request = NULL;
    assert_int_equal(
            hp_plugins_find_route(stage.plugins, method, path, &match), HP_PLUGINS_FOUND);
    hp_plugins_open_request(&match, session, &ops, &stage, &request);
    assert_non_null(request);
    return request;
}

static void
a_request_passes_in_both_directions(void **state)
{
    (void) state;
    start_with_routes();
    struct hp_plugin_request *request = open_request("PUT", "p/files/a", &a_session);
    const struct hp_host_table *table = stage.table;
    assert_string_equal(table->request_method(request), "PUT");
    assert_string_equal(table->request_header(request, "accept"), "accept");
    assert_string_equal(table->request_query(request, "q"), "q");
    assert_int_equal(table->request_length(request), 7);
    assert_null(table->request_data(request));
    table->request_set_data(request, &stage);
    assert_ptr_equal(table->request_data(request), &stage);
    hp_plugin_request_handle_body(request, "abc", 3);
    table->request_pause(request, true);
    hp_plugin_request_handle_body_end(request);
    assert_false(table->request_write(request, "x", 1)); // not yet
    assert_true(table->request_add_header(request, "ETag", "\"1\""));
    table->request_respond(request, 201, "text/plain", 2);
    table->request_respond(request, 200, "text/plain", 3); // once
    assert_true(table->request_write(request, "ok", 2));
    hp_plugin_request_handle_writable(request);
    table->request_finish(request);
    table->request_finish(request);
    assert_false(table->request_write(request, "x", 1));
    hp_plugin_request_handle_closed(request, true);
    stage_expect("request a mine\nbody abc\npause 1\nbody end\nheader ETag: \"1\"\n"
                 "respond 201 text/plain 2\nwrite ok\nwritable\nfinish\nend\n");
}

static void
headers_that_would_break_the_answer_are_refused(void **state)
{
    (void) state;
    start_with_routes();
    struct hp_plugin_request *request = open_request("GET", "p/list", NULL);
    const struct hp_host_table *table = stage.table;
    assert_false(table->request_add_header(request, "A", "b\r\nC: d"));
    assert_false(table->request_add_header(request, "A: b\r\nC", "d"));
    assert_false(table->request_add_header(request, "", "d"));
    assert_false(table->request_add_header(request, "content-length", "1"));
    assert_false(table->request_add_header(request, "Transfer-Encoding", "chunked"));
    assert_false(table->request_add_header(request, "Connection", "close"));
    assert_false(table->request_add_header(request, "Content-Type", "a/b"));
    table->request_respond(request, 99, "text/plain", 1);
    assert_false(table->request_add_header(request, "A", "b"));
    hp_plugin_request_handle_closed(request, true);
    stage_expect("request \nrespond 500 - 0\nend\n");
}

static void
what_a_route_lacks_is_left_out(void **state)
{
    (void) state;
    start_with_routes();
    for (int i = 0; i < 2; i++) {
        struct hp_plugin_request *request = open_request("GET", "p/bare", NULL);
        hp_plugin_request_handle_body(request, "a", 1);
        hp_plugin_request_handle_body_end(request);
        hp_plugin_request_handle_writable(request);
        hp_plugin_request_handle_closed(request, i == 0);
    }
    stage_expect("request \nrequest \n");
}

static void
a_client_that_leaves_aborts_the_request(void **state)
{
    (void) state;
    start_with_routes();
    hp_plugin_request_handle_closed(open_request("GET", "p/list", NULL), false);
    stage_expect("request \nabort\n");
}

static void
a_session_that_ends_takes_its_requests_along(void **state)
{
    (void) state;
    start_with_routes();
    open_request("GET", "p/list", &a_session);
    open_request("GET", "p/files/x", &another_session);
    open_request("GET", "p/files/y", &a_session);
    open_request("GET", "p/files/z", NULL);
    stage_expect("request  mine\nrequest x mine\nrequest y mine\nrequest z\n");
    hp_plugins_close_session(stage.plugins, (struct hp_session *) (void *) &a_session);
    stage_expect("abort\ncut\nabort\ncut\nsession_close\n");
    stage_quiesce();
    stage_close();
    stage_expect("abort\ncut\nabort\ncut\nquiet\nstop\n");
}

static void
a_plugin_can_abort_a_request_even_at_once(void **state)
{
    (void) state;
    start_with_routes();
    stage.table->request_abort(open_request("GET", "p/list", NULL));
    aborts_at_once = true;
    struct hp_plugin_request *request = open_request("GET", "p/list", NULL);
    stage_expect("request \nrequest \n"); // on_abort is not called from inside
    stage.table->request_respond(request, 200, NULL, 0);
    hp_plugin_request_handle_body(request, "a", 1);
    hp_plugin_request_handle_body_end(request);
    hp_plugin_request_handle_writable(request);
    expect_facts(request);
    stage_pump();
    stage_expect("abort\ncut\nabort\ncut\n");
}

static void
a_client_can_leave_between_abort_and_its_echo(void **state)
{
    (void) state;
    start_with_routes();
    struct hp_plugin_request *request = open_request("GET", "p/list", NULL);
    stage.table->request_abort(request);
    hp_plugin_request_handle_closed(request, true);
    stage_pump();
    stage_expect("request \nabort\n"); // no cut: the carrier is gone
}

static void
a_session_can_end_between_abort_and_its_echo(void **state)
{
    (void) state;
    start_with_routes();
    stage.table->request_abort(open_request("GET", "p/list", &a_session));
    hp_plugins_close_session(stage.plugins, (struct hp_session *) (void *) &a_session);
    stage_pump();
    stage_expect("request  mine\nabort\ncut\nsession_close\n");
}

static void
requests_are_bounded(void **state)
{
    struct hp_plugins_match match;
    struct hp_plugin_request *last = NULL;
    (void) state;
    start_with_routes();
    for (int i = 0; i < HP_ROUTES_REQUESTS_MAX; i++) {
        last = open_request("GET", "p/list", NULL);
    }
    assert_int_equal(
            hp_plugins_find_route(stage.plugins, "GET", "p/list", &match), HP_PLUGINS_FULL);
    hp_plugin_request_handle_closed(last, true);
    assert_int_equal(
            hp_plugins_find_route(stage.plugins, "GET", "p/list", &match), HP_PLUGINS_FOUND);
    stage_quiesce();
    assert_int_equal(
            hp_plugins_find_route(stage.plugins, "GET", "p/list", &match), HP_PLUGINS_FULL);
}

static void
an_answer_ends_once_and_not_before_it_began(void **state)
{
    (void) state;
    start_with_routes();
    struct hp_plugin_request *request = open_request("GET", "p/list", NULL);
    stage_expect("request \n");
    stage.table->request_finish(request);
    assert_false(stage.table->request_write(request, "x", 1));
    stage_expect("");
    stage.table->request_respond(request, 200, NULL, 0);
    stage.table->request_finish(request);
    stage.table->request_finish(request);
    stage_expect("respond 200 - 0\nfinish\n");
    hp_plugin_request_handle_closed(request, true);
    stage_expect("end\n");
}

// Eight of one plugin and 32 of all: whichever is less.
static void
requests_of_all_plugins_together_are_bounded(void **state)
{
    static const char *const names[] = { "a", "b", "c", "d", "e" };
    struct hp_plugin plugins[G_N_ELEMENTS(names)];
    struct hp_plugin_request *last = NULL;
    struct hp_plugins_match match;
    (void) state;
    aborts_at_once = false;
    stage.in_start = add_routes;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        plugins[i] = stage_plugin;
        plugins[i].name = names[i];
        assert_true(hp_plugins_start(stage.plugins, &plugins[i], NULL));
    }
    for (unsigned i = 0; i < HP_PLUGINS_REQUESTS_MAX; i++) {
        char *path = g_strdup_printf("%s/list", names[i / HP_ROUTES_REQUESTS_MAX]);
        last = open_request("GET", path, NULL);
        g_free(path);
    }
    assert_int_equal(
            hp_plugins_find_route(stage.plugins, "GET", "e/list", &match), HP_PLUGINS_FULL);
    hp_plugin_request_handle_closed(last, false);
    assert_int_equal(
            hp_plugins_find_route(stage.plugins, "GET", "e/list", &match), HP_PLUGINS_FOUND);
    g_string_truncate(stage.notes, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_ends_once_and_not_before_it_began),
        TEST(requests_of_all_plugins_together_are_bounded),
        TEST(routes_that_are_not_valid_are_refused),
        TEST(routes_are_added_in_start_only),
        TEST(paths_find_their_route),
        TEST(a_request_passes_in_both_directions),
        TEST(headers_that_would_break_the_answer_are_refused),
        TEST(what_a_route_lacks_is_left_out),
        TEST(a_client_that_leaves_aborts_the_request),
        TEST(a_session_that_ends_takes_its_requests_along),
        TEST(a_plugin_can_abort_a_request_even_at_once),
        TEST(a_client_can_leave_between_abort_and_its_echo),
        TEST(a_session_can_end_between_abort_and_its_echo),
        TEST(requests_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
