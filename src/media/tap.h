// tap.h - gives the encoded frames of one stream to a consumer that is no viewer, for instance a
// recorder.
#pragma once

struct hp_encoder;
struct hp_tap;
struct hp_tap_cbs;
struct hp_worker;

struct hp_tap_params {
    struct hp_encoder *encoder; // outlives the tap
    struct hp_worker *worker; // one of the encoder's; frames come on it
    struct hp_worker *home;
};

// Home thread. From now on cbs->on_frame gets every frame, beginning with a keyframe. `cbs` is
// kept. Owner: the caller, until on_closed. Never NULL.
struct hp_tap *hp_tap_create(
        const struct hp_tap_params *params, const struct hp_tap_cbs *cbs, void *arg);

// Home thread. Asks for a keyframe; the encoder joins the requests of many.
void hp_tap_request_keyframe(struct hp_tap *tap);

// Home thread, once. on_closed follows; until then frames may still come.
void hp_tap_close(struct hp_tap *tap);
