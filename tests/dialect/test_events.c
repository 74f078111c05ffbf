// Tests of dialect/events.c, args.c and keystrokes.c: what each event does to the room. Who may say
// it is in test_rights.c.
#include "dialect/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dialect/signal.h"
#include "fake_sockets.h"
#include "room/stage.h"
#include "room/control.h"
#include "room/room.h"
#include "house.h"

struct scene {
    struct house *house;
    struct hp_signal *signal;
    struct hp_session *admin, *ann;
    struct hp_ws *admin_ws, *ann_ws;
    GString *inputs;
};

static struct scene *
scene_create(void)
{
    struct scene *scene = g_new0(struct scene, 1);
    scene->house = house_create(0, NULL);
    scene->signal = hp_signal_create(NULL, scene->house->main, scene->house->room, NULL);
    scene->admin = house_login(scene->house, "admin");
    scene->ann = house_login(scene->house, "ann");
    scene->admin_ws = fake_ws_open(scene->admin->token);
    scene->ann_ws = fake_ws_open(scene->ann->token);
    scene->inputs = g_string_new(NULL);
    return scene;
}

static void
scene_destroy(struct scene *scene)
{
    fake_ws_close(scene->admin_ws, HP_WS_GOODBYE);
    fake_ws_close(scene->ann_ws, HP_WS_GOODBYE);
    house_close(scene->house);
    hp_signal_destroy(scene->signal);
    house_destroy(scene->house);
    g_string_free(scene->inputs, TRUE);
    g_free(scene);
}

// Says it and forgets what came before. ANN in a payload is the id of ann's session.
static void
say(struct scene *scene, struct hp_ws *ws, const char *event, const char *payload)
{
    GString *text = g_string_new(NULL);
    g_string_printf(text, "{\"event\":\"%s\",\"payload\":%s}", event, payload);
    g_string_replace(text, "ANN", scene->ann->id, 0);
    house_forget(scene->house);
    fake_peer_take_words();
    g_string_truncate(scene->admin_ws->sent, 0);
    g_string_truncate(scene->ann_ws->sent, 0);
    fake_ws_say(ws, text->str);
    house_pump(scene->house);
    g_string_free(text, TRUE);
}

static void
write_input(GString *text, const struct hp_input *input)
{
    switch (input->kind) {
    case HP_INPUT_MOVE: g_string_append_printf(text, "move %d %d", input->x, input->y); break;
    case HP_INPUT_SCROLL:
        g_string_append_printf(text, "scroll %d %d%s", input->delta_x, input->delta_y,
                input->with_control ? " control" : "");
        break;
    case HP_INPUT_KEY_DOWN: g_string_append_printf(text, "key+%x", input->keysym); break;
    case HP_INPUT_KEY_UP: g_string_append_printf(text, "key-%x", input->keysym); break;
    case HP_INPUT_BUTTON_DOWN: g_string_append_printf(text, "button+%u", input->button); break;
    case HP_INPUT_BUTTON_UP: g_string_append_printf(text, "button-%u", input->button); break;
    case HP_INPUT_TOUCH_BEGIN:
    case HP_INPUT_TOUCH_UPDATE:
    case HP_INPUT_TOUCH_END:
        g_string_append_printf(text, "touch%c%u %d %d %u",
                "+=-"[input->kind - HP_INPUT_TOUCH_BEGIN], input->touch_id, input->x, input->y,
                input->pressure);
        break;
    case HP_INPUT_RELEASE_ALL: g_string_append(text, "release"); break;
    case HP_INPUT_PING: g_string_append(text, "ping"); break;
    case HP_INPUT_ALIVE: g_string_append(text, "alive"); break;
    }
    g_string_append(text, ", ");
}

static const char *
take_inputs(struct scene *scene)
{
    g_string_truncate(scene->inputs, 0);
    for (unsigned i = 0; i < scene->house->input_count; i++) {
        assert_ptr_equal(scene->house->input_from[i], scene->ann);
        write_input(scene->inputs, &scene->house->inputs[i]);
    }
    return scene->inputs->str;
}

