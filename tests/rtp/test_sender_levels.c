// Tests of rtp/sender.c between two levels of a stream: the switch, its numbers and times, and
// repeats of packets of the level before.
#include "rtp/sender.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fixture/fake_time.h"
#include "rtp/sender_scene.h"

enum {
    FRAME_US = 10 * 1000
};

static const struct hp_frame *
push_high(struct scene *scene, bool is_keyframe)
{
    return fake_feed_push(&scene->high, hp_sender_sink(scene->sender), is_keyframe);
}

static const struct hp_frame *
push_high_late(struct scene *scene, bool is_keyframe, int64_t age_us)
{
    return fake_feed_push_late(&scene->high, hp_sender_sink(scene->sender), is_keyframe, age_us);
}

// The low level flows, and the high one is selected.
static void
select_high(struct scene *scene)
{
    scene_push(scene, true);
    fake_time_pass(FRAME_US);
    scene_push(scene, false);
    fake_time_pass(FRAME_US);
    hp_sender_attach(scene->sender, &scene->high.feed);
    hp_sender_select(scene->sender, &scene->high.feed);
}

// The high level has taken over. Returns its keyframe.
static const struct hp_frame *
switch_to_high(struct scene *scene)
{
    select_high(scene);
    const struct hp_frame *keyframe = push_high(scene, true);
    assert_int_equal(scene->media_count, 3 * PACKETS);
    fake_time_pass(FRAME_US);
    return keyframe;
}

static uint8_t
low_byte(const struct scene *scene, uint64_t packet)
{
    return fake_feed_byte(scene->low.feed.id, packet);
}

static uint8_t
high_byte(const struct scene *scene, uint64_t packet)
{
    return fake_feed_byte(scene->high.feed.id, packet);
}

static void
a_level_flows_until_the_keyframe_of_the_selected_one(void **state)
{
    struct scene *scene = *state;
    select_high(scene);
    assert_int_equal(scene->high.keyframe_requests, 1);
    push_high(scene, false);
    assert_int_equal(scene->media_count, 2 * PACKETS);
    scene_push(scene, false);
    assert_int_equal(scene->media_count, 3 * PACKETS);
    assert_int_equal(scene->last_byte, low_byte(scene, scene->low.next_packet - 1));
    assert_int_equal(scene->switch_count, 0);
    fake_time_pass(FRAME_US);
    push_high(scene, true);
    assert_int_equal(scene->switch_count, 1);
    assert_int_equal(scene->media_count, 4 * PACKETS);
    assert_int_equal(scene->last_byte, high_byte(scene, scene->high.next_packet - 1));
    scene_push(scene, false);
    scene_push(scene, true);
    assert_int_equal(scene->media_count, 4 * PACKETS);
    fake_time_pass(FRAME_US);
    push_high(scene, false);
    assert_int_equal(scene->media_count, 5 * PACKETS);
    assert_int_equal(scene->gaps, 0);
    assert_int_equal(scene->bad_times, 0);
    assert_int_equal(scene->low.keyframe_requests, 1);
    assert_int_equal(scene_stats(scene).dropped_frames, 0);
}

static void
an_attached_level_that_is_not_selected_is_not_sent(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    hp_sender_attach(scene->sender, &scene->high.feed);
    push_high(scene, true);
    assert_int_equal(scene->media_count, PACKETS);
    assert_int_equal(scene->high.keyframe_requests, 0);
}

static void
frames_that_are_too_old_get_the_next_possible_times(void **state)
{
    struct scene *scene = *state;
    select_high(scene);
    const struct hp_frame *low = scene_push(scene, false);
    uint32_t offset = scene->last.timestamp - low->rtp_time;
    uint32_t last = scene->last.timestamp;
    push_high_late(scene, true, 15 * 1000);
    assert_int_equal(scene->last.timestamp, last + 1);
    fake_time_pass(FRAME_US);
    push_high_late(scene, false, 15 * 1000);
    assert_int_equal(scene->last.timestamp, last + 2);
    fake_time_pass(FRAME_US);
    const struct hp_frame *high = push_high_late(scene, false, 15 * 1000);
    assert_int_equal(scene->last.timestamp, high->rtp_time + offset); // has caught up
    assert_int_equal(scene->media_count, 6 * PACKETS);
    assert_int_equal(scene->bad_times, 0);
}

static void
a_frame_of_the_very_same_time_gets_the_next_one(void **state)
{
    struct scene *scene = *state;
    select_high(scene);
    scene_push(scene, false);
    uint32_t last = scene->last.timestamp;
    push_high(scene, true);
    assert_int_equal(scene->last.timestamp, last + 1);
}

