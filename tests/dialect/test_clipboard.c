// Tests of dialect/clipboard.c: the clipboard by REST, in a whole room, over loopback.
#include "dialect/clipboard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/plugin.h"
#include "dialect/clipboard_body.h"
#include "edge/client.h"
#include "house.h"
#include "plugin/plugins.h"

struct scene {
    struct house *house;
    struct hp_clipboard_routes *routes;
    struct hp_http *http;
    char *folder;
    uint16_t port;
    struct hp_session *ann; // has control
};

static struct scene *
scene_create(void)
{
    struct scene *scene = g_new0(struct scene, 1);
    scene->house = house_create(0, NULL);
    scene->folder = g_dir_make_tmp("hairpin-clipboard-XXXXXX", NULL);
    struct hp_http_params params = { .bind = "127.0.0.1:0", .state_dir = scene->folder };
    scene->http = hp_http_create(scene->house->main, &params);
    assert_non_null(scene->http);
    scene->port = hp_http_port(scene->http);
    scene->routes = hp_clipboard_routes_create(scene->http, scene->house->room);
    scene->ann = house_enter(scene->house, "ann");
    assert_int_equal(hp_control_request(hp_room_control(scene->house->room), scene->ann),
            HP_CONTROL_TAKEN);
    house_pump(scene->house);
    return scene;
}

static void
scene_destroy(struct scene *scene)
{
    static const char *const names[] = { "tls-cert.pem", "tls-key.pem" };
    if (!scene->house->is_done) {
        house_close(scene->house);
    }
    hp_http_destroy(scene->http);
    hp_clipboard_routes_destroy(scene->routes);
    house_destroy(scene->house);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        char *path = g_build_filename(scene->folder, names[i], NULL);
        remove(path);
        g_free(path);
    }
    remove(scene->folder);
    g_free(scene->folder);
    g_free(scene);
}

static void
send_head(struct client *client, const char *method, const char *token, size_t size)
{
    client_print(client,
            "%s /api/room/clipboard HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n"
            "Content-Length: %zu\r\n\r\n",
            method, token, size);
}

static struct answer
ask(const struct scene *scene, const char *method, const char *token, const char *body)
{
    struct client client = client_connect(scene->port);
    if (body == NULL) {
        client_print(&client,
                "%s /api/room/clipboard HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n",
                method, token);
    } else {
        send_head(&client, method, token, strlen(body));
        assert_true(client_send(&client, body, strlen(body)));
    }
    struct answer answer = client_read_answer(&client, true);
    client_close(&client);
    return answer;
}

static void
expect(struct answer answer, int status, const char *part)
{
    g_byte_array_append(answer.body, (const guint8 *) "", 1);
    assert_int_equal(answer.status, status);
    if (part != NULL && strstr((const char *) answer.body->data, part) == NULL) {
        fail_msg("%s is not in %s", part, (const char *) answer.body->data);
    }
    answer_free(&answer);
}

static void
host_writes_and_reads_the_text(void **state)
{
    struct scene *scene = scene_create();
    const char *token = scene->ann->token;
    (void) state;
    expect(ask(scene, "GET", token, NULL), 200, "{\"text\":\"\"}");
    expect(ask(scene, "POST", token, "{\"text\":\"Gr\\u00fc\xc3\x9f" "e\\n\"}"), 204, NULL);
    assert_non_null(strstr(scene->house->plugin->str, "clipboard Gr\xc3\xbc\xc3\x9f" "e\n\n"));
    house_copy(scene->house, "of a program");
    expect(ask(scene, "GET", token, NULL), 200, "{\"text\":\"of a program\"}");
    scene_destroy(scene);
}

