// Tests of dialect/bulletin.c and dialect/facts.c: what Neko's clients are told, to the letter.
#include "dialect/bulletin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dialect/signal.h"
#include "fake_sockets.h"
#include "house.h"
#include "room/notices.h"

struct scene {
    struct house *house;
    struct hp_signal *signal;
    struct hp_session *ann;
    struct hp_ws *ws; // ann's
};

static struct scene *
scene_create(const char *name)
{
    struct scene *scene = g_new0(struct scene, 1);
    scene->house = house_create(0, NULL);
    scene->signal = hp_signal_create(NULL, scene->house->main, scene->house->room,
            "[{\"urls\":[\"stun:stun.example:3478\"]}]");
    scene->ann = house_login(scene->house, name);
    scene->ws = fake_ws_open(scene->ann->token);
    return scene;
}

static void
scene_destroy(struct scene *scene)
{
    fake_ws_close(scene->ws, HP_WS_GOODBYE);
    house_close(scene->house);
    hp_signal_destroy(scene->signal);
    house_destroy(scene->house);
    g_free(scene);
}

static void
forget(struct scene *scene)
{
    house_pump(scene->house);
    g_string_truncate(scene->ws->sent, 0);
}

static void
tell(struct scene *scene, struct hp_notice notice)
{
    forget(scene);
    hp_notices_tell(hp_room_notices(scene->house->room), &notice);
}

// The one message since tell(); %s in `expected` is ann's id.
static void
assert_sent(const struct scene *scene, const char *expected)
{
    GString *line = g_string_new(expected);
    g_string_replace(line, "%s", scene->ann->id, 0);
    g_string_append_c(line, '\n');
    assert_string_equal(scene->ws->sent->str, line->str);
    g_string_free(line, TRUE);
}

static void
a_client_hears_init_then_admin_then_its_state(void **state)
{
    struct scene *scene = scene_create("admin");
    (void) state;
    static const char *const parts[] = { "{\"event\":\"system/init\",\"payload\":{\"session_id\":\"admin-",
        "\"control_host\":{\"id\":\"\",\"has_host\":false}",
        "\"screen_size\":{\"width\":1280,\"height\":720,\"rate\":30}", "\"heartbeat_interval\":10",
        "\"merciful_reconnect\":true", "\"webrtc\":{\"videos\":[\"screen\"]}",
        "{\"event\":\"system/admin\",\"payload\":{\"screen_sizes_list\":[{\"width\":1280,"
        "\"height\":720,\"rate\":30}],\"broadcast_status\":{\"is_active\":false}}}",
        "{\"event\":\"session/state\",\"payload\":{\"id\":\"admin-" };
    const char *at = scene->ws->sent->str;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        at = strstr(at, parts[i]);
        assert_non_null(at);
    }
    assert_null(strstr(at + strlen(parts[0]), "\"event\"")); // and nothing after it
    scene_destroy(scene);
}

static void
a_user_hears_nothing_of_admins(void **state)
{
    struct scene *scene = scene_create("ann");
    (void) state;
    assert_int_equal(fake_ws_count(scene->ws, "system/init"), 1);
    assert_int_equal(fake_ws_count(scene->ws, "system/admin"), 0);
    scene_destroy(scene);
}

static void
people_and_control_have_nekos_events(void **state)
{
    struct scene *scene = scene_create("ann");
    struct hp_session *ann = scene->ann;
    (void) state;
    tell(scene, (struct hp_notice){ .kind = HP_NOTICE_DELETED, .about = ann });
    assert_sent(scene, "{\"event\":\"session/deleted\",\"payload\":{\"id\":\"%s\"}}");
    tell(scene, (struct hp_notice){ .kind = HP_NOTICE_REQUEST, .to = ann, .about = ann });
    assert_sent(scene, "{\"event\":\"control/request\",\"payload\":{\"id\":\"%s\"}}");
    tell(scene, (struct hp_notice){ .kind = HP_NOTICE_HOST, .about = ann, .host = ann });
    assert_sent(scene, "{\"event\":\"control/host\",\"payload\":{\"id\":\"%s\","
                       "\"has_host\":true,\"host_id\":\"%s\"}}");
    tell(scene, (struct hp_notice){ .kind = HP_NOTICE_HOST, .about = ann });
    assert_sent(scene, "{\"event\":\"control/host\",\"payload\":{\"id\":\"%s\","
                       "\"has_host\":false}}");
    tell(scene, (struct hp_notice){ .kind = HP_NOTICE_PROFILE, .about = ann });
    assert_sent(scene, "{\"event\":\"session/profile\",\"payload\":{\"id\":\"%s\","
                       "\"name\":\"ann\",\"is_admin\":false,\"can_login\":true,"
                       "\"can_connect\":true,\"can_watch\":true,\"can_host\":true,"
                       "\"can_share_media\":true,\"can_access_clipboard\":true,"
                       "\"sends_inactive_cursor\":true,\"can_see_inactive_cursors\":false,"
                       "\"plugins\":null}}");
    tell(scene,
            (struct hp_notice){
                    .kind = HP_NOTICE_RULES, .rules = hp_room_rules(scene->house->room) });
    assert_sent(scene, "{\"event\":\"system/settings\",\"payload\":{\"id\":\"\","
                       "\"heartbeat_interval\":10,\"private_mode\":false,"
                       "\"locked_logins\":false,\"locked_controls\":false,"
                       "\"control_protection\":false,\"implicit_hosting\":false,"
                       "\"inactive_cursors\":false,\"merciful_reconnect\":true,"
                       "\"plugins\":null}}");
    scene_destroy(scene);
}

