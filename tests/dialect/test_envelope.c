// Tests of dialect/envelope.c and dialect/args.c.
#include "dialect/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <glib.h>

#include "dialect/args.h"
#include "edge/ws.h"
#include "wire/sdp.h"

static bool
parse(hp_args_parse_fn fn, const char *text, struct hp_args *args)
{
    json_t *payload = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(payload);
    *args = (struct hp_args){ .id = NULL };
    bool is_good = fn(payload, args);
    json_decref(payload);
    return is_good; // numbers of args stay valid, texts do not
}

static void
an_event_has_a_name_and_perhaps_a_payload(void **state)
{
    struct hp_envelope envelope;
    const char *text = "{\"event\":\"a/b\",\"payload\":null}";
    (void) state;
    assert_true(hp_envelope_parse(text, strlen(text), &envelope));
    assert_string_equal(envelope.event, "a/b");
    assert_true(json_is_null(envelope.payload));
    hp_envelope_finish(&envelope);
    text = "{\"event\":\"a\"}";
    assert_true(hp_envelope_parse(text, strlen(text), &envelope));
    assert_null(envelope.payload);
    hp_envelope_finish(&envelope);
}

static void
long_names_large_texts_and_deep_ones_are_refused(void **state)
{
    struct hp_envelope envelope;
    char *name = g_strnfill(HP_EVENT_MAX + 1, 'x');
    char *text = g_strdup_printf("{\"event\":\"%s\"}", name);
    char *large = g_strnfill(HP_WS_MESSAGE_MAX + 1, ' ');
    (void) state;
    assert_false(hp_envelope_parse(text, strlen(text), &envelope));
    memcpy(large, "{\"event\":\"a\"}", 13);
    assert_false(hp_envelope_parse(large, HP_WS_MESSAGE_MAX + 1, &envelope));
    assert_true(hp_envelope_parse(large, HP_WS_MESSAGE_MAX, &envelope));
    hp_envelope_finish(&envelope);
    char *deep = g_strnfill(HP_ENVELOPE_DEPTH_MAX + 1, '[');
    assert_false(hp_envelope_is_shallow(deep, strlen(deep)));
    assert_true(hp_envelope_is_shallow(deep, HP_ENVELOPE_DEPTH_MAX));
    const char *quoted = "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[\"";
    assert_true(hp_envelope_is_shallow(quoted, strlen(quoted)));
    g_free(name);
    g_free(text);
    g_free(large);
    g_free(deep);
}

static void
an_absent_payload_is_left_out_and_null_is_written(void **state)
{
    json_t *null = json_null();
    char *without = hp_envelope_write("system/heartbeat", NULL);
    char *with = hp_envelope_write("signal/close", null);
    (void) state;
    assert_string_equal(without, "{\"event\":\"system/heartbeat\"}");
    assert_string_equal(with, "{\"event\":\"signal/close\",\"payload\":null}");
    free(without);
    free(with);
}

static void
numbers_are_clamped_and_other_types_refused(void **state)
{
    struct hp_args args;
    (void) state;
    assert_true(parse(hp_args_parse_move, "{\"x\":1e300,\"y\":-5.5}", &args));
    assert_int_equal(args.input.x, 65535);
    assert_int_equal(args.input.y, 0);
    assert_false(parse(hp_args_parse_move, "{\"x\":\"1\",\"y\":2}", &args));
    assert_false(parse(hp_args_parse_move, "{\"x\":1}", &args));
    assert_true(parse(hp_args_parse_scroll, "{\"delta_x\":0,\"delta_y\":-1000000000}", &args));
    assert_int_equal(args.input.delta_y, -32767);
    assert_true(parse(hp_args_parse_scroll, "{\"x\":1,\"y\":2}", &args)); // as older clients
    assert_int_equal(args.input.delta_y, 2);
    assert_false(parse(hp_args_parse_scroll, "{\"delta_y\":1,\"control_key\":1}", &args));
    assert_false(parse(hp_args_parse_button, "{\"code\":32}", &args));
    assert_true(parse(hp_args_parse_key, "{\"keysym\":65293,\"x\":1,\"y\":2}", &args));
    assert_true(args.has_place);
    assert_false(parse(hp_args_parse_key, "{\"keysym\":0}", &args));
}

static void
selections_are_read_as_v3_clients_write_them(void **state)
{
    struct hp_args args;
    (void) state;
    assert_true(parse(hp_args_parse_request, "{}", &args));
    assert_int_equal(args.selection.video_disabled, -1);
    assert_true(parse(hp_args_parse_request,
            "{\"video\":{\"disabled\":true,\"selector\":null,\"auto\":false},\"audio\":{}}",
            &args));
    assert_int_equal(args.selection.video_disabled, 1);
    assert_true(parse(hp_args_parse_video, "{\"video\":\"main\"}", &args)); // old and of no effect
    assert_null(args.selection.video_id);
    assert_false(parse(hp_args_parse_request, "{\"video\":7}", &args));
    assert_false(parse(hp_args_parse_request, "{\"audio\":{\"disabled\":\"no\"}}", &args));
    assert_false(parse(hp_args_parse_video, "{\"selector\":\"x\"}", &args));
}

static void
texts_beyond_their_limits_are_refused(void **state)
{
    struct hp_args args;
    char *long_text = g_strnfill(HP_SDP_TEXT_MAX + 1, 'x');
    char *payload = g_strdup_printf("{\"sdp\":\"%s\",\"candidate\":\"%s\"}", long_text, long_text);
    (void) state;
    assert_false(parse(hp_args_parse_sdp, payload, &args));
    assert_false(parse(hp_args_parse_candidate, payload, &args));
    assert_true(parse(hp_args_parse_candidate,
            "{\"candidate\":\"\",\"sdpMid\":null,\"sdpMLineIndex\":null}", &args));
    g_free(long_text);
    g_free(payload);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_has_a_name_and_perhaps_a_payload),
        cmocka_unit_test(long_names_large_texts_and_deep_ones_are_refused),
        cmocka_unit_test(an_absent_payload_is_left_out_and_null_is_written),
        cmocka_unit_test(numbers_are_clamped_and_other_types_refused),
        cmocka_unit_test(selections_are_read_as_v3_clients_write_them),
        cmocka_unit_test(texts_beyond_their_limits_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
