// streams.c - the room's encoders: one per configured codec, made from the plugins' sources.
// Owner: hp_room.  Thread: main; find() is for any.
#include "media/streams.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "streams"
#include "base/clock.h"
#include "base/log.h"
#include "base/plugin.h"
#include "base/worker.h"
#include "media/meter.h"
#include "media/threads.h"

enum {
    MAX_SOURCES = 16,
    MAX_REASON = 200
};

struct source {
    enum hp_track_kind kind;
    char *name, *head;
    bool is_damage_driven;
};

// The stream of one codec.
struct stream {
    struct hp_streams *streams;
    uint16_t number; // the number in its frames, from 1 on
    enum hp_codec codec;
    const struct source *source;
    _Atomic(struct hp_encoder *) encoder; // written once by main, read by workers
    bool is_open;
    enum hp_encoder_state state;
    char *pipeline; // its text
    struct hp_threads threads; // of VP8
    char *reason; // why the stream failed; NULL: it has not
};

struct hp_streams {
    struct hp_worker *home;
    struct hp_worker **workers;
    unsigned worker_count;
    enum hp_codec codecs[HP_CODECS];
    unsigned codec_count;
    char *(*make_pipeline)(void *arg, enum hp_codec codec, const char *head, unsigned threads,
            bool *is_damage_driven);
    void *make_pipeline_arg;
    const struct hp_streams_cbs *cbs;
    void *cbs_arg;
    GPtrArray *sources;
    struct stream streams[HP_CODECS]; // indexed by codec
    bool is_closing;
};

static void
source_free(void *data)
{
    struct source *source = data;
    g_free(source->name);
    g_free(source->head);
    g_free(source);
}

struct hp_streams *
hp_streams_create(
        const struct hp_streams_params *params, const struct hp_streams_cbs *cbs, void *arg)
{
    assert(params->codec_count <= HP_CODECS);
    struct hp_streams *streams = g_new0(struct hp_streams, 1);
    streams->home = params->home;
    streams->workers = g_memdup2(params->workers, params->worker_count * sizeof(*params->workers));
    streams->worker_count = params->worker_count;
    streams->codec_count = params->codec_count;
    memcpy(streams->codecs, params->codecs, params->codec_count * sizeof(*params->codecs));
    streams->make_pipeline = params->make_pipeline;
    streams->make_pipeline_arg = params->make_pipeline_arg;
    streams->cbs = cbs;
    streams->cbs_arg = arg;
    streams->sources = g_ptr_array_new_with_free_func(source_free);
    for (unsigned i = 0; i < HP_CODECS; i++) {
        streams->streams[i].streams = streams;
        streams->streams[i].codec = (enum hp_codec) i;
        streams->streams[i].number = (uint16_t) (i + 1);
        hp_threads_init(&streams->streams[i].threads, params->processors);
    }
    return streams;
}

static bool
is_any_open(const struct hp_streams *streams)
{
    for (unsigned i = 0; i < HP_CODECS; i++) {
        if (streams->streams[i].is_open) {
            return true;
        }
    }
    return false;
}

static void
finish_close(void *arg)
{
    struct hp_streams *streams = arg;
    if (!streams->is_closing || is_any_open(streams)) {
        return;
    }
    streams->cbs->on_closed(streams->cbs_arg);
    for (unsigned i = 0; i < HP_CODECS; i++) {
        g_free(streams->streams[i].reason);
        g_free(streams->streams[i].pipeline);
    }
    g_ptr_array_free(streams->sources, TRUE);
    g_free(streams->workers);
    g_free(streams);
}

