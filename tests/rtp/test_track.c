// Tests of rtp/track.c: which levels of which codec a track is attached to, and for how long.
#include "rtp/track.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fixture/fake_time.h"
#include "rtp/agreed.h"
#include "rtp/fake_feed.h"
#include "rtp/fake_transport.h"
#include "rtp/pacer.h"
#include "rtp/sender.h"
#include "wire/rtcp.h"
#include "wire/rtp.h"

enum {
    LEVELS = 5,
    LINGER_US = 1500 * 1000,
    COARSE_US = 50 * 1000, // timers of half a second and more come up to so much later
    SSRC = 7
};

// One level of one codec as the test's studio has it.
struct stand {
    struct fake_feed feed;
    bool is_missing;
    bool is_attached;
    unsigned attach_count;
};

struct scene {
    struct hp_worker *worker;
    struct fake_transport transport;
    struct hp_pacer pacer;
    struct stand stands[HP_CODECS][LEVELS];
    unsigned attached;
    struct hp_track track;
    struct hp_agreed agreed;
    enum hp_track_kind kind;
    unsigned level_seen; // of the last packet
    unsigned repeats;
};

static struct hp_feed *
attach(void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink)
{
    struct scene *scene = arg;
    assert_ptr_equal(sink, hp_sender_sink(scene->track.sender));
    if (level >= LEVELS || scene->stands[codec][level].is_missing) {
        return NULL;
    }
    struct stand *stand = &scene->stands[codec][level];
    assert_false(stand->is_attached);
    stand->is_attached = true;
    stand->attach_count++;
    scene->attached++;
    return &stand->feed.feed;
}

static void
detach(void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink)
{
    struct scene *scene = arg;
    assert_ptr_equal(sink, hp_sender_sink(scene->track.sender));
    struct stand *stand = &scene->stands[codec][level];
    assert_true(stand->is_attached);
    stand->is_attached = false;
    scene->attached--;
}

static const struct hp_track_cbs cbs = { .attach = attach, .detach = detach };

static void
on_rtp(void *arg, const uint8_t *data, size_t size)
{
    struct scene *scene = arg;
    struct hp_rtp rtp;
    assert_true(hp_rtp_parse(data, size, &scene->agreed.ext_ids, &rtp) > 0);
    scene->repeats += rtp.ssrc != SSRC;
    for (unsigned level = 0; level < LEVELS && rtp.ssrc == SSRC && rtp.is_last; level++) {
        const struct fake_feed *feed = &scene->stands[scene->agreed.codec][level].feed;
        if (data[size - 1] == fake_feed_byte(feed->feed.id, feed->next_packet - 1)) {
            scene->level_seen = level;
        }
    }
}

static int
begin_kind(void **state, enum hp_track_kind kind, enum hp_codec codec)
{
    static struct scene scene;
    memset(&scene, 0, sizeof(scene));
    scene.worker = hp_worker_create_main();
    scene.kind = kind;
    fake_time_begin(scene.worker);
    fake_transport_init(&scene.transport);
    scene.transport.on_rtp = on_rtp;
    scene.transport.arg = &scene;
    hp_pacer_init(&scene.pacer, scene.worker);
    hp_pacer_open(&scene.pacer);
    for (unsigned i = 0; i < HP_CODECS; i++) {
        for (unsigned k = 0; k < LEVELS; k++) {
            struct hp_stream_id id = { .stream = (uint16_t) i, .level = (uint16_t) k };
            fake_feed_init(&scene.stands[i][k].feed, id, (enum hp_codec) i);
        }
    }
    scene.agreed = (struct hp_agreed){
        .is_wanted = true,
        .codec = codec,
        .payload_type = 96,
        .rtx_payload_type = 97,
        .has_nack = true,
        .ext_ids = { .transport_seq = 3 },
    };
    hp_track_init(&scene.track, scene.worker, &cbs, &scene);
    *state = &scene;
    return 0;
}

static int
begin(void **state)
{
    return begin_kind(state, HP_TRACK_VIDEO, HP_CODEC_VP8);
}

static int
begin_sound(void **state)
{
    return begin_kind(state, HP_TRACK_AUDIO, HP_CODEC_OPUS);
}

static int
end(void **state)
{
    struct scene *scene = *state;
    hp_track_finish(&scene->track);
    assert_int_equal(scene->attached, 0);
    assert_false(hp_timer_is_running(&scene->track.linger_timer));
    for (unsigned i = 0; i < HP_CODECS; i++) {
        for (unsigned k = 0; k < LEVELS; k++) {
            fake_feed_finish(&scene->stands[i][k].feed);
        }
    }
    hp_pacer_finish(&scene->pacer);
    fake_transport_finish(&scene->transport);
    fake_time_end();
    hp_worker_destroy(scene->worker);
    return 0;
}

