// tap.h - the encoded frames of one stream for somebody who is no viewer, a recorder for instance.
#pragma once

struct hp_encoder;
struct hp_tap;
struct hp_tap_cbs;
struct hp_worker;

struct hp_tap_params {
    struct hp_encoder *encoder; // outlives the tap
    struct hp_worker *worker; // one of the encoder's; frames come there
    struct hp_worker *home;
};

// Home thread. From now on cbs->on_frame gets every frame, beginning with a keyframe; cbs: kept.
// Owner: the caller, until on_closed.
struct hp_tap *hp_tap_create(
        const struct hp_tap_params *params, const struct hp_tap_cbs *cbs, void *arg);

// Home thread, once. on_closed follows; frames may still come before.
void hp_tap_close(struct hp_tap *tap);
