// Tests of rtp/repeats.c, through the sender that it is a part of.
#include "rtp/repeats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <glib.h>

#include "fixture/fake_time.h"
#include "rtp/sender_scene.h"
#include "wire/twcc.h"

enum {
    FLOOD = 10000,
    FEW = 16
};

static void
a_lost_packet_is_repeated_as_rtx(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    uint16_t lost = (uint16_t) (scene->next_seq - 2);
    scene_nack(scene, &lost, 1);
    assert_int_equal(scene->rtx_count, 1);
    assert_int_equal(scene->last_osn, lost);
    assert_int_equal(scene->last.payload_type, 97);
    assert_int_equal(scene_stats(scene).retransmitted, 1);
    assert_int_equal(scene->gaps, 0);
}

static void
without_rtx_the_very_packet_goes_again(void **state)
{
    struct scene *scene = *state;
    scene->agreed.rtx_payload_type = -1;
    scene_configure(scene);
    scene_push(scene, true);
    uint16_t lost = (uint16_t) (scene->next_seq - 1);
    scene_nack(scene, &lost, 1);
    assert_int_equal(scene_stats(scene).retransmitted, 1);
    assert_int_equal(scene->transport.same_count, 1);
    assert_int_equal(scene->rtx_count, 0);
    assert_int_equal(scene->media_count, PACKETS);
}

static void
a_flood_of_nacks_makes_few_repeats(void **state)
{
    struct scene *scene = *state;
    for (unsigned i = 0; i < 10; i++) {
        scene_push(scene, i == 0);
    }
    scene_tell(scene, scene->last.transport_seq, 1, -1); // nothing need go again unasked
    uint16_t seqs[10];
    for (unsigned i = 0; i < 10; i++) {
        seqs[i] = (uint16_t) (scene->next_seq - 10 + i);
    }
    for (unsigned i = 0; i < FLOOD; i++) {
        scene_nack(scene, seqs, 10);
    }
    assert_int_equal(scene_stats(scene).retransmitted, 10); // each once in 10 ms
    fake_time_pass(9 * 1000);
    scene_nack(scene, seqs, 10);
    assert_int_equal(scene_stats(scene).retransmitted, 10);
    fake_time_pass(1000);
    scene_nack(scene, seqs, 10);
    assert_int_equal(scene_stats(scene).retransmitted, 20);
    for (unsigned i = 0; i < 20; i++) {
        fake_time_pass(10 * 1000);
        scene_nack(scene, seqs, 10);
    }
    assert_int_equal(scene_stats(scene).retransmitted, 80); // each eight times
    assert_int_equal(scene_stats(scene).nacks, FLOOD + 22);
    assert_int_equal(scene->rtx_count, 80);
}

static void
more_repeats_than_a_batch_holds_go_in_two(void **state)
{
    enum { LOST = 45 };
    struct scene *scene = *state;
    uint16_t seqs[LOST];
    for (unsigned i = 0; i < 20; i++) {
        scene_push(scene, i == 0);
    }
    scene_tell(scene, scene->last.transport_seq, 1, -1); // nothing need go again unasked
    fake_time_pass(1000 * 1000);
    for (unsigned i = 0; i < LOST; i++) {
        seqs[i] = (uint16_t) (scene->next_seq - LOST + i);
    }
    unsigned calls = scene->transport.calls;
    unsigned before = scene->rtx_count;
    scene_nack(scene, seqs, LOST);
    assert_int_equal(scene->rtx_count, before + LOST);
    assert_int_equal(scene->transport.calls, calls + 2);
    assert_int_equal(scene->last_osn, seqs[LOST - 1]);
}

static void
a_nack_for_what_was_never_sent_is_ignored(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    uint16_t strange = (uint16_t) (scene->next_seq + 1000);
    scene_nack(scene, &strange, 1);
    assert_int_equal(scene_stats(scene).retransmitted, 0);
}