static void
input_reaches_the_desktop_as_it_was_said(void **state)
{
    static const struct {
        const char *event, *payload, *inputs;
    } rows[] = { // one after the other: what is held by one row is seen in the next
        { "move", "{\"x\":3,\"y\":4}", "move 3 4, " },
        { "move", "{\"x\":-1,\"y\":70000}", "move 0 65535, " },
        { "scroll", "{\"delta_x\":-2,\"delta_y\":5,\"control_key\":true}", "scroll -2 5 control, " },
        { "scroll", "{\"x\":1,\"y\":2}", "scroll 1 2, " },
        { "buttondown", "{\"code\":1}", "button+1, " },
        { "buttonup", "{\"code\":1,\"x\":5,\"y\":6}", "move 5 6, button-1, " },
        { "buttonpress", "{\"code\":2,\"x\":7,\"y\":8}", "move 7 8, button+2, button-2, " },
        { "keydown", "{\"keysym\":97}", "key+61, " },
        { "keydown", "{\"keysym\":97}", "" }, // is held
        { "keyup", "{\"keysym\":97}", "key-61, " },
        { "keyup", "{\"keysym\":97}", "" },
        { "keydown", "{\"keysym\":98}", "key+62, " },
        { "keypress", "{\"keysym\":65293}", "release, key+ff0d, key-ff0d, " },
        { "touchbegin", "{\"touch_id\":7,\"x\":1,\"y\":2,\"pressure\":9}", "touch+7 1 2 9, " },
        { "touchupdate", "{\"touch_id\":7,\"x\":3,\"y\":4,\"pressure\":300}", "touch=7 3 4 255, " },
        { "touchend", "{\"touch_id\":7,\"x\":5,\"y\":6}", "touch-7 5 6 0, " },
        { "cut", "null", "key+ffe3, key+78, key-78, key-ffe3, " },
        { "copy", "null", "key+ffe3, key+63, key-63, key-ffe3, " },
        { "paste", "{}", "key+ffe3, key+76, key-76, key-ffe3, " },
        { "select_all", "null", "key+ffe3, key+61, key-61, key-ffe3, " },
    };
    struct scene *scene = scene_create();
    (void) state;
    say(scene, scene->ann_ws, "control/request", "null");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *event = g_strdup_printf("control/%s", rows[i].event);
        say(scene, scene->ann_ws, event, rows[i].payload);
        assert_string_equal(take_inputs(scene), rows[i].inputs);
        g_free(event);
    }
    scene_destroy(scene);
}

static void
what_is_said_about_media_reaches_the_peer(void **state)
{
    static const struct {
        const char *event, *payload, *words, *answer;
    } rows[] = {
        { "signal/restart", "null", "restart\n", "{\"event\":\"signal/restart\"" },
        { "signal/offer", "{\"sdp\":\"v=7\"}", "remote offer v=7\n",
                "{\"event\":\"signal/answer\",\"payload\":{\"sdp\":\"v=answer\"}}\n" },
        { "signal/answer", "{\"sdp\":\"v=8\"}", "remote answer v=8\n", "" },
        { "signal/candidate", "{\"candidate\":\"c\",\"sdpMid\":\"m\",\"sdpMLineIndex\":2}",
                "candidate c m 2\n", "" },
        { "signal/candidate", "{\"candidate\":\"d\"}", "candidate d - 0\n", "" },
        { "signal/video", "{\"disabled\":true}", "video off\naudio on\n",
                "{\"event\":\"signal/video\",\"payload\":{\"disabled\":true," },
        { "signal/audio", "{\"disabled\":true}", "video off\naudio off\n",
                "{\"event\":\"signal/audio\",\"payload\":{\"disabled\":true}}\n" },
        { "signal/audio", "{\"disabled\":false}", "video off\naudio on\n",
                "{\"event\":\"signal/audio\",\"payload\":{\"disabled\":false}}\n" },
        { "hairpin/stats", "null", "stats\n",
                "{\"event\":\"hairpin/stats\",\"payload\":{\"path\":\"udp\"," },
    };
    struct scene *scene = scene_create();
    (void) state;
    house_watch(scene->house, scene->ann);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        say(scene, scene->ann_ws, rows[i].event, rows[i].payload);
        assert_string_equal(fake_peer_take_words(), rows[i].words);
        assert_memory_equal(scene->ann_ws->sent->str, rows[i].answer, strlen(rows[i].answer));
        assert_int_equal(fake_ws_count(scene->admin_ws, "signal/"), 0);
        assert_int_equal(fake_ws_count(scene->ann_ws, "\n"), rows[i].answer[0] == '\0' ? 0 : 1);
    }
    scene_destroy(scene);
}

