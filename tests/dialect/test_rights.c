// Tests of dialect/events.c: every event, said by everyone.
#include "dialect/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dialect/signal.h"
#include "fake_sockets.h"
#include "house.h"

// Who says it, all with a peer: in the order of the letters of `rows`.
enum person {
    USER,
    BLIND, // may not watch
    SPECTATOR, // may not have control
    GUEST, // a user while bob has control
    HOST, // a user who has control
    ADMIN,
    PEOPLE
};

static const struct {
    const char *event, *payload; // BOB is the id of bob's session
    // y: done, and told; s: done in silence, which only its effect shows; n: not-allowed,
    // -: not-available
    const char *answers;
} rows[] = {
    { "client/heartbeat", "null", "ssssss" },
    { "system/logs", "[]", "ssssss" },
    { "signal/request", "{}", "snssss" },
    { "signal/restart", "null", "ynyyyy" },
    { "signal/offer", "{\"sdp\":\"v=0\"}", "ynyyyy" },
    { "signal/answer", "{\"sdp\":\"v=0\"}", "snssss" },
    { "signal/candidate", "{\"candidate\":\"\"}", "snssss" },
    { "signal/video", "{\"disabled\":true}", "ynyyyy" },
    { "signal/audio", "{\"disabled\":true}", "ynyyyy" },
    { "hairpin/stats", "null", "ynyyyy" },
    { "control/request", "null", "yynyyy" },
    { "control/release", "null", "nnnnyn" },
    { "control/take", "null", "nnnnny" },
    { "control/give", "{\"id\":\"BOB\"}", "nnnnyy" },
    { "control/reset", "null", "nnnnny" },
    { "hairpin/withdraw", "null", "nnnnnn" }, // nobody has asked
    { "hairpin/decline", "{\"id\":\"BOB\"}", "nnnnnn" },
    { "control/move", "{\"x\":1,\"y\":1}", "yynnsy" },
    { "control/scroll", "{\"delta_y\":1}", "yynnsy" },
    { "control/buttonpress", "{\"code\":1}", "yynnsy" },
    { "control/buttondown", "{\"code\":1}", "yynnsy" },
    { "control/buttonup", "{\"code\":1}", "yynnsy" },
    { "control/keypress", "{\"keysym\":97}", "yynnsy" },
    { "control/keydown", "{\"keysym\":97}", "yynnsy" },
    { "control/keyup", "{\"keysym\":97}", "yynnsy" },
    { "control/touchbegin", "{\"touch_id\":1,\"x\":1,\"y\":1}", "yynnsy" },
    { "control/touchupdate", "{\"touch_id\":1,\"x\":1,\"y\":1}", "yynnsy" },
    { "control/touchend", "{\"touch_id\":1,\"x\":1,\"y\":1}", "yynnsy" },
    { "control/cut", "null", "yynnsy" },
    { "control/copy", "null", "yynnsy" },
    { "control/select_all", "null", "yynnsy" },
    { "control/paste", "{}", "yynnsy" },
    { "screen/set", "{\"width\":800,\"height\":600,\"rate\":30}", "nnnnny" },
    { "send/unicast", "{\"receiver\":\"BOB\",\"subject\":\"s\"}", "ssssss" },
    { "send/broadcast", "{\"subject\":\"s\"}", "ssssss" },
    { "clipboard/set", "{\"text\":\"x\"}", "nnnnsn" },
    { "keyboard/map", "{}", "------" },
    { "keyboard/modifiers", "{}", "------" },
    { "chat/message", "{}", "------" },
    { "filetransfer/update", "{}", "------" },
};

static void
prepare(enum person person, struct house *house, struct hp_session *session, struct hp_session *bob)
{
    struct hp_control *control = hp_room_control(house->room);
    house_watch(house, session);
    session->profile.can_watch = person != BLIND;
    session->profile.can_host = person != SPECTATOR;
    if (person == GUEST) {
        assert_int_equal(hp_control_request(control, bob), HP_CONTROL_TAKEN);
    } else if (person == HOST) {
        assert_int_equal(hp_control_request(control, session), HP_CONTROL_TAKEN);
    }
}

static char
find_answer(const struct hp_ws *ws, const char *event)
{
    static const struct {
        const char *code;
        char answer;
    } codes[] = { { "not-allowed", 'n' }, { "not-available", '-' }, { "bad-message", 'b' } };
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        char *text = g_strdup_printf("{\"event\":\"hairpin/error\",\"payload\":{\"code\":\"%s\","
                                     "\"event\":\"%s\"",
                codes[i].code, event);
        bool is_it = fake_ws_count(ws, text) > 0;
        g_free(text);
        if (is_it) {
            return codes[i].answer;
        }
    }
    return ws->sent->len == 0 ? 's' : 'y';
}

static char
ask(const char *event, const char *payload, enum person person)
{
    struct house *house = house_create(0, NULL);
    struct hp_signal *signal = hp_signal_create(NULL, house->main, house->room, NULL);
    struct hp_session *bob = house_login(house, "bob");
    struct hp_session *session = house_login(house, person == ADMIN ? "admin" : "ann");
    struct hp_ws *bob_ws = fake_ws_open(bob->token);
    struct hp_ws *ws = fake_ws_open(session->token);
    prepare(person, house, session, bob);
    GString *text = g_string_new(NULL);
    g_string_printf(text, "{\"event\":\"%s\",\"payload\":%s}", event, payload);
    g_string_replace(text, "BOB", bob->id, 0);
    g_string_truncate(ws->sent, 0);
    fake_ws_say(ws, text->str);
    house_pump(house);
    char answer = find_answer(ws, event);
    g_string_free(text, TRUE);
    fake_ws_close(ws, HP_WS_GOODBYE);
    fake_ws_close(bob_ws, HP_WS_GOODBYE);
    house_close(house);
    hp_signal_destroy(signal);
    house_destroy(house);
    return answer;
}

static void
every_event_asks_for_its_right_and_is_answered(void **state)
{
    unsigned wrong = 0;
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char answers[PEOPLE + 1] = "";
        for (unsigned person = 0; person < PEOPLE; person++) {
            answers[person] = ask(rows[i].event, rows[i].payload, (enum person) person);
        }
        if (strcmp(answers, rows[i].answers) != 0) {
            print_error("%s: %s, expected %s\n", rows[i].event, answers, rows[i].answers);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

// A new row of the table needs a row here.
static void
no_event_is_left_out(void **state)
{
    const char *top = getenv("srcdir");
    char *path = g_build_filename(top != NULL ? top : ".", "src/dialect/events.c", NULL);
    char *source = NULL;
    (void) state;
    assert_true(g_file_get_contents(path, &source, NULL, NULL));
    unsigned count = 0;
    for (const char *at = source; (at = strstr(at, "    { \"")) != NULL; at++) {
        count++;
    }
    assert_int_equal(count, G_N_ELEMENTS(rows));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        assert_non_null(hp_events_find(rows[i].event));
    }
    g_free(source);
    g_free(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_asks_for_its_right_and_is_answered),
        cmocka_unit_test(no_event_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
