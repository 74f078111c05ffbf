// Tests of room/stage.c: the peers of one session, on calm and on bad days.
#include "room/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/plugin.h"
#include "house.h"
#include "room/desktop.h"

static const struct hp_selection everything = { .video_disabled = -1, .audio_disabled = -1 };

static void
a_request_is_answered_with_a_first_offer(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    house_forget(house);
    assert_true(hp_stage_request(ann->stage, &everything));
    house_pump(house);
    assert_true(house_heard(house, ann->link, "first v=0 video screen on audio on"));
    assert_true(house_heard(house, ann->link, "video on"));
    assert_true(house_heard(house, ann->link, "audio on"));
    assert_int_equal(fake_counts.track_enabled[HP_TRACK_VIDEO], 1);
    house_destroy(house);
}

static void
a_video_that_is_not_there_gets_no_peer(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_selection selection = everything;
    (void) state;
    selection.video_id = "other";
    assert_false(hp_stage_request(ann->stage, &selection));
    selection.video_id = "screen";
    assert_true(hp_stage_request(ann->stage, &selection));
    house_destroy(house);
}

static void
three_hundred_requests_make_few_peers(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    for (int i = 0; i < 300; i++) {
        hp_stage_request(ann->stage, &everything);
    }
    house_pass(house, 1000);
    assert_in_range(fake_counts.peers_created, 1, 2);
    for (int i = 0; i < 100; i++) {
        hp_stage_request(ann->stage, &everything);
        house_pass(house, 10);
    }
    assert_in_range(fake_counts.peers_created, 3, 8);
    assert_in_range(fake_counts.peers_alive_max, 1, 2);
    house_pass(house, 1000);
    assert_int_equal(fake_counts.peers_alive, 1);
    house_destroy(house);
}

static void
a_request_that_comes_too_soon_is_served_when_its_time_has_come(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    assert_true(hp_stage_request(ann->stage, &everything));
    house_pump(house);
    assert_true(hp_stage_request(ann->stage, &everything));
    house_pass(house, 190);
    assert_int_equal(fake_counts.peers_created, 1);
    house_pass(house, 10);
    assert_int_equal(fake_counts.peers_created, 2);
    assert_int_equal(fake_counts.peers_alive, 1);
    house_pass(house, 1000);
    assert_int_equal(fake_counts.peers_created, 2);
    house_destroy(house);
}

static void
candidates_and_figures_of_the_peer_that_counts_are_told_to_its_session(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    struct hp_peer *peer = house_watch(house, ann);
    (void) state;
    house_forget(house);
    assert_false(hp_stage_request_stats(bob->stage)); // has no peer
    assert_true(hp_stage_request_stats(ann->stage));
    fake_peer_find_candidate(peer, "host 1");
    house_pump(house);
    assert_int_equal(house_count(house, ann->link, "stats host - host"), 1);
    assert_int_equal(house_count(house, ann->link, "candidate host 1"), 1);
    assert_int_equal(house_count(house, bob->link, ""), 0);
    house_forget(house);
    hp_stage_request_stats(ann->stage);
    fake_peer_find_candidate(peer, "host 2");
    hp_stage_end(ann->stage, false); // while both are under way
    house_pump(house);
    assert_int_equal(house_count(house, ann->link, "stats"), 0);
    assert_int_equal(house_count(house, ann->link, "candidate"), 0);
    house_destroy(house);
}

static void
a_connected_peer_is_watching_and_its_channel_is_greeted(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    (void) state;
    house_watch(house, ann);
    assert_true(ann->is_watching);
    assert_int_equal(fake_counts.sinks_alive, 1);
    char *text = g_strdup_printf("presence %s here watching", ann->id);
    assert_int_equal(house_count(house, bob->link, text), 1);
    g_free(text);
    house_destroy(house);
}