static void
a_session_is_told_with_profile_and_times(void **state)
{
    struct scene *scene = scene_create("ann");
    (void) state;
    forget(scene);
    house_login(scene->house, "bob");
    assert_int_equal(fake_ws_count(scene->ws,
                             "{\"event\":\"session/created\",\"payload\":{\"id\":\"bob-"),
            1);
    assert_int_equal(fake_ws_count(scene->ws,
                             "\"state\":{\"is_connected\":false,\"is_watching\":false}}}"),
            1);
    tell(scene, (struct hp_notice){ .kind = HP_NOTICE_PRESENCE, .about = scene->ann });
    assert_int_equal(fake_ws_count(scene->ws, "\"is_connected\":true,\"connected_since\":\"20"), 1);
    assert_int_equal(fake_ws_count(scene->ws, "Z\",\"is_watching\":false}}\n"), 1);
    scene_destroy(scene);
}

static void
signaling_has_nekos_events(void **state)
{
    struct scene *scene = scene_create("ann");
    const struct hp_session *ann = scene->ann;
    struct hp_notice notice = { .kind = HP_NOTICE_DESCRIPTION,
        .to = ann,
        .description = { .role = HP_DESCRIPTION_FIRST, .sdp = "v=0", .video = { .name = "screen" } } };
    (void) state;
    tell(scene, notice);
    assert_sent(scene,
            "{\"event\":\"signal/provide\",\"payload\":{\"sdp\":\"v=0\",\"iceservers\":[{\"urls\":"
            "[\"stun:stun.example:3478\"]}],\"video\":{\"disabled\":false,\"id\":\"screen\","
            "\"video\":\"screen\",\"auto\":false},\"audio\":{\"disabled\":false}}}");
    notice.description.role = HP_DESCRIPTION_OFFER;
    tell(scene, notice);
    assert_sent(scene, "{\"event\":\"signal/offer\",\"payload\":{\"sdp\":\"v=0\"}}");
    notice.description.role = HP_DESCRIPTION_RESTART;
    tell(scene, notice);
    assert_sent(scene, "{\"event\":\"signal/restart\",\"payload\":{\"sdp\":\"v=0\"}}");
    notice.description.role = HP_DESCRIPTION_ANSWER;
    tell(scene, notice);
    assert_sent(scene, "{\"event\":\"signal/answer\",\"payload\":{\"sdp\":\"v=0\"}}");
    tell(scene,
            (struct hp_notice){ .kind = HP_NOTICE_CANDIDATE,
                    .to = ann,
                    .candidate = { .text = "candidate:1", .mid = "0", .mline_index = 2 } });
    assert_sent(scene, "{\"event\":\"signal/candidate\",\"payload\":{\"candidate\":"
                       "\"candidate:1\",\"sdpMid\":\"0\",\"sdpMLineIndex\":2,"
                       "\"usernameFragment\":null}}");
    tell(scene, (struct hp_notice){ .kind = HP_NOTICE_PEER_CLOSED, .to = ann });
    assert_sent(scene, "{\"event\":\"signal/close\",\"payload\":null}");
    tell(scene, (struct hp_notice){ .kind = HP_NOTICE_AUDIO, .to = ann, .audio = { true } });
    assert_sent(scene, "{\"event\":\"signal/audio\",\"payload\":{\"disabled\":true}}");
    tell(scene, (struct hp_notice){ .kind = HP_NOTICE_VIDEO, .to = ann, .video = { true, NULL } });
    assert_sent(scene, "{\"event\":\"signal/video\",\"payload\":{\"disabled\":true,\"id\":\"\","
                       "\"video\":\"\",\"auto\":false}}");
    scene_destroy(scene);
}

