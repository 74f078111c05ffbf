// Tests of rtp/tracks.c: the two tracks of a browser, their reports and the proof that packets
// arrive.
#include "rtp/tracks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/sink.h"
#include "fixture/fake_time.h"
#include "rtp/fake_feed.h"
#include "rtp/fake_transport.h"
#include "wire/rtcp.h"
#include "wire/rtp.h"

enum {
    AUDIO_SSRC = 7,
    VIDEO_SSRC = 8,
    SECOND = 1000 * 1000
};

struct scene {
    struct hp_worker *worker;
    struct fake_transport transport;
    struct fake_feed feeds[HP_TRACK_KINDS];
    struct hp_sink *sinks[HP_TRACK_KINDS]; // NULL: not attached
    struct hp_agreed agreed[HP_TRACK_KINDS];
    struct hp_tracks *tracks;
    struct hp_rtp last;
    unsigned level_asked;
};

static struct hp_feed *
attach(void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink)
{
    struct scene *scene = arg;
    scene->level_asked = level;
    if (level > 0) {
        return NULL;
    }
    scene->sinks[hp_codec_kind(codec)] = sink;
    return &scene->feeds[hp_codec_kind(codec)].feed;
}

static void
detach(void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink)
{
    struct scene *scene = arg;
    assert_int_equal(level, 0);
    assert_ptr_equal(scene->sinks[hp_codec_kind(codec)], sink);
    scene->sinks[hp_codec_kind(codec)] = NULL;
}

static const struct hp_track_cbs cbs = { .attach = attach, .detach = detach };

static void
on_rtp(void *arg, const uint8_t *data, size_t size)
{
    struct scene *scene = arg;
    static const struct hp_rtp_ext_ids ext_ids = { .transport_seq = 3 };
    assert_true(hp_rtp_parse(data, size, &ext_ids, &scene->last) > 0);
}

static int
begin(void **state)
{
    static struct scene scene;
    memset(&scene, 0, sizeof(scene));
    scene.worker = hp_worker_create_main();
    fake_time_begin(scene.worker);
    fake_transport_init(&scene.transport);
    scene.transport.on_rtp = on_rtp;
    scene.transport.arg = &scene;
    static const enum hp_codec codecs[HP_TRACK_KINDS] = {
        [HP_TRACK_AUDIO] = HP_CODEC_OPUS, [HP_TRACK_VIDEO] = HP_CODEC_VP8
    };
    for (unsigned i = 0; i < HP_TRACK_KINDS; i++) {
        struct hp_stream_id id = { .stream = (uint16_t) (i + 1) };
        fake_feed_init(&scene.feeds[i], id, codecs[i]);
        scene.agreed[i] = (struct hp_agreed){
            .is_wanted = true,
            .codec = codecs[i],
            .payload_type = (uint8_t) (96 + i),
            .rtx_payload_type = -1,
            .has_nack = i == HP_TRACK_VIDEO,
            .ext_ids = { .transport_seq = 3 },
        };
    }
    struct hp_tracks_params params = {
        .worker = scene.worker,
        .transport = &scene.transport.rtp,
        .ssrcs = { [HP_TRACK_AUDIO] = AUDIO_SSRC, [HP_TRACK_VIDEO] = VIDEO_SSRC },
        .rtx_ssrcs = { [HP_TRACK_VIDEO] = VIDEO_SSRC + 1 },
        .cname = "cname",
    };
    scene.tracks = hp_tracks_create(&params, &cbs, &scene);
    *state = &scene;
    return 0;
}

static int
end(void **state)
{
    struct scene *scene = *state;
    hp_tracks_destroy(scene->tracks);
    for (unsigned i = 0; i < HP_TRACK_KINDS; i++) {
        assert_null(scene->sinks[i]);
        fake_feed_finish(&scene->feeds[i]);
    }
    fake_transport_finish(&scene->transport);
    fake_time_end();
    hp_worker_destroy(scene->worker);
    return 0;
}