static void
offers_have_the_name_that_says_why_they_come(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_peer *peer = house_watch(house, ann);
    (void) state;
    house_forget(house);
    fake_peer_describe(peer, "offer", "renegotiate");
    house_pump(house);
    assert_true(house_heard(house, ann->link, "offer renegotiate"));
    assert_true(hp_stage_restart(ann->stage));
    house_pump(house);
    assert_true(house_heard(house, ann->link, "restart v=restart"));
    house_forget(house);
    fake_peer_set_state(peer, HP_PEER_DISCONNECTED, HP_STATUS_OK);
    fake_peer_describe(peer, "offer", "from the server");
    house_pump(house);
    assert_true(house_heard(house, ann->link, "restart from the server"));
    hp_stage_set_remote(ann->stage, "offer", "v=0");
    house_pump(house);
    assert_true(house_heard(house, ann->link, "answer v=answer"));
    house_destroy(house);
}

static void
a_failed_peer_is_told_and_closed(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_peer *peer = house_watch(house, ann);
    (void) state;
    house_forget(house);
    fake_peer_set_state(peer, HP_PEER_FAILED, HP_STATUS_ICE_TIMEOUT);
    house_pump(house);
    const char *status = strstr(house->events->str, "1 peer failed ice-timeout\n");
    const char *closed = strstr(house->events->str, "1 closed\n");
    assert_true(status != NULL && closed != NULL && status < closed);
    assert_int_equal(fake_counts.peers_alive, 0);
    assert_false(ann->is_watching);
    assert_false(hp_stage_restart(ann->stage));
    assert_false(hp_stage_set_remote(ann->stage, "answer", "v=0"));
    house_destroy(house);
}

static void
go_private(struct hp_rules *rules)
{
    rules->private_mode = true;
}

static void
private_mode_pauses_users_and_not_admins(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    house_watch(house, ann);
    house_set_rules(house, NULL, go_private);
    assert_int_equal(fake_counts.track_enabled[HP_TRACK_VIDEO], 0);
    house_watch(house, house_enter(house, "admin"));
    assert_int_equal(fake_counts.track_enabled[HP_TRACK_VIDEO], 1);
    house_destroy(house);
}

static void
a_track_is_switched_off_and_on(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_selection selection = everything;
    (void) state;
    house_watch(house, ann);
    selection.video_disabled = 1;
    assert_true(hp_stage_select(ann->stage, &selection, HP_TRACK_VIDEO));
    assert_int_equal(fake_counts.track_enabled[HP_TRACK_VIDEO], 0);
    assert_int_equal(fake_counts.track_enabled[HP_TRACK_AUDIO], 1);
    assert_true(house_heard(house, ann->link, "video off"));
    selection.video_disabled = 0;
    assert_true(hp_stage_select(ann->stage, &selection, HP_TRACK_VIDEO));
    assert_int_equal(fake_counts.track_enabled[HP_TRACK_VIDEO], 1);
    house_destroy(house);
}

static void
a_request_that_waits_outlives_the_peer_that_fails(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    struct hp_peer *peer = house_watch(house, ann);
    assert_true(hp_stage_request(ann->stage, &everything)); // too soon: it waits
    assert_ptr_equal(fake_peer_last(), peer);
    house_forget(house);
    fake_peer_set_state(peer, HP_PEER_FAILED, HP_STATUS_ICE_FAILED);
    house_pump(house);
    assert_false(ann->is_watching);
    house_pass(house, 300);
    assert_int_equal(fake_counts.peers_created, 2);
    assert_int_equal(house_count(house, ann->link, "closed"), 0); // nothing is to be asked again
    house_watch(house, ann);
    assert_true(ann->is_watching);
    house_destroy(house);
}

static void
candidates_are_bounded(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    assert_false(hp_stage_add_candidate(ann->stage, "candidate:1", "0", 0));
    house_watch(house, ann);
    for (int i = 0; i < 1000; i++) {
        hp_stage_add_candidate(ann->stage, "candidate:1", "0", 0);
    }
    assert_int_equal(fake_counts.candidates, 64);
    house_destroy(house);
}

