// Tests of src/peer and src/rtp with two of our peers: the viewer is switched between two levels of
// the picture in mid-stream, and every packet that its browser gets is looked at in order.
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

#include "loop/pair.h"
#include "wire/rtcp.h"
#include "wire/rtp.h"

enum {
    VIDEO = 96, // the types in our own offers
    VIDEO_RTX = 97,
    PACKETS_PER_FRAME = 8,
    MORE_PACKETS = 3, // of the second level's frames
    FIRST_PACKET = 1000 * 1000, // of the second level
    WINDOW = 2048, // packets that wait for a lost one
    ENOUGH_FRAMES = 15,
    SWITCHES = 8,
    LOSS = 5, // per cent, both ways
    QUICK_US = 3000, // between two choices; a keyframe takes 10 ms
    QUICK_CHOICES = 100
};

// A packet of the picture as the browser got it, at last.
struct seen {
    int64_t seq; // 0: none yet
    uint32_t timestamp;
    bool is_last;
    struct studio_packet packet;
};

struct theatre {
    struct bench bench;
    struct pair pair;
    // The client's worker.
    struct hp_rtp_unwrapper unwrapper;
    struct seen window[WINDOW];
    struct seen before; // the last one in order
    int64_t next_seq; // 0: nothing has come
    bool asks_for_old_level; // sends a NACK at each switch
    int64_t asked_seq; // 0: nothing is asked for
    struct seen asked;
    // Read at home.
    atomic_uint level, frames, switches, faults, answers;
    // Home.
    unsigned wanted, switches_before, choices;
    struct hp_timer quick;
};

static struct theatre *the_theatre;

static void
note_fault(struct theatre *theatre, const struct seen *seen, const char *what)
{
    print_message("# packet %d, level %u: %s\n", (int) seen->seq, seen->packet.level, what);
    atomic_fetch_add(&theatre->faults, 1);
}

// Where the packet stands in its frame.
static unsigned
position(const struct seen *seen)
{
    unsigned level = seen->packet.level;
    return (unsigned) ((seen->packet.number - level * FIRST_PACKET)
            % (PACKETS_PER_FRAME + level * MORE_PACKETS));
}

static bool
is_end(const struct seen *seen)
{
    return position(seen) + 1 == PACKETS_PER_FRAME + seen->packet.level * MORE_PACKETS;
}

static void
ask_for_the_level_before(struct theatre *theatre)
{
    struct side *client = &theatre->pair.client;
    uint8_t data[64];
    uint16_t seq = (uint16_t) (theatre->before.seq - 1); // see note_packet()
    struct hp_rtcp_nack head = { .sender_ssrc = 1, .media_ssrc = client->viewer.video_ssrc };
    ssize_t rr = hp_rtcp_write_rr(data, sizeof(data), 1, NULL, 0);
    ssize_t nack = hp_rtcp_write_nack(data + rr, sizeof(data) - (size_t) rr, &head, &seq, 1);
    theatre->asked = theatre->before;
    theatre->asked_seq = theatre->before.seq;
    hp_peer_send_rtcp(client->peer, data, (size_t) (rr + nack));
}

static void
check_frame(struct theatre *theatre, const struct seen *seen)
{
    const struct seen *before = &theatre->before;
    if (position(seen) != 0) {
        note_fault(theatre, seen, "a frame that has lost its beginning");
    }
    atomic_fetch_add(&theatre->frames, 1);
    if (before->seq == 0) {
        return;
    }
    if ((int32_t) (seen->timestamp - before->timestamp) <= 0) {
        note_fault(theatre, seen, "a time that does not grow");
    }
    if (!is_end(before)) {
        note_fault(theatre, seen, "a frame behind one that is not complete");
    }
    bool is_switch = seen->packet.level != before->packet.level;
    if (!seen->packet.is_keyframe
            && (is_switch || seen->packet.number != before->packet.number + 1)) {
        note_fault(theatre, seen, "a frame that cannot be decoded");
    }
    if (is_switch) {
        atomic_store(&theatre->frames, 1);
        atomic_store(&theatre->level, seen->packet.level);
        atomic_fetch_add(&theatre->switches, 1);
        if (theatre->asks_for_old_level) {
            ask_for_the_level_before(theatre);
        }
    }
}

// The packets come here in the order of their numbers, without a gap.
static void
check(struct theatre *theatre, const struct seen *seen)
{
    const struct seen *before = &theatre->before;
    if (before->seq == 0 || before->is_last) {
        check_frame(theatre, seen);
    } else if (seen->timestamp != before->timestamp || seen->packet.level != before->packet.level
            || seen->packet.number != before->packet.number + 1) {
        note_fault(theatre, seen, "no part of its frame");
    }
    if (seen->is_last != is_end(seen)) {
        note_fault(theatre, seen, "a mark that is wrong");
    }
    theatre->before = *seen;
}

