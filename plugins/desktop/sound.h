// sound.h - where the desktop's sound comes from: a PulseAudio server that is there already, else
// one of our own, else nowhere.
// Owner: hp_stack or hp_desktop. Thread: the desktop's loop.
#pragma once

#include <stdbool.h>

struct hp_loop;
struct hp_news;
struct hp_sound;

struct hp_sound_params {
    struct hp_loop *loop;
    struct hp_news *news;
    const char *device; // of a server that is there; empty: the monitor of its default sink
    const char *directory; // for a server of our own; NULL: there is to be none; copied
    void (*on_gone)(void *arg); // our own has ended, wanted or not
    void *arg;
};

struct hp_sound *hp_sound_create(const struct hp_sound_params *params);
void hp_sound_destroy(struct hp_sound *sound);

void hp_sound_start(struct hp_sound *sound);
void hp_sound_stop(struct hp_sound *sound); // asynchronous, ends in on_gone if one of ours runs
bool hp_sound_is_running(const struct hp_sound *sound); // one of ours

// For PULSE_SERVER of the desktop's programs; NULL: what it is for us.
const char *hp_sound_get_server(const struct hp_sound *sound);