static void
a_broken_pipeline_is_told_to_watchers_and_newcomers(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    house_watch(house, ann);
    fake_encoder_set_state(fake_encoder_last(), HP_ENCODER_FAILED, "no element \"x\"");
    const char *text = "media video VP8 no element \"x\"";
    assert_true(house_heard(house, ann->link, text));
    struct hp_session *bob = house_enter(house, "bob");
    house_watch(house, bob);
    assert_true(house_heard(house, bob->link, text));
    struct hp_session *session;
    hp_lobby_lose(ann, ann->link, false);
    assert_int_equal(house_connect(house, ann->token, 77, &session), HP_CONNECT_OK);
    assert_true(house_heard(house, 77, text)); // a client that was away may have missed it
    fake_encoder_set_state(fake_encoder_last(), HP_ENCODER_RUNNING, NULL);
    assert_true(house_heard(house, bob->link, "media video VP8 runs"));
    house_destroy(house);
}

static void
leave_out_the_source(struct hp_room_params *params)
{
    (void) params;
    the_house->has_source = false;
}

static void
add_source(struct house *house, enum hp_source_kind kind, const char *name)
{
    const struct hp_plugin_source source = {
        .size = sizeof(source), .kind = kind, .name = name, .head = "videotestsrc"
    };
    assert_true(hp_room_add_source(house->room, &source));
    house_pump(house);
}

static void
whoever_asks_before_the_desktop_has_a_picture_gets_it_without_asking_again(void **state)
{
    struct house *house = house_create(0, leave_out_the_source);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_session *bob = house_enter(house, "bob");
    (void) state;
    house_watch(house, ann);
    assert_true(hp_stage_request(bob->stage, &everything)); // has not answered when it comes
    house_pump(house);
    assert_int_equal(fake_counts.sinks_alive, 0);
    house_forget(house);
    add_source(house, HP_SOURCE_VIDEO, "screen");
    assert_int_equal(fake_counts.sinks_alive, 1);
    assert_true(house_heard(house, ann->link, "video on"));
    assert_true(hp_stage_set_remote(bob->stage, "answer", "v=0"));
    house_pump(house);
    assert_int_equal(fake_counts.sinks_alive, 2);
    assert_int_equal(fake_counts.peers_created, 2);
    assert_int_equal(fake_counts.peers_alive, 2);
    assert_int_equal(house_count(house, ann->link, "closed"), 0);
    assert_int_equal(house_count(house, bob->link, "closed"), 0);
    assert_true(ann->is_watching);
    house_destroy(house);
}

static void
sound_that_comes_late_ends_nobodys_picture(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    house_watch(house, ann);
    house_forget(house);
    fake_peer_take_words();
    add_source(house, HP_SOURCE_AUDIO, "sound");
    assert_non_null(strstr(fake_peer_take_words(), "audio on"));
    assert_int_equal(fake_counts.peers_created, 1);
    assert_int_equal(fake_counts.peers_alive, 1);
    assert_int_equal(house_count(house, ann->link, "closed"), 0);
    assert_int_equal(house_count(house, ann->link, "video"), 0); // nothing has changed there
    house_destroy(house);
}

static void
whoever_leaves_before_the_desktop_has_a_picture_leaves_nothing(void **state)
{
    struct house *house = house_create(0, leave_out_the_source);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    house_watch(house, ann);
    hp_stage_end(ann->stage, false); // its peer is on its way to the end
    add_source(house, HP_SOURCE_VIDEO, "screen");
    house_pass(house, 500);
    assert_int_equal(fake_counts.peers_created, 1);
    assert_int_equal(fake_counts.peers_alive, 0);
    assert_int_equal(fake_counts.sinks_alive, 0);
    house_destroy(house);
}