static void
note_packet(struct theatre *theatre, const struct hp_rtp *rtp, uint16_t seq16,
        const uint8_t *payload, size_t size)
{
    struct seen seen = {
        .seq = hp_rtp_unwrap(&theatre->unwrapper, seq16) + 1, // so that none is 0
        .timestamp = rtp->timestamp,
        .is_last = rtp->is_last,
    };
    if (!studio_parse(payload, size, &seen.packet)) {
        note_fault(theatre, &seen, "a payload that is damaged");
        return;
    }
    theatre->next_seq = theatre->next_seq == 0 ? seen.seq : theatre->next_seq;
    if (seen.seq < theatre->next_seq) {
        return; // a copy
    }
    theatre->window[seen.seq % WINDOW] = seen;
    struct seen *next = &theatre->window[theatre->next_seq % WINDOW];
    while (next->seq == theatre->next_seq) {
        check(theatre, next);
        theatre->next_seq++;
        next = &theatre->window[theatre->next_seq % WINDOW];
    }
}

// Is it the answer to what was asked for? Then it is the same packet.
static void
note_answer(struct theatre *theatre, const struct hp_rtp *rtp, uint16_t osn,
        const uint8_t *payload, size_t size)
{
    const struct seen *asked = &theatre->asked;
    struct studio_packet packet;
    if (theatre->asked_seq == 0 || (uint16_t) theatre->asked_seq != osn) {
        return;
    }
    theatre->asked_seq = 0;
    bool is_same = studio_parse(payload, size, &packet) && packet.level == asked->packet.level
            && packet.number == asked->packet.number && rtp->timestamp == asked->timestamp
            && rtp->is_last == asked->is_last;
    if (!is_same) {
        note_fault(theatre, asked, "an answer that is another packet");
    }
    atomic_fetch_add(&theatre->answers, 1);
}

static void
on_rtp(struct side *client, const uint8_t *data, size_t size)
{
    static const struct hp_rtp_ext_ids ext_ids = {
        .mid = 1, .transport_seq = 2, .playout_delay = 3, .abs_send_time = 4
    };
    struct theatre *theatre = the_theatre;
    viewer_handle_rtp(&client->viewer, data, size); // asks for what is lost
    struct hp_rtp rtp;
    ssize_t header = hp_rtp_parse(data, size, &ext_ids, &rtp);
    const uint8_t *payload = data + header;
    if (header > 0 && rtp.payload_type == VIDEO) {
        note_packet(theatre, &rtp, rtp.seq, payload, rtp.payload_size);
    } else if (header > 0 && rtp.payload_type == VIDEO_RTX) {
        uint16_t osn = 0;
        ssize_t used = hp_rtp_parse_osn(payload, rtp.payload_size, &osn);
        size_t rest = rtp.payload_size - (size_t) used;
        note_answer(theatre, &rtp, (uint16_t) (osn + 1), payload + used, rest);
        note_packet(theatre, &rtp, osn, payload + used, rest);
    }
}

static bool
shows_wanted(void *arg)
{
    struct theatre *theatre = arg;
    return atomic_load(&theatre->level) == theatre->wanted
            && atomic_load(&theatre->frames) >= ENOUGH_FRAMES;
}

static void
select_level(struct theatre *theatre, unsigned level)
{
    theatre->wanted = level;
    hp_peer_select_level(theatre->pair.server.peer, HP_TRACK_VIDEO, level);
}

// On the worker of that side.
static void
begin_to_lose(void *arg)
{
    struct side *side = arg;
    side->path.loss = LOSS;
}

// Without loss up to here: a browser does not ask for what was lost in front of its first packet.
static void
open_theatre(struct theatre *theatre, const struct pair_params *changes)
{
    struct pair_params params = *changes;
    params.packets_per_frame = PACKETS_PER_FRAME;
    params.on_rtp = on_rtp;
    the_theatre = theatre;
    bench_init(&theatre->bench, &params);
    pair_start(&theatre->pair, &theatre->bench, &params);
    assert_true(bench_run(&theatre->bench, shows_wanted, theatre));
}

static void
open_lossy_theatre(struct theatre *theatre, const struct pair_params *changes)
{
    open_theatre(theatre, changes);
    hp_worker_post(theatre->bench.server_worker, begin_to_lose, &theatre->pair.server);
    hp_worker_post(theatre->bench.client_worker, begin_to_lose, &theatre->pair.client);
}

// What belongs to the workers can be looked at after this.
static void
close_pair(struct theatre *theatre)
{
    if (!pair_is_closed(&theatre->pair)) {
        pair_close(&theatre->pair, &theatre->bench);
    }
}

static void
close_theatre(struct theatre *theatre)
{
    close_pair(theatre);
    bench_finish(&theatre->bench);
    assert_int_equal(atomic_load(&theatre->faults), 0);
    assert_int_equal(theatre->pair.client.viewer.broken_packets, 0);
    assert_int_equal(theatre->pair.client.viewer.given_up, 0);
    g_free(theatre);
}

static void
switch_again_and_again(struct theatre *theatre)
{
    for (unsigned i = 1; i <= SWITCHES; i++) {
        select_level(theatre, i % STUDIO_LEVELS);
        assert_true(bench_run(&theatre->bench, shows_wanted, theatre));
        assert_int_equal(atomic_load(&theatre->switches), i);
    }
}