static void
what_hairpin_adds_has_its_own_events(void **state)
{
    static const enum hp_codec codec = HP_CODEC_H264;
    struct scene *scene = scene_create("ann");
    (void) state;
    tell(scene,
            (struct hp_notice){ .kind = HP_NOTICE_PEER_STATE,
                    .to = scene->ann,
                    .peer_state = { HP_PEER_FAILED, HP_STATUS_ICE_TIMEOUT } });
    assert_sent(scene, "{\"event\":\"hairpin/status\",\"payload\":{\"state\":\"failed\","
                       "\"status\":\"ice-timeout\",\"text\":"
                       "\"No path to the server was found in time.\"}}");
    tell(scene,
            (struct hp_notice){ .kind = HP_NOTICE_MEDIA,
                    .media = { HP_TRACK_VIDEO, &codec, "no element \"x\"", false } });
    assert_sent(scene, "{\"event\":\"hairpin/media\",\"payload\":{\"state\":\"failed\","
                       "\"kind\":\"video\",\"status\":\"media-failed\","
                       "\"text\":\"no element \\\"x\\\"\",\"codec\":\"H264\"}}");
    tell(scene,
            (struct hp_notice){ .kind = HP_NOTICE_MEDIA,
                    .media = { HP_TRACK_VIDEO, NULL, "There is no picture yet.", true } });
    assert_sent(scene, "{\"event\":\"hairpin/media\",\"payload\":{\"state\":\"starting\","
                       "\"kind\":\"video\",\"status\":\"ok\","
                       "\"text\":\"There is no picture yet.\"}}");
    tell(scene,
            (struct hp_notice){
                    .kind = HP_NOTICE_MEDIA, .media = { HP_TRACK_AUDIO, NULL, NULL, false } });
    assert_sent(scene, "{\"event\":\"hairpin/media\",\"payload\":{\"state\":\"running\","
                       "\"kind\":\"audio\",\"status\":\"ok\",\"text\":\"\"}}");
    tell(scene,
            (struct hp_notice){
                    .kind = HP_NOTICE_AWAY, .about = scene->ann, .away = { .is_away = true } });
    assert_sent(scene, "{\"event\":\"hairpin/away\",\"payload\":{\"id\":\"%s\",\"is_away\":true}}");
    tell(scene,
            (struct hp_notice){ .kind = HP_NOTICE_WISHES,
                    .to = scene->ann,
                    .wishes = { (struct hp_session *const[]){ scene->ann }, 1 } });
    assert_sent(scene, "{\"event\":\"hairpin/requests\",\"payload\":{\"ids\":[\"%s\"]}}");
    tell(scene,
            (struct hp_notice){
                    .kind = HP_NOTICE_WISH, .to = scene->ann, .wish = HP_WISH_DECLINED });
    assert_sent(scene, "{\"event\":\"hairpin/request\",\"payload\":{\"state\":\"declined\"}}");
    struct hp_peer_stats stats = { .path = HP_PATH_RELAY, .pair = "a - b",
        .packets_sent = 7,
        .failed_servers = 2 };
    tell(scene, (struct hp_notice){ .kind = HP_NOTICE_STATS, .to = scene->ann, .stats = &stats });
    assert_int_equal(fake_ws_count(scene->ws,
                             "{\"event\":\"hairpin/stats\",\"payload\":{\"path\":\"relay\","
                             "\"pair\":\"a - b\",\"round_trip_ms\":0.0,\"packets_sent\":7,"),
            1);
    assert_int_equal(fake_ws_count(scene->ws, "\"failed_servers\":2}"), 1);
    tell(scene, (struct hp_notice){ .kind = HP_NOTICE_STATS, .to = scene->ann, .stats = NULL });
    assert_int_equal(fake_ws_count(scene->ws,
                             "{\"event\":\"hairpin/stats\",\"payload\":{\"is_late\":true}}"),
            1);
    scene_destroy(scene);
}

static void
the_screen_and_pointers_have_nekos_events(void **state)
{
    struct scene *scene = scene_create("admin");
    const struct hp_plugin_screen screen = { .width = 800, .height = 600, .rate = 25 };
    const struct hp_notice_cursor cursor = { scene->ann, 3, 4 };
    (void) state;
    tell(scene,
            (struct hp_notice){
                    .kind = HP_NOTICE_SCREEN, .about = scene->ann, .screen = &screen });
    assert_sent(scene, "{\"event\":\"screen/updated\",\"payload\":{\"width\":800,\"height\":600,"
                       "\"rate\":25,\"id\":\"%s\"}}");
    tell(scene, (struct hp_notice){ .kind = HP_NOTICE_CURSORS, .cursors = { &cursor, 1 } });
    assert_sent(scene, "{\"event\":\"session/cursors\",\"payload\":[{\"id\":\"%s\","
                       "\"cursors\":[{\"x\":3,\"y\":4}]}]}");
    scene_destroy(scene);
}

