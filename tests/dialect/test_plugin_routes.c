// Tests of dialect/plugin_routes.c: a plugin's routes in a whole room, over loopback.
#include "dialect/plugin_routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "edge/client.h"
#include "house.h"
#include "plugin/routes.h"

struct scene {
    struct house *house;
    struct hp_http *http;
    struct hp_plugin_routes *routes;
    char *folder;
    uint16_t port;
};

static const struct hp_host_table *table;
static struct hp_plugin_request *last; // NULL: has ended
static unsigned aborts, ends, waits;
static char body[64];
static uint64_t taken, written; // bytes of the path "much"

enum {
    MUCH = 4 * 1024 * 1024,
    PIECE = 64 * 1024,
};

static void
on_request(void *self, struct hp_plugin_request *request, struct hp_session *session)
{
    (void) self;
    last = request;
    body[0] = '\0';
    g_strlcpy(body, session == NULL ? "nobody" : table->session_name(session), sizeof(body));
    g_strlcat(body, ":", sizeof(body));
}

static void
on_body(void *self, struct hp_plugin_request *request, const void *data, size_t size)
{
    (void) self;
    if (strcmp(table->request_path(request), "much") == 0) {
        taken += size;
        if (taken == size) {
            table->request_pause(request, true); // after the first piece
        }
        return;
    }
    char *text = g_strndup(data, size);
    g_strlcat(body, text, sizeof(body));
    g_free(text);
}

static void
give(struct hp_plugin_request *request)
{
    static const uint8_t piece[PIECE] = "piece";
    while (written < MUCH && table->request_write(request, piece, sizeof(piece))) {
        written += sizeof(piece);
    }
    if (written == MUCH) {
        table->request_finish(request);
    }
}

static void
on_writable(void *self, struct hp_plugin_request *request)
{
    (void) self;
    waits++;
    give(request);
}

static void
on_body_end(void *self, struct hp_plugin_request *request)
{
    (void) self;
    if (strcmp(table->request_path(request), "wait") == 0) {
        return;
    }
    if (strcmp(table->request_path(request), "much") == 0) {
        table->request_respond(request, 200, "text/plain", MUCH);
        give(request);
        return;
    }
    char *said = g_strdup_printf("%s %s %u", table->request_method(request),
            table->request_header(request, "x-note") ?: "-",
            (unsigned) table->request_length(request));
    table->request_add_header(request, "X-Said", said);
    g_free(said);
    table->request_add_header(request, "X-Query", table->request_query(request, "q") ?: "-");
    table->request_respond(request, 200, "text/plain", (int64_t) strlen(body));
    assert_true(table->request_write(request, body, strlen(body)));
    table->request_finish(request);
}

static void
on_end(void *self, struct hp_plugin_request *request)
{
    (void) self;
    (void) request;
    ends++;
    last = NULL;
}

static void
on_abort(void *self, struct hp_plugin_request *request)
{
    (void) self;
    (void) request;
    aborts++;
    last = NULL;
}

static void *
start(struct hp_host *host, const struct hp_host_table *given, const void *options)
{
    (void) options;
    table = given;
    struct hp_plugin_route route = {
        .size = sizeof(route),
        .method = "PUT",
        .path = "files/*",
        .max_body = 10,
        .on_request = on_request,
        .on_body = on_body,
        .on_body_end = on_body_end,
        .on_end = on_end,
        .on_abort = on_abort,
    };
    assert_true(table->route_add(host, &route));
    route.method = "GET";
    route.max_body = 0;
    assert_true(table->route_add(host, &route));
    route.path = "open";
    route.is_public = true;
    assert_true(table->route_add(host, &route));
    struct hp_plugin_route large = {
        .size = sizeof(large),
        .method = "PUT",
        .path = "large/*",
        .max_body = MUCH,
        .on_request = on_request,
        .on_body = on_body,
        .on_body_end = on_body_end,
        .on_writable = on_writable,
        .on_end = on_end,
        .on_abort = on_abort,
    };
    assert_true(table->route_add(host, &large));
    return &ends;
}

static void
stop(void *self)
{
    (void) self;
    assert_null(last);
}

