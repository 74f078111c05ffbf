// track.h - one track to one browser: its sender, and the levels of a stream that the sender is
// attached to. Part of hp_tracks; on the peer's worker.
//
//   attach --> shown --another level's keyframe--> lingers (is still repeated) --> detach
//                ^                                    |
//                '------------- selected again -------'
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"
#include "base/timer.h"

struct hp_agreed;
struct hp_feed;
struct hp_sender;
struct hp_sender_params;
struct hp_sink;

enum {
    HP_TRACK_ATTACHMENTS = 3, // the shown level, the wanted level, and one that lingers
};

struct hp_track_cbs {
    // Lets frames of that codec at that level flow into the sink, beginning after this call.
    // Returns the line back, which is valid until detach; NULL: there is no such level.
    struct hp_feed *(*attach)(
            void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink);
    // Called once for every attach that did not return NULL.
    void (*detach)(void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink);
};

struct hp_track_attachment {
    struct hp_feed *feed;
    unsigned level;
    int64_t left_us; // when another level became the shown one, hp_clock; 0: never shown
};

struct hp_track {
    const struct hp_track_cbs *cbs;
    void *cbs_arg;
    struct hp_sender *sender; // NULL: the track was never agreed
    bool is_enabled, is_paused;
    bool is_wanted; // as it was agreed
    enum hp_codec codec; // of all attachments
    unsigned level; // the wanted one
    unsigned shown_level; // differs from `level` only until the keyframe of that level
    struct hp_track_attachment attachments[HP_TRACK_ATTACHMENTS];
    unsigned attachment_count; // 0: the track is not attached
    struct hp_timer linger_timer; // runs while a level lingers
};

// Initialises a track without attachments. `cbs` stays valid.
void hp_track_init(struct hp_track *track, struct hp_worker *worker,
        const struct hp_track_cbs *cbs, void *arg);

// Detaches all levels and destroys the sender.
void hp_track_finish(struct hp_track *track);

// Takes over what was agreed: attaches, changes or detaches. The first agreement creates the sender
// from `params`.
void hp_track_apply(struct hp_track *track, const struct hp_agreed *agreed,
        const struct hp_sender_params *params);

// Shows another level from its next keyframe on; the present one flows until then. The choice also
// holds for later attachments. False: there is no such level, and nothing changes.
bool hp_track_select_level(struct hp_track *track, unsigned level);

// Lets frames flow, or pauses. What is wanted and was not attached, since its stream was not there
// yet, is tried again.
void hp_track_enable(struct hp_track *track, bool is_enabled);

// Lets nothing flow, however the track is enabled, or as it is enabled.
void hp_track_pause(struct hp_track *track, bool is_paused);

bool hp_track_is_attached(const struct hp_track *track);
