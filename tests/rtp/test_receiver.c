// Tests of rtp/receiver.c: what a browser says by RTCP reaches the right callback or counter.
#include "rtp/receiver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fixture/dice.h"
#include "wire/rtcp.h"
#include "wire/twcc.h"

struct scene {
    struct hp_receiver receiver;
    unsigned reports, nacks, keyframes, feedbacks, items, received;
    struct hp_rtcp_report report;
    int64_t round_trip_us;
    uint16_t seqs[8];
    unsigned seq_count;
    uint32_t ssrc;
};

static void
on_report(void *arg, const struct hp_rtcp_report *report, int64_t round_trip_us)
{
    struct scene *scene = arg;
    scene->reports++;
    scene->report = *report;
    scene->round_trip_us = round_trip_us;
}

static void
on_nack(void *arg, struct hp_rtcp_nack *nack)
{
    struct scene *scene = arg;
    scene->nacks++;
    scene->ssrc = nack->media_ssrc;
    uint16_t seq;
    while (scene->seq_count < 8 && hp_rtcp_nack_next(nack, &seq)) {
        scene->seqs[scene->seq_count++] = seq;
    }
}

static void
on_feedback(void *arg, const struct hp_twcc *twcc)
{
    struct scene *scene = arg;
    scene->feedbacks++;
    scene->items = twcc->item_count;
    for (unsigned i = 0; i < twcc->item_count; i++) {
        scene->received += twcc->items[i].is_received ? 1 : 0;
    }
}

static void
on_keyframe_request(void *arg, uint32_t ssrc)
{
    struct scene *scene = arg;
    scene->keyframes++;
    scene->ssrc = ssrc;
}

static const struct hp_receiver_cbs cbs = {
    .on_report = on_report,
    .on_nack = on_nack,
    .on_feedback = on_feedback,
    .on_keyframe_request = on_keyframe_request,
};

static int64_t fake_now_us;

static int64_t
now_us(void)
{
    return fake_now_us;
}

static int
begin(void **state)
{
    static struct scene scene;
    scene = (struct scene) { 0 };
    fake_now_us = 1000 * 1000 * 1000;
    hp_clock_fake(now_us);
    hp_receiver_init(&scene.receiver, &cbs, &scene);
    *state = &scene;
    return 0;
}

static int
end(void **state)
{
    (void) state;
    hp_clock_fake(NULL);
    return 0;
}

static void
a_report_tells_loss_and_round_trip(void **state)
{
    struct scene *scene = *state;
    uint32_t sent = (uint32_t) (hp_clock_ntp(hp_clock_now_us() - 80 * 1000) >> 16);
    struct hp_rtcp_report report = {
        .ssrc = 7, .fraction_lost = 64, .highest_seq = 70000, .last_sr = sent,
        .delay_since_sr = 65536 / 50, // 20 ms
    };
    uint8_t data[100];
    ssize_t size = hp_rtcp_write_rr(data, sizeof(data), 1, &report, 1);
    hp_receiver_handle_rtcp(&scene->receiver, data, (size_t) size);
    assert_int_equal(scene->reports, 1);
    assert_int_equal(scene->report.fraction_lost, 64);
    assert_int_equal(scene->report.highest_seq, 70000);
    assert_in_range(scene->round_trip_us, 60 * 1000 - 100, 60 * 1000 + 100); // in 1/65536 s
    assert_int_equal(scene->receiver.bad_packets, 0);
}

static void
a_report_without_our_sr_has_no_round_trip(void **state)
{
    struct scene *scene = *state;
    struct hp_rtcp_report report = { .ssrc = 7 };
    uint8_t data[100];
    ssize_t size = hp_rtcp_write_rr(data, sizeof(data), 1, &report, 1);
    hp_receiver_handle_rtcp(&scene->receiver, data, (size_t) size);
    assert_int_equal(scene->reports, 1);
    assert_int_equal(scene->round_trip_us, 0);
}

static void
a_compound_with_nack_and_pli_tells_both(void **state)
{
    struct scene *scene = *state;
    uint8_t data[200];
    size_t size = (size_t) hp_rtcp_write_rr(data, sizeof(data), 1, NULL, 0);
    struct hp_rtcp_nack nack = { .sender_ssrc = 1, .media_ssrc = 9 };
    uint16_t seqs[] = { 65535, 0, 5 };
    size += (size_t) hp_rtcp_write_nack(data + size, sizeof(data) - size, &nack, seqs, 3);
    size += (size_t) hp_rtcp_write_pli(data + size, sizeof(data) - size, 1, 9);
    hp_receiver_handle_rtcp(&scene->receiver, data, size);
    assert_int_equal(scene->nacks, 1);
    assert_int_equal(scene->seq_count, 3);
    assert_memory_equal(scene->seqs, seqs, sizeof(seqs));
    assert_int_equal(scene->keyframes, 1);
    assert_int_equal(scene->ssrc, 9);
}

static void
a_repeated_fir_is_one_request(void **state)
{
    struct scene *scene = *state;
    uint8_t fir[20] = { 0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 3 };
    hp_receiver_handle_rtcp(&scene->receiver, fir, sizeof(fir));
    hp_receiver_handle_rtcp(&scene->receiver, fir, sizeof(fir));
    assert_int_equal(scene->keyframes, 1);
    assert_int_equal(scene->ssrc, 9);
    fir[16] = 4;
    hp_receiver_handle_rtcp(&scene->receiver, fir, sizeof(fir));
    assert_int_equal(scene->keyframes, 2);
}

