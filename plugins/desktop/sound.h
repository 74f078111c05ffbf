// sound.h - the source of the desktop's sound: a running PulseAudio server, else one of our own,
// else none until a server comes.
// Owner: hp_stack or hp_desktop. Thread: the desktop's loop.
#pragma once

#include <stdbool.h>

struct hp_loop;
struct hp_news;
struct hp_sound;

struct hp_sound_params {
    struct hp_loop *loop;
    struct hp_news *news;
    const char *device; // of a running server; empty: the monitor of its default sink
    const char *directory; // for a server of our own; NULL: no such server; copied
    void (*on_gone)(void *arg); // our own server has ended, by hp_sound_stop() or by itself
    void *arg;
};

struct hp_sound *hp_sound_create(const struct hp_sound_params *params);
void hp_sound_destroy(struct hp_sound *sound);

void hp_sound_start(struct hp_sound *sound);
void hp_sound_stop(struct hp_sound *sound); // asynchronous; ends in on_gone if our own server runs
bool hp_sound_is_running(const struct hp_sound *sound); // does our own server run?

// The value of PULSE_SERVER for the desktop's programs; NULL: they inherit the variable of this
// process.
const char *hp_sound_get_server(const struct hp_sound *sound);
