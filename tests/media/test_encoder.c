// Tests of media/encoder.c: real encoders, sinks on several workers.
#include "media/encoder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "base/clock.h"
#include "base/feed.h"
#include "base/sink.h"
#include "base/timer.h"
#include "base/worker.h"
#include "media/media.h"
#include "media/meter.h"
#include "media/recipe.h"
#include "media/still_source.h"

enum {
    WORKERS = 3,
    SINKS = 10,
    ENOUGH_FRAMES = 20,
    PATIENCE_US = 30 * 1000 * 1000
};

struct room;

static const struct hp_stream_id ID = { .stream = 2, .level = 1 };

struct fake_sink {
    struct hp_sink sink;
    struct room *room;
    struct hp_worker *worker;
    struct hp_feed *feed;
    unsigned frames, keyframes;
    unsigned enough_frames, enough_keyframes; // 0: any number; then it is satisfied, once
    uint64_t next_packet;
    uint32_t last_rtp_time;
    bool is_bad, is_satisfied;
};

struct room {
    struct hp_worker *main;
    struct hp_worker *workers[WORKERS];
    struct hp_encoder *encoder;
    struct fake_sink sinks[SINKS];
    unsigned sink_count;
    unsigned satisfied, done; // main thread
    struct hp_timer patience;
    int idle, running, failed;
    int until_idle;
    bool is_closed, is_late;
};

static void
note_satisfied(void *arg)
{
    struct room *room = arg;
    if (++room->satisfied == room->sink_count) {
        hp_worker_quit(room->main);
    }
}

static void
on_push(struct hp_sink *sink, const struct hp_frame *frame)
{
    struct fake_sink *fake = (struct fake_sink *) (void *) sink;
    int64_t age_us = hp_clock_now_us() - frame->capture_us;
    fake->is_bad |= fake->frames == 0 && !frame->is_keyframe;
    fake->is_bad |= !hp_stream_id_equal(frame->id, ID);
    fake->is_bad |= !hp_stream_id_equal(fake->feed->id, ID);
    fake->is_bad |= fake->frames > 0 && frame->first_packet != fake->next_packet;
    int32_t step = (int32_t) (frame->rtp_time - fake->last_rtp_time);
    fake->is_bad |= fake->frames > 0 && step <= 0;
    // A browser's jitter buffer wants sound without a seam.
    fake->is_bad |= fake->frames > 0 && frame->codec == HP_CODEC_OPUS && step != 960;
    fake->is_bad |= age_us < -200 * 1000 || age_us > 5 * 1000 * 1000;
    fake->is_bad |= !frame->packets[frame->packet_count - 1].is_last
            && hp_codec_kind(frame->codec) == HP_TRACK_VIDEO;
    fake->next_packet = frame->first_packet + frame->packet_count;
    fake->last_rtp_time = frame->rtp_time;
    fake->keyframes += frame->is_keyframe ? 1 : 0;
    fake->frames++;
    if (!fake->is_satisfied && fake->frames >= fake->enough_frames
            && fake->keyframes >= fake->enough_keyframes) {
        fake->is_satisfied = true;
        hp_worker_post(fake->room->main, note_satisfied, fake->room);
    }
}

static const struct hp_sink_ops sink_ops = { .push = on_push };

static void
attach(void *arg)
{
    struct fake_sink *fake = arg;
    fake->feed = hp_encoder_attach(fake->room->encoder, fake->worker, &fake->sink);
}

static void
note_done(void *arg)
{
    struct room *room = arg;
    if (++room->done == room->sink_count) {
        hp_worker_quit(room->main);
    }
}

static void
detach(void *arg)
{
    struct fake_sink *fake = arg;
    hp_encoder_detach(fake->room->encoder, fake->worker, &fake->sink);
    hp_worker_post(fake->room->main, note_done, fake->room);
}

static void
flood_keyframe_requests(void *arg)
{
    struct fake_sink *fake = arg;
    for (int i = 0; i < 1000; i++) {
        fake->feed->ops->request_keyframe(fake->feed);
    }
}

static void
want_another_keyframe(void *arg)
{
    struct fake_sink *fake = arg;
    fake->enough_keyframes = fake->keyframes + 1; // nobody asks for it: it is the new pipeline's
    fake->is_satisfied = false;
    hp_worker_post(fake->room->main, note_done, fake->room);
}

static void
on_state(void *arg, enum hp_encoder_state state, const char *reason)
{
    struct room *room = arg;
    switch (state) {
    case HP_ENCODER_IDLE: room->idle++; break;
    case HP_ENCODER_RUNNING: room->running++; break;
    case HP_ENCODER_FAILED:
        assert_non_null(reason);
        room->failed++;
        break;
    }
    if (room->idle == room->until_idle) {
        hp_worker_quit(room->main);
    }
}

static void
on_closed(void *arg)
{
    struct room *room = arg;
    room->is_closed = true;
    hp_worker_quit(room->main);
}

static void
on_effort(void *arg, const struct hp_effort *effort)
{
    struct room *room = arg;
    assert_true(hp_worker_is_current(room->main));
    assert_int_equal(effort->threads, 1);
}