static void
what_feedback_calls_lost_is_repeated_without_being_asked(void **state)
{
    struct scene *scene = *state;
    scene_report(scene, 0, 1000 * 1000); // for so long a NACK is not answered twice
    scene_push(scene, true);
    uint16_t number = (uint16_t) (scene->last.transport_seq - 1); // of the last but one
    uint16_t seq = (uint16_t) (scene->last.seq - 1);
    scene_tell(scene, (uint16_t) (number - 1), PACKETS, number);
    assert_int_equal(scene->rtx_count, 1);
    assert_int_equal(scene->last_osn, seq);
    scene_tell(scene, (uint16_t) (number - 1), PACKETS, number); // it is under way
    scene_nack(scene, &seq, 1);
    assert_int_equal(scene->rtx_count, 1);
    uint16_t repeat = scene->last.transport_seq;
    scene_tell(scene, repeat, 1, repeat); // in vain: again, at once
    assert_int_equal(scene->rtx_count, 2);
    assert_int_equal(scene->last_osn, seq);
    scene_tell(scene, repeat, 1, repeat); // it knows only the first one
    assert_int_equal(scene->rtx_count, 2);
}

static void
a_flood_of_feedback_makes_few_repeats(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    uint16_t number = scene->last.transport_seq;
    for (unsigned i = 0; i < FLOOD; i++) {
        number = scene->last.transport_seq;
        scene_tell(scene, number, 1, number);
    }
    assert_int_equal(scene_stats(scene).retransmitted, 8); // of one packet
}

static void
what_the_budget_refuses_is_repeated_when_asked_again(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    for (unsigned i = 0; i < HISTORY - 1; i++) {
        scene_push(scene, false);
    }
    uint16_t last = scene->last.transport_seq, begin = (uint16_t) (last - HISTORY * PACKETS + 1);
    for (unsigned i = 0; i < 8; i++) { // all of it, again and again: more than 125 KB
        for (uint16_t number = begin; number != (uint16_t) (last + 1); number++) {
            scene_tell(scene, number, 1, number);
        }
        begin = (uint16_t) (last + 1);
        last = scene->last.transport_seq;
    }
    assert_int_equal(scene_stats(scene).retransmitted * SIZE, 125 * 1000);
    uint16_t refused = scene->last_osn;
    unsigned count = scene->rtx_count;
    fake_time_pass(50 * 1000); // it fills again
    for (unsigned i = 0; scene->rtx_count == count && i < HISTORY * PACKETS; i++) {
        refused++;
        scene_nack(scene, &refused, 1);
    }
    assert_int_equal(scene->last_osn, refused);
}

static void
what_is_older_than_the_keyframe_is_not_repeated(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    uint16_t old = scene->last.transport_seq;
    scene_push(scene, true);
    uint16_t new = scene->last.transport_seq;
    scene_tell(scene, old, 1, old);
    assert_int_equal(scene->rtx_count, 0);
    scene_tell(scene, new, 1, new);
    assert_int_equal(scene->rtx_count, 1);
}

static void
packets_without_a_transport_number_are_in_no_feedback(void **state)
{
    struct scene *scene = *state;
    scene->agreed.ext_ids.transport_seq = 0;
    scene_configure(scene);
    uint16_t next = hp_pacer_take_numbers(&scene->pacer, 0);
    scene_push(scene, true);
    assert_int_equal(hp_pacer_take_numbers(&scene->pacer, 0), next);
    scene_tell(scene, next, PACKETS, next);
    assert_int_equal(scene->rtx_count, 0);
}

// SRTP must not see two packets under one number, and the mid is in the header.
static void
without_rtx_nothing_is_repeated_under_another_mid(void **state)
{
    struct scene *scene = *state;
    scene->agreed.rtx_payload_type = -1;
    scene_configure(scene);
    scene_report_loss(scene, 0.05);
    scene_push(scene, true);
    uint16_t lost = scene->last.seq;
    g_strlcpy(scene->agreed.mid, "2", sizeof(scene->agreed.mid));
    scene_configure(scene);
    scene_nack(scene, &lost, 1);
    fake_time_pass(100 * 1000);
    assert_int_equal(scene_stats(scene).retransmitted, 0);
}

static void
on_a_lossy_way_without_rtx_the_very_packets_go_again(void **state)
{
    struct scene *scene = *state;
    scene->agreed.rtx_payload_type = -1;
    scene_configure(scene);
    scene_report_loss(scene, 0.05);
    scene_push(scene, true);
    fake_time_pass(400 * 1000);
    assert_int_equal(scene_stats(scene).retransmitted, 2);
    assert_int_equal(scene->transport.same_count, 2);
}