static void
on_state(void *arg, enum hp_encoder_state state, const char *reason)
{
    struct stream *stream = arg;
    struct hp_streams *streams = stream->streams;
    if (streams->is_closing) {
        return;
    }
    stream->state = state;
    g_free(stream->reason);
    stream->reason = NULL;
    if (state == HP_ENCODER_FAILED) {
        const char *text = reason != NULL ? reason : "";
        stream->reason = g_utf8_make_valid(text, (gssize) strnlen(text, MAX_REASON));
        if (strlen(stream->reason) == 0) {
            g_free(stream->reason);
            stream->reason = g_strdup("the pipeline has failed: the server's log says why");
        }
    }
    streams->cbs->on_state(streams->cbs_arg, stream->codec, state, stream->reason);
}

static void
on_closed(void *arg)
{
    struct stream *stream = arg;
    stream->is_open = false;
    finish_close(stream->streams);
}

// Makes the text of a pipeline; free it with g_free(). NULL: the reason has been logged.
static char *
make_pipeline(const struct stream *stream, const struct source *source, bool *is_damage_driven)
{
    const struct hp_streams *streams = stream->streams;
    *is_damage_driven = source->is_damage_driven;
    return streams->make_pipeline(streams->make_pipeline_arg, stream->codec, source->head,
            stream->threads.count, is_damage_driven);
}

// Restarts a stream whose text has changed, or any one if `is_wanted`. If no text can be made, the
// old text stays.
static void
restart(struct stream *stream, bool is_wanted)
{
    bool is_damage_driven; // not used: the value from the opening stays in force
    char *pipeline = make_pipeline(stream, stream->source, &is_damage_driven);
    if (is_wanted || (pipeline != NULL && strcmp(pipeline, stream->pipeline) != 0)) {
        hp_encoder_restart(atomic_load(&stream->encoder), pipeline);
    }
    if (pipeline != NULL) {
        g_free(stream->pipeline);
        stream->pipeline = pipeline;
    }
}

static void
on_effort(void *arg, const struct hp_effort *effort)
{
    struct stream *stream = arg;
    if (stream->streams->is_closing
            || !hp_threads_note(&stream->threads, effort, hp_clock_now_us())) {
        return;
    }
    log_info("%s: a picture takes %.1f ms with %u threads, a new one may come every %.1f ms: goes "
             "on with %u",
            hp_codec_name(stream->codec), (double) effort->p95_us / 1e3, effort->threads,
            (double) effort->interval_us / 1e3, stream->threads.count);
    restart(stream, false);
}

static const struct hp_encoder_cbs encoder_cbs = {
    .on_state = on_state,
    .on_effort = on_effort,
    .on_closed = on_closed,
};

static void
open_stream(struct hp_streams *streams, struct stream *stream, const struct source *source)
{
    bool is_damage_driven;
    char *pipeline = make_pipeline(stream, source, &is_damage_driven);
    if (pipeline == NULL) {
        stream->reason = g_strdup("The server has no pipeline for this codec.");
        return;
    }
    char *name = g_strdup_printf("%s/%s", source->name, hp_codec_name(stream->codec));
    struct hp_encoder *encoder = hp_encoder_create(
            &(struct hp_encoder_params){
                    .name = name,
                    .id = { .stream = stream->number, .level = 0 },
                    .codec = stream->codec,
                    .pipeline = pipeline,
                    .is_damage_driven = is_damage_driven,
                    .home = streams->home,
                    .workers = streams->workers,
                    .worker_count = streams->worker_count,
            },
            &encoder_cbs, stream);
    if (encoder != NULL) {
        stream->source = source;
        stream->is_open = true;
        stream->pipeline = g_steal_pointer(&pipeline);
        atomic_store(&stream->encoder, encoder);
    } else {
        stream->reason = g_strdup("The server cannot encode this codec.");
    }
    g_free(name);
    g_free(pipeline);
}

static struct source *
find_source(const struct hp_streams *streams, const char *name)
{
    for (unsigned i = 0; i < streams->sources->len; i++) {
        struct source *source = g_ptr_array_index(streams->sources, i);
        if (strcmp(source->name, name) == 0) {
            return source;
        }
    }
    return NULL;
}