static void
apply(struct scene *scene)
{
    struct hp_sender_params params = {
        .worker = scene->worker,
        .kind = scene->kind,
        .ssrc = SSRC,
        .rtx_ssrc = SSRC + 1,
        .transport = &scene->transport.rtp,
        .pacer = &scene->pacer,
        .cname = "cname",
    };
    hp_track_apply(&scene->track, &scene->agreed, &params);
}

static struct stand *
stand(struct scene *scene, unsigned level)
{
    return &scene->stands[scene->agreed.codec][level];
}

// A frame of a level, if the track is attached to it, and some time.
static void
push(struct scene *scene, unsigned level, bool is_keyframe)
{
    struct stand *from = stand(scene, level);
    if (from->is_attached) {
        fake_feed_push(&from->feed, hp_sender_sink(scene->track.sender), is_keyframe);
    }
    fake_time_pass(1000);
}

static void
select_and_show(struct scene *scene, unsigned level)
{
    assert_true(hp_track_select_level(&scene->track, level));
    assert_in_range(scene->attached, 1, HP_TRACK_ATTACHMENTS);
    push(scene, level, true);
    assert_int_equal(scene->level_seen, level);
}

static void
assert_attached(struct scene *scene, const char *levels)
{
    char attached[LEVELS + 1] = "";
    for (unsigned i = 0; i < LEVELS; i++) {
        if (stand(scene, i)->is_attached) {
            attached[strlen(attached)] = (char) ('0' + i);
        }
    }
    assert_string_equal(attached, levels);
}

static void
ask_for(struct scene *scene, uint16_t seq)
{
    uint8_t data[100];
    struct hp_rtcp_nack head = { .sender_ssrc = 1, .media_ssrc = SSRC }, nack;
    struct hp_rtcp_packet packet;
    ssize_t size = hp_rtcp_write_nack(data, sizeof(data), &head, &seq, 1);
    assert_int_equal(hp_rtcp_next(data, (size_t) size, &packet), size);
    assert_true(hp_rtcp_parse_nack(&packet, &nack) > 0);
    hp_sender_handle_nack(scene->track.sender, &nack);
}

// The sequence number of the last packet but `back`.
static uint16_t
last_seq(struct scene *scene, unsigned back)
{
    struct hp_rtp rtp = { 0 };
    int64_t highest = -1;
    GHashTableIter iter;
    gpointer bytes;
    g_hash_table_iter_init(&iter, scene->transport.packets);
    while (g_hash_table_iter_next(&iter, NULL, &bytes)) {
        size_t size;
        const uint8_t *data = g_bytes_get_data(bytes, &size);
        assert_true(hp_rtp_parse(data, size, &scene->agreed.ext_ids, &rtp) > 0);
        highest = rtp.ssrc == SSRC && rtp.seq > highest ? rtp.seq : highest;
    }
    assert_true(highest >= 0);
    return (uint16_t) (highest - back);
}

static void
what_is_agreed_is_attached_once(void **state)
{
    struct scene *scene = *state;
    assert_false(hp_track_is_attached(&scene->track));
    apply(scene);
    apply(scene);
    assert_attached(scene, "0");
    assert_int_equal(stand(scene, 0)->attach_count, 1);
    push(scene, 0, true);
    assert_int_equal(scene->transport.packet_count, PACKETS);
}

static void
what_is_not_wanted_any_more_is_detached(void **state)
{
    struct scene *scene = *state;
    scene->agreed.is_wanted = false;
    apply(scene);
    assert_null(scene->track.sender); // it never was
    scene->agreed.is_wanted = true;
    apply(scene);
    scene->agreed.is_wanted = false;
    apply(scene);
    assert_attached(scene, "");
    assert_false(hp_track_is_attached(&scene->track));
    scene->agreed.is_wanted = true;
    apply(scene);
    assert_int_equal(stand(scene, 0)->attach_count, 2);
}

static void
a_stream_that_is_missing_is_attached_when_it_is_there(void **state)
{
    struct scene *scene = *state;
    stand(scene, 0)->is_missing = true;
    apply(scene);
    assert_false(hp_track_is_attached(&scene->track));
    stand(scene, 0)->is_missing = false;
    apply(scene);
    assert_attached(scene, "0");
}