static void
a_blocked_path_gets_no_copies(void **state)
{
    struct scene *scene = *state;
    scene_report_loss(scene, 0.05);
    scene_push(scene, true);
    hp_pacer_block(&scene->pacer);
    fake_time_pass(400 * 1000);
    assert_int_equal(scene_stats(scene).retransmitted, 0);
}

static void
a_narrow_way_gets_no_copies(void **state)
{
    struct scene *scene = *state;
    scene_report_loss(scene, 0.4);
    scene_push(scene, true);
    uint16_t lost = scene->last.seq;
    scene_nack(scene, &lost, 1);
    scene_tell(scene, scene->last.transport_seq, 1, -1);
    assert_int_equal(scene->rtx_count, 1);
    fake_time_pass(100 * 1000);
    assert_int_equal(scene->rtx_count, 1);
}

static void
the_end_of_a_frame_goes_again_when_nothing_comes_behind_it(void **state)
{
    struct scene *scene = *state;
    for (unsigned i = 0; i < 8; i++) {
        scene_push(scene, i == 0); // shows whether the one before it came
        fake_time_pass(30 * 1000);
    }
    assert_int_equal(scene->rtx_count, 0);
    uint16_t end = scene->last.seq;
    fake_time_pass(400 * 1000);
    assert_int_equal(scene->rtx_count, 1);
    assert_int_equal(scene->last_osn, end);
}

static void
an_end_that_has_come_does_not_go_again(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    scene_tell(scene, scene->last.transport_seq, 1, -1);
    fake_time_pass(400 * 1000);
    assert_int_equal(scene->rtx_count, 0);
}

// Without feedback nobody would ever tell that it came.
static void
without_feedback_an_end_goes_again_once(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    fake_time_pass(20 * 1000 * 1000);
    assert_int_equal(scene->rtx_count, 1);
}

static void
with_feedback_an_end_goes_again_a_few_times_ever_later(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    scene_tell(scene, scene->last.transport_seq, 1, -1);
    scene_report(scene, 0, 10 * 1000);
    scene_push(scene, false);
    uint16_t end = scene->last.seq;
    fake_time_pass(159 * 1000);
    assert_int_equal(scene->rtx_count, 0);
    fake_time_pass(1 * 1000);
    assert_int_equal(scene->rtx_count, 1);
    fake_time_pass(159 * 1000);
    assert_int_equal(scene->rtx_count, 1);
    fake_time_pass(1 * 1000);
    assert_int_equal(scene->rtx_count, 2);
    fake_time_pass(400 * 1000);
    assert_int_equal(scene->rtx_count, 3);
    assert_int_equal(scene->last_osn, end);
    fake_time_pass(20 * 1000 * 1000); // a still desktop
    assert_int_equal(scene->rtx_count, 3);
}

static void
an_end_whose_repeat_has_come_does_not_go_again(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    scene_tell(scene, scene->last.transport_seq, 1, -1);
    scene_push(scene, false);
    fake_time_pass(200 * 1000);
    assert_int_equal(scene->rtx_count, 1);
    scene_tell(scene, scene->last.transport_seq, 1, -1); // of the repeat
    fake_time_pass(20 * 1000 * 1000);
    assert_int_equal(scene->rtx_count, 1);
}

static void
feedback_that_should_know_the_end_and_does_not_has_it_sent_again(void **state)
{
    struct scene *scene = *state;
    scene_report(scene, 0, 10 * 1000);
    scene_push(scene, true);
    uint16_t known = scene->last.transport_seq;
    scene_push(scene, false);
    fake_time_pass(39 * 1000);
    scene_tell(scene, known, 1, -1); // when it left, the end may have been under way
    assert_int_equal(scene->rtx_count, 0);
    fake_time_pass(1 * 1000);
    scene_tell(scene, known, 1, -1);
    assert_int_equal(scene->rtx_count, 1);
    assert_int_equal(scene->last_osn, (uint16_t) (scene->next_seq - 1));
    for (unsigned i = 0; i < 100; i++) {
        scene_tell(scene, known, 1, -1);
    }
    assert_int_equal(scene->rtx_count, 1);
}