static void
push(struct scene *scene, enum hp_track_kind kind)
{
    fake_feed_push(&scene->feeds[kind], scene->sinks[kind], true);
}

// The browser reports on the picture.
static void
report(struct scene *scene, uint32_t highest_seq)
{
    struct hp_rtcp_report report = {
        .ssrc = VIDEO_SSRC, .fraction_lost = 64, .highest_seq = highest_seq
    };
    uint8_t data[100];
    ssize_t size = hp_rtcp_write_rr(data, sizeof(data), 1, &report, 1);
    hp_tracks_handle_rtcp(scene->tracks, data, (size_t) size);
}

static void
feed_back(struct scene *scene)
{
    // Base 1, 3 packets; a vector of one-bit symbols 1 0 1; two deltas of 1 ms.
    static const uint8_t twcc[24] = { 0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 9, 0, 1, 0, 3, 0, 0, 1,
        0, 0xa8, 0, 4, 4 };
    hp_tracks_handle_rtcp(scene->tracks, twcc, sizeof(twcc));
}

static void
sound_is_not_attached_before_the_transport_is_connected(void **state)
{
    struct scene *scene = *state;
    scene->transport.is_connected = false;
    hp_tracks_apply(scene->tracks, scene->agreed);
    assert_null(scene->sinks[HP_TRACK_AUDIO]);
    scene->transport.is_connected = true;
    hp_tracks_apply(scene->tracks, scene->agreed);
    assert_non_null(scene->sinks[HP_TRACK_AUDIO]);
    assert_non_null(scene->sinks[HP_TRACK_VIDEO]);
}

static void
the_picture_is_ready_when_the_transport_is_connected(void **state)
{
    struct scene *scene = *state;
    scene->transport.is_connected = false;
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_VIDEO);
    assert_int_equal(scene->transport.calls, 0);
    scene->transport.is_connected = true;
    hp_tracks_apply(scene->tracks, scene->agreed);
    assert_int_equal(scene->transport.packet_count, PACKETS);
    assert_int_equal(scene->last.payload_type, 96 + HP_TRACK_VIDEO);
    assert_int_equal(scene->feeds[HP_TRACK_VIDEO].keyframe_requests, 1);
}

// A browser may take another codec than the one for which the picture was prepared.
static void
a_picture_of_another_codec_than_agreed_is_not_sent(void **state)
{
    struct scene *scene = *state;
    scene->transport.is_connected = false;
    scene->agreed[HP_TRACK_VIDEO].codec = HP_CODEC_H264;
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_VIDEO);
    scene->transport.is_connected = true;
    scene->agreed[HP_TRACK_VIDEO].codec = HP_CODEC_VP8;
    hp_tracks_apply(scene->tracks, scene->agreed);
    assert_int_equal(scene->transport.packet_count, 0);
    push(scene, HP_TRACK_VIDEO);
    assert_int_equal(scene->transport.packet_count, PACKETS);
}

// All viewers pay for a keyframe: a browser that never connects gets one.
static void
a_browser_that_is_not_connected_asks_for_one_keyframe(void **state)
{
    struct scene *scene = *state;
    scene->transport.is_connected = false;
    hp_tracks_apply(scene->tracks, scene->agreed);
    for (unsigned i = 0; i < 20; i++) { // more than wait for it
        fake_feed_push(&scene->feeds[HP_TRACK_VIDEO], scene->sinks[HP_TRACK_VIDEO], i == 0);
        fake_time_pass(SECOND / 2);
    }
    assert_int_equal(scene->feeds[HP_TRACK_VIDEO].keyframe_requests, 1);
    scene->transport.is_connected = true;
    hp_tracks_apply(scene->tracks, scene->agreed);
    hp_tracks_handle_writable(scene->tracks);
    assert_int_equal(scene->feeds[HP_TRACK_VIDEO].keyframe_requests, 2);
}

