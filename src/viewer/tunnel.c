// tunnel.c - the media of one browser through the page's own connection.
// Owner: hp_stage.  Thread: main.
//
// Queue: what is on the way, as far as the client has not said that it came: at most MAX_BYTES, and
// nothing is added when its oldest part has been for longer than PICTURE_US (SOUND_US for sound)
// more than the way takes at its best. So buffers anywhere on the way hold old pictures for no
// longer than that, however slow the way is, and a far server is not taken for a slow one. What is
// dropped is followed by a keyframe when the way is free.
#include "viewer/tunnel.h"

#include <string.h>

#define LOG_TAG "tunnel"
#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "viewer/line.h"
#include "wire/tunnel.h"

enum {
    PICTURE_US = 200000,
    SOUND_US = 300000, // pictures give way to it
    FIRST_WAY_US = 700000, // there and back, as long as nothing has been acknowledged
    MAX_WAY_US = 1000000,
    WINDOW_US = 10 * 1000000, // in which the way is taken at its best
    MAX_BYTES = 2 * 1024 * 1024,
    MAX_PARTS = 512, // messages on the way
    KEYFRAME_US = 500000, // between two requests
};

struct part { // a message on the way
    uint32_t end; // the count of bytes after it
    int64_t sent_us;
};

struct ear {
    struct hp_listener listener; // the first member: cast back
    struct hp_tunnel *tunnel;
    bool is_on;
};

struct hp_tunnel {
    struct hp_tunnel_params params;
    struct ear ears[HP_TRACK_KINDS];
    unsigned listening; // lines that have not been left
    struct part parts[MAX_PARTS]; // a ring
    unsigned first, count;
    uint32_t sent, received; // bytes, modulo 2^32
    int64_t way_us, next_way_us; // the shortest of the last window, and of this one
    int64_t window_us; // when this one began; 0: nothing has been acknowledged
    bool needs_keyframe;
    int64_t asked_us; // for the last keyframe; 0: never
    struct hp_timer ask;
    uint64_t frames, bytes, dropped; // pictures and sounds
    void (*done)(void *arg); // not NULL: it is being closed
    void *done_arg;
};

// For how much longer than the way takes at its best the oldest part has been on it.
static int64_t
measure_delay_us(const struct hp_tunnel *tunnel)
{
    int64_t way_us = tunnel->window_us == 0 ? FIRST_WAY_US : tunnel->way_us;
    return hp_clock_now_us() - tunnel->parts[tunnel->first].sent_us - MIN(way_us, MAX_WAY_US);
}

static void
note_way(struct hp_tunnel *tunnel, int64_t took_us)
{
    int64_t now_us = hp_clock_now_us();
    if (tunnel->window_us == 0) {
        tunnel->way_us = tunnel->next_way_us = took_us;
        tunnel->window_us = now_us;
    } else if (now_us - tunnel->window_us >= WINDOW_US) {
        tunnel->way_us = tunnel->next_way_us;
        tunnel->next_way_us = took_us;
        tunnel->window_us = now_us;
    }
    tunnel->next_way_us = MIN(tunnel->next_way_us, took_us);
    tunnel->way_us = MIN(tunnel->way_us, took_us);
}

static bool
has_room(const struct hp_tunnel *tunnel, enum hp_track_kind kind, size_t size)
{
    if (tunnel->count == 0) {
        return true; // the largest picture gets through
    }
    int64_t limit_us = kind == HP_TRACK_VIDEO ? PICTURE_US : SOUND_US;
    return tunnel->count < MAX_PARTS && tunnel->sent - tunnel->received + size <= MAX_BYTES
            && measure_delay_us(tunnel) < limit_us;
}

// Asks when the way is free, and not too often.
static void
ask_for_keyframe(struct hp_tunnel *tunnel)
{
    struct hp_line *line = tunnel->params.lines[HP_TRACK_VIDEO];
    bool is_on = tunnel->ears[HP_TRACK_VIDEO].is_on;
    int64_t wait_us = tunnel->asked_us + KEYFRAME_US - hp_clock_now_us();
    if (!tunnel->needs_keyframe || line == NULL || !is_on || !has_room(tunnel, HP_TRACK_VIDEO, 0)
            || hp_timer_is_running(&tunnel->ask)) {
        return;
    }
    if (tunnel->asked_us != 0 && wait_us > 0) {
        hp_timer_start(&tunnel->ask, wait_us);
        return;
    }
    tunnel->asked_us = hp_clock_now_us();
    hp_line_request_keyframe(line);
}

static void
on_ask(void *arg)
{
    ask_for_keyframe(arg);
}

static void
send_frame(struct hp_tunnel *tunnel, GBytes *message)
{
    uint32_t size = (uint32_t) g_bytes_get_size(message);
    tunnel->sent += size;
    tunnel->parts[(tunnel->first + tunnel->count) % MAX_PARTS] =
            (struct part){ .end = tunnel->sent, .sent_us = hp_clock_now_us() };
    tunnel->count++;
    tunnel->frames++;
    tunnel->bytes += size;
    tunnel->params.outlet.send(tunnel->params.outlet.arg, message);
}

