// line.h - the encoded frames of one codec on the main thread, for all tunnels: written once as the
// message that each of them sends. A tap of the stream, which opens for the first listener and
// closes after the last one. Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#include "base/frame.h"

struct hp_line;
struct hp_lines;
struct hp_listener;
struct hp_streams;
struct hp_worker;

struct hp_line_frame {
    GBytes *message; // of the tunnel (wire/tunnel.h); borrowed
    enum hp_track_kind kind;
    bool is_keyframe; // always true for sound
};

// Part of the object that listens.
struct hp_listener {
    void (*on_frame)(struct hp_listener *listener, const struct hp_line_frame *frame);
    // After hp_line_leave(), perhaps before it returns. No call follows.
    void (*on_left)(struct hp_listener *listener);
};

struct hp_lines_params {
    struct hp_streams *streams; // outlive all listeners
    struct hp_worker *worker; // on which the taps are
    struct hp_worker *home;
};

// A line for each codec. Owner: hp_room. Never NULL. All listeners have left before the end.
struct hp_lines *hp_lines_create(const struct hp_lines_params *params);
void hp_lines_destroy(struct hp_lines *lines);
struct hp_line *hp_lines_get(struct hp_lines *lines, enum hp_codec codec);
// Is there no stream of it yet, or one that is not broken?
bool hp_line_is_whole(const struct hp_line *line);
// A source has come: who listens already gets its frames.
void hp_lines_refresh(struct hp_lines *lines);

// Frames come from now on; a keyframe is asked for. `listener` is kept until on_left.
void hp_line_listen(struct hp_line *line, struct hp_listener *listener);
void hp_line_leave(struct hp_line *line, struct hp_listener *listener);
void hp_line_request_keyframe(struct hp_line *line);