// The fake transport fails the test when the bytes differ.
static void
without_rtx_a_moved_keyframe_is_repeated_as_it_was(void **state)
{
    struct scene *scene = *state;
    scene->agreed.rtx_payload_type = -1;
    scene_configure(scene);
    select_high(scene);
    scene_push(scene, false);
    push_high_late(scene, true, 15 * 1000);
    uint16_t seqs[2 * PACKETS];
    for (unsigned i = 0; i < 2 * PACKETS; i++) { // the last of one level, the first of the other
        seqs[i] = (uint16_t) (scene->next_seq - 2 * PACKETS + i);
    }
    fake_time_pass(FRAME_US);
    push_high_late(scene, false, 15 * 1000);
    scene_nack(scene, seqs, 2 * PACKETS);
    assert_int_equal(scene->transport.same_count, 2 * PACKETS);
    assert_int_equal(scene_stats(scene).retransmitted, 2 * PACKETS);
}

// Farther back than levels can be apart is forward: the 32 bits of RTP's time wrap.
static void
a_time_after_a_pause_of_hours_is_no_old_one(void **state)
{
    struct scene *scene = *state;
    const struct hp_frame *first = scene_push(scene, true);
    uint32_t offset = scene->last.timestamp - first->rtp_time;
    const struct hp_frame *second = fake_feed_push_late(&scene->low,
            hp_sender_sink(scene->sender), false, -INT64_C(7) * 3600 * 1000 * 1000);
    assert_int_equal(scene->media_count, 2 * PACKETS);
    assert_int_equal(scene->last.timestamp, second->rtp_time + offset);
}

static void
a_nack_for_the_level_before_is_answered_from_its_history(void **state)
{
    struct scene *scene = *state;
    select_high(scene);
    uint32_t timestamp = scene->last.timestamp;
    uint16_t lost = scene->last.seq;
    push_high(scene, true);
    scene_nack(scene, &lost, 1);
    assert_int_equal(scene->rtx_count, 1);
    assert_int_equal(scene->last_osn, lost);
    assert_int_equal(scene->last_byte, low_byte(scene, scene->low.next_packet - 1));
    assert_int_equal(scene->last.timestamp, timestamp);
    lost++;
    scene_nack(scene, &lost, 1);
    assert_int_equal(scene->rtx_count, 2);
    assert_int_equal(scene->last_byte, high_byte(scene, scene->high.next_packet - PACKETS));
}

static void
feedback_about_the_level_before_is_answered_up_to_the_next_keyframe(void **state)
{
    struct scene *scene = *state;
    select_high(scene);
    uint16_t number = scene->last.transport_seq, seq = scene->last.seq;
    push_high(scene, true); // its first one: the pictures before it are still shown
    scene_tell(scene, number, 1, number);
    assert_int_equal(scene->rtx_count, 1);
    assert_int_equal(scene->last_osn, seq);
    assert_int_equal(scene->last_byte, low_byte(scene, scene->low.next_packet - 1));
    number--;
    seq--;
    fake_time_pass(FRAME_US);
    push_high(scene, true);
    scene_tell(scene, number, 1, number);
    assert_int_equal(scene->rtx_count, 1);
    scene_nack(scene, &seq, 1); // but a browser that insists gets it
    assert_int_equal(scene->rtx_count, 2);
}

static void
a_level_that_was_detached_is_not_repeated_but_the_other_is(void **state)
{
    struct scene *scene = *state;
    switch_to_high(scene);
    hp_sender_detach(scene->sender, &scene->low.feed);
    uint16_t of_high = scene->last.seq, of_low = (uint16_t) (of_high - PACKETS);
    scene_nack(scene, &of_low, 1);
    assert_int_equal(scene->rtx_count, 0);
    scene_nack(scene, &of_high, 1);
    assert_int_equal(scene->rtx_count, 1);
    push_high(scene, false);
    assert_int_equal(scene->media_count, 4 * PACKETS);
    assert_int_equal(scene->gaps, 0);
}

static void
selecting_the_present_level_calls_the_switch_off(void **state)
{
    struct scene *scene = *state;
    select_high(scene);
    hp_sender_select(scene->sender, &scene->low.feed);
    push_high(scene, true);
    assert_int_equal(scene->media_count, 2 * PACKETS);
    scene_push(scene, false); // needs no keyframe
    assert_int_equal(scene->media_count, 3 * PACKETS);
    assert_int_equal(scene->low.keyframe_requests, 1);
    assert_int_equal(scene->switch_count, 0);
}

static void
the_way_back_begins_with_a_keyframe_too(void **state)
{
    struct scene *scene = *state;
    switch_to_high(scene);
    hp_sender_select(scene->sender, &scene->low.feed);
    assert_int_equal(scene->low.keyframe_requests, 2);
    scene_push(scene, false);
    push_high(scene, false);
    assert_int_equal(scene->media_count, 4 * PACKETS);
    assert_int_equal(scene->last_byte, high_byte(scene, scene->high.next_packet - 1));
    fake_time_pass(FRAME_US);
    scene_push(scene, true);
    assert_int_equal(scene->media_count, 5 * PACKETS);
    assert_int_equal(scene->last_byte, low_byte(scene, scene->low.next_packet - 1));
    assert_int_equal(scene->switch_count, 2);
    assert_int_equal(scene->gaps, 0);
    assert_int_equal(scene->bad_times, 0);
}