static void
offer_h264(struct hp_room_params *params)
{
    static const enum hp_codec codecs[] = { HP_CODEC_H264, HP_CODEC_VP8, HP_CODEC_OPUS };
    params->codecs = codecs;
    params->codec_count = 3;
}

static void
a_codec_without_a_pipeline_is_no_silent_black_picture(void **state)
{
    struct house *house = house_create(0, offer_h264);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    house_watch(house, ann);
    assert_true(house_heard(house, ann->link, "media video H264 The server has no pipeline"));
    house_destroy(house);
}

static void
logging_out_while_a_new_peer_is_due_leaves_nothing(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    house_watch(house, ann);
    hp_stage_request(ann->stage, &everything);
    hp_lobby_end(ann);
    house_pass(house, 500);
    assert_int_equal(fake_counts.peers_alive, 0);
    assert_int_equal(hp_sessions_count(hp_room_sessions(house->room)), 0);
    house_destroy(house);
}

static void
messages_of_plugins_go_over_open_channels_only(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_peer *peer = house_watch(house, ann);
    (void) state;
    int before = fake_counts.sends;
    fake_peer_data(peer, "chat"); // the plugin answers, but the channel is not open
    house_pump(house);
    assert_int_equal(fake_counts.sends, before);
    fake_peer_channel(peer, "chat", true);
    fake_peer_data(peer, "chat");
    fake_peer_data(peer, "other"); // nobody's
    house_pump(house);
    assert_int_equal(fake_counts.sends, before + 1);
    assert_non_null(strstr(house->plugin->str, "data chat"));
    assert_null(strstr(house->plugin->str, "data other"));
    hp_stage_end(ann->stage, false);
    house_pump(house);
    for (unsigned i = 0; i < HP_PLUGIN_CHANNELS_MAX; i++) {
        assert_int_equal(ann->open_channels[i], 0);
    }
    house_destroy(house);
}

static void
a_new_screen_is_told_with_the_session_that_asked(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *admin = house_enter(house, "admin");
    (void) state;
    assert_true(hp_room_set_screen(house->room, admin, 800, 600, 30));
    char *text = g_strdup_printf("screen 800x600@30 by %s", admin->id);
    assert_true(house_heard(house, admin->link, text));
    g_free(text);
    assert_int_equal(hp_desktop_screen(hp_room_desktop(house->room))->width, 800);
    house_destroy(house);
}

static void
a_path_that_is_silent_lets_go_of_the_keys(void **state)
{
    static const struct hp_input down = { .kind = HP_INPUT_KEY_DOWN, .keysym = 'a' };
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_peer *peer = house_watch(house, ann);
    (void) state;
    hp_control_request(hp_room_control(house->room), ann);
    house_pump(house);
    fake_peer_input(peer, &down);
    house_forget(house);
    fake_peer_set_state(peer, HP_PEER_DISCONNECTED, HP_STATUS_OK);
    house_pump(house);
    assert_int_equal(house->input_count, 1);
    assert_int_equal(house->inputs[0].kind, HP_INPUT_RELEASE_ALL);
    assert_true(house_heard(house, ann->link, "peer disconnected"));
    house_destroy(house);
}

static void
a_screen_that_cannot_be_is_not_told(void **state)
{
    static const int sizes[][2] = { { 0, 1 }, { 1, 0 }, { -1, 1 }, { 32768, 1 }, { 1, 32768 } };
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    house_resize(house, 1, 1);
    house_resize(house, 32767, 32767);
    assert_int_equal(house_count(house, ann->link, "screen "), 2);
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        house_resize(house, sizes[i][0], sizes[i][1]);
    }
    assert_int_equal(house_count(house, ann->link, "screen "), 2);
    assert_int_equal(hp_desktop_screen(hp_room_desktop(house->room))->width, 32767);
    house_destroy(house);
}