static void
letters_and_events_of_plugins_are_carried(void **state)
{
    struct scene *scene = scene_create("ann");
    struct hp_session *bob = house_enter(scene->house, "bob");
    (void) state;
    forget(scene);
    assert_true(hp_room_send_letter(scene->house->room, bob, scene->ann, "hi", "[1,{\"a\":2}]"));
    assert_int_equal(fake_ws_count(scene->ws, "{\"event\":\"send/unicast\",\"payload\":{\"sender\":\"bob-"), 1);
    assert_int_equal(fake_ws_count(scene->ws, "\"subject\":\"hi\",\"body\":[1,{\"a\":2}]}}\n"), 1);
    forget(scene);
    assert_true(hp_room_send_letter(scene->house->room, bob, NULL, "all", NULL));
    assert_int_equal(fake_ws_count(scene->ws, "{\"event\":\"send/broadcast\",\"payload\":{\"sender\":\"bob-"), 1);
    assert_int_equal(fake_ws_count(scene->ws, "\"subject\":\"all\",\"body\":null}}\n"), 1);
    tell(scene, (struct hp_notice){ .kind = HP_NOTICE_PLUGIN, .event = { "chat/message", "[7]" } });
    assert_sent(scene, "{\"event\":\"chat/message\",\"payload\":[7]}");
    tell(scene, (struct hp_notice){ .kind = HP_NOTICE_PLUGIN, .event = { "chat/ping", NULL } });
    assert_sent(scene, "{\"event\":\"chat/ping\"}");
    tell(scene, (struct hp_notice){ .kind = HP_NOTICE_PLUGIN, .event = { "chat/bad", "{oops" } });
    assert_int_equal(scene->ws->sent->len, 0);
    scene_destroy(scene);
}

static void
a_farewell_says_why_and_closes_with_a_code(void **state)
{
    static const struct {
        enum hp_farewell reason;
        const char *text;
        int code;
    } rows[] = {
        { HP_FAREWELL_DELETED, "session deleted", 1000 },
        { HP_FAREWELL_REPLACED, "connection replaced", 1000 },
        { HP_FAREWELL_PROFILE, "profile changed", 1000 },
        { HP_FAREWELL_FLOOD, "too many messages", 1000 },
        { HP_FAREWELL_CLOSING, "connection shutdown", 1001 },
    };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct scene *scene = scene_create("ann");
        tell(scene,
                (struct hp_notice){ .kind = HP_NOTICE_FAREWELL,
                        .to = scene->ann,
                        .farewell = { scene->ann->link, rows[i].reason } });
        char *expected = g_strdup_printf(
                "{\"event\":\"system/disconnect\",\"payload\":{\"message\":\"%s\"}}",
                rows[i].text);
        assert_sent(scene, expected);
        assert_true(scene->ws->is_closing);
        assert_int_equal(scene->ws->close_code, rows[i].code);
        g_free(expected);
        scene_destroy(scene);
    }
}

static json_t *
make_servers(void *arg, const struct hp_session *session)
{
    return json_pack("[{s:[s], s:s}]", "urls", arg, "username", session->id);
}

static void
each_viewer_gets_servers_of_its_own(void **state)
{
    struct scene *scene = scene_create("Ann");
    (void) state;
    hp_signal_set_servers(scene->signal, make_servers, (void *) "turn:own.example");
    tell(scene,
            (struct hp_notice){ .kind = HP_NOTICE_DESCRIPTION,
                    .to = scene->ann,
                    .description = { .role = HP_DESCRIPTION_FIRST, .sdp = "v=0" } });
    char *expected = g_strdup_printf(
            "\"iceservers\":[{\"urls\":[\"turn:own.example\"],\"username\":\"%s\"}]",
            scene->ann->id);
    assert_non_null(strstr(scene->ws->sent->str, expected));
    assert_null(strstr(scene->ws->sent->str, "stun.example"));
    g_free(expected);
    scene_destroy(scene);
}

static void
ice_servers_that_are_no_array_are_refused(void **state)
{
    struct house *house = house_create(0, NULL);
    (void) state;
    assert_null(hp_signal_create(NULL, house->main, house->room, "{oops"));
    assert_null(hp_signal_create(NULL, house->main, house->room, "{}"));
    house_destroy(house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_hears_init_then_admin_then_its_state),
        cmocka_unit_test(a_user_hears_nothing_of_admins),
        cmocka_unit_test(people_and_control_have_nekos_events),
        cmocka_unit_test(a_session_is_told_with_profile_and_times),
        cmocka_unit_test(signaling_has_nekos_events),
        cmocka_unit_test(what_hairpin_adds_has_its_own_events),
        cmocka_unit_test(the_screen_and_pointers_have_nekos_events),
        cmocka_unit_test(letters_and_events_of_plugins_are_carried),
        cmocka_unit_test(a_farewell_says_why_and_closes_with_a_code),
        cmocka_unit_test(each_viewer_gets_servers_of_its_own),
        cmocka_unit_test(ice_servers_that_are_no_array_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