static void
a_stream_that_comes_late_is_attached_by_enabling_what_is_agreed(void **state)
{
    struct scene *scene = *state;
    hp_track_enable(&scene->track, true); // nothing is agreed
    stand(scene, 0)->is_missing = true;
    apply(scene);
    hp_track_enable(&scene->track, true);
    assert_false(hp_track_is_attached(&scene->track));
    stand(scene, 0)->is_missing = false;
    hp_track_enable(&scene->track, true);
    assert_attached(scene, "0");
    hp_track_enable(&scene->track, true);
    assert_int_equal(stand(scene, 0)->attach_count, 1);
    push(scene, 0, true);
    assert_int_equal(scene->transport.packet_count, PACKETS);
    scene->agreed.is_wanted = false;
    apply(scene);
    hp_track_enable(&scene->track, true);
    assert_attached(scene, ""); // the browser does not want it any more
}

static void
another_codec_ends_all_levels_and_what_was_sent(void **state)
{
    struct scene *scene = *state;
    apply(scene);
    push(scene, 0, true);
    select_and_show(scene, 1);
    assert_true(hp_track_select_level(&scene->track, 2));
    assert_attached(scene, "012");
    uint16_t seq = last_seq(scene, 0);
    scene->agreed.codec = HP_CODEC_H264;
    scene->agreed.payload_type = 102;
    apply(scene);
    assert_int_equal(scene->attached, 1);
    assert_attached(scene, "2"); // the choice holds
    ask_for(scene, seq);
    assert_int_equal(scene->repeats, 0);
    push(scene, 2, false);
    assert_int_equal(scene->transport.packet_count, 2 * PACKETS);
    push(scene, 2, true);
    assert_int_equal(scene->transport.packet_count, 3 * PACKETS);
    assert_int_equal(last_seq(scene, 0), seq + PACKETS);
}

static void
the_level_before_lingers_as_long_as_its_history(void **state)
{
    struct scene *scene = *state;
    apply(scene);
    push(scene, 0, true);
    uint16_t seq = last_seq(scene, 0);
    assert_true(hp_track_select_level(&scene->track, 1));
    fake_time_pass(10 * LINGER_US); // while the keyframe is awaited nothing ends
    assert_attached(scene, "01");
    push(scene, 1, true);
    fake_time_pass(LINGER_US - 2000);
    assert_attached(scene, "01");
    unsigned repeats = scene->repeats; // ends of pictures, behind which nothing came
    ask_for(scene, seq);
    assert_int_equal(scene->repeats, repeats + 1);
    fake_time_pass(COARSE_US + 2000);
    assert_attached(scene, "1");
    ask_for(scene, seq);
    assert_int_equal(scene->repeats, repeats + 1);
    assert_false(hp_timer_is_running(&scene->track.linger_timer));
}

static void
going_back_before_the_keyframe_detaches_the_other_level(void **state)
{
    struct scene *scene = *state;
    apply(scene);
    push(scene, 0, true);
    assert_true(hp_track_select_level(&scene->track, 1));
    assert_true(hp_track_select_level(&scene->track, 0));
    assert_attached(scene, "0");
    push(scene, 0, false);
    assert_int_equal(scene->transport.packet_count, 2 * PACKETS);
    assert_int_equal(stand(scene, 0)->feed.keyframe_requests, 1);
}

static void
selecting_the_present_level_changes_nothing(void **state)
{
    struct scene *scene = *state;
    apply(scene);
    push(scene, 0, true);
    assert_true(hp_track_select_level(&scene->track, 0));
    push(scene, 0, false);
    assert_attached(scene, "0");
    assert_int_equal(stand(scene, 0)->attach_count, 1);
    assert_int_equal(stand(scene, 0)->feed.keyframe_requests, 1);
    assert_int_equal(scene->transport.packet_count, 2 * PACKETS);
}

static void
a_level_that_lingers_can_be_selected_again(void **state)
{
    struct scene *scene = *state;
    apply(scene);
    push(scene, 0, true);
    select_and_show(scene, 1);
    fake_time_pass(LINGER_US / 2);
    assert_true(hp_track_select_level(&scene->track, 0));
    assert_int_equal(stand(scene, 0)->feed.keyframe_requests, 2);
    fake_time_pass(2 * LINGER_US); // it is wanted: it stays
    assert_attached(scene, "01");
    push(scene, 0, false);
    assert_int_equal(scene->level_seen, 1);
    push(scene, 0, true);
    assert_int_equal(scene->level_seen, 0);
    assert_int_equal(stand(scene, 0)->attach_count, 1);
    fake_time_pass(LINGER_US - 2000);
    assert_attached(scene, "01");
    fake_time_pass(COARSE_US + 2000);
    assert_attached(scene, "0");
}

// It was shown: its packets may still be asked for, up to the end that it had.
static void
a_level_that_is_wanted_again_in_vain_lingers_on(void **state)
{
    struct scene *scene = *state;
    apply(scene);
    push(scene, 0, true);
    select_and_show(scene, 1);
    fake_time_pass(LINGER_US / 2);
    assert_true(hp_track_select_level(&scene->track, 0));
    assert_true(hp_track_select_level(&scene->track, 1));
    assert_attached(scene, "01");
    fake_time_pass(LINGER_US / 2 + COARSE_US);
    assert_attached(scene, "1");
}

