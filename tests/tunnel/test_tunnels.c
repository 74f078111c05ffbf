// Tests of tunnel/tunnels.c: who gets a tunnel, what comes through it, and how it ends.
#include "tunnel/tunnels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_sockets.h"
#include "house.h"
#include "wire/tunnel.h"

#define CODECS "\"video\":[\"VP8\",\"H264\",\"AV1\"],\"audio\":[\"opus\"]"

struct scene {
    struct house *house;
    struct hp_tunnels *tunnels;
    struct hp_session *ann;
};

static struct scene *
scene_create(void)
{
    struct scene *scene = g_new0(struct scene, 1);
    scene->house = house_create(0, NULL);
    scene->tunnels = hp_tunnels_create(NULL, scene->house->main, scene->house->room);
    scene->ann = house_enter(scene->house, "ann");
    return scene;
}

static void
scene_destroy(struct scene *scene)
{
    house_close(scene->house);
    hp_tunnels_close(scene->tunnels);
    hp_tunnels_destroy(scene->tunnels);
    house_destroy(scene->house);
    g_free(scene);
}

// A type and a text.
static void
say(struct hp_ws *ws, char type, const char *text)
{
    char *message = g_strdup_printf("%c%s", type, text);
    fake_ws_say_bytes(ws, message, strlen(message));
    g_free(message);
}

static struct hp_ws *
open_tunnel(const char *token)
{
    struct hp_ws *ws = fake_ws_open(NULL);
    char *hello = g_strdup_printf("{\"version\":1,\"token\":\"%s\"," CODECS "}", token);
    say(ws, HP_TUNNEL_HELLO, hello);
    g_free(hello);
    return ws;
}

static void
push(struct scene *scene, const char *picture, bool is_keyframe)
{
    fake_encoder_push(HP_CODEC_VP8, picture, is_keyframe);
    house_pump(scene->house);
}

// In fake_ws, NUL bytes end no text: looks for bytes.
static bool
has_got(const struct hp_ws *ws, const char *bytes)
{
    return memmem(ws->sent->str, ws->sent->len, bytes, strlen(bytes)) != NULL;
}

static void
acknowledge(struct hp_ws *ws, uint32_t bytes)
{
    const uint8_t message[] = { HP_TUNNEL_RECEIVED, (uint8_t) (bytes >> 24),
        (uint8_t) (bytes >> 16), (uint8_t) (bytes >> 8), (uint8_t) bytes };
    fake_ws_say_bytes(ws, message, sizeof(message));
}

static void
pictures_come_to_who_says_hello(void **state)
{
    struct scene *scene = scene_create();
    struct hp_tunnels_stats stats;
    (void) state;
    house_forget(scene->house);
    struct hp_ws *ws = open_tunnel(scene->ann->token);
    house_pump(scene->house);
    assert_true(has_got(ws, "\x10{\"version\":1,\"video\":\"VP8\",\"audio\":\"opus\"}"));
    assert_true(ws->is_known);
    assert_true(scene->ann->is_watching);
    push(scene, "a delta", false);
    push(scene, "a keyframe", true);
    push(scene, "a next one", false);
    house_pump(scene->house);
    assert_false(has_got(ws, "a delta"));
    assert_true(has_got(ws, "a keyframe"));
    assert_true(has_got(ws, "a next one"));
    hp_tunnels_get_stats(scene->tunnels, &stats);
    assert_int_equal(stats.opened, 1);
    assert_int_equal(stats.open, 1);
    fake_ws_close(ws, 0);
    house_pump(scene->house);
    assert_false(scene->ann->is_watching);
    assert_int_equal(fake_counts.sinks_alive, 0);
    scene_destroy(scene);
}

static void
the_cookie_of_the_login_counts_as_well(void **state)
{
    struct scene *scene = scene_create();
    (void) state;
    struct hp_ws *ws = fake_ws_open(scene->ann->token);
    say(ws, HP_TUNNEL_HELLO, "{\"version\":1,\"token\":\"\"," CODECS "}");
    assert_true(has_got(ws, "\x10{"));
    fake_ws_close(ws, 0);
    scene_destroy(scene);
}

static void
forbid_to_watch(struct hp_profile *profile)
{
    profile->can_watch = false;
}

static void
who_has_no_session_or_no_right_is_refused_with_a_reason(void **state)
{
    struct scene *scene = scene_create();
    (void) state;
    struct hp_ws *stranger = open_tunnel("no token");
    assert_true(has_got(stranger, "\x14{\"status\":\"not-connected\""));
    assert_int_equal(stranger->close_code, 1008);
    struct hp_session *bob = house_login(scene->house, "bob"); // not connected
    struct hp_ws *early = open_tunnel(bob->token);
    assert_true(has_got(early, "not-connected"));
    struct hp_profile profile;
    hp_profile_copy(&profile, &scene->ann->profile);
    forbid_to_watch(&profile);
    hp_lobby_set_profile(scene->ann, &profile);
    hp_profile_finish(&profile);
    struct hp_ws *blind = open_tunnel(scene->ann->token);
    assert_true(has_got(blind, "not-allowed"));
    fake_ws_close(stranger, 0);
    fake_ws_close(early, 0);
    fake_ws_close(blind, 0);
    scene_destroy(scene);
}