static void
a_viewer_is_switched_and_sees_every_frame(void **state)
{
    struct theatre *theatre = g_new0(struct theatre, 1);
    (void) state;
    open_theatre(theatre, &(struct pair_params){ .has_no_rtx = false });
    switch_again_and_again(theatre);
    close_pair(theatre);
    assert_int_equal(theatre->pair.client.viewer.pli_count, 0);
    close_theatre(theatre);
}

static void
a_viewer_is_switched_on_a_lossy_way(void **state)
{
    struct theatre *theatre = g_new0(struct theatre, 1);
    (void) state;
    open_lossy_theatre(theatre, &(struct pair_params){ .has_no_rtx = false });
    switch_again_and_again(theatre);
    close_pair(theatre);
    assert_true(theatre->pair.server.path.lost > 20); // of some 1500
    assert_true(theatre->pair.client.viewer.repeated_packets > 20);
    close_theatre(theatre);
}

static void
a_viewer_is_switched_on_a_lossy_way_without_rtx(void **state)
{
    struct theatre *theatre = g_new0(struct theatre, 1);
    (void) state;
    open_lossy_theatre(theatre, &(struct pair_params){ .has_no_rtx = true });
    switch_again_and_again(theatre);
    close_pair(theatre);
    assert_true(theatre->pair.server.path.lost > 20);
    assert_int_equal(theatre->pair.client.viewer.repeated_packets, 0);
    close_theatre(theatre);
}

static bool
has_answers(void *arg)
{
    struct theatre *theatre = arg;
    return atomic_load(&theatre->answers) == SWITCHES;
}

static void
packets_of_the_level_before_come_again_after_the_switch(void **state)
{
    struct theatre *theatre = g_new0(struct theatre, 1);
    (void) state;
    theatre->asks_for_old_level = true;
    open_theatre(theatre, &(struct pair_params){ .has_no_rtx = false });
    switch_again_and_again(theatre);
    assert_true(bench_run(&theatre->bench, has_answers, theatre));
    close_pair(theatre);
    // On a slow machine a pause among the frames brings a last packet once more by itself.
    assert_true(theatre->pair.client.viewer.repeated_packets >= SWITCHES);
    close_theatre(theatre);
}

static void
choose_another(void *arg)
{
    struct theatre *theatre = arg;
    select_level(theatre, ++theatre->choices % STUDIO_LEVELS);
    if (theatre->choices < QUICK_CHOICES) {
        hp_timer_start(&theatre->quick, QUICK_US);
    }
}

static bool
shows_last_choice(void *arg)
{
    struct theatre *theatre = arg;
    return theatre->choices == QUICK_CHOICES && shows_wanted(theatre);
}

static void
choose_quickly(void (*open)(struct theatre *theatre, const struct pair_params *changes))
{
    struct theatre *theatre = g_new0(struct theatre, 1);
    open(theatre, &(struct pair_params){ .has_no_rtx = false });
    hp_timer_init(&theatre->quick, theatre->bench.home, choose_another, theatre);
    choose_another(theatre);
    assert_true(bench_run(&theatre->bench, shows_last_choice, theatre));
    for (unsigned i = 0; i < QUICK_CHOICES; i++) { // and all of them at once
        select_level(theatre, i % STUDIO_LEVELS);
    }
    assert_int_equal(theatre->wanted, 1);
    assert_true(bench_run(&theatre->bench, shows_wanted, theatre));
    assert_in_range(atomic_load(&theatre->switches), 1, QUICK_CHOICES);
    close_theatre(theatre);
}

static void
choices_that_are_quicker_than_keyframes_do_no_harm(void **state)
{
    (void) state;
    choose_quickly(open_theatre);
}

static void
choices_that_are_quicker_than_keyframes_do_no_harm_on_a_lossy_way(void **state)
{
    (void) state;
    choose_quickly(open_lossy_theatre);
}

static bool
has_more_frames(void *arg)
{
    struct theatre *theatre = arg;
    return atomic_load(&theatre->frames) >= 3 * ENOUGH_FRAMES;
}

static void
a_level_that_does_not_exist_changes_nothing(void **state)
{
    struct theatre *theatre = g_new0(struct theatre, 1);
    (void) state;
    open_theatre(theatre, &(struct pair_params){ .has_no_rtx = false });
    hp_peer_select_level(theatre->pair.server.peer, HP_TRACK_VIDEO, STUDIO_LEVELS);
    assert_true(bench_run(&theatre->bench, has_more_frames, theatre));
    assert_int_equal(atomic_load(&theatre->switches), 0);
    close_theatre(theatre);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_viewer_is_switched_and_sees_every_frame),
        cmocka_unit_test(a_viewer_is_switched_on_a_lossy_way),
        cmocka_unit_test(a_viewer_is_switched_on_a_lossy_way_without_rtx),
        cmocka_unit_test(packets_of_the_level_before_come_again_after_the_switch),
        cmocka_unit_test(choices_that_are_quicker_than_keyframes_do_no_harm),
        cmocka_unit_test(choices_that_are_quicker_than_keyframes_do_no_harm_on_a_lossy_way),
        cmocka_unit_test(a_level_that_does_not_exist_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