static void
each_track_has_its_ssrc_and_both_share_the_transport_wide_numbers(void **state)
{
    struct scene *scene = *state;
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_AUDIO);
    assert_int_equal(scene->last.ssrc, AUDIO_SSRC);
    assert_int_equal(scene->last.payload_type, 96 + HP_TRACK_AUDIO);
    assert_int_equal(scene->last.transport_seq, PACKETS);
    push(scene, HP_TRACK_VIDEO);
    assert_int_equal(scene->last.ssrc, VIDEO_SSRC);
    assert_int_equal(scene->last.payload_type, 96 + HP_TRACK_VIDEO);
    assert_int_equal(scene->last.transport_seq, 2 * PACKETS);
}

static void
ask_again(struct scene *scene, uint32_t ssrc, uint16_t seq)
{
    const struct hp_rtcp_nack head = { .sender_ssrc = 1, .media_ssrc = ssrc };
    uint8_t data[100];
    ssize_t size = hp_rtcp_write_nack(data, sizeof(data), &head, &seq, 1);
    hp_tracks_handle_rtcp(scene->tracks, data, (size_t) size);
}

static void
a_nack_reaches_the_track_that_it_names(void **state)
{
    struct scene *scene = *state;
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_VIDEO);
    uint16_t seq = scene->last.seq;
    push(scene, HP_TRACK_AUDIO);
    fake_time_pass(100 * 1000);
    unsigned calls = scene->transport.calls;
    ask_again(scene, AUDIO_SSRC, scene->last.seq); // repeats of sound were not agreed
    ask_again(scene, 4711, seq);
    assert_int_equal(scene->transport.calls, calls);
    ask_again(scene, VIDEO_SSRC, seq);
    assert_int_equal(scene->transport.calls, calls + 1);
    assert_int_equal(scene->last.ssrc, VIDEO_SSRC);
    assert_int_equal(scene->last.seq, seq);
}

static void
a_track_that_is_not_wanted_any_more_is_detached_and_the_other_stays(void **state)
{
    struct scene *scene = *state;
    hp_tracks_apply(scene->tracks, scene->agreed);
    scene->agreed[HP_TRACK_VIDEO].is_wanted = false;
    hp_tracks_apply(scene->tracks, scene->agreed);
    assert_null(scene->sinks[HP_TRACK_VIDEO]);
    assert_non_null(scene->sinks[HP_TRACK_AUDIO]);
}

static void
what_flows_is_reported_soon_and_then_every_second(void **state)
{
    struct scene *scene = *state;
    hp_tracks_apply(scene->tracks, scene->agreed);
    fake_time_pass(50 * 1000);
    assert_int_equal(scene->transport.rtcp_count, 0);
    push(scene, HP_TRACK_VIDEO);
    fake_time_pass(50 * 1000);
    assert_int_equal(scene->transport.rtcp_count, 1); // there is nothing to say about the sound
    push(scene, HP_TRACK_AUDIO);
    fake_time_pass(10 * SECOND + SECOND / 2); // each up to 50 ms late
    assert_int_equal(scene->transport.rtcp_count, 1 + 2 * 10);
    struct hp_rtcp_packet packet;
    struct hp_rtcp_sr sr;
    size_t size;
    const uint8_t *data = g_bytes_get_data(scene->transport.last_rtcp, &size);
    assert_true(hp_rtcp_next(data, size, &packet) > 0);
    assert_true(hp_rtcp_parse_sr(&packet, &sr) > 0);
    assert_int_equal(sr.ssrc, VIDEO_SSRC);
    assert_int_equal(sr.packet_count, PACKETS);
}

