// Tests of dialect/signal.c and dialect/events.c: what browsers say, and what they should not.
#include "dialect/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_sockets.h"
#include "house.h"
#include "signal_scene.h"

static void
host_implicitly(struct hp_rules *rules)
{
    rules->implicit_hosting = true;
}

static void
events_at_connect_have_nekos_order(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *ws = enter(scene, "admin", NULL);
    (void) state;
    fake_ws_say(ws, "{\"event\":\"signal/request\",\"payload\":{}}");
    house_pump(scene->house);
    static const char *const order[] = { "{\"event\":\"system/init\",\"payload\":{\"session_id\":",
        "{\"event\":\"system/admin\"", "{\"event\":\"session/state\"",
        "{\"event\":\"signal/provide\",\"payload\":{\"sdp\":" };
    const char *at = ws->sent->str;
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        at = strstr(at, order[i]);
        assert_non_null(at);
    }
    assert_int_equal(fake_ws_count(ws, "hairpin/error"), 0);
    fake_ws_close(ws, HP_WS_GOODBYE);
    scene_destroy(scene);
}

static void
a_socket_without_a_token_is_told_and_closed(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *ws = fake_ws_open(NULL);
    (void) state;
    assert_string_equal(ws->sent->str,
            "{\"event\":\"system/disconnect\",\"payload\":{\"message\":"
            "\"no authentication provided\"}}\n");
    assert_true(ws->is_closing);
    fake_ws_say(ws, "{\"event\":\"signal/request\",\"payload\":{}}"); // nobody listens
    fake_ws_close(ws, 0);
    scene_destroy(scene);
}

static void
heartbeats_come_every_ten_seconds_without_payload(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *ws = enter(scene, "ann", NULL);
    (void) state;
    house_pass(scene->house, 30500);
    assert_int_equal(fake_ws_count(ws, "{\"event\":\"system/heartbeat\"}\n"), 3);
    fake_ws_close(ws, HP_WS_GOODBYE);
    scene_destroy(scene);
}

static void
what_is_no_event_is_answered_with_bad_message(void **state)
{
    static const char *const bad[] = { "", "[]", "7", "{\"event\":7}", "{\"event\":\"no/such\"}",
        "{\"event\":\"\"}", "{\"payload\":{}}", "{\"event\":\"signal/answer\"}",
        "{\"event\":\"signal/answer\",\"payload\":null}",
        "{\"event\":\"signal/answer\",\"payload\":{\"sdp\":7}}" };
    struct scene *scene = scene_create();
    struct hp_ws *ws = enter(scene, "ann", NULL);
    struct hp_signal_stats stats;
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        fake_ws_say(ws, bad[i]);
        assert_int_equal(fake_ws_count(ws, "\"code\":\"bad-message\""), i + 1);
    }
    hp_signal_get_stats(scene->signal, &stats);
    assert_int_equal(stats.bad_messages, G_N_ELEMENTS(bad));
    fake_ws_close(ws, HP_WS_GOODBYE);
    scene_destroy(scene);
}

static void
error_replies_are_limited(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *ws = enter(scene, "ann", NULL);
    (void) state;
    for (int i = 0; i < 300; i++) {
        fake_ws_say(ws, "{");
    }
    assert_int_equal(fake_ws_count(ws, "hairpin/error"), 10);
    fake_ws_close(ws, HP_WS_GOODBYE);
    scene_destroy(scene);
}

static void
the_socket_of_a_session_counts_as_known_and_no_other(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *ws = enter(scene, "admin", NULL);
    struct hp_ws *stranger = fake_ws_open("token");
    (void) state;
    assert_true(ws->is_known);
    assert_false(stranger->is_known);
    fake_ws_close(ws, HP_WS_GOODBYE);
    fake_ws_close(stranger, 0);
    scene_destroy(scene);
}

