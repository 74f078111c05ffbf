// taps.c - the taps of one plugin: the streams of which the plugin gets frames.
// Owner: hp_host.  Thread: main; on_frame on a worker.
#include "plugin/taps.h"

#include <stddef.h>

static void
on_frame(void *arg, const struct hp_plugin_frame *frame)
{
    const struct hp_taps_slot *slot = arg;
    slot->frames.on_frame(slot->arg, frame);
}

static void
on_closed(void *arg)
{
    struct hp_taps_slot *slot = arg;
    struct hp_taps *taps = slot->taps;
    void (*told)(void *arg) = slot->frames.on_closed;
    void *told_arg = slot->arg;
    *slot = (struct hp_taps_slot){ .id = 0 };
    if (told != NULL) {
        told(told_arg);
    }
    taps->on_ended(taps->arg);
}

static const struct hp_tap_cbs tap_cbs = { .on_frame = on_frame, .on_closed = on_closed };

static struct hp_taps_slot *
find_slot(struct hp_taps *taps, uint32_t id)
{
    for (unsigned i = 0; i < HP_TAPS_MAX; i++) {
        if (taps->slots[i].id == id) {
            return &taps->slots[i];
        }
    }
    return NULL;
}

uint32_t
hp_taps_open(struct hp_taps *taps, enum hp_source_kind kind, const struct hp_plugin_frames *frames,
        void *arg)
{
    struct hp_taps_slot *slot = find_slot(taps, 0);
    if (slot == NULL || taps->is_ending || taps->ops == NULL) {
        return 0;
    }
    // Before the tap is opened, since a frame may come at once, on a worker.
    *slot = (struct hp_taps_slot){ .taps = taps, .frames = *frames, .arg = arg };
    slot->frames.codec = NULL; // it was borrowed
    slot->tap = taps->ops->open(taps->ops_arg, kind, frames->codec, &tap_cbs, slot);
    if (slot->tap == NULL) {
        return 0;
    }
    do {
        taps->last_id++;
    } while (taps->last_id == 0 || find_slot(taps, taps->last_id) != NULL);
    slot->id = taps->last_id;
    return slot->id;
}

void
hp_taps_close(struct hp_taps *taps, uint32_t id)
{
    struct hp_taps_slot *slot = id == 0 ? NULL : find_slot(taps, id);
    if (slot != NULL && !slot->is_closing) {
        slot->is_closing = true;
        taps->ops->close(slot->tap);
    }
}

void
hp_taps_end(struct hp_taps *taps)
{
    taps->is_ending = true;
    for (unsigned i = 0; i < HP_TAPS_MAX; i++) {
        hp_taps_close(taps, taps->slots[i].id);
    }
}

bool
hp_taps_are_closed(const struct hp_taps *taps)
{
    for (unsigned i = 0; i < HP_TAPS_MAX; i++) {
        if (taps->slots[i].id != 0) {
            return false;
        }
    }
    return true;
}
