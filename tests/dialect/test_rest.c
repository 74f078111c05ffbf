// Tests of dialect/rest.c.
#include "dialect/rest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_sockets.h"
#include "house.h"

#define LOGIN_USER "{\"username\":\"ann\",\"password\":\"neko\"}"
#define LOGIN_NEIGHBOUR "{\"username\":\"bob\",\"password\":\"neko\"}"
#define LOGIN_WRONG "{\"username\":\"ann\",\"password\":\"guess\"}"

struct scene {
    struct house *house;
    struct hp_rest *rest;
};

static struct scene *
scene_create(void)
{
    struct scene *scene = g_new0(struct scene, 1);
    scene->house = house_create(0, NULL);
    scene->rest = hp_rest_create(NULL, scene->house->main, scene->house->room);
    return scene;
}

static void
scene_destroy(struct scene *scene)
{
    house_destroy(scene->house);
    hp_rest_destroy(scene->rest);
    g_free(scene);
}

static int
login(const char *address, const char *body, char **wait)
{
    struct hp_request request = { .address = address, .body = body };
    fake_request(&request, "POST", "/api/login");
    if (wait != NULL) {
        *wait = g_strdup(request.retry_after);
    }
    fake_request_finish(&request);
    return request.status;
}

static void
a_login_with_the_token_of_before_takes_that_place(void **state)
{
    struct scene *scene = scene_create();
    struct hp_request request = { .address = "192.0.2.1", .body = LOGIN_USER };
    (void) state;
    struct hp_session *ann = house_enter(scene->house, "ann");
    hp_lobby_lose(ann, ann->link, false);
    request.token = ann->token;
    fake_request(&request, "POST", "/api/login");
    assert_int_equal(request.status, 200);
    assert_non_null(strstr(request.reply, "\"name\":\"ann\""));
    fake_request_finish(&request);
    scene_destroy(scene);
}

static void
a_login_gives_a_session_with_its_token(void **state)
{
    struct scene *scene = scene_create();
    struct hp_request request = { .address = "192.0.2.1", .body = LOGIN_USER };
    (void) state;
    fake_request(&request, "POST", "/api/login");
    assert_int_equal(request.status, 200);
    json_t *reply = json_loads(request.reply, 0, NULL);
    const char *token = json_string_value(json_object_get(reply, "token"));
    assert_int_equal(strlen(token), 64);
    assert_memory_equal(json_string_value(json_object_get(reply, "id")), "ann-", 4);
    assert_true(json_is_false(json_object_get(json_object_get(reply, "state"), "is_connected")));
    assert_true(json_is_null(json_object_get(json_object_get(reply, "profile"), "plugins")));
    fake_request_finish(&request);
    request.token = token;
    fake_request(&request, "GET", "/api/whoami");
    assert_int_equal(request.status, 200);
    assert_null(strstr(request.reply, "token"));
    fake_request_finish(&request);
    fake_request(&request, "POST", "/api/logout");
    assert_int_equal(request.status, 200);
    assert_string_equal(request.reply, "true");
    fake_request_finish(&request);
    fake_request(&request, "GET", "/api/whoami");
    assert_int_equal(request.status, 401);
    fake_request_finish(&request);
    json_decref(reply);
    scene_destroy(scene);
}

static void
bad_bodies_are_refused(void **state)
{
    static const char *const bodies[] = { NULL, "", "[]", "{", "{\"username\":\"ann\"}",
        "{\"username\":null,\"password\":null}", "{\"username\":\"\",\"password\":\"neko\"}",
        "{\"username\":\"a\\u0000b\",\"password\":\"neko\"}",
        "{\"username\":7,\"password\":\"neko\"}", "{\"username\":\"ann\",\"password\":7}" };
    struct scene *scene = scene_create();
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        assert_int_equal(login("192.0.2.1", bodies[i], NULL), 400);
    }
    for (size_t size = 1024; size <= 1025; size++) { // the longest password that is looked at
        char *password = g_strnfill(size, 'x');
        char *body = g_strdup_printf("{\"username\":\"ann\",\"password\":\"%s\"}", password);
        assert_int_equal(login("192.0.2.1", body, NULL), size == 1024 ? 401 : 400);
        g_free(body);
        g_free(password);
    }
    scene_destroy(scene);
}

static void
guessing_is_slowed_down_per_address_and_name(void **state)
{
    struct scene *scene = scene_create();
    char *wait;
    (void) state;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(login("192.0.2.1", LOGIN_WRONG, NULL), 401);
    }
    assert_int_equal(login("192.0.2.1", LOGIN_WRONG, &wait), 429);
    assert_string_equal(wait, "6");
    g_free(wait);
    assert_int_equal(login("192.0.2.2", LOGIN_USER, NULL), 200);
    assert_int_equal(login("192.0.2.1", LOGIN_NEIGHBOUR, NULL), 200);
    house_pass(scene->house, 6100);
    assert_int_equal(login("192.0.2.1", LOGIN_USER, NULL), 200);
    scene_destroy(scene);
}

