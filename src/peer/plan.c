// plan.c - all m-lines of a connection as they were agreed or offered.
// Owner: hp_dialog.  Thread: any.
#include "peer/plan.h"

#include <stddef.h>

enum hp_track_kind
hp_section_track_kind(const struct hp_section *section)
{
    return section->kind == HP_SDP_AUDIO ? HP_TRACK_AUDIO : HP_TRACK_VIDEO;
}

static bool
is_media(const struct hp_section *section)
{
    return section->kind == HP_SDP_AUDIO || section->kind == HP_SDP_VIDEO;
}

const struct hp_section *
hp_plan_find_track(const struct hp_plan *plan, enum hp_track_kind kind)
{
    for (unsigned i = 0; i < plan->section_count; i++) {
        const struct hp_section *section = &plan->sections[i];
        if (!section->is_rejected && section->is_track && is_media(section)
                && hp_section_track_kind(section) == kind) {
            return section;
        }
    }
    return NULL;
}

const struct hp_section *
hp_plan_find_data(const struct hp_plan *plan)
{
    for (unsigned i = 0; i < plan->section_count; i++) {
        const struct hp_section *section = &plan->sections[i];
        if (!section->is_rejected && section->kind == HP_SDP_APPLICATION) {
            return section;
        }
    }
    return NULL;
}