// The old peer says all this after the session has asked for a new one.
static void
what_an_old_peer_still_says_does_not_touch_the_new_one(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_peer *old = house_watch(house, ann);
    (void) state;
    house_pass(house, 300);
    house_forget(house);
    fake_peer_describe(old, "offer", "late");
    fake_peer_find_candidate(old, "late");
    fake_peer_set_state(old, HP_PEER_FAILED, HP_STATUS_ICE_TIMEOUT);
    assert_true(hp_stage_request(ann->stage, &everything));
    house_pump(house);
    assert_int_equal(fake_counts.peers_created, 2);
    assert_int_equal(fake_counts.peers_alive, 1);
    assert_non_null(fake_peer_last());
    assert_false(house_heard(house, ann->link, "peer failed"));
    assert_null(strstr(house->events->str, "late"));
    assert_true(house_heard(house, ann->link, "first v=0"));
    house_destroy(house);
}

static void
only_the_open_data_channel_is_greeted(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    struct hp_peer *peer = house_watch(house, ann);
    (void) state;
    house_move_cursor(house, 3, 4);
    house_pump(house);
    int before = fake_counts.sends;
    fake_peer_channel(peer, "chat", true);
    fake_peer_channel(peer, "data", false);
    house_pump(house);
    assert_int_equal(fake_counts.sends, before);
    fake_peer_channel(peer, "data", true);
    house_pump(house);
    assert_int_equal(fake_counts.sends, before + 1);
    house_destroy(house);
}

static void
a_pipeline_that_rests_is_no_news(void **state)
{
    struct house *house = house_create(0, NULL);
    struct hp_session *ann = house_enter(house, "ann");
    (void) state;
    house_watch(house, ann);
    house_forget(house);
    fake_encoder_set_state(fake_encoder_last(), HP_ENCODER_IDLE, NULL);
    house_pump(house);
    assert_false(house_heard(house, ann->link, "media"));
    house_destroy(house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_answered_with_a_first_offer),
        cmocka_unit_test(a_video_that_is_not_there_gets_no_peer),
        cmocka_unit_test(three_hundred_requests_make_few_peers),
        cmocka_unit_test(a_request_that_comes_too_soon_is_served_when_its_time_has_come),
        cmocka_unit_test(candidates_and_figures_of_the_peer_that_counts_are_told_to_its_session),
        cmocka_unit_test(a_connected_peer_is_watching_and_its_channel_is_greeted),
        cmocka_unit_test(offers_have_the_name_that_says_why_they_come),
        cmocka_unit_test(a_failed_peer_is_told_and_closed),
        cmocka_unit_test(private_mode_pauses_users_and_not_admins),
        cmocka_unit_test(a_track_is_switched_off_and_on),
        cmocka_unit_test(a_request_that_waits_outlives_the_peer_that_fails),
        cmocka_unit_test(candidates_are_bounded),
        cmocka_unit_test(
                whoever_asks_before_the_desktop_has_a_picture_gets_it_without_asking_again),
        cmocka_unit_test(sound_that_comes_late_ends_nobodys_picture),
        cmocka_unit_test(whoever_leaves_before_the_desktop_has_a_picture_leaves_nothing),
        cmocka_unit_test(a_broken_pipeline_is_told_to_watchers_and_newcomers),
        cmocka_unit_test(what_an_old_peer_still_says_does_not_touch_the_new_one),
        cmocka_unit_test(only_the_open_data_channel_is_greeted),
        cmocka_unit_test(a_pipeline_that_rests_is_no_news),
        cmocka_unit_test(a_codec_without_a_pipeline_is_no_silent_black_picture),
        cmocka_unit_test(logging_out_while_a_new_peer_is_due_leaves_nothing),
        cmocka_unit_test(messages_of_plugins_go_over_open_channels_only),
        cmocka_unit_test(a_path_that_is_silent_lets_go_of_the_keys),
        cmocka_unit_test(a_screen_that_cannot_be_is_not_told),
        cmocka_unit_test(a_new_screen_is_told_with_the_session_that_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