static const struct hp_plugin files = { .abi = HP_PLUGIN_ABI,
    .size = sizeof(struct hp_plugin),
    .name = "files",
    .start = start,
    .stop = stop };

static struct scene *
scene_create(void)
{
    struct scene *scene = g_new0(struct scene, 1);
    aborts = ends = waits = 0;
    taken = written = 0;
    last = NULL;
    scene->house = house_create(0, NULL);
    scene->folder = g_dir_make_tmp("hairpin-routes-XXXXXX", NULL);
    struct hp_http_params params = { .bind = "127.0.0.1:0", .state_dir = scene->folder };
    scene->http = hp_http_create(scene->house->main, &params);
    assert_non_null(scene->http);
    scene->port = hp_http_port(scene->http);
    scene->routes = hp_plugin_routes_create(scene->http, scene->house->room);
    assert_true(hp_room_start_plugin(scene->house->room, &files, NULL));
    return scene;
}

static void
remove_state(const char *folder)
{
    static const char *const names[] = { "tls-cert.pem", "tls-key.pem" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        char *path = g_build_filename(folder, names[i], NULL);
        remove(path);
        g_free(path);
    }
    remove(folder);
}

static void
scene_destroy(struct scene *scene)
{
    if (!scene->house->is_done) {
        house_close(scene->house);
    }
    hp_http_destroy(scene->http);
    hp_plugin_routes_destroy(scene->routes);
    house_destroy(scene->house);
    remove_state(scene->folder);
    g_free(scene->folder);
    g_free(scene);
}

// Sends a request with that token (NULL: none) and a body (NULL: none), and reads the answer.
static struct answer
ask(const struct scene *scene, const char *method, const char *path, const char *token,
        const char *text)
{
    struct client client = client_connect(scene->port);
    client_print(&client, "%s /api/plugins/%s HTTP/1.1\r\nHost: a\r\n", method, path);
    if (token != NULL) {
        client_print(&client, "Authorization: Bearer %s\r\n", token);
    }
    if (text != NULL) {
        client_print(&client, "Content-Length: %zu\r\n\r\n%s", strlen(text), text);
    } else {
        client_print(&client, "\r\n");
    }
    struct answer answer = client_read_answer(&client, strcmp(method, "HEAD") != 0);
    client_close(&client);
    return answer;
}

static void
expect(struct answer answer, int status, const char *text)
{
    assert_int_equal(answer.status, status);
    if (text != NULL) {
        assert_int_equal(answer.body->len, strlen(text));
        assert_memory_equal(answer.body->data, text, strlen(text));
    }
    answer_free(&answer);
}

static void
a_session_reaches_a_route_and_others_do_not(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *session = house_enter(scene->house, "ann");
    (void) state;
    expect(ask(scene, "PUT", "files/files/a", NULL, "hello"), 401, NULL);
    expect(ask(scene, "PUT", "files/files/a", "wrong", "hello"), 401, NULL);
    expect(ask(scene, "PUT", "files/files/a", session->token, "hello"), 200, "ann:hello");
    expect(ask(scene, "GET", "files/files/a", session->token, NULL), 200, "ann:");
    char *path = g_strdup_printf("files/files/a?q=b%%20c&token=%s", session->token);
    struct answer answer = ask(scene, "GET", path, NULL, NULL);
    char value[512];
    assert_string_equal(answer_header(&answer, "X-Query", value), "b c");
    expect(answer, 200, "ann:");
    g_free(path);
    session->profile.can_login = false;
    expect(ask(scene, "GET", "files/files/a", session->token, NULL), 403, NULL);
    scene_destroy(scene);
}

static void
a_public_route_asks_for_nothing(void **state)
{
    struct scene *scene = scene_create();
    (void) state;
    expect(ask(scene, "GET", "files/open", NULL, NULL), 200, "nobody:");
    scene_destroy(scene);
}

