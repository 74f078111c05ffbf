// beat.c - when the capture pushes a picture.
// Owner: hp_capture. Thread: its streaming thread.
#include "beat.h"

int64_t
hp_beat_get_due(const struct hp_beat *beat, bool is_damaged)
{
    if (is_damaged) {
        return beat->next_grab_us;
    }
    return beat->repeat_us == 0 ? INT64_MAX : beat->repeat_us;
}

void
hp_beat_note_grab(struct hp_beat *beat, int64_t now_us, int64_t period_us)
{
    bool is_on_beat = now_us - beat->next_grab_us < period_us;
    beat->next_grab_us = (is_on_beat ? beat->next_grab_us : now_us) + period_us;
}

void
hp_beat_note_picture(struct hp_beat *beat, int64_t now_us)
{
    beat->repeat_us = now_us + HP_BEAT_REFINE_US;
    beat->refinements = 0;
}

void
hp_beat_note_repeat(struct hp_beat *beat, int64_t now_us)
{
    if (beat->refinements < HP_BEAT_REFINEMENTS) {
        beat->refinements++;
    }
    bool is_refined = beat->refinements == HP_BEAT_REFINEMENTS;
    beat->repeat_us = now_us + (is_refined ? HP_BEAT_STILL_US : HP_BEAT_REFINE_STEP_US);
}