static void
null_where_an_object_is_due_harms_nobody(void **state)
{
    static const char *const events[] = { "client/heartbeat", "system/logs", "signal/request",
        "signal/restart", "signal/offer", "signal/answer", "signal/candidate", "signal/video",
        "signal/audio", "hairpin/stats", "control/request", "control/release", "control/take",
        "control/give", "control/reset", "control/move", "control/scroll", "control/buttonpress",
        "control/buttondown", "control/buttonup", "control/keypress", "control/keydown",
        "control/keyup", "control/touchbegin", "control/touchupdate", "control/touchend",
        "control/cut", "control/copy", "control/select_all", "control/paste", "screen/set",
        "clipboard/set", "keyboard/map", "keyboard/modifiers", "send/unicast", "send/broadcast",
        "chat/message", "filetransfer/update" };
    static const char *const payloads[] = { "", ",\"payload\":null", ",\"payload\":[]",
        ",\"payload\":{}", ",\"payload\":\"\"", ",\"payload\":-1e300", ",\"payload\":[null]",
        ",\"payload\":{\"video\":null,\"sdp\":null,\"x\":null,\"y\":{},\"keysym\":[],\"id\":null}",
        (",\"payload\":{\"x\":1e300,\"y\":-1e300,\"keysym\":1e99,\"code\":-5,\"touch_id\":1.5,"
         "\"width\":1e9,\"height\":-1,\"delta_y\":1e9,\"subject\":\"\",\"receiver\":\"x\"}") };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
        struct scene *scene = scene_create();
        struct hp_ws *ws = enter(scene, "admin", NULL);
        for (size_t j = 0; j < G_N_ELEMENTS(payloads); j++) {
            char *text = g_strdup_printf("{\"event\":\"%s\"%s}", events[i], payloads[j]);
            fake_ws_say(ws, text);
            g_free(text);
        }
        house_pass(scene->house, 300);
        assert_false(ws->is_closing);
        fake_ws_close(ws, HP_WS_GOODBYE);
        scene_destroy(scene);
    }
}

static void
who_may_not_watch_gets_no_peer(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *session;
    struct hp_ws *ws = enter(scene, "ann", &session);
    (void) state;
    session->profile.can_watch = false;
    fake_ws_say(ws, "{\"event\":\"signal/request\",\"payload\":{}}");
    house_pump(scene->house);
    assert_int_equal(fake_counts.peers_created, 0);
    fake_ws_close(ws, HP_WS_GOODBYE);
    scene_destroy(scene);
}

static void
a_socket_that_was_replaced_is_not_heard(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *session;
    struct hp_ws *old = enter(scene, "ann", &session);
    struct hp_ws *ws = fake_ws_open(session->token);
    (void) state;
    assert_true(old->is_closing);
    assert_int_equal(fake_ws_count(old, "connection replaced"), 1);
    fake_ws_say(old, "{\"event\":\"control/request\"}");
    house_pump(scene->house);
    assert_null(hp_control_host(hp_room_control(scene->house->room)));
    fake_ws_say(ws, "{\"event\":\"control/request\"}");
    assert_ptr_equal(hp_control_host(hp_room_control(scene->house->room)), session);
    fake_ws_close(old, HP_WS_GOODBYE);
    fake_ws_close(ws, HP_WS_GOODBYE);
    scene_destroy(scene);
}

static void
input_over_the_websocket_arrives_in_order(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *ws = enter(scene, "ann", NULL);
    (void) state;
    fake_ws_say(ws, "{\"event\":\"control/request\"}");
    house_forget(scene->house);
    fake_ws_say(ws, "{\"event\":\"control/buttondown\",\"payload\":{\"code\":1,\"x\":5,\"y\":6}}");
    fake_ws_say(ws, "{\"event\":\"control/keypress\",\"payload\":{\"keysym\":65293}}");
    house_pump(scene->house);
    static const enum hp_input_kind kinds[] = { HP_INPUT_MOVE, HP_INPUT_BUTTON_DOWN,
        HP_INPUT_RELEASE_ALL, HP_INPUT_KEY_DOWN, HP_INPUT_KEY_UP };
    assert_int_equal(scene->house->input_count, G_N_ELEMENTS(kinds));
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        assert_int_equal(scene->house->inputs[i].kind, kinds[i]);
    }
    fake_ws_close(ws, HP_WS_GOODBYE);
    scene_destroy(scene);
}

// Without a data channel it is the socket's pings that show who is there.
static void
a_key_that_is_held_over_the_websocket_needs_a_sign_of_life(void **state)
{
    struct scene *scene = scene_create();
    struct house *house = scene->house;
    struct hp_ws *ws = enter(scene, "ann", NULL);
    (void) state;
    fake_ws_say(ws, "{\"event\":\"control/request\"}");
    house_forget(house);
    house_pass(house, 2000);
    assert_int_equal(ws->pings, 0); // nothing is held
    fake_ws_say(ws, "{\"event\":\"control/keydown\",\"payload\":{\"keysym\":97}}");
    for (int i = 0; i < 20; i++) {
        house_pass(house, 500);
        fake_ws_pong(ws);
    }
    assert_int_equal(house->input_count, 1);
    assert_in_range(ws->pings, 30, 40); // in ten seconds
    house_pass(house, 1300);
    assert_int_equal(house->input_count, 2);
    assert_int_equal(house->inputs[1].kind, HP_INPUT_RELEASE_ALL);
    unsigned pings = ws->pings;
    house_pass(house, 3000);
    assert_in_range(ws->pings, pings, pings + 1);
    fake_ws_close(ws, HP_WS_GOODBYE);
    scene_destroy(scene);
}