// The browser's feedback after the repeat calls all of the picture lost.
static void
a_picture_that_is_lost_as_a_whole_comes_by_the_repeat_of_its_end(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    scene_tell(scene, scene->last.transport_seq, 1, -1);
    scene_push(scene, false);
    uint16_t lost = (uint16_t) (scene->last.transport_seq - PACKETS + 1);
    fake_time_pass(200 * 1000);
    uint16_t repeat = scene->last.transport_seq;
    assert_int_equal(repeat, (uint16_t) (lost + PACKETS));
    for (unsigned i = 0; i < PACKETS; i++) {
        scene_tell(scene, (uint16_t) (lost + i), 1, (uint16_t) (lost + i));
    }
    assert_int_equal(scene->rtx_count, 1 + PACKETS);
}

// A browser that gets one picture and then nothing, over a way that loses the first packets. Each
// 100 ms it gives feedback about what came, up to the newest; it asks for nothing.
struct browser {
    const struct scene *scene;
    unsigned lost; // packets that are still to be lost
    uint16_t first_seq, first_number;
    bool has_packet[PACKETS], has_number[FEW];
    unsigned told, newest; // numbers, counted from the first one
};

static void
on_picture(void *arg, const uint8_t *data, size_t size)
{
    struct browser *browser = arg;
    struct hp_rtp rtp;
    ssize_t header = hp_rtp_parse(data, size, &browser->scene->agreed.ext_ids, &rtp);
    assert_true(header > 0);
    if (browser->lost > 0) {
        browser->lost--;
        return;
    }
    uint16_t seq = rtp.seq;
    if (rtp.ssrc == RTX_SSRC) {
        assert_true(hp_rtp_parse_osn(data + header, size - (size_t) header, &seq) > 0);
    }
    unsigned number = (uint16_t) (rtp.transport_seq - browser->first_number);
    assert_in_range(number, 0, FEW - 1);
    browser->has_number[number] = true;
    browser->newest = MAX(browser->newest, number + 1);
    browser->has_packet[(uint16_t) (seq - browser->first_seq)] = true;
}

static void
give_feedback(struct browser *browser)
{
    static struct hp_twcc twcc;
    twcc.item_count = 0;
    for (; browser->told < browser->newest; browser->told++) {
        twcc.items[twcc.item_count++] = (struct hp_twcc_item){
            .seq = (uint16_t) (browser->first_number + browser->told),
            .is_received = browser->has_number[browser->told],
        };
    }
    if (twcc.item_count > 0) {
        hp_sender_handle_feedback(browser->scene->sender, &twcc);
    }
}

static bool
has_picture(const struct browser *browser)
{
    for (unsigned i = 0; i < PACKETS; i++) {
        if (!browser->has_packet[i]) {
            return false;
        }
    }
    return true;
}

// How long the picture takes whose first `lost` packets, repeats among them, are lost.
static unsigned
measure_ms(struct scene *scene, unsigned lost)
{
    fake_time_pass(5 * 1000 * 1000);
    struct browser browser = {
        .scene = scene,
        .lost = lost,
        .first_seq = scene->next_seq,
        .first_number = hp_pacer_take_numbers(&scene->pacer, 0),
    };
    scene->next_seq = (uint16_t) (scene->next_seq + PACKETS);
    scene->transport.on_rtp = on_picture;
    scene->transport.arg = &browser;
    scene_push(scene, false);
    unsigned ms = 0;
    while (!has_picture(&browser) && ms < 5000) {
        fake_time_pass(10 * 1000);
        ms += 10;
        if (ms % 100 == 0) {
            give_feedback(&browser);
        }
    }
    give_feedback(&browser);
    return ms;
}

static void
a_picture_before_a_pause_comes_though_all_of_it_and_repeats_are_lost(void **state)
{
    static const unsigned most_ms[] = { 0, 100, 100, 200, 400, 700 };
    struct scene *scene = *state;
    scene_push(scene, true);
    scene_tell(scene, scene->last.transport_seq, 1, -1);
    scene_report(scene, 0, 10 * 1000);
    for (unsigned lost = 0; lost < G_N_ELEMENTS(most_ms); lost++) {
        assert_int_equal(measure_ms(scene, lost), most_ms[lost]);
    }
}