static void
assert_host(const struct scene *scene, const struct hp_session *host)
{
    char *text = host == NULL ? g_strdup("\"has_host\":false}}\n")
                              : g_strdup_printf("\"has_host\":true,\"host_id\":\"%s\"}}\n", host->id);
    assert_ptr_equal(hp_control_host(hp_room_control(scene->house->room)), host);
    assert_int_equal(fake_ws_count(scene->admin_ws, text), 1);
    assert_int_equal(fake_ws_count(scene->ann_ws, text), 1);
    assert_int_equal(fake_ws_count(scene->ann_ws, "{\"event\":\"control/host\""), 1);
    g_free(text);
}

static void
control_goes_where_it_is_sent_and_all_are_told(void **state)
{
    struct scene *scene = scene_create();
    (void) state;
    say(scene, scene->ann_ws, "control/request", "null");
    assert_host(scene, scene->ann);
    say(scene, scene->ann_ws, "control/release", "null");
    assert_host(scene, NULL);
    say(scene, scene->ann_ws, "control/request", "null");
    say(scene, scene->admin_ws, "control/take", "null");
    assert_host(scene, scene->admin);
    say(scene, scene->admin_ws, "control/give", "{\"id\":\"ANN\"}");
    assert_host(scene, scene->ann);
    say(scene, scene->admin_ws, "control/reset", "null");
    assert_host(scene, NULL);
    scene_destroy(scene);
}

static void
a_screen_that_is_set_is_told_to_all(void **state)
{
    struct scene *scene = scene_create();
    (void) state;
    say(scene, scene->admin_ws, "screen/set", "{\"width\":800,\"height\":600,\"rate\":30}");
    char *text = g_strdup_printf("{\"event\":\"screen/updated\",\"payload\":{\"width\":800,"
                                 "\"height\":600,\"rate\":30,\"id\":\"%s\"}}\n",
            scene->admin->id);
    assert_int_equal(fake_ws_count(scene->ann_ws, text), 1);
    assert_int_equal(fake_ws_count(scene->admin_ws, text), 1);
    g_free(text);
    scene_destroy(scene);
}

static void
a_screen_is_told_once_for_each_wish(void **state)
{
    struct scene *scene = scene_create();
    (void) state;
    say(scene, scene->admin_ws, "screen/set", "{\"width\":800,\"height\":600,\"rate\":30}");
    house_resize(scene->house, 800, 600); // the display says so, too
    house_pump(scene->house);
    assert_int_equal(fake_ws_count(scene->ann_ws, "screen/updated"), 1);
    say(scene, scene->admin_ws, "screen/set", "{\"width\":800,\"height\":600,\"rate\":30}");
    assert_int_equal(fake_ws_count(scene->admin_ws, "screen/updated"), 1); // the answer
    scene_destroy(scene);
}

// The name of the first event that was sent, with the code if it is an error; "": none was.
static char *
first_answer(const struct hp_ws *ws)
{
    char **lines = g_strsplit(ws->sent->str, "\n", 2);
    json_t *root = lines[0] == NULL || lines[0][0] == '\0' ? NULL : json_loads(lines[0], 0, NULL);
    const char *event = json_string_value(json_object_get(root, "event"));
    const char *code = json_string_value(
            json_object_get(json_object_get(root, "payload"), "code"));
    char *answer = event == NULL ? g_strdup("")
            : code == NULL || strcmp(event, "hairpin/error") != 0 ? g_strdup(event)
                                                                  : g_strdup(code);
    json_decref(root);
    g_strfreev(lines);
    return answer;
}

enum situation {
    FRESH, // connected, does not watch; somebody else has control
    POWERLESS, // may do nothing, and watches
    BUSY, // watches, and the peer takes no description more
    HOSTING, // an admin who watches and has control
    SITUATIONS
};