// The event that takes control comes before the old host's keys are released.
static void
under_implicit_hosting_the_event_that_takes_control_is_played(void **state)
{
    struct scene *scene = scene_create();
    struct house *house = scene->house;
    struct hp_ws *ann = enter(scene, "ann", NULL);
    struct hp_ws *bob = enter(scene, "bob", NULL);
    (void) state;
    house_set_rules(house, NULL, host_implicitly);
    fake_ws_say(ann, "{\"event\":\"control/keydown\",\"payload\":{\"keysym\":97}}");
    for (unsigned i = 0; i < 6; i++) {
        house_forget(house);
        house_pass(house, 1000);
        house_forget(house);
        fake_ws_say(i % 2 == 0 ? bob : ann, "{\"event\":\"control/keypress\",\"payload\":{\"keysym\":98}}");
        house_pump(house);
        assert_true(house->input_count >= 3);
        assert_int_equal(house->inputs[house->input_count - 2].kind, HP_INPUT_KEY_DOWN);
        assert_int_equal(house->inputs[house->input_count - 2].keysym, 98);
        assert_int_equal(house->inputs[house->input_count - 1].kind, HP_INPUT_KEY_UP);
    }
    fake_ws_close(ann, HP_WS_GOODBYE);
    fake_ws_close(bob, HP_WS_GOODBYE);
    scene_destroy(scene);
}

static void
a_request_for_control_is_withdrawn_and_declined(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *session;
    struct hp_ws *ann = enter(scene, "ann", NULL);
    struct hp_ws *bob = enter(scene, "bob", &session);
    (void) state;
    fake_ws_say(ann, "{\"event\":\"control/request\"}");
    fake_ws_say(bob, "{\"event\":\"hairpin/withdraw\"}");
    assert_int_equal(fake_ws_count(bob, "not-allowed"), 1);
    fake_ws_say(bob, "{\"event\":\"control/request\"}");
    fake_ws_say(bob, "{\"event\":\"hairpin/withdraw\"}");
    assert_int_equal(fake_ws_count(bob, "\"state\":\"withdrawn\""), 1);
    fake_ws_say(bob, "{\"event\":\"control/request\"}");
    char *decline = g_strdup_printf(
            "{\"event\":\"hairpin/decline\",\"payload\":{\"id\":\"%s\"}}", session->id);
    fake_ws_say(bob, decline);
    assert_int_equal(fake_ws_count(bob, "not-allowed"), 2); // only the host declines
    fake_ws_say(ann, decline);
    assert_int_equal(fake_ws_count(bob, "\"state\":\"declined\""), 1);
    fake_ws_say(ann, "{\"event\":\"hairpin/decline\",\"payload\":{\"id\":\"nobody\"}}");
    assert_int_equal(fake_ws_count(ann, "not-allowed"), 1);
    house_pass(scene->house, 600);
    assert_int_equal(fake_ws_count(ann, "\"hairpin/requests\",\"payload\":{\"ids\":[]}"), 1);
    assert_int_equal(fake_ws_count(bob, "\"hairpin\":{\"grace\":30.0}"), 1);
    g_free(decline);
    fake_ws_close(ann, HP_WS_GOODBYE);
    fake_ws_close(bob, HP_WS_GOODBYE);
    scene_destroy(scene);
}

// A page that only listens answers the pings.
static void
a_host_that_answers_pings_is_not_away(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *ann = enter(scene, "ann", NULL);
    struct hp_ws *bob = enter(scene, "bob", NULL);
    (void) state;
    fake_ws_say(ann, "{\"event\":\"control/request\"}");
    for (int i = 0; i < 10; i++) {
        house_pass(scene->house, 3000);
        fake_ws_pong(ann);
    }
    assert_int_equal(fake_ws_count(bob, "hairpin/away"), 0);
    house_pass(scene->house, 5600);
    assert_int_equal(fake_ws_count(bob, "hairpin/away"), 1);
    fake_ws_close(ann, HP_WS_GOODBYE);
    fake_ws_close(bob, HP_WS_GOODBYE);
    scene_destroy(scene);
}

