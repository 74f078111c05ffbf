// recipe.h - texts of pipelines: made for a codec, or filled in from a configured text. Pure.
#pragma once

#include <stdbool.h>

#include "base/frame.h"

// The name of the VP8 encoder, by which hp_probe knows that the pipeline is ours. Not `encoder`,
// which is what pipelines of Neko call theirs.
#define HP_RECIPE_VP8 "hairpin-vp8"

struct hp_recipe_params {
    enum hp_codec codec;
    // The source's text, from its plugin, which yields raw pictures or sound. {fps} is filled in.
    const char *head;
    bool is_damage_driven; // the head paces itself; no element may drop the picture that it repeats
    int fps; // limit of pictures a second; 0: as many as the head delivers
    int bitrate_kbps; // 0: 3072 for pictures, 128 for sound
    unsigned threads; // of an encoder of VP8; 0: one
};

// Makes a GStreamer text that ends in `appsink name=appsink` and delivers frames as hp_encoder
// expects them. The caller frees the text with g_free().
char *hp_recipe_build(const struct hp_recipe_params *params);

// The values that a configured text may name in braces. NULL or 0: this value does not exist here,
// and a text that names it is wrong.
struct hp_recipe_values {
    const char *display, *device, *url, *hostname; // the same names as in Neko
    const char *source; // the head, from a plugin
    const char *sound_server; // for each pulsesrc that names no server; NULL: none
    int fps, bitrate_kbps, width, height; // {fps} {bitrate} {width} {height}
};

// Copies `text` with each {name} replaced by its value. Braces around anything except one
// lower-case word (for instance GStreamer's lists) stay. NULL: *error is a sentence with the known
// names. The caller frees both with g_free().
char *hp_recipe_fill(const char *text, const struct hp_recipe_values *values, char **error);