static void
who_decodes_none_of_our_codecs_is_refused(void **state)
{
    struct scene *scene = scene_create();
    (void) state;
    struct hp_ws *ws = fake_ws_open(scene->ann->token);
    say(ws, HP_TUNNEL_HELLO, "{\"version\":1,\"video\":[\"AV1\"],\"audio\":[\"opus\"]}");
    assert_true(has_got(ws, "no-codec"));
    fake_ws_close(ws, 0);
    scene_destroy(scene);
}

static void
what_is_no_message_ends_the_tunnel(void **state)
{
    static const struct {
        const char *data;
        size_t size;
    } bad[] = { { "", 0 }, { "\x09", 1 }, { "\x02", 1 }, { "\x10{}", 3 }, { "\x03", 1 },
        { "\x01no JSON", 8 }, { "\x01{\"version\":2}", 14 }, { "\x01[]", 3 },
        { "\x01{\"version\":1,\"video\":7}", 24 }, { "\x01{\"version\":1,\"video\":[7]}", 26 } };
    struct scene *scene = scene_create();
    struct hp_tunnels_stats stats;
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct hp_ws *ws = fake_ws_open(scene->ann->token);
        fake_ws_say_bytes(ws, bad[i].data, bad[i].size);
        assert_int_equal(ws->close_code, 1008);
        fake_ws_say_bytes(ws, "\x03", 1); // is not heard any more
        fake_ws_close(ws, 0);
    }
    struct hp_ws *ws = open_tunnel(scene->ann->token);
    acknowledge(ws, 1); // nothing has been sent
    assert_int_equal(ws->close_code, 1008);
    fake_ws_close(ws, 0);
    hp_tunnels_get_stats(scene->tunnels, &stats);
    assert_int_equal(stats.bad_messages, G_N_ELEMENTS(bad) + 1);
    assert_int_equal(stats.open, 0);
    assert_false(scene->ann->is_watching);
    scene_destroy(scene);
}

static void
a_second_hello_and_a_flood_end_it(void **state)
{
    struct scene *scene = scene_create();
    struct hp_tunnels_stats stats;
    (void) state;
    struct hp_ws *twice = open_tunnel(scene->ann->token);
    say(twice, HP_TUNNEL_HELLO, "{\"version\":1," CODECS "}");
    assert_int_equal(twice->close_code, 1008);
    fake_ws_close(twice, 0);
    struct hp_ws *flood = open_tunnel(scene->ann->token);
    for (int i = 0; i < 5000; i++) {
        say(flood, HP_TUNNEL_KEYFRAME, "");
    }
    assert_int_equal(flood->close_code, 1008);
    fake_ws_close(flood, 0);
    hp_tunnels_get_stats(scene->tunnels, &stats);
    assert_int_equal(stats.limited, 1);
    scene_destroy(scene);
}

static void
who_says_nothing_is_closed_after_3_seconds(void **state)
{
    struct scene *scene = scene_create();
    (void) state;
    struct hp_ws *ws = fake_ws_open(scene->ann->token);
    house_pass(scene->house, 2990);
    assert_false(ws->is_closing);
    house_pass(scene->house, 20);
    assert_int_equal(ws->close_code, 1008);
    fake_ws_close(ws, 0);
    scene_destroy(scene);
}

static void
who_opens_tunnels_all_the_time_is_refused(void **state)
{
    struct scene *scene = scene_create();
    unsigned refused = 0;
    (void) state;
    for (int i = 0; i < 200; i++) {
        struct hp_ws *ws = open_tunnel(scene->ann->token);
        refused += has_got(ws, "too-often");
        fake_ws_close(ws, 0);
        house_pump(scene->house);
    }
    assert_in_range(refused, 100, 199);
    scene_destroy(scene);
}