static void
what_does_not_fit_is_answered_by_the_server(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *session = house_enter(scene->house, "ann");
    char value[512];
    (void) state;
    expect(ask(scene, "GET", "files/none", session->token, NULL), 404, NULL);
    expect(ask(scene, "GET", "other/files/a", session->token, NULL), 404, NULL);
    struct answer answer = ask(scene, "DELETE", "files/files/a", session->token, "x");
    assert_string_equal(answer_header(&answer, "Allow", value), "OPTIONS, PUT, GET, HEAD");
    expect(answer, 405, NULL);
    expect(ask(scene, "PUT", "files/files/a", session->token, "eleven byte"), 413, NULL);
    expect(ask(scene, "OPTIONS", "files/files/a", NULL, NULL), 204, NULL);
    assert_null(last);
    assert_int_equal(ends + aborts, 0);
    answer = ask(scene, "HEAD", "files/files/a", session->token, NULL);
    assert_string_equal(answer_header(&answer, "Content-Length", value), "4");
    expect(answer, 200, "");
    scene_destroy(scene);
}

static bool
is_waiting(void *arg)
{
    (void) arg;
    return last != NULL;
}

static bool
has_aborted(void *arg)
{
    return aborts == *(unsigned *) arg;
}

static struct client
begin_waiting_from(const struct scene *scene, const struct hp_session *session, uint8_t host)
{
    struct client client = client_connect_from(scene->port, host);
    last = NULL;
    client_print(&client,
            "GET /api/plugins/files/files/wait HTTP/1.1\r\nHost: a\r\n"
            "Authorization: Bearer %s\r\n\r\n",
            session->token);
    assert_true(server_run_until(is_waiting, NULL, CLIENT_WAIT_MS));
    return client;
}

static struct client
begin_waiting(const struct scene *scene, const struct hp_session *session)
{
    return begin_waiting_from(scene, session, 1);
}

static void
a_session_that_ends_aborts_its_requests(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *session = house_enter(scene->house, "ann");
    struct hp_session *other = house_enter(scene->house, "bob");
    unsigned wanted = 1;
    (void) state;
    struct client others = begin_waiting(scene, other);
    struct client client = begin_waiting(scene, session);
    hp_lobby_end(session);
    assert_true(server_run_until(has_aborted, &wanted, CLIENT_WAIT_MS));
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    assert_int_equal(client.in->len, 0);
    server_run_for(20);
    assert_int_equal(aborts, 1); // the other's goes on
    client_close(&others);
    wanted = 2;
    assert_true(server_run_until(has_aborted, &wanted, CLIENT_WAIT_MS));
    client_close(&client);
    scene_destroy(scene);
}

static void
requests_of_a_plugin_are_bounded(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *session = house_enter(scene->house, "ann");
    struct client clients[HP_ROUTES_REQUESTS_MAX];
    unsigned wanted = 1;
    char value[512];
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++) {
        clients[i] = begin_waiting_from(scene, session, (uint8_t) (2 + i % 2));
    }
    struct answer answer = ask(scene, "GET", "files/files/a", session->token, NULL);
    assert_non_null(answer_header(&answer, "Retry-After", value));
    expect(answer, 503, NULL);
    expect(ask(scene, "GET", "files/files/a", "none", NULL), 401, NULL); // strangers learn nothing
    client_close(&clients[0]);
    assert_true(server_run_until(has_aborted, &wanted, CLIENT_WAIT_MS));
    expect(ask(scene, "GET", "files/files/a", session->token, NULL), 200, NULL);
    for (size_t i = 1; i < G_N_ELEMENTS(clients); i++) {
        client_close(&clients[i]);
    }
    scene_destroy(scene);
}

static void
one_address_leaves_room_for_others(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *session = house_enter(scene->house, "ann");
    struct client clients[HP_ROUTES_REQUESTS_MAX / 2];
    unsigned wanted = 1;
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++) {
        clients[i] = begin_waiting(scene, session);
    }
    expect(ask(scene, "GET", "files/files/a", session->token, NULL), 503, NULL);
    struct client other = begin_waiting_from(scene, session, 2);
    client_close(&clients[0]);
    assert_true(server_run_until(has_aborted, &wanted, CLIENT_WAIT_MS));
    expect(ask(scene, "GET", "files/files/a", session->token, NULL), 200, NULL);
    client_close(&other);
    for (size_t i = 1; i < G_N_ELEMENTS(clients); i++) {
        client_close(&clients[i]);
    }
    scene_destroy(scene);
}