static const struct hp_encoder_cbs cbs = {
    .on_state = on_state,
    .on_effort = on_effort,
    .on_closed = on_closed,
};

static void
lose_patience(void *arg)
{
    struct room *room = arg;
    room->is_late = true;
    hp_worker_quit(room->main);
}

static void
run(struct room *room)
{
    hp_timer_start(&room->patience, PATIENCE_US);
    hp_worker_run(room->main);
    hp_timer_stop(&room->patience);
    assert_false(room->is_late);
}

static void
set_up_with(struct room *room, enum hp_codec codec, const char *pipeline, bool is_damage_driven)
{
    *room = (struct room){
        .main = hp_worker_create_main(),
        .until_idle = -1,
    };
    for (int i = 0; i < WORKERS; i++) {
        room->workers[i] = hp_worker_create("test");
    }
    struct hp_encoder_params params = {
        .name = "test",
        .id = ID,
        .codec = codec,
        .pipeline = pipeline,
        .is_damage_driven = is_damage_driven,
        .linger_ms = 100,
        .home = room->main,
        .workers = room->workers,
        .worker_count = WORKERS,
    };
    room->encoder = hp_encoder_create(&params, &cbs, room);
    assert_non_null(room->encoder);
    hp_timer_init(&room->patience, room->main, lose_patience, room);
}

static void
set_up(struct room *room, enum hp_codec codec, const char *pipeline)
{
    set_up_with(room, codec, pipeline, false);
}

static void
attach_sinks(struct room *room, unsigned count)
{
    room->sink_count = count;
    room->satisfied = 0;
    room->done = 0;
    for (unsigned i = 0; i < count; i++) {
        struct fake_sink *fake = &room->sinks[i];
        *fake = (struct fake_sink){ .sink.ops = &sink_ops };
        fake->room = room;
        fake->enough_frames = ENOUGH_FRAMES;
        fake->worker = room->workers[i % WORKERS];
        hp_worker_post(fake->worker, attach, fake);
    }
}

static void
detach_sinks(struct room *room)
{
    for (unsigned i = 0; i < room->sink_count; i++) {
        hp_worker_post(room->sinks[i].worker, detach, &room->sinks[i]);
    }
    run(room);
    for (unsigned i = 0; i < room->sink_count; i++) {
        assert_false(room->sinks[i].is_bad);
    }
}

static void
tear_down(struct room *room)
{
    hp_encoder_close(room->encoder);
    while (!room->is_closed) {
        run(room);
    }
    for (int i = 0; i < WORKERS; i++) {
        hp_worker_destroy(room->workers[i]);
    }
    hp_worker_destroy(room->main);
}

static char *
build(enum hp_codec codec, const char *head)
{
    struct hp_recipe_params params = { .codec = codec, .head = head };
    return hp_recipe_build(&params);
}

#define PICTURES "videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=30/1"

static void
ten_sinks_share_one_encode(enum hp_codec codec, const char *head)
{
    struct room room;
    struct hp_encoder_stats stats;
    char *text = build(codec, head);
    set_up(&room, codec, text);
    attach_sinks(&room, SINKS);
    run(&room);
    hp_encoder_get_stats(room.encoder, &stats);
    assert_int_equal(stats.starts, 1);
    assert_int_equal(stats.restarts, 0);
    assert_int_equal(stats.sinks, SINKS);
    assert_int_equal(stats.dropped_frames, 0);
    assert_int_equal(stats.bad_frames, 0);
    assert_in_range(stats.frames, ENOUGH_FRAMES, 10 * ENOUGH_FRAMES);
    assert_true(stats.packets >= stats.frames && stats.bytes > stats.packets);
    detach_sinks(&room);
    tear_down(&room);
    g_free(text);
}

static void
ten_sinks_share_one_encode_of_vp8(void **state)
{
    (void) state;
    ten_sinks_share_one_encode(HP_CODEC_VP8, PICTURES);
}

static void
ten_sinks_share_one_encode_of_h264(void **state)
{
    (void) state;
    ten_sinks_share_one_encode(HP_CODEC_H264, PICTURES);
}

static void
ten_sinks_share_one_encode_of_opus(void **state)
{
    (void) state;
    ten_sinks_share_one_encode(HP_CODEC_OPUS, "audiotestsrc is-live=true");
}

static void
an_encoder_stops_after_the_last_sink_and_starts_with_the_next(void **state)
{
    struct room room;
    struct hp_encoder_stats stats;
    char *text = build(HP_CODEC_VP8, PICTURES);
    (void) state;
    set_up(&room, HP_CODEC_VP8, text);
    for (int i = 1; i <= 2; i++) {
        attach_sinks(&room, 2);
        run(&room);
        detach_sinks(&room);
        room.until_idle = i;
        run(&room);
        room.until_idle = -1;
    }
    hp_encoder_get_stats(room.encoder, &stats);
    assert_int_equal(stats.starts, 2);
    assert_int_equal(stats.restarts, 0);
    assert_int_equal(stats.sinks, 0);
    tear_down(&room);
    g_free(text);
}