static void
a_whole_room_may_log_in_from_one_address(void **state)
{
    struct scene *scene = scene_create();
    (void) state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(login("192.0.2.1", LOGIN_USER, NULL), 200);
    }
    scene_destroy(scene);
}

static void
one_ipv6_network_is_one_guesser(void **state)
{
    struct scene *scene = scene_create();
    char address[64];
    (void) state;
    for (int i = 0; i < 10; i++) {
        g_snprintf(address, sizeof(address), "2001:db8::%x", i + 1);
        assert_int_equal(login(address, LOGIN_WRONG, NULL), 401);
    }
    assert_int_equal(login("2001:db8::77", LOGIN_WRONG, NULL), 429);
    assert_int_equal(login("2001:db8:0:1::77", LOGIN_WRONG, NULL), 401);
    scene_destroy(scene);
}

static void
when_the_room_ends_there_is_nobody_to_log_in_to(void **state)
{
    struct scene *scene = scene_create();
    (void) state;
    struct hp_session *ann = house_login(scene->house, "ann");
    hp_rest_close(scene->rest);
    assert_int_equal(login("192.0.2.1", LOGIN_USER, NULL), 503);
    struct hp_request request = { .token = ann->token };
    fake_request(&request, "POST", "/api/logout");
    assert_int_equal(request.status, 503);
    fake_request_finish(&request);
    assert_string_equal(scene->house->plugin->str, "open ann\n");
    scene_destroy(scene);
}

static void
a_foreign_page_cannot_log_in(void **state)
{
    struct scene *scene = scene_create();
    struct hp_request request = { .is_foreign = true,
        .body = "{\"username\":\"ann\",\"password\":\"neko\"}" };
    (void) state;
    fake_request(&request, "POST", "/api/login");
    assert_int_equal(request.status, 403);
    assert_non_null(strstr(request.reply, "origin"));
    fake_request_finish(&request);
    scene_destroy(scene);
}

static void
control_is_requested_taken_and_released(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *ann = house_enter(scene->house, "ann");
    struct hp_session *admin = house_enter(scene->house, "admin");
    static const struct {
        bool is_admin;
        const char *method, *path;
        int status;
    } steps[] = {
        { false, "POST", "/api/room/control/release", 422 },
        { false, "POST", "/api/room/control/request", 204 },
        { false, "POST", "/api/room/control/request", 202 }, // the host itself
        { true, "POST", "/api/room/control/request", 202 },
        { false, "POST", "/api/room/control/take", 403 },
        { true, "POST", "/api/room/control/take", 204 },
        { false, "GET", "/api/room/control", 200 },
        { false, "POST", "/api/room/control/reset", 403 },
        { true, "POST", "/api/room/control/reset", 204 },
    };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        struct hp_request request = { .token = steps[i].is_admin ? admin->token : ann->token };
        fake_request(&request, steps[i].method, steps[i].path);
        assert_int_equal(request.status, steps[i].status);
        fake_request_finish(&request);
    }
    assert_null(hp_control_host(hp_room_control(scene->house->room)));
    scene_destroy(scene);
}

static int
give(const struct hp_session *by, const char *id)
{
    char *path = g_strdup_printf("/api/room/control/give/%s", id);
    struct hp_request request = { .token = by->token };
    fake_request(&request, "POST", path);
    fake_request_finish(&request);
    g_free(path);
    return request.status;
}

static void
control_is_given_by_its_host_and_by_admins(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *ann = house_enter(scene->house, "ann");
    struct hp_session *bob = house_enter(scene->house, "bob");
    struct hp_session *admin = house_enter(scene->house, "admin");
    (void) state;
    assert_int_equal(give(ann, bob->id), 403);
    assert_int_equal(give(admin, "nobody"), 404);
    assert_int_equal(give(admin, ann->id), 204);
    assert_int_equal(give(ann, bob->id), 204);
    assert_ptr_equal(hp_control_host(hp_room_control(scene->house->room)), bob);
    ann->profile.can_host = false;
    assert_int_equal(give(bob, ann->id), 400);
    scene_destroy(scene);
}

enum person {
    NOBODY, // without a token
    STRANGER, // with a wrong one
    BANNED, // may not log in any more
    USER,
    SPECTATOR, // may not have control
    OUTSIDER, // a user in private mode
    HOST, // a user who has control
    ADMIN,
    PEOPLE
};

static void
go_private(struct hp_rules *rules)
{
    rules->private_mode = true;
}

