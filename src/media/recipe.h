// recipe.h - pipelines as text: made for a codec, or filled in from a configured text. Pure.
#pragma once

#include <stdbool.h>

#include "base/frame.h"

struct hp_recipe_params {
    enum hp_codec codec;
    // The source's text, from its plugin: raw pictures or sound come out. {fps} is filled in.
    const char *head;
    bool is_damage_driven; // the head paces itself; nothing may drop the picture it repeats
    int fps; // at most that many pictures a second; 0: as the head delivers
    int bitrate_kbps; // 0: 3072 for pictures, 128 for sound
};

// GStreamer text that ends in `appsink name=appsink` and delivers frames as hp_encoder wants them.
// Freed by the caller.
char *hp_recipe_build(const struct hp_recipe_params *params);

// The values that a configured text may name in braces. NULL or 0: there is no such value here, and
// to name it is an error.
struct hp_recipe_values {
    const char *display, *device, *url, *hostname; // as Neko's
    const char *source; // the head that a plugin gave
    const char *sound_server; // of the device: for each pulsesrc that names no server; NULL: none
    int fps, bitrate_kbps, width, height; // {fps} {bitrate} {width} {height}
};

// Copies `text` with each {name} replaced by its value. Braces around anything but one lower-case
// word (GStreamer's lists) stay. NULL: *error is a sentence with the names that are known. Both
// are freed by the caller.
char *hp_recipe_fill(const char *text, const struct hp_recipe_values *values, char **error);
