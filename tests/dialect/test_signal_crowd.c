// Tests of dialect/signal.c: what is told about the people of a room, and of one with many.
#include "dialect/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "fake_sockets.h"
#include "house.h"
#include "room/lobby.h"
#include "signal_scene.h"

static void
the_list_of_people_tells_how_they_are_now(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *ann, *bob;
    struct hp_profile renamed;
    (void) state;
    struct hp_ws *first = enter(scene, "ann", &ann);
    struct hp_ws *second = enter(scene, "bob", &bob); // the list has texts now
    assert_int_equal(fake_ws_count(second, "\"name\":\"ann\""), 1);
    assert_int_equal(fake_ws_count(second, "\"is_watching\":true"), 0);
    fake_ws_say(first, "{\"event\":\"signal/request\",\"payload\":{}}");
    house_watch(scene->house, ann);
    hp_profile_copy(&renamed, &bob->profile);
    g_free(renamed.name);
    renamed.name = g_strdup("rob");
    hp_lobby_set_profile(bob, &renamed);
    hp_profile_finish(&renamed);
    struct hp_session *cat = house_login(scene->house, "cat");
    struct hp_ws *before = enter(scene, "eve", NULL); // who gets a list with cat in it, away
    struct hp_ws *third = fake_ws_open(cat->token);
    json_t *init = json_loads(strtok(third->sent->str, "\n"), 0, NULL);
    const json_t *people = json_object_get(json_object_get(init, "payload"), "sessions");
    const json_t *state_of_cat = json_object_get(json_object_get(people, cat->id), "state");
    assert_true(json_is_true(json_object_get(state_of_cat, "is_connected")));
    const json_t *state_of_ann = json_object_get(json_object_get(people, ann->id), "state");
    const json_t *profile = json_object_get(json_object_get(people, bob->id), "profile");
    assert_int_equal(json_object_size(people), 4);
    assert_true(json_is_true(json_object_get(state_of_ann, "is_watching")));
    assert_string_equal(json_string_value(json_object_get(profile, "name")), "rob");
    json_decref(init);
    hp_lobby_end(bob);
    struct hp_ws *fourth = enter(scene, "dan", NULL);
    assert_int_equal(fake_ws_count(fourth, "rob"), 0);
    fake_ws_close(first, HP_WS_GOODBYE);
    fake_ws_close(second, 0);
    fake_ws_close(before, HP_WS_GOODBYE);
    fake_ws_close(third, HP_WS_GOODBYE);
    fake_ws_close(fourth, HP_WS_GOODBYE);
    scene_destroy(scene);
}

enum {
    CROWD = 17
};

// The first sees all that is told to a crowd.
static struct hp_ws *
crowd_enter(struct scene *scene, struct hp_ws **others)
{
    struct hp_ws *first = enter(scene, "first", NULL);
    for (int i = 0; i < CROWD - 1; i++) {
        char name[16];
        g_snprintf(name, sizeof(name), "v%d", i);
        others[i] = enter(scene, name, NULL);
    }
    house_pass(scene->house, 300);
    g_string_truncate(first->sent, 0);
    return first;
}

static void
crowd_leave(struct hp_ws *first, struct hp_ws **others)
{
    for (int i = 0; i < CROWD - 1; i++) {
        fake_ws_close(others[i], HP_WS_GOODBYE);
    }
    fake_ws_close(first, HP_WS_GOODBYE);
}

static void
a_crowd_hears_once_of_one_who_comes(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *others[CROWD - 1];
    struct hp_session *late;
    (void) state;
    struct hp_ws *first = crowd_enter(scene, others);
    struct hp_ws *ws = enter(scene, "late", &late);
    fake_ws_say(ws, "{\"event\":\"signal/request\",\"payload\":{}}");
    house_watch(scene->house, late);
    assert_int_equal(fake_ws_count(ws, "\"is_watching\":true"), 1); // it hears at once
    assert_string_equal(first->sent->str, "");
    house_pass(scene->house, 260);
    assert_int_equal(fake_ws_count(first, "session/"), 1);
    assert_int_equal(fake_ws_count(first, "session/created"), 1);
    assert_int_equal(fake_ws_count(first, "\"is_watching\":true"), 1); // the latest state
    assert_int_equal(fake_ws_count(ws, "session/created"), 0); // not about itself
    fake_ws_close(ws, HP_WS_GOODBYE);
    house_pass(scene->house, 260);
    assert_int_equal(fake_ws_count(first, "session/state"), 1);
    crowd_leave(first, others);
    scene_destroy(scene);
}

static void
a_crowd_hears_who_came_before_it_hears_of_their_deeds(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *others[CROWD - 1];
    (void) state;
    struct hp_ws *first = crowd_enter(scene, others);
    struct hp_ws *one = enter(scene, "one", NULL);
    struct hp_ws *two = enter(scene, "two", NULL); // finds one in its list
    fake_ws_say(one,
            "{\"event\":\"send/broadcast\",\"payload\":{\"subject\":\"s\",\"body\":1}}");
    assert_int_equal(fake_ws_count(first, "session/created"), 2);
    assert_true(strstr(first->sent->str, "session/created")
            < strstr(first->sent->str, "send/broadcast"));
    assert_int_equal(fake_ws_count(one, "session/created"), 1); // of two
    assert_int_equal(fake_ws_count(two, "session/created"), 0);
    house_pass(scene->house, 300);
    assert_int_equal(fake_ws_count(first, "session/created"), 2);
    fake_ws_close(one, HP_WS_GOODBYE);
    fake_ws_close(two, HP_WS_GOODBYE);
    crowd_leave(first, others);
    scene_destroy(scene);
}

static void
one_who_ends_at_once_was_created_before_it_was_deleted(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *others[CROWD - 1];
    struct hp_session *brief;
    (void) state;
    struct hp_ws *first = crowd_enter(scene, others);
    struct hp_ws *ws = enter(scene, "brief", &brief);
    hp_lobby_end(brief);
    assert_int_equal(fake_ws_count(first, "session/created"), 1);
    assert_int_equal(fake_ws_count(first, "session/deleted"), 1);
    assert_true(strstr(first->sent->str, "session/created")
            < strstr(first->sent->str, "session/deleted"));
    fake_ws_close(ws, 0);
    house_pass(scene->house, 300);
    assert_int_equal(fake_ws_count(first, "session/"), 2);
    crowd_leave(first, others);
    scene_destroy(scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_of_people_tells_how_they_are_now),
        cmocka_unit_test(a_crowd_hears_once_of_one_who_comes),
        cmocka_unit_test(a_crowd_hears_who_came_before_it_hears_of_their_deeds),
        cmocka_unit_test(one_who_ends_at_once_was_created_before_it_was_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
