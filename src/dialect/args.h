// args.h - parses the payloads of browsers' events into values: typed, bounded, borrowed from the
// JSON. Pure.
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "base/input.h"
#include "room/stage.h"

enum {
    HP_SUBJECT_MAX = 128,
};

struct hp_args {
    struct hp_selection selection;
    const char *sdp;
    const char *candidate, *mid; // mid: NULL: not given
    int mline_index;
    struct hp_input input;
    bool has_place; // x and y of `input` were given: the pointer goes there first
    int width, height, rate;
    const char *id; // of a session
    const char *subject; // of a letter
    json_t *body; // of a letter, NULL: none
    const json_t *logs; // an array
    const char *text; // of the clipboard; NULL: none is given
};

// Each parser takes a payload (NULL: the event has none). False: the payload does not fit the
// event.
typedef bool (*hp_args_parse_fn)(const json_t *payload, struct hp_args *args);

bool hp_args_parse_nothing(const json_t *payload, struct hp_args *args);
bool hp_args_parse_logs(const json_t *payload, struct hp_args *args);
bool hp_args_parse_request(const json_t *payload, struct hp_args *args);
bool hp_args_parse_video(const json_t *payload, struct hp_args *args);
bool hp_args_parse_audio(const json_t *payload, struct hp_args *args);
bool hp_args_parse_sdp(const json_t *payload, struct hp_args *args);
bool hp_args_parse_candidate(const json_t *payload, struct hp_args *args);
bool hp_args_parse_id(const json_t *payload, struct hp_args *args);
bool hp_args_parse_move(const json_t *payload, struct hp_args *args);
bool hp_args_parse_scroll(const json_t *payload, struct hp_args *args);
bool hp_args_parse_button(const json_t *payload, struct hp_args *args);
bool hp_args_parse_key(const json_t *payload, struct hp_args *args);
bool hp_args_parse_touch(const json_t *payload, struct hp_args *args);
bool hp_args_parse_text(const json_t *payload, struct hp_args *args);
bool hp_args_parse_paste(const json_t *payload, struct hp_args *args);
bool hp_args_parse_screen(const json_t *payload, struct hp_args *args);
bool hp_args_parse_unicast(const json_t *payload, struct hp_args *args);
bool hp_args_parse_broadcast(const json_t *payload, struct hp_args *args);