static void
input_has_the_rights_of_its_session(void **state)
{
    static const uint8_t move[] = { HP_TUNNEL_DATA, 0x01, 0, 4, 0, 10, 0, 20 };
    static const uint8_t ping[] = { HP_TUNNEL_DATA, 0x07, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1 };
    static const uint8_t bad[] = { HP_TUNNEL_DATA, 0xff, 0, 0 };
    struct scene *scene = scene_create();
    (void) state;
    struct hp_ws *ws = open_tunnel(scene->ann->token);
    fake_ws_say_bytes(ws, move, sizeof(move));
    house_pump(scene->house);
    assert_int_equal(scene->house->input_count, 0);
    hp_control_request(hp_room_control(scene->house->room), scene->ann);
    house_pump(scene->house);
    fake_ws_say_bytes(ws, move, sizeof(move));
    fake_ws_say_bytes(ws, bad, sizeof(bad));
    fake_ws_say_bytes(ws, ping, sizeof(ping));
    house_pump(scene->house);
    assert_int_equal(scene->house->input_count, 1);
    assert_int_equal(scene->house->inputs[0].x, 10);
    assert_int_equal(scene->house->inputs[0].y, 20);
    assert_true(has_got(ws, "\x13"));
    assert_false(ws->is_closing);
    fake_ws_close(ws, 0);
    scene_destroy(scene);
}

static void
a_newer_tunnel_of_the_session_replaces_the_first(void **state)
{
    struct scene *scene = scene_create();
    struct hp_tunnels_stats stats;
    (void) state;
    struct hp_ws *first = open_tunnel(scene->ann->token);
    struct hp_ws *second = open_tunnel(scene->ann->token);
    house_pump(scene->house);
    assert_int_equal(first->close_code, 4001);
    fake_ws_close(first, 0);
    house_pump(scene->house);
    push(scene, "a keyframe", true);
    assert_true(has_got(second, "a keyframe"));
    assert_true(scene->ann->is_watching);
    hp_tunnels_get_stats(scene->tunnels, &stats);
    assert_int_equal(stats.open, 1);
    fake_ws_close(second, 0);
    scene_destroy(scene);
}

static void
a_peer_that_fails_leaves_the_tunnel(void **state)
{
    struct scene *scene = scene_create();
    (void) state;
    struct hp_peer *peer = house_watch(scene->house, scene->ann);
    struct hp_ws *ws = open_tunnel(scene->ann->token);
    house_pump(scene->house);
    assert_false(hp_stage_is_tunneled(scene->ann->stage));
    fake_peer_set_state(peer, HP_PEER_FAILED, HP_STATUS_ICE_TIMEOUT);
    house_pump(scene->house);
    assert_true(hp_stage_is_tunneled(scene->ann->stage));
    assert_true(scene->ann->is_watching);
    push(scene, "a keyframe", true);
    assert_true(has_got(ws, "a keyframe"));
    fake_ws_close(ws, 0);
    house_pump(scene->house);
    assert_false(scene->ann->is_watching);
    scene_destroy(scene);
}

static void
a_page_that_is_left_has_no_tunnel(void **state)
{
    struct scene *scene = scene_create();
    (void) state;
    struct hp_ws *ws = open_tunnel(scene->ann->token);
    hp_lobby_lose_page(scene->ann, scene->ann->link);
    assert_int_equal(ws->close_code, 1000);
    fake_ws_say_bytes(ws, "\x03", 1);
    fake_ws_close(ws, 0);
    house_pump(scene->house);
    assert_int_equal(fake_counts.sinks_alive, 0);
    scene_destroy(scene);
}

static void
a_room_that_ends_ends_its_tunnels(void **state)
{
    struct scene *scene = scene_create();
    (void) state;
    struct hp_ws *ws = open_tunnel(scene->ann->token);
    house_pump(scene->house);
    house_close(scene->house); // looks that nothing is left
    hp_tunnels_close(scene->tunnels);
    assert_true(ws->is_closing);
    fake_ws_close(ws, 0);
    struct hp_ws *late = open_tunnel("any");
    assert_true(has_got(late, "\x14{\"status\":\"closed\""));
    fake_ws_close(late, 0);
    hp_tunnels_destroy(scene->tunnels);
    house_destroy(scene->house);
    g_free(scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_come_to_who_says_hello),
        cmocka_unit_test(the_cookie_of_the_login_counts_as_well),
        cmocka_unit_test(who_has_no_session_or_no_right_is_refused_with_a_reason),
        cmocka_unit_test(who_decodes_none_of_our_codecs_is_refused),
        cmocka_unit_test(what_is_no_message_ends_the_tunnel),
        cmocka_unit_test(a_second_hello_and_a_flood_end_it),
        cmocka_unit_test(who_says_nothing_is_closed_after_3_seconds),
        cmocka_unit_test(who_opens_tunnels_all_the_time_is_refused),
        cmocka_unit_test(input_has_the_rights_of_its_session),
        cmocka_unit_test(a_newer_tunnel_of_the_session_replaces_the_first),
        cmocka_unit_test(a_peer_that_fails_leaves_the_tunnel),
        cmocka_unit_test(a_page_that_is_left_has_no_tunnel),
        cmocka_unit_test(a_room_that_ends_ends_its_tunnels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