static void
a_flood_of_keyframe_requests_is_limited(void **state)
{
    struct room room;
    struct hp_encoder_stats stats;
    char *text = build(HP_CODEC_VP8, PICTURES);
    (void) state;
    set_up(&room, HP_CODEC_VP8, text);
    attach_sinks(&room, SINKS);
    run(&room);
    int64_t began_us = hp_clock_now_us();
    hp_encoder_get_stats(room.encoder, &stats);
    uint64_t requests = stats.keyframe_requests, keyframes = stats.keyframes;
    for (unsigned i = 0; i < SINKS; i++) {
        hp_worker_post(room.sinks[i].worker, flood_keyframe_requests, &room.sinks[i]);
    }
    detach_sinks(&room);
    attach_sinks(&room, SINKS); // newcomers at the same time
    run(&room);
    hp_encoder_get_stats(room.encoder, &stats);
    uint64_t allowed = 2 + (uint64_t) (hp_clock_now_us() - began_us) / 200000;
    assert_in_range(stats.keyframe_requests - requests, 1, allowed);
    assert_in_range(stats.keyframes - keyframes, 1, allowed);
    detach_sinks(&room);
    tear_down(&room);
    g_free(text);
}

static void
sinks_stay_when_the_pipeline_is_opened_anew(void **state)
{
    struct room room;
    struct hp_encoder_stats stats;
    char *text = build(HP_CODEC_VP8, PICTURES);
    char *larger = build(HP_CODEC_VP8,
            "videotestsrc is-live=true ! video/x-raw,width=640,height=480,framerate=30/1");
    (void) state;
    set_up(&room, HP_CODEC_VP8, text);
    attach_sinks(&room, 3);
    run(&room);
    room.satisfied = 0;
    for (unsigned i = 0; i < 3; i++) {
        hp_worker_post(room.sinks[i].worker, want_another_keyframe, &room.sinks[i]);
    }
    run(&room);
    room.done = 0;
    hp_encoder_restart(room.encoder, larger);
    run(&room);
    hp_encoder_get_stats(room.encoder, &stats);
    assert_int_equal(stats.starts, 1);
    assert_int_equal(stats.restarts, 1);
    detach_sinks(&room);
    tear_down(&room);
    g_free(larger);
    g_free(text);
}

static void
attach_and_wait(struct room *room, unsigned index, unsigned enough_keyframes)
{
    struct fake_sink *fake = &room->sinks[index];
    *fake = (struct fake_sink){ .sink.ops = &sink_ops };
    fake->room = room;
    fake->enough_frames = enough_keyframes;
    fake->enough_keyframes = enough_keyframes;
    fake->worker = room->workers[index % WORKERS];
    room->sink_count = index + 1;
    room->satisfied = index;
    hp_worker_post(fake->worker, attach, fake);
    run(room);
}

static void
newcomers_to_a_still_screen_get_a_picture(enum hp_codec codec)
{
    struct room room;
    struct hp_encoder_stats stats;
    struct hp_recipe_params params = {
        .codec = codec,
        .head = "stillsrc",
        .is_damage_driven = true,
    };
    char *text = hp_recipe_build(&params);
    set_up_with(&room, codec, text, true);
    for (unsigned i = 0; i < 4; i++) {
        attach_and_wait(&room, i, 1);
    }
    hp_encoder_get_stats(room.encoder, &stats);
    assert_in_range(stats.frames, 1, 12); // nothing but what was asked for
    assert_int_equal(stats.restarts, 0);
    detach_sinks(&room);
    tear_down(&room);
    g_free(text);
}

static void
newcomers_to_a_still_screen_get_a_picture_in_vp8(void **state)
{
    (void) state;
    newcomers_to_a_still_screen_get_a_picture(HP_CODEC_VP8);
}

static void
newcomers_to_a_still_screen_get_a_picture_in_h264(void **state)
{
    (void) state;
    newcomers_to_a_still_screen_get_a_picture(HP_CODEC_H264);
}

static void
an_encoder_closes_without_ever_having_run(void **state)
{
    struct room room;
    (void) state;
    set_up(&room, HP_CODEC_VP8, "videotestsrc ! appsink name=appsink");
    tear_down(&room);
}

static int
init(void **state)
{
    (void) state;
    if (!hp_media_init()) {
        return -1;
    }
    still_source_register();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_sinks_share_one_encode_of_vp8),
        cmocka_unit_test(ten_sinks_share_one_encode_of_h264),
        cmocka_unit_test(ten_sinks_share_one_encode_of_opus),
        cmocka_unit_test(an_encoder_stops_after_the_last_sink_and_starts_with_the_next),
        cmocka_unit_test(a_flood_of_keyframe_requests_is_limited),
        cmocka_unit_test(sinks_stay_when_the_pipeline_is_opened_anew),
        cmocka_unit_test(newcomers_to_a_still_screen_get_a_picture_in_vp8),
        cmocka_unit_test(newcomers_to_a_still_screen_get_a_picture_in_h264),
        cmocka_unit_test(an_encoder_closes_without_ever_having_run),
    };
    return cmocka_run_group_tests(tests, init, NULL);
}