static void
others_are_refused(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *admin = house_enter(scene->house, "admin");
    static const char *const methods[] = { "GET", "POST" };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        const char *body = i == 0 ? NULL : "{\"text\":\"x\"}";
        scene->ann->profile.can_access_clipboard = true;
        expect(ask(scene, methods[i], "wrong", body), 401, "Unauthorized");
        expect(ask(scene, methods[i], admin->token, body), 403, "session is not host");
        scene->ann->profile.can_access_clipboard = false;
        expect(ask(scene, methods[i], scene->ann->token, body), 403,
                "session cannot access clipboard");
    }
    assert_null(strstr(scene->house->plugin->str, "clipboard"));
    struct answer answer = ask(scene, "DELETE", scene->ann->token, NULL);
    char value[512];
    assert_string_equal(answer_header(&answer, "Allow", value), "GET, HEAD, POST, OPTIONS");
    expect(answer, 405, NULL);
    scene_destroy(scene);
}

static void
bad_bodies_are_refused(void **state)
{
    static const char *const bodies[] = { "{", "[]", "{}", "{\"text\":7}", "{\"html\":\"<b>\"}",
        "{\"text\":\"a\\u0000b\"}" };
    struct scene *scene = scene_create();
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        expect(ask(scene, "POST", scene->ann->token, bodies[i]), 400, "expected");
    }
    expect(ask(scene, "POST", scene->ann->token, NULL), 400, "no data");
    assert_null(strstr(scene->house->plugin->str, "clipboard"));
    scene_destroy(scene);
}

static void
text_of_one_mebibyte_passes_and_a_larger_one_does_not(void **state)
{
    struct scene *scene = scene_create();
    char *text = g_strnfill(HP_CLIPBOARD_MAX + 1, 'x');
    (void) state;
    char *body = g_strdup_printf("{\"text\":\"%s\"}", text);
    expect(ask(scene, "POST", scene->ann->token, body), 413, "1 MiB");
    g_free(body);
    body = g_strdup_printf("{\"text\":\"%s\"}", text + 1);
    expect(ask(scene, "POST", scene->ann->token, body), 204, NULL);
    assert_int_equal(
            strlen(hp_plugins_clipboard(hp_room_plugins(scene->house->room))), HP_CLIPBOARD_MAX);
    expect(ask(scene, "GET", scene->ann->token, NULL), 200, text + 1);
    g_free(body);
    g_free(text);
    struct client client = client_connect(scene->port);
    send_head(&client, "POST", scene->ann->token, 3 * HP_CLIPBOARD_MAX); // refused before it comes
    expect(client_read_answer(&client, true), 413, NULL);
    client_close(&client);
    scene_destroy(scene);
}

static void
a_newer_text_takes_the_place_of_one_that_does_not_come(void **state)
{
    struct scene *scene = scene_create();
    struct client clients[5];
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++) {
        clients[i] = client_connect(scene->port);
        send_head(&clients[i], "POST", scene->ann->token, 100);
        server_run_for(20);
    }
    expect(ask(scene, "POST", scene->ann->token, "{\"text\":\"x\"}"), 204, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++) {
        expect(client_read_answer(&clients[i], true), 409, "newer");
        client_close(&clients[i]);
    }
    scene_destroy(scene);
}

static void
a_text_under_way_ends_with_control(void **state)
{
    struct scene *scene = scene_create();
    struct client client = client_connect(scene->port);
    (void) state;
    send_head(&client, "POST", scene->ann->token, 12);
    server_run_for(20);
    hp_control_release(hp_room_control(scene->house->room), scene->ann);
    expect(client_read_answer(&client, true), 403, "session is not host");
    assert_null(strstr(scene->house->plugin->str, "clipboard"));
    client_close(&client);
    scene_destroy(scene);
}

static void
a_text_under_way_ends_with_its_session(void **state)
{
    struct scene *scene = scene_create();
    struct client client = client_connect(scene->port);
    (void) state;
    send_head(&client, "POST", scene->ann->token, 12);
    server_run_for(20);
    hp_lobby_end(scene->ann);
    struct answer answer = client_read_answer(&client, true);
    assert_true(answer.status == 403 || answer.status == 503); // it loses control first
    answer_free(&answer);
    client_close(&client);
    scene_destroy(scene);
}

static void
a_text_under_way_ends_with_the_room(void **state)
{
    struct scene *scene = scene_create();
    struct client client = client_connect(scene->port);
    (void) state;
    send_head(&client, "POST", scene->ann->token, 12);
    server_run_for(20);
    hp_clipboard_routes_close(scene->routes);
    expect(client_read_answer(&client, true), 503, "ends");
    client_close(&client);
    scene_destroy(scene);
}