static void
a_flood_is_dropped_and_then_cut(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *session;
    struct hp_ws *ws = enter(scene, "ann", &session);
    struct hp_ws *other = enter(scene, "bob", NULL);
    (void) state;
    for (int i = 0; i < 10000; i++) {
        fake_ws_say(ws, "{\"event\":\"control/move\",\"payload\":{\"x\":1,\"y\":1}}");
    }
    house_pump(scene->house);
    assert_true(scene->house->input_count <= 400);
    assert_false(ws->is_closing);
    for (int i = 0; i < 20000; i++) {
        fake_ws_say(ws, "{\"event\":\"control/move\",\"payload\":{\"x\":1,\"y\":1}}");
    }
    assert_true(ws->is_closing);
    assert_false(session->is_connected);
    assert_false(other->is_closing);
    fake_ws_close(ws, 0);
    fake_ws_close(other, HP_WS_GOODBYE);
    scene_destroy(scene);
}

static void
large_messages_beyond_the_limit_cut_sooner(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *ws = enter(scene, "ann", NULL);
    char *filler = g_strnfill(200000, 'x');
    char *text = g_strdup_printf("{\"event\":\"system/logs\",\"payload\":[\"%s\"]}", filler);
    int count = 0;
    (void) state;
    while (!ws->is_closing && count < 1000) {
        fake_ws_say(ws, text);
        count++;
    }
    assert_in_range(count, 20, 200);
    g_free(text);
    g_free(filler);
    fake_ws_close(ws, 0);
    scene_destroy(scene);
}

static void
three_hundred_requests_in_one_go_make_few_peers(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *ws = enter(scene, "ann", NULL);
    (void) state;
    for (int i = 0; i < 300; i++) {
        fake_ws_say(ws, "{\"event\":\"signal/request\",\"payload\":{\"video\":{},\"audio\":{}}}");
    }
    house_pass(scene->house, 1000);
    assert_in_range(fake_counts.peers_created, 1, 2);
    fake_ws_close(ws, HP_WS_GOODBYE);
    scene_destroy(scene);
}

static void
bombs_are_refused_before_they_are_parsed(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *ws = enter(scene, "ann", NULL);
    GString *deep = g_string_new("{\"event\":\"send/broadcast\",\"payload\":");
    (void) state;
    for (int i = 0; i < 10000; i++) {
        g_string_append_c(deep, '[');
    }
    fake_ws_say(ws, deep->str);
    assert_int_equal(fake_ws_count(ws, "\"code\":\"bad-message\""), 1);
    char *letter = g_strnfill(100000, 'x');
    g_string_printf(deep,
            "{\"event\":\"send/broadcast\",\"payload\":{\"subject\":\"s\",\"body\":\"%s\"}}",
            letter);
    fake_ws_say(ws, deep->str); // a letter of 100 KB to everyone
    assert_int_equal(fake_ws_count(ws, "\"code\":\"bad-message\""), 2);
    g_free(letter);
    g_string_free(deep, TRUE);
    fake_ws_close(ws, HP_WS_GOODBYE);
    scene_destroy(scene);
}

static void
letters_reach_whom_they_are_for(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *bob_session;
    struct hp_ws *ann = enter(scene, "ann", NULL);
    struct hp_ws *bob = enter(scene, "bob", &bob_session);
    struct hp_ws *cat = enter(scene, "cat", NULL);
    (void) state;
    fake_ws_say(
            ann, "{\"event\":\"send/broadcast\",\"payload\":{\"subject\":\"chat\",\"body\":[1]}}");
    assert_int_equal(fake_ws_count(ann, "send/broadcast"), 0);
    assert_int_equal(fake_ws_count(bob, "\"subject\":\"chat\",\"body\":[1]}"), 1);
    assert_int_equal(fake_ws_count(cat, "send/broadcast"), 1);
    char *text = g_strdup_printf("{\"event\":\"send/unicast\",\"payload\":{\"receiver\":\"%s\","
                                 "\"subject\":\"hi\",\"body\":null}}",
            bob_session->id);
    fake_ws_say(ann, text);
    g_free(text);
    assert_int_equal(fake_ws_count(bob, "send/unicast"), 1);
    assert_int_equal(fake_ws_count(cat, "send/unicast"), 0);
    fake_ws_close(ann, HP_WS_GOODBYE);
    fake_ws_close(bob, HP_WS_GOODBYE);
    fake_ws_close(cat, HP_WS_GOODBYE);
    scene_destroy(scene);
}

