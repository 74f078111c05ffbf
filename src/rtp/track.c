// track.c - one track to one browser: its sender, and the levels that the sender is attached to.
// Owner: hp_tracks.  Thread: the peer's worker.
#include "rtp/track.h"

#include <glib.h>

#include "base/clock.h"
#include "base/feed.h"
#include "rtp/agreed.h"
#include "rtp/repeats.h"
#include "rtp/sender.h"

_Static_assert((int) HP_TRACK_ATTACHMENTS <= (int) HP_REPEATS_FEEDS, "repeats for each level");

static struct hp_track_attachment *
find_attachment(struct hp_track *track, unsigned level)
{
    for (unsigned i = 0; i < track->attachment_count; i++) {
        if (track->attachments[i].level == level) {
            return &track->attachments[i];
        }
    }
    return NULL;
}

static void
detach(struct hp_track *track, struct hp_track_attachment *attachment)
{
    unsigned level = attachment->level;
    hp_sender_detach(track->sender, attachment->feed);
    *attachment = track->attachments[--track->attachment_count];
    track->cbs->detach(track->cbs_arg, track->codec, level, hp_sender_sink(track->sender));
}

static void
detach_all(struct hp_track *track)
{
    hp_timer_stop(&track->linger_timer);
    while (track->attachment_count > 0) {
        detach(track, &track->attachments[track->attachment_count - 1]);
    }
}

static bool
is_in_use(const struct hp_track *track, const struct hp_track_attachment *attachment)
{
    return attachment->level == track->shown_level || attachment->level == track->level;
}

// Detaches the levels whose time is over, and starts the timer for the others.
static void
end_old(void *arg)
{
    struct hp_track *track = arg;
    int64_t now_us = hp_clock_now_us();
    int64_t due_us = INT64_MAX;
    for (unsigned i = track->attachment_count; i > 0; i--) {
        struct hp_track_attachment *attachment = &track->attachments[i - 1];
        if (is_in_use(track, attachment)) {
            continue;
        }
        bool was_shown = attachment->left_us != 0;
        if (!was_shown || now_us - attachment->left_us >= HP_FEED_MEMORY_US) {
            detach(track, attachment);
        } else {
            due_us = MIN(due_us, attachment->left_us + HP_FEED_MEMORY_US);
        }
    }
    hp_timer_stop(&track->linger_timer);
    if (due_us != INT64_MAX) {
        hp_timer_start(&track->linger_timer, due_us - now_us);
    }
}

// The sender calls this from inside a push, where no sink may be detached.
static void
on_switched(void *arg)
{
    struct hp_track *track = arg;
    find_attachment(track, track->shown_level)->left_us = hp_clock_now_us();
    track->shown_level = track->level;
    if (!hp_timer_is_running(&track->linger_timer)) {
        hp_timer_start(&track->linger_timer, HP_FEED_MEMORY_US);
    }
}

static const struct hp_sender_cbs sender_cbs = { .on_switched = on_switched };

// Detaches the level that was left the longest time ago, to make room for another one.
static void
make_room(struct hp_track *track)
{
    if (track->attachment_count < HP_TRACK_ATTACHMENTS) {
        return;
    }
    struct hp_track_attachment *oldest = NULL;
    for (unsigned i = 0; i < track->attachment_count; i++) {
        struct hp_track_attachment *attachment = &track->attachments[i];
        if (attachment->level != track->shown_level
                && (oldest == NULL || attachment->left_us < oldest->left_us)) {
            oldest = attachment;
        }
    }
    detach(track, oldest);
}

// Attaches the sender to a level. False: the stream has no such level.
static bool
attach(struct hp_track *track, unsigned level)
{
    struct hp_feed *feed = track->cbs->attach(
            track->cbs_arg, track->codec, level, hp_sender_sink(track->sender));
    if (feed == NULL) {
        return false;
    }
    make_room(track);
    track->attachments[track->attachment_count++] =
            (struct hp_track_attachment){ .feed = feed, .level = level };
    hp_sender_attach(track->sender, feed);
    return true;
}

// Attaches the chosen level, or the first one where this codec does not have the chosen level.
static void
attach_first(struct hp_track *track, enum hp_codec codec)
{
    track->codec = codec;
    if (!attach(track, track->level)) {
        if (track->level == 0 || !attach(track, 0)) {
            return; // no such stream: no level was attached
        }
        track->level = 0;
    }
    track->shown_level = track->level;
}

void
hp_track_init(struct hp_track *track, struct hp_worker *worker, const struct hp_track_cbs *cbs,
        void *arg)
{
    *track = (struct hp_track){ .cbs = cbs, .cbs_arg = arg, .is_enabled = true };
    hp_timer_init(&track->linger_timer, worker, end_old, track);
}

void
hp_track_finish(struct hp_track *track)
{
    detach_all(track);
    hp_sender_destroy(track->sender);
}

void
hp_track_apply(struct hp_track *track, const struct hp_agreed *agreed,
        const struct hp_sender_params *params)
{
    track->is_wanted = agreed->is_wanted;
    if (!agreed->is_wanted) {
        detach_all(track);
        return;
    }
    if (track->codec != agreed->codec) {
        detach_all(track);
    }
    if (track->sender == NULL) {
        track->sender = hp_sender_create(params, &sender_cbs, track);
        hp_sender_enable(track->sender, track->is_enabled && !track->is_paused);
    }
    hp_sender_configure(track->sender, agreed);
    if (!hp_track_is_attached(track)) {
        attach_first(track, agreed->codec);
    }
}

bool
hp_track_select_level(struct hp_track *track, unsigned level)
{
    if (!hp_track_is_attached(track)) {
        track->level = level;
        return true; // the level is tried when the track is attached
    }
    if (find_attachment(track, level) == NULL && !attach(track, level)) {
        return false;
    }
    track->level = level;
    hp_sender_select(track->sender, find_attachment(track, level)->feed);
    end_old(track);
    return true;
}

void
hp_track_enable(struct hp_track *track, bool is_enabled)
{
    track->is_enabled = is_enabled;
    if (track->sender == NULL) {
        return;
    }
    hp_sender_enable(track->sender, is_enabled && !track->is_paused);
    if (track->is_wanted && !hp_track_is_attached(track)) {
        attach_first(track, track->codec);
    }
}

void
hp_track_pause(struct hp_track *track, bool is_paused)
{
    track->is_paused = is_paused;
    if (track->sender != NULL) {
        hp_sender_enable(track->sender, track->is_enabled && !is_paused);
    }
}

bool
hp_track_is_attached(const struct hp_track *track)
{
    return track->attachment_count > 0;
}
