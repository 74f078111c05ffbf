// history.c - the last frames of a level, found by packet number, for retransmissions.
// Owner: hp_fanout_end.  Thread: its worker.
#include "media/history.h"

#include "base/feed.h"
#include "base/frame.h"

enum {
    MAX_SIZE = 4 * 1024 * 1024, // bytes: 1.5 s of 20 Mbit/s
};

static struct hp_frame *
frame_at(const struct hp_history *history, unsigned index)
{
    return history->frames[(history->first + index) % HP_HISTORY_FRAMES];
}

static void
drop_oldest(struct hp_history *history)
{
    struct hp_frame *frame = frame_at(history, 0);
    history->size -= frame->size;
    history->first = (history->first + 1) % HP_HISTORY_FRAMES;
    history->count--;
    hp_frame_unref(frame);
}

// The newest frame stays, whatever its size is.
static void
trim(struct hp_history *history, const struct hp_frame *newest)
{
    while (history->count > 0) {
        const struct hp_frame *oldest = frame_at(history, 0);
        bool is_old = newest->capture_us - oldest->capture_us > HP_FEED_MEMORY_US;
        bool is_full =
                history->count == HP_HISTORY_FRAMES || history->size + newest->size > MAX_SIZE;
        if (!is_old && !is_full) {
            return;
        }
        drop_oldest(history);
    }
}

void
hp_history_add(struct hp_history *history, const struct hp_frame *frame)
{
    trim(history, frame);
    unsigned index = (history->first + history->count) % HP_HISTORY_FRAMES;
    history->frames[index] = hp_frame_ref(frame);
    history->size += frame->size;
    history->count++;
}

const struct hp_frame *
hp_history_find(const struct hp_history *history, uint64_t number)
{
    unsigned low = 0, high = history->count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        const struct hp_frame *frame = frame_at(history, middle);
        if (number < frame->first_packet) {
            high = middle;
        } else if (number >= frame->first_packet + frame->packet_count) {
            low = middle + 1;
        } else {
            return frame;
        }
    }
    return NULL;
}

void
hp_history_clear(struct hp_history *history)
{
    while (history->count > 0) {
        drop_oldest(history);
    }
}
