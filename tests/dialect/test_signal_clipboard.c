// Tests of dialect/signal.c: the clipboard's text, in both ways.
#include "dialect/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/plugin.h"
#include "fake_sockets.h"
#include "house.h"

// Ann, who has control, over her socket.
struct scene {
    struct house *house;
    struct hp_signal *signal;
    struct hp_session *ann;
    struct hp_ws *ws;
};

static int
set_up(void **state)
{
    struct scene *scene = g_new0(struct scene, 1);
    scene->house = house_create(0, NULL);
    scene->signal = hp_signal_create(NULL, scene->house->main, scene->house->room, NULL);
    scene->ann = house_login(scene->house, "ann");
    scene->ws = fake_ws_open(scene->ann->token);
    fake_ws_say(scene->ws, "{\"event\":\"clipboard/set\",\"payload\":{\"text\":\"early\"}}");
    assert_int_equal(fake_ws_count(scene->ws, "\"code\":\"not-allowed\""), 1);
    fake_ws_say(scene->ws, "{\"event\":\"control/request\"}");
    house_pump(scene->house);
    *state = scene;
    return 0;
}

static int
tear_down(void **state)
{
    struct scene *scene = *state;
    assert_null(strstr(scene->house->plugin->str, "early"));
    fake_ws_close(scene->ws, HP_WS_GOODBYE);
    house_close(scene->house);
    hp_signal_destroy(scene->signal);
    house_destroy(scene->house);
    g_free(scene);
    return 0;
}

static void
clipboard_goes_both_ways(void **state)
{
    struct scene *scene = *state;
    fake_ws_say(scene->ws, "{\"event\":\"clipboard/set\",\"payload\":{\"text\":\"mine\"}}");
    assert_non_null(strstr(scene->house->plugin->str, "clipboard mine\n"));
    house_copy(scene->house, "theirs \"quoted\"");
    assert_int_equal(fake_ws_count(scene->ws, "{\"event\":\"clipboard/updated\",\"payload\":{"
                                              "\"text\":\"theirs \\\"quoted\\\"\"}}"),
            1);
}

// The text is there before the keys, which another thread presses.
static void
paste_brings_its_text_along_if_it_may(void **state)
{
    struct scene *scene = *state;
    struct hp_ws *ws = scene->ws;
    scene->house->input_count = 0;
    fake_ws_say(ws, "{\"event\":\"control/paste\",\"payload\":{\"text\":\"long\"}}");
    assert_non_null(strstr(scene->house->plugin->str, "clipboard long\n"));
    assert_int_equal(scene->house->input_count, 0);
    house_pump(scene->house);
    assert_int_equal(scene->house->input_count, 4);
    assert_int_equal(scene->house->inputs[1].keysym, 'v');
    scene->ann->profile.can_access_clipboard = false;
    fake_ws_say(ws, "{\"event\":\"control/paste\",\"payload\":{\"text\":\"no\"}}");
    fake_ws_say(ws, "{\"event\":\"control/paste\",\"payload\":{}}");
    house_pump(scene->house);
    assert_int_equal(fake_ws_count(ws, "\"code\":\"not-allowed\""), 2);
    assert_null(strstr(scene->house->plugin->str, "clipboard no"));
    assert_int_equal(scene->house->input_count, 8);
}

// JSON writes a line's end as two bytes, and most control characters as six.
static void
a_text_that_is_too_long_as_json_is_not_sent_and_told(void **state)
{
    struct scene *scene = *state;
    struct hp_ws *ws = scene->ws;
    char *lines = g_strnfill(HP_CLIPBOARD_MAX, '\n');
    char *bells = g_strnfill(HP_CLIPBOARD_MAX, '\a');
    house_copy(scene->house, lines);
    assert_int_equal(fake_ws_count(ws, "clipboard/updated"), 1);
    assert_true(ws->sent->len > 2 * HP_CLIPBOARD_MAX);
    g_string_truncate(ws->sent, 0);
    house_copy(scene->house, bells);
    assert_true(ws->sent->len < 1024);
    assert_int_equal(fake_ws_count(ws, "{\"event\":\"hairpin/error\",\"payload\":{\"code\":\"too-large\","
                                       "\"event\":\"clipboard/updated\""),
            1);
    g_free(lines);
    g_free(bells);
}

static int
count_code(const struct hp_ws *ws, const char *code)
{
    char *start = g_strdup_printf(
            "{\"code\":\"%s\",\"event\":\"clipboard/updated\"", code);
    int count = (int) fake_ws_count(ws, start);
    g_free(start);
    return count;
}

static void
a_copy_that_is_not_passed_on_is_told_once(void **state)
{
    struct scene *scene = *state;
    struct hp_ws *ws = scene->ws;
    house_skip_copy(scene->house, true);
    assert_int_equal(count_code(ws, "too-large"), 1);
    house_skip_copy(scene->house, false);
    assert_int_equal(count_code(ws, "too-large"), 1);
    assert_int_equal(count_code(ws, "no-text"), 1);
    assert_int_equal(fake_ws_count(ws, "{\"event\":\"clipboard/updated\""), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(clipboard_goes_both_ways),
        TEST(paste_brings_its_text_along_if_it_may),
        TEST(a_text_that_is_too_long_as_json_is_not_sent_and_told),
        TEST(a_copy_that_is_not_passed_on_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