static void
a_blocked_path_gets_nothing_and_then_a_keyframe(void **state)
{
    struct scene *scene = *state;
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_VIDEO);
    hp_tracks_block(scene->tracks);
    push(scene, HP_TRACK_VIDEO);
    push(scene, HP_TRACK_AUDIO);
    unsigned requests = scene->feeds[HP_TRACK_VIDEO].keyframe_requests;
    fake_time_pass(SECOND / 2);
    assert_int_equal(scene->transport.packet_count, PACKETS);
    assert_int_equal(scene->transport.rtcp_count, 0);
    hp_tracks_handle_writable(scene->tracks);
    assert_int_equal(scene->feeds[HP_TRACK_VIDEO].keyframe_requests, requests + 1);
    push(scene, HP_TRACK_VIDEO);
    push(scene, HP_TRACK_AUDIO);
    assert_int_equal(scene->transport.packet_count, 3 * PACKETS);
}

// Pictures and sound for so many seconds.
static void
flow(struct scene *scene, unsigned seconds)
{
    for (unsigned i = 0; i < 10 * seconds; i++) {
        push(scene, HP_TRACK_VIDEO);
        push(scene, HP_TRACK_AUDIO);
        fake_time_pass(SECOND / 10);
    }
}

static void
flow_unheard_until_paused(struct scene *scene)
{
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_VIDEO);
    report(scene, 1);
    flow(scene, 9);
    unsigned count = scene->transport.packet_count;
    flow(scene, 1);
    assert_true(scene->transport.packet_count > count);
    flow(scene, 3);
}

static void
one_that_sends_nothing_at_all_gets_no_media_until_it_does(void **state)
{
    struct scene *scene = *state;
    flow_unheard_until_paused(scene);
    unsigned count = scene->transport.packet_count, reports = scene->transport.rtcp_count;
    unsigned requests = scene->feeds[HP_TRACK_VIDEO].keyframe_requests;
    hp_tracks_enable(scene->tracks, HP_TRACK_VIDEO, true);
    flow(scene, 20);
    assert_int_equal(scene->transport.packet_count, count);
    assert_int_equal(scene->transport.rtcp_count, reports);
    assert_int_equal(scene->feeds[HP_TRACK_VIDEO].keyframe_requests, requests);
    report(scene, 1); // what it knew before: it may have missed all since then
    assert_int_equal(scene->feeds[HP_TRACK_VIDEO].keyframe_requests, requests + 1);
    push(scene, HP_TRACK_VIDEO);
    push(scene, HP_TRACK_AUDIO);
    assert_int_equal(scene->transport.packet_count, count + 2 * PACKETS);
}

static void
one_that_shows_itself_by_no_report_gets_media_for_a_while(void **state)
{
    struct scene *scene = *state;
    flow_unheard_until_paused(scene);
    unsigned count = scene->transport.packet_count;
    hp_tracks_hear(scene->tracks);
    flow(scene, 9);
    assert_int_equal(scene->transport.packet_count, count + 9 * 10 * 2 * PACKETS);
    flow(scene, 4);
    count = scene->transport.packet_count;
    flow(scene, 1);
    assert_int_equal(scene->transport.packet_count, count);
}

static void
one_that_speaks_now_and_then_keeps_its_media(void **state)
{
    struct scene *scene = *state;
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_VIDEO);
    for (unsigned i = 0; i < 4; i++) {
        report(scene, 1);
        flow(scene, 9);
    }
    assert_int_equal(scene->transport.packet_count, (1 + 4 * 9 * 10 * 2) * PACKETS);
}

static void
one_that_gets_nothing_is_not_paused(void **state)
{
    struct scene *scene = *state;
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_VIDEO);
    report(scene, 1);
    fake_time_pass(60 * SECOND);
    unsigned count = scene->transport.packet_count;
    push(scene, HP_TRACK_VIDEO);
    assert_int_equal(scene->transport.packet_count, count + PACKETS);
}

