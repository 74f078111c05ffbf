// fakes.c - a peer and an encoder that only take notes, for tests of the room.
#include "fakes.h"

#include <pthread.h>
#include <string.h>

#include <assert.h>
#include <string.h>

#include <glib.h>

#include "base/feed.h"
#include "base/input.h"
#include "base/input_sink.h"
#include "base/sink.h"
#include "base/timer.h"
#include "base/worker.h"
#include "wire/packetize.h"

struct fake_counts fake_counts;
static struct fake_send last_send;
static char words[2][512]; // what fake_peer_take_words() returned last, and what came since
static struct hp_peer *last_peer;
static struct hp_encoder *last_encoder;

struct hp_peer {
    struct hp_peer_params params;
    enum hp_codec codecs[HP_CODECS];
    const struct hp_peer_cbs *cbs;
    void *arg;
    struct hp_sink sink;
    struct hp_timer frames; // worker: a frame each millisecond while attached
    bool is_answered, is_attached, is_closed;
};

struct note {
    struct hp_peer *peer;
    enum hp_peer_state state;
    enum hp_status status;
    struct hp_input input;
    char *a, *b;
    bool flag;
};

static void
push(struct hp_sink *sink, const struct hp_frame *frame)
{
    (void) sink;
    (void) frame;
    atomic_fetch_add(&fake_counts.frames, 1);
}

static const struct hp_sink_ops sink_ops = { .push = push };

static void
post(struct hp_peer *peer, struct hp_worker *worker, hp_task_fn fn, struct note note)
{
    struct note *copy = g_memdup2(&note, sizeof(note));
    copy->peer = peer;
    hp_worker_post(worker, fn, copy);
}

static void
note_free(struct note *note)
{
    g_free(note->a);
    g_free(note->b);
    g_free(note);
}

static void
on_frame(void *arg)
{
    struct hp_peer *peer = arg;
    peer->sink.ops->push(&peer->sink, NULL);
    hp_timer_start(&peer->frames, 1000);
}

struct hp_peer *
hp_peer_create(const struct hp_peer_params *params, const struct hp_peer_cbs *cbs, void *arg)
{
    struct hp_peer *peer = g_new0(struct hp_peer, 1);
    peer->params = *params;
    memcpy(peer->codecs, params->codecs, params->codec_count * sizeof(*params->codecs));
    peer->cbs = cbs;
    peer->arg = arg;
    peer->sink.ops = &sink_ops;
    hp_timer_init(&peer->frames, params->worker, on_frame, peer);
    last_peer = peer;
    atomic_fetch_add(&fake_counts.peers_created, 1);
    int alive = atomic_fetch_add(&fake_counts.peers_alive, 1) + 1;
    if (alive > atomic_load(&fake_counts.peers_alive_max)) {
        atomic_store(&fake_counts.peers_alive_max, alive);
    }
    return peer;
}

static void __attribute__((format(printf, 1, 2)))
note_words(const char *format, ...)
{
    char line[128];
    va_list args;
    va_start(args, format);
    g_vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    g_strlcat(words[1], line, sizeof(words[1]));
}

const char *
fake_peer_take_words(void)
{
    memcpy(words[0], words[1], sizeof(words[0]));
    words[1][0] = '\0';
    return words[0];
}

static void
run_describe(void *arg)
{
    struct note *note = arg;
    note->peer->cbs->on_description(note->peer->arg, note->a, note->b);
    note_free(note);
}

void
fake_peer_describe(struct hp_peer *peer, const char *type, const char *sdp)
{
    post(peer, peer->params.home, run_describe,
            (struct note){ .a = g_strdup(type), .b = g_strdup(sdp) });
}

static void
run_candidate(void *arg)
{
    struct note *note = arg;
    note->peer->cbs->on_candidate(note->peer->arg, note->a, "0", 0);
    note_free(note);
}

void
fake_peer_find_candidate(struct hp_peer *peer, const char *candidate)
{
    post(peer, peer->params.home, run_candidate, (struct note){ .a = g_strdup(candidate) });
}

static void
run_offer(void *arg)
{
    struct note *note = arg;
    fake_peer_describe(note->peer, "offer", note->flag ? "v=restart" : "v=0");
    note_free(note);
}

void
hp_peer_offer(struct hp_peer *peer, bool restart_ice)
{
    atomic_fetch_add(&fake_counts.restarts, restart_ice);
    note_words(restart_ice ? "restart\n" : "offer\n");
    post(peer, peer->params.worker, run_offer, (struct note){ .flag = restart_ice });
}

