// streams.h - the room's encoders: one per configured codec, made from the plugins' sources. Main
// thread; find() is for any.
#pragma once

#include <stdbool.h>

#include "base/frame.h"
#include "media/encoder.h"

struct hp_encoder;
struct hp_plugin_source;
struct hp_streams;
struct hp_worker;

struct hp_streams_params {
    struct hp_worker *home;
    struct hp_worker *const *workers; // copied
    unsigned worker_count;
    const enum hp_codec *codecs; // copied
    unsigned codec_count;
    unsigned processors; // of this machine; 0: not known
    // Makes the text of a pipeline from a source's head; NULL: the reason has been logged. The text
    // is freed with g_free(). `threads`: of an encoder of VP8. *is_damage_driven: whether the head
    // is; to be set to false if the text does not contain the head.
    char *(*make_pipeline)(void *arg, enum hp_codec codec, const char *head, unsigned threads,
            bool *is_damage_driven);
    void *make_pipeline_arg;
};

struct hp_streams_cbs {
    // The first source of a kind has come, and its streams can be found from now on.
    void (*on_source)(void *arg, enum hp_track_kind kind);
    // `reason` is a sentence when the state is FAILED, else NULL.
    void (*on_state)(
            void *arg, enum hp_codec codec, enum hp_encoder_state state, const char *reason);
    void (*on_closed)(void *arg); // the echo of hp_streams_close(); the streams have been freed
};

// Owner: hp_room, until on_closed. Never NULL.
struct hp_streams *hp_streams_create(
        const struct hp_streams_params *params, const struct hp_streams_cbs *cbs, void *arg);
void hp_streams_close(struct hp_streams *streams); // to be called after all peers are closed

// False: the name is taken, or there are too many sources.
bool hp_streams_add_source(struct hp_streams *streams, const struct hp_plugin_source *source);
void hp_streams_restart_source(struct hp_streams *streams, const char *name);

// A value that a text may contain (the screen's size) has changed: restarts the streams whose text
// is different now.
void hp_streams_refresh(struct hp_streams *streams);

bool hp_streams_has_kind(const struct hp_streams *streams, enum hp_track_kind kind);
// The name by which viewers choose a video; NULL: there is no video yet.
const char *hp_streams_video_name(const struct hp_streams *streams);
// Why the stream of a codec is broken now; NULL: it is not broken.
const char *hp_streams_failure(const struct hp_streams *streams, enum hp_codec codec);

// Main thread. The encoder of the best stream of that kind, or of the codec with that name. NULL:
// there is no such stream (yet), or `streams` is NULL. Valid until on_closed.
struct hp_encoder *hp_streams_choose(
        const struct hp_streams *streams, enum hp_track_kind kind, const char *codec);

// Any thread. NULL: there is no such stream (yet), or no such level; every stream has level 0 only.
// Valid until on_closed.
struct hp_encoder *hp_streams_find(
        const struct hp_streams *streams, enum hp_codec codec, unsigned level);