static void
what_was_switched_off_stays_off_after_a_pause(void **state)
{
    struct scene *scene = *state;
    flow_unheard_until_paused(scene);
    unsigned count = scene->transport.packet_count;
    hp_tracks_enable(scene->tracks, HP_TRACK_VIDEO, false);
    hp_tracks_hear(scene->tracks);
    push(scene, HP_TRACK_VIDEO);
    push(scene, HP_TRACK_AUDIO);
    assert_int_equal(scene->transport.packet_count, count + PACKETS);
}

static void
a_browser_that_sees_nothing_gets_a_keyframe(void **state)
{
    struct scene *scene = *state;
    hp_tracks_refresh(scene->tracks); // before there is anything to see
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_VIDEO);
    fake_time_pass(SECOND);
    unsigned requests = scene->feeds[HP_TRACK_VIDEO].keyframe_requests;
    hp_tracks_refresh(scene->tracks);
    assert_int_equal(scene->feeds[HP_TRACK_VIDEO].keyframe_requests, requests + 1);
}

static void
a_browser_that_never_gave_a_proof_is_not_silent(void **state)
{
    struct scene *scene = *state;
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_VIDEO);
    fake_time_pass(SECOND);
    assert_int_equal(hp_tracks_silent_since_us(scene->tracks), 0);
    assert_int_equal(hp_tracks_last_proof_us(scene->tracks), 0);
}

static void
silence_begins_when_somebody_notices_that_more_was_sent(void **state)
{
    struct scene *scene = *state;
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_VIDEO);
    report(scene, 1);
    int64_t proof_us = hp_clock_now_us();
    assert_int_equal(hp_tracks_last_proof_us(scene->tracks), proof_us);
    fake_time_pass(SECOND);
    assert_int_equal(hp_tracks_silent_since_us(scene->tracks), 0); // nothing was sent since
    push(scene, HP_TRACK_AUDIO);
    int64_t noticed_us = hp_clock_now_us();
    assert_int_equal(hp_tracks_silent_since_us(scene->tracks), noticed_us);
    fake_time_pass(SECOND);
    assert_int_equal(hp_tracks_silent_since_us(scene->tracks), noticed_us);
    report(scene, 2);
    assert_int_equal(hp_tracks_silent_since_us(scene->tracks), 0);
    assert_int_equal(hp_tracks_last_proof_us(scene->tracks), noticed_us + SECOND);
}

// Behind a router that has forgotten us a browser goes on reporting what it knew.
static void
a_report_that_says_the_same_is_no_proof(void **state)
{
    struct scene *scene = *state;
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_VIDEO);
    report(scene, 1);
    push(scene, HP_TRACK_VIDEO);
    int64_t noticed_us = hp_tracks_silent_since_us(scene->tracks);
    assert_int_equal(noticed_us, hp_clock_now_us());
    fake_time_pass(SECOND);
    report(scene, 1);
    assert_int_equal(hp_tracks_silent_since_us(scene->tracks), noticed_us);
    assert_int_equal(hp_tracks_last_proof_us(scene->tracks), noticed_us);
}

static void
transport_feedback_is_a_proof(void **state)
{
    struct scene *scene = *state;
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_VIDEO);
    fake_time_pass(SECOND);
    feed_back(scene);
    assert_int_equal(hp_tracks_last_proof_us(scene->tracks), hp_clock_now_us());
    assert_int_equal(hp_tracks_silent_since_us(scene->tracks), 0);
}