// Attaches what was agreed, once its stream is there.
static void
attach(struct hp_peer *peer)
{
    if (peer->is_answered && !peer->is_attached && !peer->is_closed) {
        peer->is_attached = peer->cbs->attach(peer->arg, HP_CODEC_VP8, 0, &peer->sink) != NULL;
        if (peer->is_attached) {
            hp_timer_start(&peer->frames, 1000);
        }
    }
}

static void
run_remote(void *arg)
{
    struct note *note = arg;
    struct hp_peer *peer = note->peer;
    atomic_fetch_add(&fake_counts.remotes, 1);
    if (strcmp(note->a, "offer") == 0) {
        fake_peer_describe(peer, "answer", "v=answer");
    } else {
        peer->is_answered = true;
        attach(peer);
    }
    note_free(note);
}

bool
hp_peer_set_remote(struct hp_peer *peer, const char *type, const char *sdp)
{
    note_words("remote %s %s\n", type, sdp);
    if (atomic_load(&fake_counts.is_busy)) {
        return false;
    }
    post(peer, peer->params.worker, run_remote, (struct note){ .a = g_strdup(type) });
    return true;
}

bool
hp_peer_add_candidate(struct hp_peer *peer, const char *candidate, const char *mid, int mline_index)
{
    (void) peer;
    note_words("candidate %s %s %d\n", candidate, mid != NULL ? mid : "-", mline_index);
    atomic_fetch_add(&fake_counts.candidates, 1);
    return !atomic_load(&fake_counts.is_busy);
}

static void
run_enable(void *arg)
{
    struct note *note = arg;
    attach(note->peer);
    note_free(note);
}

void
hp_peer_enable_track(struct hp_peer *peer, enum hp_track_kind kind, bool is_enabled)
{
    if (kind == HP_TRACK_VIDEO && is_enabled) {
        post(peer, peer->params.worker, run_enable, (struct note){ .flag = true });
    }
    atomic_store(&fake_counts.track_enabled[kind], is_enabled);
    note_words("%s %s\n", kind == HP_TRACK_VIDEO ? "video" : "audio", is_enabled ? "on" : "off");
}

void
hp_peer_send(struct hp_peer *peer, const char *label, const void *data, size_t size)
{
    (void) peer;
    g_strlcpy(last_send.label, label, sizeof(last_send.label));
    memcpy(last_send.data, data, MIN(size, sizeof(last_send.data)));
    last_send.size = size;
    last_send.is_brief = false;
    atomic_fetch_add(&fake_counts.sends, 1);
}

void
hp_peer_send_here(struct hp_peer *peer, const char *label, const void *data, size_t size,
        bool is_brief)
{
    assert(hp_worker_is_current(peer->params.worker));
    hp_peer_send(peer, label, data, size);
    last_send.is_brief = is_brief;
}

const struct fake_send *
fake_peer_last_send(void)
{
    return &last_send;
}

static void
run_stats(void *arg)
{
    struct note *note = arg;
    struct hp_peer_stats stats = { .pair = "host - host" };
    note->peer->cbs->on_stats(note->peer->arg, &stats);
    note_free(note);
}

void
hp_peer_request_stats(struct hp_peer *peer)
{
    note_words("stats\n");
    post(peer, peer->params.home, run_stats, (struct note){ .flag = true });
}

static void
run_closed(void *arg)
{
    struct hp_peer *peer = arg;
    atomic_fetch_sub(&fake_counts.peers_alive, 1);
    peer->cbs->on_closed(peer->arg);
    g_free(peer);
}

static void
run_close(void *arg)
{
    struct hp_peer *peer = arg;
    hp_timer_stop(&peer->frames);
    if (peer->is_attached) {
        peer->cbs->detach(peer->arg, HP_CODEC_VP8, 0, &peer->sink);
    }
    peer->is_closed = true;
    hp_worker_post(peer->params.home, run_closed, peer);
}

void
hp_peer_close(struct hp_peer *peer)
{
    if (last_peer == peer) {
        last_peer = NULL;
    }
    hp_worker_post(peer->params.worker, run_close, peer);
}

struct hp_peer *
fake_peer_last(void)
{
    return last_peer;
}

static void
run_state(void *arg)
{
    struct note *note = arg;
    note->peer->cbs->on_state(note->peer->arg, note->state, note->status);
    note_free(note);
}

void
fake_peer_set_state(struct hp_peer *peer, enum hp_peer_state state, enum hp_status status)
{
    post(peer, peer->params.home, run_state, (struct note){ .state = state, .status = status });
}

static void
run_input(void *arg)
{
    struct note *note = arg;
    if (!note->peer->is_closed) {
        struct hp_input_sink *sink = note->peer->params.input_sink;
        sink->ops->push(sink, &note->input);
    }
    note_free(note);
}

void
fake_peer_input(struct hp_peer *peer, const struct hp_input *input)
{
    post(peer, peer->params.worker, run_input, (struct note){ .input = *input });
}