// Several who send as much as they may must not fill the queue of somebody who reads.
static void
letters_of_one_person_are_bounded_in_bytes(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *ann = enter(scene, "ann", NULL);
    struct hp_ws *bob = enter(scene, "bob", NULL);
    char *body = g_strnfill(16000, 'x');
    char *text = g_strdup_printf("{\"event\":\"send/broadcast\",\"payload\":{\"subject\":\"s\","
                                 "\"body\":\"%s\"}}",
            body);
    (void) state;
    for (int i = 0; i < 60; i++) {
        fake_ws_say(ann, text);
    }
    assert_in_range(fake_ws_count(bob, "send/broadcast"), 5, 20);
    g_free(text);
    g_free(body);
    fake_ws_close(ann, HP_WS_GOODBYE);
    fake_ws_close(bob, HP_WS_GOODBYE);
    scene_destroy(scene);
}

static void
plugins_get_their_events_and_nekos_others_are_not_available(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *ws = enter(scene, "ann", NULL);
    (void) state;
    fake_ws_say(ws, "{\"event\":\"test/hello\",\"payload\":{\"a\":1}}");
    assert_int_equal(fake_ws_count(ws, "{\"event\":\"test/echo\",\"payload\":{\"a\":1}}"), 1);
    fake_ws_say(ws, "{\"event\":\"keyboard/map\",\"payload\":{\"layout\":\"us\"}}");
    assert_int_equal(fake_ws_count(ws, "\"code\":\"not-available\""), 1);
    fake_ws_close(ws, HP_WS_GOODBYE);
    scene_destroy(scene);
}

static void
a_lost_socket_has_its_grace_and_the_next_one_goes_on(void **state)
{
    struct scene *scene = scene_create();
    struct hp_session *session;
    struct hp_ws *ws = enter(scene, "ann", &session);
    (void) state;
    fake_ws_say(ws, "{\"event\":\"control/request\"}");
    fake_ws_close(ws, 0);
    house_pass(scene->house, 3000);
    ws = fake_ws_open(session->token);
    house_pass(scene->house, 6000);
    assert_ptr_equal(hp_control_host(hp_room_control(scene->house->room)), session);
    fake_ws_close(ws, HP_WS_GOODBYE);
    assert_false(session->is_connected);
    scene_destroy(scene);
}

static void
a_shutdown_is_told_and_closes_with_1001(void **state)
{
    struct scene *scene = scene_create();
    struct hp_ws *ws = enter(scene, "ann", NULL);
    (void) state;
    house_close(scene->house);
    assert_int_equal(fake_ws_count(ws, "{\"message\":\"connection shutdown\"}"), 1);
    assert_int_equal(ws->close_code, 1001);
    hp_signal_close(scene->signal);
    fake_ws_close(ws, 0); // a socket may outlive the room
    ws = fake_ws_open("token");
    assert_int_equal(fake_ws_count(ws, "{\"message\":\"connection shutdown\"}"), 1);
    fake_ws_close(ws, 0);
    hp_signal_destroy(scene->signal);
    house_destroy(scene->house);
    g_free(scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_at_connect_have_nekos_order),
        cmocka_unit_test(a_socket_without_a_token_is_told_and_closed),
        cmocka_unit_test(heartbeats_come_every_ten_seconds_without_payload),
        cmocka_unit_test(what_is_no_event_is_answered_with_bad_message),
        cmocka_unit_test(error_replies_are_limited),
        cmocka_unit_test(the_socket_of_a_session_counts_as_known_and_no_other),
        cmocka_unit_test(null_where_an_object_is_due_harms_nobody),
        cmocka_unit_test(who_may_not_watch_gets_no_peer),
        cmocka_unit_test(a_socket_that_was_replaced_is_not_heard),
        cmocka_unit_test(input_over_the_websocket_arrives_in_order),
        cmocka_unit_test(a_key_that_is_held_over_the_websocket_needs_a_sign_of_life),
        cmocka_unit_test(under_implicit_hosting_the_event_that_takes_control_is_played),
        cmocka_unit_test(a_request_for_control_is_withdrawn_and_declined),
        cmocka_unit_test(a_host_that_answers_pings_is_not_away),
        cmocka_unit_test(a_flood_is_dropped_and_then_cut),
        cmocka_unit_test(large_messages_beyond_the_limit_cut_sooner),
        cmocka_unit_test(three_hundred_requests_in_one_go_make_few_peers),
        cmocka_unit_test(bombs_are_refused_before_they_are_parsed),
        cmocka_unit_test(letters_reach_whom_they_are_for),
        cmocka_unit_test(letters_of_one_person_are_bounded_in_bytes),
        cmocka_unit_test(plugins_get_their_events_and_nekos_others_are_not_available),
        cmocka_unit_test(a_lost_socket_has_its_grace_and_the_next_one_goes_on),
        cmocka_unit_test(a_shutdown_is_told_and_closes_with_1001),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