static char *
ask_in(enum situation situation, const char *event, const char *payload)
{
    struct scene *scene = scene_create();
    struct hp_control *control = hp_room_control(scene->house->room);
    bool is_host = situation == HOSTING;
    if (situation != FRESH) {
        house_watch(scene->house, is_host ? scene->admin : scene->ann);
    }
    assert_true(hp_control_take(control, scene->admin));
    house_resize(scene->house, 800, 600);
    scene->ann->profile.can_watch = scene->ann->profile.can_host = situation != POWERLESS;
    atomic_store(&fake_counts.is_busy, situation == BUSY);
    struct hp_ws *ws = is_host ? scene->admin_ws : scene->ann_ws;
    house_pass(scene->house, 300); // a new peer may be made
    say(scene, ws, event, payload);
    char *answer = first_answer(ws);
    scene_destroy(scene);
    return answer;
}

// Input, letters, descriptions and what a client tells of itself go one way: they are answered when
// they are refused. Everything else has an answer.
static void
no_request_is_met_with_silence(void **state)
{
    static const char *const no = "not-allowed", *const bad = "bad-message",
                             *const many = "too-many-requests", *const missing = "not-available";
    const struct {
        const char *event, *payload, *answers[SITUATIONS];
    } rows[] = {
        { "client/heartbeat", "null", { "", "", "", "" } },
        { "system/logs", "[]", { "", "", "", "" } },
        { "signal/request", "{}",
                { "signal/video", no, "signal/video", "signal/video" } },
        { "signal/request", "{\"video\":{\"selector\":{\"id\":\"x\"}}}", { no, no, no, no } },
        { "signal/restart", "null", { no, no, "signal/restart", "signal/restart" } },
        { "signal/offer", "{\"sdp\":\"v=7\"}", { no, no, many, "signal/answer" } },
        { "signal/answer", "{\"sdp\":\"v=7\"}", { no, no, many, "" } },
        { "signal/candidate", "{\"candidate\":\"c\"}", { "", no, many, "" } },
        { "signal/video", "{}", { no, no, "signal/video", "signal/video" } },
        { "signal/video", "{\"selector\":{\"id\":\"x\"}}", { no, no, no, no } },
        { "signal/audio", "{}", { no, no, "signal/audio", "signal/audio" } },
        { "hairpin/stats", "null", { no, no, "hairpin/stats", "hairpin/stats" } },
        { "control/release", "null", { no, no, no, "control/host" } },
        { "control/take", "null", { no, no, no, "control/host" } },
        { "control/give", "{\"id\":\"ANN\"}", { no, no, no, "control/host" } },
        { "control/give", "{\"id\":\"nobody\"}", { no, no, no, no } },
        { "control/reset", "null", { no, no, no, "control/host" } },
        { "control/move", "{\"x\":1,\"y\":1}", { no, no, no, "" } },
        { "control/keydown", "{\"keysym\":97}", { no, no, no, "" } },
        { "screen/set", "{\"width\":800,\"height\":600}", { no, no, no, "screen/updated" } },
        { "screen/set", "{\"width\":1,\"height\":1}", { no, no, no, "screen/updated" } },
        { "send/unicast", "{\"receiver\":\"ANN\",\"subject\":\"s\"}", { "send/unicast",
                "send/unicast", "send/unicast", "" } },
        { "send/unicast", "{\"receiver\":\"x\",\"subject\":\"s\"}", { bad, bad, bad, bad } },
        { "send/broadcast", "{\"subject\":\"s\"}", { "", "", "", "" } },
        { "keyboard/map", "{}", { missing, missing, missing, missing } },
    };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (unsigned situation = 0; situation < SITUATIONS; situation++) {
            char *answer = ask_in((enum situation) situation, rows[i].event, rows[i].payload);
            if (strcmp(answer, rows[i].answers[situation]) != 0) {
                print_error("%s %s in situation %u: \"%s\", expected \"%s\"\n", rows[i].event,
                        rows[i].payload, situation, answer, rows[i].answers[situation]);
                fail();
            }
            g_free(answer);
        }
    }
}

static void
all_who_are_there_are_in_the_first_event(void **state)
{
    struct scene *scene = scene_create();
    (void) state;
    for (int i = 0; i < 2; i++) {
        char *text = g_strdup_printf("\"%s\":{\"id\":\"%s\",\"profile\":{",
                i == 0 ? scene->admin->id : scene->ann->id,
                i == 0 ? scene->admin->id : scene->ann->id);
        assert_int_equal(fake_ws_count(scene->ann_ws, text), 1);
        g_free(text);
    }
    scene_destroy(scene);
}