static void
requests_reach_the_track_that_they_name(void **state)
{
    struct scene *scene = *state;
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_VIDEO);
    push(scene, HP_TRACK_AUDIO);
    fake_time_pass(SECOND);
    unsigned requests = scene->feeds[HP_TRACK_VIDEO].keyframe_requests;
    uint8_t data[100];
    ssize_t size = hp_rtcp_write_pli(data, sizeof(data), 1, VIDEO_SSRC);
    hp_tracks_handle_rtcp(scene->tracks, data, (size_t) size);
    size = hp_rtcp_write_pli(data, sizeof(data), 1, 4711); // nobody's
    hp_tracks_handle_rtcp(scene->tracks, data, (size_t) size);
    assert_int_equal(scene->feeds[HP_TRACK_VIDEO].keyframe_requests, requests + 1);
    feed_back(scene); // number 2 was lost; one copy of the end has gone as well
    report(scene, 1);
    hp_tracks_handle_rtcp(scene->tracks, data, 3); // cut short
    struct hp_tracks_stats stats;
    hp_tracks_get_stats(scene->tracks, &stats);
    assert_int_equal(stats.keyframe_requests, 1);
    assert_int_equal(stats.feedback_packets, 1);
    assert_int_equal(stats.bad_packets, 1);
    assert_int_equal((int) (stats.fraction_lost * 100), 25);
    assert_int_equal(stats.nacks, 0);
    assert_int_equal(stats.dropped_frames, 0);
    assert_int_equal(stats.remb_bps, 0);
}

static void
what_feedback_calls_lost_is_repeated(void **state)
{
    struct scene *scene = *state;
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_VIDEO);
    feed_back(scene); // of numbers 1 to 3 it lacks 2
    struct hp_tracks_stats stats;
    hp_tracks_get_stats(scene->tracks, &stats);
    assert_int_equal(stats.retransmitted, 1);
    assert_int_equal(scene->transport.same_count, 1);
    assert_int_equal(scene->last.transport_seq, 2);
}

static void
a_level_is_selected_for_the_track_of_that_kind(void **state)
{
    struct scene *scene = *state;
    hp_tracks_apply(scene->tracks, scene->agreed);
    assert_true(hp_tracks_select_level(scene->tracks, HP_TRACK_VIDEO, 0));
    assert_false(hp_tracks_select_level(scene->tracks, HP_TRACK_VIDEO, 1));
    assert_int_equal(scene->level_asked, 1);
}

static void
a_paused_track_is_silent_and_the_other_flows(void **state)
{
    struct scene *scene = *state;
    hp_tracks_enable(scene->tracks, HP_TRACK_AUDIO, false);
    hp_tracks_apply(scene->tracks, scene->agreed);
    push(scene, HP_TRACK_AUDIO);
    assert_int_equal(scene->transport.packet_count, 0);
    push(scene, HP_TRACK_VIDEO);
    assert_int_equal(scene->transport.packet_count, PACKETS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(sound_is_not_attached_before_the_transport_is_connected),
        TEST(the_picture_is_ready_when_the_transport_is_connected),
        TEST(a_picture_of_another_codec_than_agreed_is_not_sent),
        TEST(a_browser_that_is_not_connected_asks_for_one_keyframe),
        TEST(each_track_has_its_ssrc_and_both_share_the_transport_wide_numbers),
        TEST(a_nack_reaches_the_track_that_it_names),
        TEST(a_track_that_is_not_wanted_any_more_is_detached_and_the_other_stays),
        TEST(what_flows_is_reported_soon_and_then_every_second),
        TEST(a_blocked_path_gets_nothing_and_then_a_keyframe),
        TEST(one_that_sends_nothing_at_all_gets_no_media_until_it_does),
        TEST(one_that_shows_itself_by_no_report_gets_media_for_a_while),
        TEST(one_that_speaks_now_and_then_keeps_its_media),
        TEST(one_that_gets_nothing_is_not_paused),
        TEST(what_was_switched_off_stays_off_after_a_pause),
        TEST(a_browser_that_sees_nothing_gets_a_keyframe),
        TEST(a_browser_that_never_gave_a_proof_is_not_silent),
        TEST(silence_begins_when_somebody_notices_that_more_was_sent),
        TEST(a_report_that_says_the_same_is_no_proof),
        TEST(transport_feedback_is_a_proof),
        TEST(requests_reach_the_track_that_they_name),
        TEST(what_feedback_calls_lost_is_repeated),
        TEST(a_level_is_selected_for_the_track_of_that_kind),
        TEST(a_paused_track_is_silent_and_the_other_flows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