static void
prepare(struct house *house, enum person person, struct hp_session *session)
{
    if (person == BANNED) {
        session->profile.can_login = false;
    } else if (person == SPECTATOR) {
        session->profile.can_host = false;
    } else if (person == OUTSIDER) {
        house_set_rules(house, NULL, go_private);
    } else if (person == HOST) {
        assert_int_equal(
                hp_control_request(hp_room_control(house->room), session), HP_CONTROL_TAKEN);
    }
}

// Asks as that person. One that is refused has changed nothing.
static int
ask(enum person person, const char *method, const char *path)
{
    struct scene *scene = scene_create();
    struct hp_control *control = hp_room_control(scene->house->room);
    struct hp_session *bob = house_enter(scene->house, "bob");
    struct hp_session *session = house_enter(scene->house, person == ADMIN ? "admin" : "ann");
    prepare(scene->house, person, session);
    const struct hp_session *host = hp_control_host(control);
    GString *full = g_string_new(path);
    g_string_replace(full, "BOB", bob->id, 0);
    struct hp_request request = { .path = NULL };
    request.token = person == NOBODY ? NULL : person == STRANGER ? "wrong" : session->token;
    fake_request(&request, method, full->str);
    if (request.status >= 400) {
        assert_ptr_equal(hp_control_host(control), host);
        assert_int_equal(hp_sessions_count(hp_room_sessions(scene->house->room)), 2);
    }
    fake_request_finish(&request);
    g_string_free(full, TRUE);
    scene_destroy(scene);
    return request.status;
}

static void
every_right_is_asked_for_at_every_route(void **state)
{
    static const struct {
        const char *method, *path;
        int statuses[PEOPLE];
    } rows[] = {
        { "POST", "/api/logout", { 401, 401, 403, 200, 200, 200, 200, 200 } },
        { "GET", "/api/whoami", { 401, 401, 403, 200, 200, 200, 200, 200 } },
        { "GET", "/api/room/control", { 401, 401, 403, 200, 403, 422, 200, 200 } },
        { "POST", "/api/room/control/request", { 401, 401, 403, 204, 403, 422, 202, 204 } },
        { "POST", "/api/room/control/release", { 401, 401, 403, 422, 403, 422, 204, 422 } },
        { "POST", "/api/room/control/give/BOB", { 401, 401, 403, 403, 403, 403, 204, 204 } },
        { "POST", "/api/room/control/give/none", { 401, 401, 403, 403, 403, 403, 404, 404 } },
        { "POST", "/api/room/control/take", { 401, 401, 403, 403, 403, 422, 403, 204 } },
        { "POST", "/api/room/control/reset", { 401, 401, 403, 403, 403, 422, 403, 204 } },
    };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (unsigned person = 0; person < PEOPLE; person++) {
            int status = ask((enum person) person, rows[i].method, rows[i].path);
            if (status != rows[i].statuses[person]) {
                print_error("%s: person %u gets %d, expected %d\n", rows[i].path, person, status,
                        rows[i].statuses[person]);
                fail();
            }
        }
    }
}

static unsigned
count_answers(struct hp_session *session, const char *path, unsigned tries)
{
    unsigned count = 0;
    for (unsigned i = 0; i < tries; i++) {
        struct hp_request request = { .address = "192.0.2.1", .token = session->token };
        fake_request(&request, "GET", path);
        count += request.status == 200;
        if (request.status != 200) {
            assert_int_equal(request.status, 429);
            assert_string_equal(request.retry_after, "1");
        }
        fake_request_finish(&request);
    }
    return count;
}

static void
a_session_that_asks_in_a_loop_has_to_wait_and_nobody_else(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *ann = house_enter(scene->house, "ann");
    struct hp_session *bob = house_enter(scene->house, "bob");
    (void) state;
    assert_int_equal(count_answers(ann, "/api/whoami", 50), 50);
    assert_int_equal(count_answers(ann, "/api/room/control", 50), 10); // of the same 60
    assert_int_equal(count_answers(bob, "/api/whoami", 60), 60);
    house_pass(scene->house, 1000);
    assert_int_equal(count_answers(ann, "/api/whoami", 50), 20);
    scene_destroy(scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_login_gives_a_session_with_its_token),
        cmocka_unit_test(a_login_with_the_token_of_before_takes_that_place),
        cmocka_unit_test(bad_bodies_are_refused),
        cmocka_unit_test(guessing_is_slowed_down_per_address_and_name),
        cmocka_unit_test(a_foreign_page_cannot_log_in),
        cmocka_unit_test(a_whole_room_may_log_in_from_one_address),
        cmocka_unit_test(one_ipv6_network_is_one_guesser),
        cmocka_unit_test(when_the_room_ends_there_is_nobody_to_log_in_to),
        cmocka_unit_test(every_right_is_asked_for_at_every_route),
        cmocka_unit_test(control_is_requested_taken_and_released),
        cmocka_unit_test(control_is_given_by_its_host_and_by_admins),
        cmocka_unit_test(a_session_that_asks_in_a_loop_has_to_wait_and_nobody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