static void
on_frame(struct hp_listener *listener, const struct hp_line_frame *frame)
{
    const struct ear *ear = (struct ear *) (void *) listener;
    struct hp_tunnel *tunnel = ear->tunnel;
    bool is_picture = frame->kind == HP_TRACK_VIDEO;
    if (!ear->is_on || (is_picture && tunnel->needs_keyframe && !frame->is_keyframe)) {
        return;
    }
    if (has_room(tunnel, frame->kind, g_bytes_get_size(frame->message))) {
        tunnel->needs_keyframe &= !is_picture;
        send_frame(tunnel, frame->message);
    } else {
        tunnel->needs_keyframe |= is_picture;
        tunnel->dropped++;
    }
}

static void
on_left(struct hp_listener *listener)
{
    struct hp_tunnel *tunnel = ((struct ear *) (void *) listener)->tunnel;
    if (--tunnel->listening == 0) {
        tunnel->done(tunnel->done_arg);
        g_free(tunnel);
    }
}

static bool
is_ours(const struct hp_tunnel_wish *wish, enum hp_codec codec)
{
    for (unsigned i = 0; i < wish->our_count; i++) {
        if (wish->ours[i] == codec) {
            return true;
        }
    }
    return false;
}

bool
hp_tunnel_choose(struct hp_lines *lines, const struct hp_tunnel_wish *wish,
        struct hp_line *chosen[HP_TRACK_KINDS], const char *names[HP_TRACK_KINDS])
{
    for (int kind = 0; kind < HP_TRACK_KINDS; kind++) {
        chosen[kind] = NULL;
        names[kind] = NULL;
    }
    for (unsigned i = 0; i < wish->wanted_count; i++) {
        enum hp_codec codec = wish->wanted[i];
        enum hp_track_kind kind = hp_codec_kind(codec);
        struct hp_line *line = hp_lines_get(lines, codec);
        if (chosen[kind] == NULL && is_ours(wish, codec) && hp_line_is_whole(line)) {
            chosen[kind] = line;
            names[kind] = hp_codec_name(codec);
        }
    }
    return chosen[HP_TRACK_VIDEO] != NULL;
}

struct hp_tunnel *
hp_tunnel_create(const struct hp_tunnel_params *params)
{
    struct hp_tunnel *tunnel = g_new0(struct hp_tunnel, 1);
    tunnel->params = *params;
    tunnel->needs_keyframe = true;
    hp_timer_init(&tunnel->ask, params->home, on_ask, tunnel);
    for (int kind = 0; kind < HP_TRACK_KINDS; kind++) {
        struct ear *ear = &tunnel->ears[kind];
        *ear = (struct ear){ .listener = { on_frame, on_left }, .tunnel = tunnel };
        if (params->lines[kind] != NULL) {
            tunnel->listening++;
            hp_line_listen(params->lines[kind], &ear->listener);
        }
    }
    return tunnel;
}

void
hp_tunnel_close(struct hp_tunnel *tunnel, void (*done)(void *arg), void *arg)
{
    log_debug("a tunnel ends: %" G_GUINT64_FORMAT " pictures and sounds of %" G_GUINT64_FORMAT
              " bytes, %" G_GUINT64_FORMAT " left out",
            tunnel->frames, tunnel->bytes, tunnel->dropped);
    hp_timer_stop(&tunnel->ask);
    tunnel->done = done;
    tunnel->done_arg = arg;
    tunnel->listening++; // it lives until all have been left
    for (int kind = 0; kind < HP_TRACK_KINDS; kind++) {
        tunnel->ears[kind].is_on = false;
        if (tunnel->params.lines[kind] != NULL) {
            hp_line_leave(tunnel->params.lines[kind], &tunnel->ears[kind].listener);
        }
    }
    on_left(&tunnel->ears[0].listener);
}

void
hp_tunnel_end(struct hp_tunnel *tunnel, bool is_replaced, void (*done)(void *arg), void *arg)
{
    struct hp_tunnel_outlet outlet = tunnel->params.outlet;
    hp_tunnel_close(tunnel, done, arg);
    outlet.on_end(outlet.arg, is_replaced);
}

void
hp_tunnel_enable(struct hp_tunnel *tunnel, enum hp_track_kind kind, bool is_on)
{
    struct ear *ear = &tunnel->ears[kind];
    if (ear->is_on == is_on) {
        return;
    }
    ear->is_on = is_on;
    if (is_on && kind == HP_TRACK_VIDEO) {
        tunnel->needs_keyframe = true;
        ask_for_keyframe(tunnel);
    }
}

bool
hp_tunnel_acknowledge(struct hp_tunnel *tunnel, uint32_t received)
{
    if (received - tunnel->received > tunnel->sent - tunnel->received) {
        return false;
    }
    tunnel->received = received;
    while (tunnel->count > 0
            && tunnel->sent - tunnel->parts[tunnel->first].end >= tunnel->sent - received) {
        note_way(tunnel, hp_clock_now_us() - tunnel->parts[tunnel->first].sent_us);
        tunnel->first = (tunnel->first + 1) % MAX_PARTS;
        tunnel->count--;
    }
    ask_for_keyframe(tunnel);
    return true;
}

void
hp_tunnel_request_keyframe(struct hp_tunnel *tunnel)
{
    tunnel->needs_keyframe = true;
    ask_for_keyframe(tunnel);
}

void
hp_tunnel_send(struct hp_tunnel *tunnel, const void *data, size_t size)
{
    uint8_t *message = g_malloc(size + 1);
    message[0] = HP_TUNNEL_DATA_BACK;
    memcpy(message + 1, data, size);
    GBytes *bytes = g_bytes_new_take(message, size + 1);
    tunnel->params.outlet.send(tunnel->params.outlet.arg, bytes);
    g_bytes_unref(bytes);
}