static void
a_choice_that_is_overtaken_is_detached_at_once(void **state)
{
    struct scene *scene = *state;
    apply(scene);
    push(scene, 0, true);
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned level = 1; level < LEVELS; level++) {
            assert_true(hp_track_select_level(&scene->track, level));
            assert_int_equal(scene->attached, 2);
        }
    }
    assert_attached(scene, "04");
    push(scene, 4, true);
    assert_int_equal(scene->level_seen, 4);
}

static void
attachments_are_bounded_and_the_oldest_goes_first(void **state)
{
    struct scene *scene = *state;
    apply(scene);
    push(scene, 0, true);
    select_and_show(scene, 1);
    select_and_show(scene, 2);
    assert_attached(scene, "012");
    assert_true(hp_track_select_level(&scene->track, 3));
    assert_attached(scene, "123");
    assert_true(hp_track_select_level(&scene->track, 4)); // instead of 3, which was never shown
    assert_attached(scene, "124");
    push(scene, 4, true);
    assert_int_equal(scene->level_seen, 4);
    select_and_show(scene, 0);
    assert_attached(scene, "024");
}

static void
a_level_that_does_not_exist_changes_nothing(void **state)
{
    struct scene *scene = *state;
    apply(scene);
    push(scene, 0, true);
    assert_true(hp_track_select_level(&scene->track, 1));
    assert_false(hp_track_select_level(&scene->track, LEVELS));
    assert_attached(scene, "01");
    push(scene, 0, false);
    assert_int_equal(scene->level_seen, 0);
    push(scene, 1, true);
    assert_int_equal(scene->level_seen, 1);
}

static void
a_choice_before_the_track_is_agreed_holds(void **state)
{
    struct scene *scene = *state;
    assert_true(hp_track_select_level(&scene->track, 2));
    apply(scene);
    assert_attached(scene, "2");
    push(scene, 2, true);
    assert_int_equal(scene->level_seen, 2);
}

static void
a_choice_that_the_codec_does_not_have_becomes_the_first_level(void **state)
{
    struct scene *scene = *state;
    assert_true(hp_track_select_level(&scene->track, 2));
    stand(scene, 2)->is_missing = true;
    apply(scene);
    assert_attached(scene, "0");
    push(scene, 0, true);
    assert_int_equal(scene->transport.packet_count, PACKETS);
    select_and_show(scene, 1);
}

static void
a_track_that_was_paused_before_it_was_agreed_is_paused(void **state)
{
    struct scene *scene = *state;
    hp_track_enable(&scene->track, false);
    apply(scene);
    push(scene, 0, true);
    assert_int_equal(scene->transport.packet_count, 0);
    hp_track_enable(&scene->track, true);
    push(scene, 0, true);
    assert_int_equal(scene->transport.packet_count, PACKETS);
}

static void
sound_switches_with_any_frame(void **state)
{
    struct scene *scene = *state;
    apply(scene);
    push(scene, 0, false);
    assert_int_equal(scene->transport.packet_count, PACKETS);
    assert_true(hp_track_select_level(&scene->track, 1));
    push(scene, 1, false);
    push(scene, 0, false);
    assert_int_equal(scene->transport.packet_count, 2 * PACKETS);
    assert_int_equal(scene->level_seen, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(what_is_agreed_is_attached_once),
        TEST(what_is_not_wanted_any_more_is_detached),
        TEST(a_stream_that_is_missing_is_attached_when_it_is_there),
        TEST(a_stream_that_comes_late_is_attached_by_enabling_what_is_agreed),
        TEST(another_codec_ends_all_levels_and_what_was_sent),
        TEST(the_level_before_lingers_as_long_as_its_history),
        TEST(going_back_before_the_keyframe_detaches_the_other_level),
        TEST(selecting_the_present_level_changes_nothing),
        TEST(a_level_that_lingers_can_be_selected_again),
        TEST(a_level_that_is_wanted_again_in_vain_lingers_on),
        TEST(a_choice_that_is_overtaken_is_detached_at_once),
        TEST(attachments_are_bounded_and_the_oldest_goes_first),
        TEST(a_level_that_does_not_exist_changes_nothing),
        TEST(a_choice_before_the_track_is_agreed_holds),
        TEST(a_choice_that_the_codec_does_not_have_becomes_the_first_level),
        TEST(a_track_that_was_paused_before_it_was_agreed_is_paused),
        cmocka_unit_test_setup_teardown(sound_switches_with_any_frame, begin_sound, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