static void
a_level_that_is_detached_while_it_is_awaited_does_not_come(void **state)
{
    struct scene *scene = *state;
    select_high(scene);
    hp_sender_detach(scene->sender, &scene->high.feed);
    push_high(scene, true);
    scene_push(scene, false);
    assert_int_equal(scene->media_count, 3 * PACKETS);
    assert_int_equal(scene->switch_count, 0);
}

static void
a_gap_counts_within_its_level_only(void **state)
{
    struct scene *scene = *state;
    select_high(scene);
    scene->low.next_packet += 100; // the worker dropped frames
    scene_push(scene, false); // waits for a keyframe now
    assert_int_equal(scene->media_count, 2 * PACKETS);
    push_high(scene, true); // that of the other level will do
    push_high(scene, false);
    assert_int_equal(scene->media_count, 4 * PACKETS);
    scene->high.next_packet += 100;
    push_high(scene, false);
    assert_int_equal(scene->media_count, 4 * PACKETS);
    push_high(scene, true);
    assert_int_equal(scene->media_count, 5 * PACKETS);
    assert_int_equal(scene->gaps, 0);
}

static void
an_awaited_keyframe_is_asked_for_again(void **state)
{
    struct scene *scene = *state;
    select_high(scene);
    for (unsigned i = 0; i < 100; i++) {
        push_high(scene, false);
        fake_time_pass(FRAME_US);
    }
    assert_int_equal(scene->high.keyframe_requests, 4);
    hp_sender_remind(scene->sender); // a still desktop pushes nothing
    assert_int_equal(scene->high.keyframe_requests, 5);
    hp_sender_select(scene->sender, &scene->high.feed); // once more changes nothing
    assert_int_equal(scene->high.keyframe_requests, 5);
    assert_int_equal(scene->low.keyframe_requests, 1);
}

static void
a_paused_track_switches_when_it_flows_again(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    hp_sender_enable(scene->sender, false);
    hp_sender_attach(scene->sender, &scene->high.feed);
    hp_sender_select(scene->sender, &scene->high.feed);
    push_high(scene, true);
    assert_int_equal(scene->high.keyframe_requests, 0);
    assert_int_equal(scene->switch_count, 0);
    fake_time_pass(FRAME_US);
    hp_sender_enable(scene->sender, true);
    assert_int_equal(scene->high.keyframe_requests, 1);
    push_high(scene, true);
    assert_int_equal(scene->switch_count, 1);
    assert_int_equal(scene->media_count, 2 * PACKETS);
    assert_int_equal(scene->bad_times, 0);
}

static void
a_switch_on_a_blocked_path_asks_the_new_level(void **state)
{
    struct scene *scene = *state;
    select_high(scene);
    hp_pacer_block(&scene->pacer);
    fake_time_pass(300 * 1000);
    push_high(scene, true);
    assert_int_equal(scene->switch_count, 1);
    assert_int_equal(scene->high.keyframe_requests, 2);
    hp_pacer_unblock(&scene->pacer);
    push_high(scene, false); // half a picture would be worse than none
    assert_int_equal(scene->media_count, 2 * PACKETS);
    push_high(scene, true);
    assert_int_equal(scene->media_count, 3 * PACKETS);
    assert_int_equal(scene->gaps, 0);
    assert_int_equal(scene->bad_times, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_level_flows_until_the_keyframe_of_the_selected_one),
        TEST(an_attached_level_that_is_not_selected_is_not_sent),
        TEST(frames_that_are_too_old_get_the_next_possible_times),
        TEST(a_frame_of_the_very_same_time_gets_the_next_one),
        TEST(without_rtx_a_moved_keyframe_is_repeated_as_it_was),
        TEST(a_time_after_a_pause_of_hours_is_no_old_one),
        TEST(a_nack_for_the_level_before_is_answered_from_its_history),
        TEST(feedback_about_the_level_before_is_answered_up_to_the_next_keyframe),
        TEST(a_level_that_was_detached_is_not_repeated_but_the_other_is),
        TEST(selecting_the_present_level_calls_the_switch_off),
        TEST(the_way_back_begins_with_a_keyframe_too),
        TEST(a_level_that_is_detached_while_it_is_awaited_does_not_come),
        TEST(a_gap_counts_within_its_level_only),
        TEST(an_awaited_keyframe_is_asked_for_again),
        TEST(a_paused_track_switches_when_it_flows_again),
        TEST(a_switch_on_a_blocked_path_asks_the_new_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