static void
payloads_that_do_not_fit_do_nothing(void **state)
{
    static const char *const rows[][2] = {
        { "system/logs", "{}" },
        { "signal/request", "[]" },
        { "signal/request", "{\"video\":7}" },
        { "signal/request", "{\"audio\":{\"disabled\":7}}" },
        { "signal/offer", "{}" },
        { "signal/candidate", "{\"sdpMid\":\"m\"}" },
        { "signal/video", "{\"disabled\":7}" },
        { "signal/video", "{\"selector\":7}" },
        { "signal/audio", "[]" },
        { "signal/audio", "{\"disabled\":\"yes\"}" },
        { "control/give", "{\"id\":7}" },
        { "control/move", "{\"x\":1}" },
        { "control/scroll", "{}" },
        { "control/scroll", "{\"delta_x\":1,\"control_key\":1}" },
        { "control/buttondown", "{\"code\":0}" },
        { "control/buttondown", "{\"code\":32}" },
        { "control/keydown", "{\"keysym\":0}" },
        { "control/touchbegin", "{\"x\":1,\"y\":1}" },
        { "control/touchbegin", "{\"touch_id\":1,\"x\":1}" },
        { "control/paste", "[]" },
        { "control/paste", "{\"text\":7}" },
        { "clipboard/set", "{}" },
        { "clipboard/set", "{\"text\":7}" },
        { "screen/set", "{\"width\":800}" },
        { "send/unicast", "{\"subject\":\"s\"}" },
        { "send/unicast", "{\"receiver\":\"nobody\",\"subject\":\"s\"}" },
        { "send/broadcast", "{\"body\":1}" },
    };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct scene *scene = scene_create();
        house_watch(scene->house, scene->admin);
        hp_control_take(hp_room_control(scene->house->room), scene->admin);
        say(scene, scene->admin_ws, rows[i][0], rows[i][1]);
        if (fake_ws_count(scene->admin_ws, "\"code\":\"bad-message\"") != 1) {
            print_error("%s with %s is no bad message\n", rows[i][0], rows[i][1]);
            fail();
        }
        assert_int_equal(fake_ws_count(scene->admin_ws, "\n"), 1);
        assert_string_equal(fake_peer_take_words(), "");
        assert_int_equal(scene->house->input_count, 0);
        scene_destroy(scene);
    }
}

static void
a_page_that_goes_ends_its_media_and_not_its_place(void **state)
{
    struct scene *scene = scene_create();
    const int codes[] = { HP_WS_PAGE_GONE, HP_WS_PAGE_LEFT };
    (void) state;
    say(scene, scene->ann_ws, "signal/request", "{}");
    say(scene, scene->ann_ws, "control/request", "{}");
    for (unsigned i = 0; i < G_N_ELEMENTS(codes); i++) {
        assert_true(hp_stage_has_peer(scene->ann->stage));
        fake_ws_close(scene->ann_ws, codes[i]);
        house_pump(scene->house);
        assert_false(hp_stage_has_peer(scene->ann->stage));
        assert_true(scene->ann->is_connected);
        assert_ptr_equal(hp_control_host(hp_room_control(scene->house->room)), scene->ann);
        scene->ann_ws = fake_ws_open(scene->ann->token);
        say(scene, scene->ann_ws, "signal/request", "{}");
        house_pass(scene->house, 300);
    }
    fake_ws_close(scene->ann_ws, 0); // a path that breaks says nothing of the page
    assert_true(hp_stage_has_peer(scene->ann->stage));
    scene->ann_ws = fake_ws_open(scene->ann->token);
    scene_destroy(scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(input_reaches_the_desktop_as_it_was_said),
        cmocka_unit_test(what_is_said_about_media_reaches_the_peer),
        cmocka_unit_test(control_goes_where_it_is_sent_and_all_are_told),
        cmocka_unit_test(a_screen_that_is_set_is_told_to_all),
        cmocka_unit_test(a_screen_is_told_once_for_each_wish),
        cmocka_unit_test(no_request_is_met_with_silence),
        cmocka_unit_test(all_who_are_there_are_in_the_first_event),
        cmocka_unit_test(a_page_that_goes_ends_its_media_and_not_its_place),
        cmocka_unit_test(payloads_that_do_not_fit_do_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