static void
a_plugin_can_cut_a_request(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *session = house_enter(scene->house, "ann");
    unsigned wanted = 1;
    (void) state;
    struct client client = begin_waiting(scene, session);
    table->request_abort(last);
    assert_int_equal(aborts, 0);
    assert_true(server_run_until(has_aborted, &wanted, CLIENT_WAIT_MS));
    assert_true(client_wait_end(&client, CLIENT_WAIT_MS));
    client_close(&client);
    scene_destroy(scene);
}

static bool
has_ended(void *arg)
{
    (void) arg;
    return ends == 1;
}

static void
a_plugin_sees_what_was_asked_and_that_all_was_sent(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *session = house_enter(scene->house, "ann");
    char value[512];
    (void) state;
    struct client client = client_connect(scene->port);
    client_print(&client,
            "PUT /api/plugins/files/files/a HTTP/1.1\r\nHost: a\r\nX-Note: hear\r\n"
            "Authorization: Bearer %s\r\nContent-Length: 5\r\n\r\nhello",
            session->token);
    struct answer answer = client_read_answer(&client, true);
    assert_string_equal(answer_header(&answer, "X-Said", value), "PUT hear 5");
    expect(answer, 200, "ann:hello");
    assert_true(server_run_until(has_ended, NULL, CLIENT_WAIT_MS));
    assert_int_equal(aborts, 0);
    client_close(&client);
    scene_destroy(scene);
}

static bool
has_taken_some(void *arg)
{
    (void) arg;
    return taken > 0;
}

// The plugin takes one piece and pauses; later it answers more than waits in a socket.
static void
a_plugin_that_pauses_stops_the_client_and_a_slow_client_the_plugin(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *session = house_enter(scene->house, "ann");
    (void) state;
    struct client client = client_connect(scene->port);
    client_print(&client,
            "PUT /api/plugins/files/large/much HTTP/1.1\r\nHost: a\r\n"
            "Authorization: Bearer %s\r\nContent-Length: 100000\r\n\r\n",
            session->token);
    char *text = g_strnfill(50000, 'x');
    client_print(&client, "%s", text);
    assert_true(server_run_until(has_taken_some, NULL, CLIENT_WAIT_MS));
    uint64_t first = taken;
    server_run_for(50);
    assert_int_equal(taken, first);
    assert_int_equal(written, 0);
    table->request_pause(last, false);
    client_print(&client, "%s", text);
    struct answer answer = client_read_answer(&client, true);
    assert_int_equal(taken, 100000);
    assert_int_equal(written, MUCH);
    assert_int_equal(answer.body->len, MUCH);
    assert_memory_equal(answer.body->data + MUCH - PIECE, "piece", 6);
    assert_true(waits > 0);
    answer_free(&answer);
    assert_true(server_run_until(has_ended, NULL, CLIENT_WAIT_MS));
    g_free(text);
    client_close(&client);
    scene_destroy(scene);
}

static void
the_rooms_end_aborts_all_and_answers_503(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *session = house_enter(scene->house, "ann");
    (void) state;
    struct client client = begin_waiting(scene, session);
    house_close(scene->house);
    assert_int_equal(aborts, 1);
    hp_plugin_routes_close(scene->routes);
    expect(ask(scene, "GET", "files/open", NULL, NULL), 503, NULL);
    client_close(&client);
    scene_destroy(scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_reaches_a_route_and_others_do_not),
        cmocka_unit_test(a_public_route_asks_for_nothing),
        cmocka_unit_test(what_does_not_fit_is_answered_by_the_server),
        cmocka_unit_test(a_session_that_ends_aborts_its_requests),
        cmocka_unit_test(requests_of_a_plugin_are_bounded),
        cmocka_unit_test(one_address_leaves_room_for_others),
        cmocka_unit_test(a_plugin_can_cut_a_request),
        cmocka_unit_test(a_plugin_sees_what_was_asked_and_that_all_was_sent),
        cmocka_unit_test(a_plugin_that_pauses_stops_the_client_and_a_slow_client_the_plugin),
        cmocka_unit_test(the_rooms_end_aborts_all_and_answers_503),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