bool
hp_streams_add_source(struct hp_streams *streams, const struct hp_plugin_source *params)
{
    if (streams->is_closing || find_source(streams, params->name) != NULL
            || streams->sources->len >= MAX_SOURCES) {
        return false;
    }
    struct source *source = g_new0(struct source, 1);
    source->kind = params->kind == HP_SOURCE_VIDEO ? HP_TRACK_VIDEO : HP_TRACK_AUDIO;
    source->name = g_strdup(params->name);
    source->head = g_strdup(params->head);
    source->is_damage_driven = params->is_damage_driven;
    bool is_first = !hp_streams_has_kind(streams, source->kind);
    g_ptr_array_add(streams->sources, source);
    log_info("source %s (%s)%s", source->name, source->kind == HP_TRACK_VIDEO ? "video" : "audio",
            is_first ? "" : ", not in use");
    if (!is_first) {
        return true;
    }
    for (unsigned i = 0; i < streams->codec_count; i++) {
        if (hp_codec_kind(streams->codecs[i]) == source->kind) {
            open_stream(streams, &streams->streams[streams->codecs[i]], source);
        }
    }
    streams->cbs->on_source(streams->cbs_arg, source->kind);
    return true;
}

void
hp_streams_restart_source(struct hp_streams *streams, const char *name)
{
    const struct source *source = find_source(streams, name);
    for (unsigned i = 0; source != NULL && !streams->is_closing && i < HP_CODECS; i++) {
        struct stream *stream = &streams->streams[i];
        if (stream->is_open && stream->source == source) {
            restart(stream, true);
        }
    }
}

void
hp_streams_refresh(struct hp_streams *streams)
{
    for (unsigned i = 0; !streams->is_closing && i < HP_CODECS; i++) {
        if (streams->streams[i].is_open) {
            restart(&streams->streams[i], false);
        }
    }
}

void
hp_streams_close(struct hp_streams *streams)
{
    streams->is_closing = true;
    for (unsigned i = 0; i < HP_CODECS; i++) {
        if (streams->streams[i].is_open) {
            hp_encoder_close(atomic_load(&streams->streams[i].encoder));
        }
    }
    if (!is_any_open(streams)) {
        hp_worker_post(streams->home, finish_close, streams);
    }
}

bool
hp_streams_has_kind(const struct hp_streams *streams, enum hp_track_kind kind)
{
    for (unsigned i = 0; i < streams->sources->len; i++) {
        const struct source *source = g_ptr_array_index(streams->sources, i);
        if (source->kind == kind) {
            return true;
        }
    }
    return false;
}

const char *
hp_streams_video_name(const struct hp_streams *streams)
{
    for (unsigned i = 0; i < streams->sources->len; i++) {
        const struct source *source = g_ptr_array_index(streams->sources, i);
        if (source->kind == HP_TRACK_VIDEO) {
            return source->name;
        }
    }
    return NULL;
}

const char *
hp_streams_failure(const struct hp_streams *streams, enum hp_codec codec)
{
    return streams->streams[codec].reason;
}

struct hp_encoder *
hp_streams_find(const struct hp_streams *streams, enum hp_codec codec, unsigned level)
{
    if (level != 0) {
        return NULL;
    }
    return atomic_load(&((struct hp_streams *) streams)->streams[codec].encoder);
}

struct hp_encoder *
hp_streams_choose(const struct hp_streams *streams, enum hp_track_kind kind, const char *codec)
{
    for (unsigned i = 0; streams != NULL && i < streams->codec_count; i++) {
        enum hp_codec known = streams->codecs[i];
        struct hp_encoder *encoder = hp_streams_find(streams, known, 0);
        if (hp_codec_kind(known) == kind && encoder != NULL
                && (codec == NULL || g_ascii_strcasecmp(codec, hp_codec_name(known)) == 0)) {
            return encoder;
        }
    }
    return NULL;
}
