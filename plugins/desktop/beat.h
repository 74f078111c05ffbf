// beat.h - when the capture pushes a picture: soon after a change, but only so many a second; some
// times more when the motion has stopped, for the encoder to refine it; and now and then while
// nothing moves. A browser that has seen no picture for 3 s asks for a keyframe, which is a hundred
// times as large as a repeated picture. And some clients show a picture only when the first packet
// of the next one has come.
// Embedded in hp_capture. Pure: all times are in microseconds of one clock.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    // Late enough for most of what people do, since a repeat that is on its way delays a change;
    // and early enough for a newcomer who waits for the second picture.
    HP_BEAT_REFINE_US = 400 * 1000,
    // An encoder gives each picture the same share of its bitrate, however long ago the last one
    // was: text that has scrolled takes it several pictures to be sharp. All come within a second.
    HP_BEAT_REFINE_STEP_US = 100 * 1000,
    HP_BEAT_REFINEMENTS = 7,
    // Twice in the 3 s, so that one may be lost.
    HP_BEAT_STILL_US = 1400 * 1000,
};

struct hp_beat {
    int64_t next_grab_us; // a change is not grabbed earlier
    int64_t repeat_us; // when the last picture is pushed again; 0: never, there is none yet
    int refinements; // of the last picture
};

// When the next push is due; INT64_MAX: never. A change is pushed instead of a repeat.
int64_t hp_beat_get_due(const struct hp_beat *beat, bool is_damaged);

// A change is being grabbed; the next one follows `period_us` later at the earliest, without drift
// while changes come faster than that.
void hp_beat_note_grab(struct hp_beat *beat, int64_t now_us, int64_t period_us);

// A picture is being pushed: one that someone has not seen yet (a change, a keyframe), or a repeat.
void hp_beat_note_picture(struct hp_beat *beat, int64_t now_us);
void hp_beat_note_repeat(struct hp_beat *beat, int64_t now_us);