static void
room_that_has_ended_is_told(void **state)
{
    struct scene *scene = scene_create();
    char *token = g_strdup(scene->ann->token);
    (void) state;
    house_close(scene->house);
    hp_clipboard_routes_close(scene->routes);
    expect(ask(scene, "GET", token, NULL), 503, NULL);
    g_free(token);
    scene_destroy(scene);
}

static void
the_json_of_a_text_is_made_once(void **state)
{
    struct scene *scene = scene_create();
    const struct hp_plugins *plugins = hp_room_plugins(scene->house->room);
    struct hp_clipboard_body body = { 0 };
    (void) state;
    house_copy(scene->house, "a");
    GBytes *first = g_bytes_ref(hp_clipboard_body_get(&body, plugins));
    assert_ptr_equal(hp_clipboard_body_get(&body, plugins), first);
    house_copy(scene->house, "a"); // the same text once more
    assert_ptr_equal(hp_clipboard_body_get(&body, plugins), first);
    house_copy(scene->house, "b");
    GBytes *second = hp_clipboard_body_get(&body, plugins);
    assert_memory_equal(g_bytes_get_data(first, NULL), "{\"text\":\"a\"}", 12);
    assert_memory_equal(g_bytes_get_data(second, NULL), "{\"text\":\"b\"}", 12);
    hp_clipboard_body_finish(&body);
    g_bytes_unref(first);
    scene_destroy(scene);
}

static unsigned
count_texts(const struct scene *scene, const char *method, const char *body, int status)
{
    unsigned count = 0;
    struct answer answer = ask(scene, method, scene->ann->token, body);
    while (answer.status == status) {
        answer_free(&answer);
        count++;
        answer = ask(scene, method, scene->ann->token, body);
    }
    char wait[512];
    assert_string_equal(answer_header(&answer, "Retry-After", wait), "1");
    expect(answer, 429, "too much text");
    return count;
}

static void
large_texts_have_a_limit_of_bytes(void **state)
{
    struct scene *scene = scene_create();
    char *text = g_strnfill(HP_CLIPBOARD_MAX - 11, 'x'); // as JSON exactly 1 MiB
    char *body = g_strdup_printf("{\"text\":\"%s\"}", text);
    (void) state;
    house_copy(scene->house, text);
    assert_int_equal(count_texts(scene, "GET", NULL, 200), 8);
    house_pass(scene->house, 3000);
    assert_int_equal(count_texts(scene, "POST", body, 204), 3);
    house_pass(scene->house, 1000);
    assert_int_equal(count_texts(scene, "GET", NULL, 200), 1);
    g_free(body);
    g_free(text);
    scene_destroy(scene);
}

static void
the_largest_json_of_a_text_can_be_read(void **state)
{
    struct scene *scene = scene_create();
    char *text = g_strnfill(HP_CLIPBOARD_MAX, '\1'); // \u0001 each
    (void) state;
    house_copy(scene->house, text);
    expect(ask(scene, "GET", scene->ann->token, NULL), 200, "\\u0001\"}");
    g_free(text);
    scene_destroy(scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_writes_and_reads_the_text),
        cmocka_unit_test(others_are_refused),
        cmocka_unit_test(bad_bodies_are_refused),
        cmocka_unit_test(text_of_one_mebibyte_passes_and_a_larger_one_does_not),
        cmocka_unit_test(a_newer_text_takes_the_place_of_one_that_does_not_come),
        cmocka_unit_test(a_text_under_way_ends_with_control),
        cmocka_unit_test(a_text_under_way_ends_with_its_session),
        cmocka_unit_test(a_text_under_way_ends_with_the_room),
        cmocka_unit_test(room_that_has_ended_is_told),
        cmocka_unit_test(the_json_of_a_text_is_made_once),
        cmocka_unit_test(large_texts_have_a_limit_of_bytes),
        cmocka_unit_test(the_largest_json_of_a_text_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