static void
on_a_lossy_way_ends_go_soon_and_repeats_twice(void **state)
{
    struct scene *scene = *state;
    scene_report_loss(scene, 0.05);
    scene_push(scene, true);
    uint16_t end = scene->last.seq, lost = (uint16_t) (end - 1);
    scene_nack(scene, &lost, 1);
    fake_time_pass(400 * 1000);
    // The answer, its copy, and two of the end.
    assert_int_equal(scene->rtx_count, 4);
    unsigned of_end = 0;
    for (unsigned i = 0; i < 4; i++) {
        of_end += scene->osns[i] == end;
        assert_true(scene->osns[i] == end || scene->osns[i] == lost);
    }
    assert_int_equal(of_end, 2);
    assert_int_equal(scene->osns[0], lost);
}

static void
a_way_that_was_lossy_is_a_good_one_again(void **state)
{
    struct scene *scene = *state;
    scene_report_loss(scene, 0.05);
    for (unsigned i = 0; i < 10; i++) {
        scene_report_loss(scene, 0);
    }
    scene_push(scene, true);
    fake_time_pass(50 * 1000);
    assert_int_equal(scene->rtx_count, 0);
}

static void
a_copy_under_way_is_no_answer(void **state)
{
    struct scene *scene = *state;
    scene_report_loss(scene, 0.05);
    scene_push(scene, true);
    uint16_t end = scene->last.seq;
    fake_time_pass(20 * 1000);
    assert_int_equal(scene->rtx_count, 1);
    scene_nack(scene, &end, 1); // the copy got lost as well
    assert_int_equal(scene->rtx_count, 2);
}

static void
a_browser_that_agrees_to_no_repeats_any_more_gets_none(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    scene_push(scene, false);
    uint16_t lost = (uint16_t) (scene->next_seq - 2);
    scene->agreed.has_nack = false;
    hp_sender_configure(scene->sender, &scene->agreed);
    unsigned before = scene->rtx_count;
    scene_nack(scene, &lost, 1);
    fake_time_pass(1000 * 1000); // and none unasked
    assert_int_equal(scene->rtx_count, before);
}

static void
what_was_detached_is_not_repeated(void **state)
{
    struct scene *scene = *state;
    scene_report_loss(scene, 0.05);
    scene_push(scene, true);
    uint16_t number = scene->last.transport_seq, lost = scene->last.seq;
    scene_nack(scene, &lost, 1);
    hp_sender_detach(scene->sender, &scene->low.feed);
    scene_tell(scene, number, 1, number);
    fake_time_pass(400 * 1000);
    assert_int_equal(scene->rtx_count, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lost_packet_is_repeated_as_rtx, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                without_rtx_the_very_packet_goes_again, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(a_flood_of_nacks_makes_few_repeats, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                more_repeats_than_a_batch_holds_go_in_two, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                a_nack_for_what_was_never_sent_is_ignored, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                what_feedback_calls_lost_is_repeated_without_being_asked, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                a_flood_of_feedback_makes_few_repeats, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                what_the_budget_refuses_is_repeated_when_asked_again, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                what_is_older_than_the_keyframe_is_not_repeated, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                packets_without_a_transport_number_are_in_no_feedback, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                without_rtx_nothing_is_repeated_under_another_mid, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                on_a_lossy_way_without_rtx_the_very_packets_go_again, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(a_blocked_path_gets_no_copies, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(a_narrow_way_gets_no_copies, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                the_end_of_a_frame_goes_again_when_nothing_comes_behind_it, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                an_end_that_has_come_does_not_go_again, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                without_feedback_an_end_goes_again_once, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                with_feedback_an_end_goes_again_a_few_times_ever_later, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                an_end_whose_repeat_has_come_does_not_go_again, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                feedback_that_should_know_the_end_and_does_not_has_it_sent_again, scene_begin,
                scene_end),
        cmocka_unit_test_setup_teardown(
                a_picture_that_is_lost_as_a_whole_comes_by_the_repeat_of_its_end, scene_begin,
                scene_end),
        cmocka_unit_test_setup_teardown(
                a_picture_before_a_pause_comes_though_all_of_it_and_repeats_are_lost, scene_begin,
                scene_end),
        cmocka_unit_test_setup_teardown(
                on_a_lossy_way_ends_go_soon_and_repeats_twice, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                a_way_that_was_lossy_is_a_good_one_again, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(a_copy_under_way_is_no_answer, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                a_browser_that_agrees_to_no_repeats_any_more_gets_none, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(what_was_detached_is_not_repeated, scene_begin, scene_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