static void
remb_is_kept(void **state)
{
    struct scene *scene = *state;
    // 1 ssrc, exponent 4, mantissa 62500: 1 Mbit/s
    static const uint8_t remb[24] = { 0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B',
        1, 4 << 2, 62500 >> 8, 62500 & 0xff, 0, 0, 0, 9 };
    hp_receiver_handle_rtcp(&scene->receiver, remb, sizeof(remb));
    assert_int_equal(scene->receiver.remb_bps, 1000000);
}

static void
transport_feedback_is_handed_on(void **state)
{
    struct scene *scene = *state;
    // Base 1, 3 packets; a vector of one-bit symbols 1 0 1; two deltas of 1 ms.
    static const uint8_t twcc[24] = { 0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 9, 0, 1, 0, 3, 0, 0, 1,
        0, 0xa8, 0, 4, 4 };
    hp_receiver_handle_rtcp(&scene->receiver, twcc, sizeof(twcc));
    assert_int_equal(scene->receiver.feedback_packets, 1);
    assert_int_equal(scene->feedbacks, 1);
    assert_int_equal(scene->items, 3);
    assert_int_equal(scene->received, 2);
}

static void
a_flood_of_feedback_is_not_looked_at(void **state)
{
    struct scene *scene = *state;
    // 4096 packets in one chunk of a run, none received.
    static const uint8_t twcc[24] = { 0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 9, 0, 1, 0x10, 0, 0, 0,
        1, 0, 0x10, 0, 0, 0 };
    static const uint8_t nack[16] = { 0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 9, 0, 7, 0xff, 0xff };
    for (int i = 0; i < 1000; i++) {
        hp_receiver_handle_rtcp(&scene->receiver, twcc, sizeof(twcc));
    }
    assert_int_equal(scene->receiver.feedback_packets, 4); // of 20000 numbers a second
    assert_int_equal(scene->receiver.bad_packets, 996);
    for (int i = 0; i < 1000; i++) {
        hp_receiver_handle_rtcp(&scene->receiver, nack, sizeof(nack));
    }
    assert_int_equal(scene->nacks, (20000 - 4 * 4096) / 17);
    fake_now_us += 999999;
    hp_receiver_handle_rtcp(&scene->receiver, nack, sizeof(nack));
    assert_int_equal(scene->nacks, (20000 - 4 * 4096) / 17);
    fake_now_us += 1;
    hp_receiver_handle_rtcp(&scene->receiver, nack, sizeof(nack));
    assert_int_equal(scene->nacks, (20000 - 4 * 4096) / 17 + 1);
}

static void
as_much_feedback_as_allowed_is_looked_at(void **state)
{
    struct scene *scene = *state;
    uint8_t twcc[24] = { 0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 9, 0, 1, 0x10, 0, 0, 0, 1, 0, 0x10 };
    for (int i = 0; i < 4; i++) {
        hp_receiver_handle_rtcp(&scene->receiver, twcc, sizeof(twcc));
    }
    twcc[14] = twcc[20] = 0x0e; // 3616 packets: what is left of 20000
    twcc[15] = twcc[21] = 0x20;
    hp_receiver_handle_rtcp(&scene->receiver, twcc, sizeof(twcc));
    assert_int_equal(scene->receiver.feedback_packets, 5);
    assert_int_equal(scene->receiver.bad_packets, 0);
}

static void
feedback_of_other_kinds_is_counted_and_says_nothing(void **state)
{
    struct scene *scene = *state;
    static const uint8_t tmmbr[16] = { 0x83, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 9, 0, 7, 0, 0 };
    static const uint8_t slice[16] = { 0x82, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 9 };
    hp_receiver_handle_rtcp(&scene->receiver, tmmbr, sizeof(tmmbr));
    assert_int_equal(scene->receiver.bad_packets, 1);
    hp_receiver_handle_rtcp(&scene->receiver, slice, sizeof(slice));
    assert_int_equal(scene->receiver.bad_packets, 2);
    assert_int_equal(scene->nacks + scene->keyframes + scene->feedbacks, 0);
}

static void
garbage_is_counted_and_says_nothing(void **state)
{
    struct scene *scene = *state;
    GRand *dice = dice_create();
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t data[120];
        size_t size = g_rand_int(dice) % sizeof(data);
        for (size_t k = 0; k < size; k++) {
            data[k] = (uint8_t) g_rand_int(dice);
        }
        hp_receiver_handle_rtcp(&scene->receiver, data, size);
    }
    g_rand_free(dice);
    assert_int_equal(scene->nacks + scene->keyframes + scene->feedbacks, 0);
    static const uint8_t cut[8] = { 0x81, 201, 0, 7, 0, 0, 0, 1 };
    uint64_t bad = scene->receiver.bad_packets;
    assert_true(bad > 10000);
    hp_receiver_handle_rtcp(&scene->receiver, cut, sizeof(cut));
    assert_int_equal(scene->receiver.bad_packets, bad + 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_report_tells_loss_and_round_trip, begin, end),
        cmocka_unit_test_setup_teardown(a_report_without_our_sr_has_no_round_trip, begin, end),
        cmocka_unit_test_setup_teardown(a_compound_with_nack_and_pli_tells_both, begin, end),
        cmocka_unit_test_setup_teardown(a_repeated_fir_is_one_request, begin, end),
        cmocka_unit_test_setup_teardown(remb_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(transport_feedback_is_handed_on, begin, end),
        cmocka_unit_test_setup_teardown(a_flood_of_feedback_is_not_looked_at, begin, end),
        cmocka_unit_test_setup_teardown(as_much_feedback_as_allowed_is_looked_at, begin, end),
        cmocka_unit_test_setup_teardown(
                feedback_of_other_kinds_is_counted_and_says_nothing, begin, end),
        cmocka_unit_test_setup_teardown(garbage_is_counted_and_says_nothing, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
