// keyframes.h - joins the keyframe requests of all sinks into a few, since every viewer pays for
// every keyframe: three at once, 200 ms apart, then one every 750 ms, so that also in a crowd a
// newcomer has a picture within a second. No request is lost: it is repeated until a keyframe
// comes. Embedded in hp_encoder.
#pragma once

#include <stdint.h>

#include "base/timer.h"

struct hp_keyframes {
    struct hp_worker *home;
    void (*send)(void *arg); // home thread
    void *arg;
    int is_wanted; // atomic
    unsigned made; // atomic; keyframes that have come
    int64_t sent_us; // home thread, like the next members; 0: never
    int64_t earned_us; // the time up to which the keyframes that were requested are paid for
    unsigned made_when_sent;
    struct hp_timer timer;
};

// Home thread. send(arg) is called there for each joined request. Call finish before the worker
// ends.
void hp_keyframes_init(
        struct hp_keyframes *keyframes, struct hp_worker *home, void (*send)(void *arg), void *arg);
void hp_keyframes_finish(struct hp_keyframes *keyframes);

// A sink needs a keyframe that is encoded from now on. Any thread; cheap when called often.
void hp_keyframes_want(struct hp_keyframes *keyframes);

// A keyframe is about to be handed on: the keyframe serves all sinks that have asked so far. Any
// thread.
void hp_keyframes_note(struct hp_keyframes *keyframes);
