// test_beat.c - when the capture pushes a picture.
#include "beat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
    PERIOD_US = 16667, // 60 pictures a second
    BROWSER_PATIENCE_US = 3000 * 1000, // of libwebrtc, before it asks for a keyframe
    MINUTE_US = 60 * 1000 * 1000,
};

static void
nothing_is_repeated_before_the_first_picture(void **state)
{
    struct hp_beat beat = { 0 };
    (void) state;
    assert_true(hp_beat_get_due(&beat, false) == INT64_MAX);
    assert_true(hp_beat_get_due(&beat, true) == 0);
}

static void
changes_come_at_the_rate_without_drift(void **state)
{
    struct hp_beat beat = { 0 };
    (void) state;
    hp_beat_note_grab(&beat, 1000000, PERIOD_US);
    assert_true(hp_beat_get_due(&beat, true) == 1000000 + PERIOD_US);
    hp_beat_note_grab(&beat, 1000000 + PERIOD_US + 900, PERIOD_US); // the thread was late
    assert_true(hp_beat_get_due(&beat, true) == 1000000 + 2 * PERIOD_US);
    hp_beat_note_grab(&beat, 5000000, PERIOD_US); // after a rest a new beat begins
    assert_true(hp_beat_get_due(&beat, true) == 5000000 + PERIOD_US);
}

static void
refinements_follow_a_picture_and_then_repeats_before_a_browser_asks(void **state)
{
    struct hp_beat beat = { 0 };
    int64_t now_us = 1000000;
    int repeats = 0;
    (void) state;
    hp_beat_note_picture(&beat, now_us);
    assert_true(hp_beat_get_due(&beat, false) == now_us + HP_BEAT_REFINE_US);
    while (hp_beat_get_due(&beat, false) < 1000000 + MINUTE_US) {
        int64_t due_us = hp_beat_get_due(&beat, false);
        assert_true(2 * (due_us - now_us) < BROWSER_PATIENCE_US); // also when one is lost
        now_us = due_us;
        hp_beat_note_repeat(&beat, now_us);
        repeats++;
    }
    assert_int_equal(repeats, 49); // 7 from 0.4 to 1.0 s, then every 1.4 s
}

// Repeats the picture whenever that is due before `end_us`; how often that was.
static int
repeat_until(struct hp_beat *beat, int64_t end_us)
{
    int repeats = 0;
    for (int64_t due_us; (due_us = hp_beat_get_due(beat, false)) < end_us; repeats++) {
        hp_beat_note_repeat(beat, due_us);
    }
    return repeats;
}

static void
a_picture_is_refined_within_a_second_and_a_change_begins_anew(void **state)
{
    struct hp_beat beat = { 0 };
    (void) state;
    hp_beat_note_picture(&beat, 1000000);
    assert_int_equal(repeat_until(&beat, 1650000), 3); // after 400, 500 and 600 ms
    hp_beat_note_picture(&beat, 1650000);
    assert_int_equal(repeat_until(&beat, 2650000), 6);
    assert_int_equal(repeat_until(&beat, 2650001), 1);
    assert_int_equal(repeat_until(&beat, 2650000 + HP_BEAT_STILL_US), 0); // then it rests
}

static void
a_change_drops_the_repeat_that_was_due(void **state)
{
    struct hp_beat beat = { 0 };
    (void) state;
    hp_beat_note_grab(&beat, 1000000, PERIOD_US);
    hp_beat_note_picture(&beat, 1000000);
    int64_t change_us = 1000000 + HP_BEAT_REFINE_US - 1;
    assert_true(hp_beat_get_due(&beat, true) < change_us); // the change is due at once
    hp_beat_note_grab(&beat, change_us, PERIOD_US);
    hp_beat_note_picture(&beat, change_us);
    assert_true(hp_beat_get_due(&beat, false) == change_us + HP_BEAT_REFINE_US);
}

// Typing and a blinking cursor, at any interval up to 390 ms: each repeat would delay a change.
static void
no_repeat_comes_between_frequent_changes(void **state)
{
    struct hp_beat beat = { 0 };
    (void) state;
    for (int64_t now_us = 1000000; now_us < MINUTE_US; now_us += 390 * 1000) {
        assert_true(hp_beat_get_due(&beat, false) > now_us);
        hp_beat_note_grab(&beat, now_us, PERIOD_US);
        hp_beat_note_picture(&beat, now_us);
    }
}

static void
a_second_picture_follows_a_keyframe_within_a_second(void **state)
{
    struct hp_beat beat = { 0 };
    (void) state;
    hp_beat_note_picture(&beat, 1000000);
    hp_beat_note_repeat(&beat, 1400000);
    hp_beat_note_picture(&beat, 1500000); // a newcomer's keyframe
    assert_true(hp_beat_get_due(&beat, false) <= 1500000 + 1000 * 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_repeated_before_the_first_picture),
        cmocka_unit_test(changes_come_at_the_rate_without_drift),
        cmocka_unit_test(refinements_follow_a_picture_and_then_repeats_before_a_browser_asks),
        cmocka_unit_test(a_picture_is_refined_within_a_second_and_a_change_begins_anew),
        cmocka_unit_test(a_change_drops_the_repeat_that_was_due),
        cmocka_unit_test(no_repeat_comes_between_frequent_changes),
        cmocka_unit_test(a_second_picture_follows_a_keyframe_within_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
