// line.c - the encoded frames of one codec on the main thread, for all tunnels.
// Owner: hp_room.  Thread: main; on_frame on the taps' worker.
//
//   no tap --first listener--> open --last one leaves--> closing --on_closed--> no tap
//
// Queue: at most MAX_WAITING frames wait for the main thread. While it is behind, frames are
// dropped up to the next keyframe.
#include "viewer/line.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "base/plugin.h"
#include "base/tap.h"
#include "base/worker.h"
#include "media/streams.h"
#include "media/tap.h"
#include "wire/tunnel.h"

enum {
    MAX_WAITING = 64
};

struct hp_line {
    const struct hp_lines_params *params;
    enum hp_codec codec;
    struct hp_tap *tap; // NULL: none
    bool is_closing; // the tap
    GPtrArray *listeners; // of struct hp_listener
    GPtrArray *leaving; // whose on_left comes with the end of the tap
    atomic_uint waiting; // frames on their way to the main thread
    atomic_bool has_gap; // a keyframe has to be asked for
    uint32_t number; // of the next frame; the taps' worker, like the next member
    bool needs_keyframe;
};

struct hp_lines {
    struct hp_lines_params params;
    struct hp_line all[HP_CODECS];
};

struct delivery {
    struct hp_line *line;
    struct hp_line_frame frame;
};

static void
deliver(void *arg)
{
    struct delivery *delivery = arg;
    struct hp_line *line = delivery->line;
    atomic_fetch_sub(&line->waiting, 1);
    if (atomic_exchange(&line->has_gap, false)) {
        hp_line_request_keyframe(line);
    }
    for (guint i = line->listeners->len; i-- > 0;) { // one may leave meanwhile
        if (i < line->listeners->len) {
            struct hp_listener *listener = g_ptr_array_index(line->listeners, i);
            listener->on_frame(listener, &delivery->frame);
        }
    }
    g_bytes_unref(delivery->frame.message);
    g_free(delivery);
}

static GBytes *
write_message(const struct hp_line *line, const struct hp_plugin_frame *frame)
{
    size_t size = HP_TUNNEL_HEADER_SIZE + frame->data_size;
    uint8_t *message = g_malloc(size);
    hp_tunnel_write_header(message, hp_codec_kind(line->codec), frame->is_keyframe, line->number,
            frame->capture_us);
    memcpy(message + HP_TUNNEL_HEADER_SIZE, frame->data, frame->data_size);
    return g_bytes_new_take(message, size);
}

static void
on_frame(void *arg, const struct hp_plugin_frame *frame)
{
    struct hp_line *line = arg;
    bool is_full = atomic_load(&line->waiting) >= MAX_WAITING;
    if (is_full || (line->needs_keyframe && !frame->is_keyframe)) {
        line->number++;
        line->needs_keyframe = true;
        if (is_full) {
            atomic_store(&line->has_gap, true);
        }
        return;
    }
    struct delivery *delivery = g_new(struct delivery, 1);
    *delivery = (struct delivery){ line,
        { write_message(line, frame), hp_codec_kind(line->codec), frame->is_keyframe } };
    line->number++;
    line->needs_keyframe = false;
    atomic_fetch_add(&line->waiting, 1);
    hp_worker_post(line->params->home, deliver, delivery);
}

static void on_closed(void *arg);

static const struct hp_tap_cbs tap_cbs = { .on_frame = on_frame, .on_closed = on_closed };

// There may be no such stream yet.
static void
open_tap(struct hp_line *line)
{
    struct hp_encoder *encoder = hp_streams_find(line->params->streams, line->codec, 0);
    if (line->tap == NULL && encoder != NULL && line->listeners->len > 0) {
        const struct hp_tap_params params = {
            .encoder = encoder, .worker = line->params->worker, .home = line->params->home
        };
        line->tap = hp_tap_create(&params, &tap_cbs, line);
    }
}

static void
close_tap(struct hp_line *line)
{
    if (line->tap != NULL && !line->is_closing) {
        line->is_closing = true;
        hp_tap_close(line->tap);
    }
}

// Main thread, after the last frame.
static void
on_closed(void *arg)
{
    struct hp_line *line = arg;
    GPtrArray *gone = line->leaving;
    line->leaving = g_ptr_array_new();
    line->tap = NULL;
    line->is_closing = false;
    open_tap(line); // for who has come meanwhile
    for (guint i = 0; i < gone->len; i++) {
        struct hp_listener *listener = g_ptr_array_index(gone, i);
        listener->on_left(listener);
    }
    g_ptr_array_unref(gone);
}

bool
hp_line_is_whole(const struct hp_line *line)
{
    return hp_streams_failure(line->params->streams, line->codec) == NULL;
}

void
hp_line_listen(struct hp_line *line, struct hp_listener *listener)
{
    g_ptr_array_add(line->listeners, listener);
    if (line->tap == NULL) {
        open_tap(line); // begins with a keyframe
    } else {
        hp_line_request_keyframe(line);
    }
}

void
hp_line_leave(struct hp_line *line, struct hp_listener *listener)
{
    g_ptr_array_remove(line->listeners, listener);
    if (line->listeners->len == 0) {
        close_tap(line);
    }
    if (line->is_closing) {
        g_ptr_array_add(line->leaving, listener);
    } else {
        listener->on_left(listener);
    }
}

void
hp_line_request_keyframe(struct hp_line *line)
{
    if (line->tap != NULL && !line->is_closing) {
        hp_tap_request_keyframe(line->tap);
    }
}

struct hp_lines *
hp_lines_create(const struct hp_lines_params *params)
{
    struct hp_lines *lines = g_new0(struct hp_lines, 1);
    lines->params = *params;
    for (unsigned i = 0; i < HP_CODECS; i++) {
        struct hp_line *line = &lines->all[i];
        line->params = &lines->params;
        line->codec = (enum hp_codec) i;
        line->listeners = g_ptr_array_new();
        line->leaving = g_ptr_array_new();
    }
    return lines;
}

void
hp_lines_destroy(struct hp_lines *lines)
{
    for (unsigned i = 0; i < HP_CODECS; i++) {
        assert(lines->all[i].tap == NULL);
        g_ptr_array_unref(lines->all[i].listeners);
        g_ptr_array_unref(lines->all[i].leaving);
    }
    g_free(lines);
}

struct hp_line *
hp_lines_get(struct hp_lines *lines, enum hp_codec codec)
{
    return &lines->all[codec];
}

void
hp_lines_refresh(struct hp_lines *lines)
{
    for (unsigned i = 0; i < HP_CODECS; i++) {
        open_tap(&lines->all[i]);
    }
}