static void
run_channel(void *arg)
{
    struct note *note = arg;
    note->peer->cbs->on_channel(note->peer->arg, note->a, note->flag);
    note_free(note);
}

void
fake_peer_channel(struct hp_peer *peer, const char *label, bool is_open)
{
    post(peer, peer->params.worker, run_channel,
            (struct note){ .a = g_strdup(label), .flag = is_open });
}

static void
run_data(void *arg)
{
    struct note *note = arg;
    note->peer->cbs->on_data(note->peer->arg, note->a, "hi", 2);
    note_free(note);
}

void
fake_peer_data(struct hp_peer *peer, const char *label)
{
    post(peer, peer->params.worker, run_data, (struct note){ .a = g_strdup(label) });
}

static struct hp_encoder *encoders[HP_CODECS]; // the last one of each codec

struct hp_encoder {
    enum hp_codec codec;
    GPtrArray *sinks; // struct hp_sink
    bool is_damage_driven;
    struct hp_worker *home;
    const struct hp_encoder_cbs *cbs;
    void *arg;
    struct hp_feed feed;
};

static void
request_keyframe(struct hp_feed *feed)
{
    (void) feed;
    atomic_fetch_add(&fake_counts.keyframes_wanted, 1);
}

static const struct hp_feed_ops feed_ops = { .request_keyframe = request_keyframe };

void
fake_encoder_push(enum hp_codec codec, const char *data, bool is_keyframe)
{
    struct hp_frame *frame = hp_packetize(codec, (const uint8_t *) data, strlen(data));
    frame->is_keyframe = is_keyframe;
    for (guint i = 0; i < encoders[codec]->sinks->len; i++) {
        struct hp_sink *sink = g_ptr_array_index(encoders[codec]->sinks, i);
        sink->ops->push(sink, frame);
    }
    hp_frame_unref(frame);
}

struct hp_encoder *
hp_encoder_create(
        const struct hp_encoder_params *params, const struct hp_encoder_cbs *cbs, void *arg)
{
    struct hp_encoder *encoder = g_new0(struct hp_encoder, 1);
    encoder->home = params->home;
    encoder->cbs = cbs;
    encoder->arg = arg;
    encoder->is_damage_driven = params->is_damage_driven;
    encoder->codec = params->codec;
    encoder->sinks = g_ptr_array_new();
    encoder->feed.ops = &feed_ops;
    last_encoder = encoders[params->codec] = encoder;
    return encoder;
}

static void
run_encoder_closed(void *arg)
{
    struct hp_encoder *encoder = arg;
    encoder->cbs->on_closed(encoder->arg);
    g_ptr_array_unref(encoder->sinks);
    g_free(encoder);
}

void
hp_encoder_close(struct hp_encoder *encoder)
{
    hp_worker_post(encoder->home, run_encoder_closed, encoder);
}

static char restart_text[256];

const char *
fake_encoder_restart_text(void)
{
    return restart_text;
}

void
hp_encoder_restart(struct hp_encoder *encoder, const char *pipeline)
{
    (void) encoder;
    g_strlcpy(restart_text, pipeline, sizeof(restart_text));
    atomic_fetch_add(&fake_counts.encoder_restarts, 1);
}

static pthread_mutex_t sinks_lock = PTHREAD_MUTEX_INITIALIZER; // sinks of several workers

struct hp_feed *
hp_encoder_attach(struct hp_encoder *encoder, struct hp_worker *worker, struct hp_sink *sink)
{
    (void) worker;
    pthread_mutex_lock(&sinks_lock);
    g_ptr_array_add(encoder->sinks, sink);
    pthread_mutex_unlock(&sinks_lock);
    atomic_fetch_add(&fake_counts.sinks_alive, 1);
    return &encoder->feed;
}

void
hp_encoder_detach(struct hp_encoder *encoder, struct hp_worker *worker, struct hp_sink *sink)
{
    (void) worker;
    pthread_mutex_lock(&sinks_lock);
    g_ptr_array_remove(encoder->sinks, sink);
    pthread_mutex_unlock(&sinks_lock);
    atomic_fetch_sub(&fake_counts.sinks_alive, 1);
}

bool
fake_encoder_is_damage_driven(void)
{
    return last_encoder->is_damage_driven;
}

struct hp_encoder *
fake_encoder_last(void)
{
    return last_encoder;
}

void
fake_encoder_set_state(struct hp_encoder *encoder, enum hp_encoder_state state, const char *reason)
{
    encoder->cbs->on_state(encoder->arg, state, reason);
}

void
fake_encoder_tell_effort(struct hp_encoder *encoder, const struct hp_effort *effort)
{
    encoder->cbs->on_effort(encoder->arg, effort);
}
