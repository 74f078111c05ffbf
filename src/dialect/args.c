// args.c - parses the payloads of browsers' events into values.
// Owner: nobody.  Thread: any.
#include "dialect/args.h"

#include <stdint.h>
#include <string.h>

#include "base/plugin.h"
#include "wire/candidate.h"
#include "wire/sdp.h"

enum {
    MAX_PIXEL = 65535,
    MAX_CLICKS = 32767,
    MAX_LINES = 256, // m-lines that a candidate may name
    MAX_LOGS = 100,
    MAX_ID = 512, // bytes of a session's id
    MAX_MID = 64,
    MIN_SCREEN = 64,
    MAX_SCREEN = 16384,
    MAX_RATE = 240,
};

// Reads a number; beyond the limits the limit is taken. False: missing, or not a number.
static bool
read_number(const json_t *payload, const char *key, int64_t min, int64_t max, int64_t *number)
{
    const json_t *value = json_object_get(payload, key);
    if (!json_is_number(value)) {
        return false;
    }
    double real = json_number_value(value);
    if (real <= (double) min) {
        *number = min;
    } else if (real >= (double) max) {
        *number = max;
    } else {
        *number = json_is_integer(value) ? (int64_t) json_integer_value(value) : (int64_t) real;
    }
    return true;
}

// Reads a text; NULL: missing, not a string, or too long.
static const char *
read_text(const json_t *payload, const char *key, size_t max_size)
{
    const json_t *value = json_object_get(payload, key);
    return json_is_string(value) && json_string_length(value) <= max_size ? json_string_value(value)
                                                                          : NULL;
}

// Reads a bool; *flag is -1 if it is missing. False: not a bool.
static bool
read_flag(const json_t *payload, const char *key, int *flag)
{
    const json_t *value = json_object_get(payload, key);
    *flag = value == NULL || json_is_null(value) ? -1 : json_is_true(value);
    return *flag == -1 || json_is_boolean(value);
}

bool
hp_args_parse_nothing(const json_t *payload, struct hp_args *args)
{
    (void) payload;
    (void) args;
    return true;
}

bool
hp_args_parse_text(const json_t *payload, struct hp_args *args)
{
    args->text = read_text(payload, "text", HP_CLIPBOARD_MAX);
    return args->text != NULL;
}

bool
hp_args_parse_paste(const json_t *payload, struct hp_args *args)
{
    const json_t *text = json_object_get(payload, "text");
    return json_is_object(payload)
            && (text == NULL || json_is_null(text) || hp_args_parse_text(payload, args));
}

bool
hp_args_parse_logs(const json_t *payload, struct hp_args *args)
{
    args->logs = payload;
    return json_is_array(payload) && json_array_size(payload) <= MAX_LOGS;
}

// There is one quality for all, so only a selector that asks for exactly one video can fail.
static bool
read_selector(const json_t *payload, struct hp_args *args)
{
    const json_t *selector = json_object_get(payload, "selector");
    if (selector == NULL || json_is_null(selector)) {
        return true;
    }
    if (!json_is_object(selector)) {
        return false;
    }
    const char *type = read_text(selector, "type", MAX_ID);
    if (type == NULL || type[0] == '\0' || strcmp(type, "exact") == 0) {
        args->selection.video_id = read_text(selector, "id", MAX_ID);
    }
    return true;
}

bool
hp_args_parse_video(const json_t *payload, struct hp_args *args)
{
    args->selection.audio_disabled = -1;
    return json_is_object(payload)
            && read_flag(payload, "disabled", &args->selection.video_disabled)
            && read_selector(payload, args);
}

bool
hp_args_parse_audio(const json_t *payload, struct hp_args *args)
{
    args->selection.video_disabled = -1;
    return json_is_object(payload)
            && read_flag(payload, "disabled", &args->selection.audio_disabled);
}

bool
hp_args_parse_request(const json_t *payload, struct hp_args *args)
{
    const json_t *video = json_object_get(payload, "video");
    const json_t *audio = json_object_get(payload, "audio");
    args->selection.video_disabled = args->selection.audio_disabled = -1;
    if (!json_is_object(payload)) {
        return false;
    }
    if (video != NULL && !json_is_null(video)) {
        if (!json_is_object(video) || !read_flag(video, "disabled", &args->selection.video_disabled)
                || !read_selector(video, args)) {
            return false;
        }
    }
    return audio == NULL || json_is_null(audio)
            || (json_is_object(audio)
                    && read_flag(audio, "disabled", &args->selection.audio_disabled));
}

bool
hp_args_parse_sdp(const json_t *payload, struct hp_args *args)
{
    args->sdp = read_text(payload, "sdp", HP_SDP_TEXT_MAX);
    return args->sdp != NULL;
}

bool
hp_args_parse_candidate(const json_t *payload, struct hp_args *args)
{
    int64_t index = 0;
    args->candidate = read_text(payload, "candidate", HP_CANDIDATE_TEXT_MAX - 1);
    args->mid = read_text(payload, "sdpMid", MAX_MID);
    read_number(payload, "sdpMLineIndex", 0, MAX_LINES, &index);
    args->mline_index = (int) index;
    return args->candidate != NULL;
}

bool
hp_args_parse_id(const json_t *payload, struct hp_args *args)
{
    args->id = read_text(payload, "id", MAX_ID);
    return args->id != NULL;
}

static bool
read_place(const json_t *payload, struct hp_args *args)
{
    int64_t x = 0, y = 0;
    args->has_place = read_number(payload, "x", 0, MAX_PIXEL, &x)
            && read_number(payload, "y", 0, MAX_PIXEL, &y);
    args->input.x = (int32_t) x;
    args->input.y = (int32_t) y;
    return args->has_place;
}

bool
hp_args_parse_move(const json_t *payload, struct hp_args *args)
{
    return read_place(payload, args);
}

bool
hp_args_parse_scroll(const json_t *payload, struct hp_args *args)
{
    int64_t x = 0, y = 0;
    int with_control;
    bool has_delta = read_number(payload, "delta_x", -MAX_CLICKS, MAX_CLICKS, &x);
    has_delta = read_number(payload, "delta_y", -MAX_CLICKS, MAX_CLICKS, &y) || has_delta;
    if (x == 0 && y == 0) { // older clients send only the place
        has_delta = read_number(payload, "x", -MAX_CLICKS, MAX_CLICKS, &x) || has_delta;
        has_delta = read_number(payload, "y", -MAX_CLICKS, MAX_CLICKS, &y) || has_delta;
    }
    if (!has_delta || !read_flag(payload, "control_key", &with_control)) {
        return false;
    }
    args->input.delta_x = (int32_t) x;
    args->input.delta_y = (int32_t) y;
    args->input.with_control = with_control == 1;
    return true;
}

bool
hp_args_parse_button(const json_t *payload, struct hp_args *args)
{
    int64_t code;
    if (!read_number(payload, "code", 0, UINT32_MAX, &code) || code < 1 || code > 31) {
        return false;
    }
    args->input.button = (uint32_t) code;
    read_place(payload, args);
    return true;
}

bool
hp_args_parse_key(const json_t *payload, struct hp_args *args)
{
    int64_t keysym;
    if (!read_number(payload, "keysym", 0, UINT32_MAX, &keysym) || keysym == 0) {
        return false;
    }
    args->input.keysym = (uint32_t) keysym;
    read_place(payload, args);
    return true;
}

bool
hp_args_parse_touch(const json_t *payload, struct hp_args *args)
{
    int64_t id, pressure = 0;
    if (!read_number(payload, "touch_id", 0, UINT32_MAX, &id) || !read_place(payload, args)) {
        return false;
    }
    read_number(payload, "pressure", 0, UINT8_MAX, &pressure);
    args->input.touch_id = (uint32_t) id;
    args->input.pressure = (uint8_t) pressure;
    args->has_place = false; // the place is part of the event itself
    return true;
}

bool
hp_args_parse_screen(const json_t *payload, struct hp_args *args)
{
    int64_t width, height, rate = 0;
    if (!read_number(payload, "width", MIN_SCREEN, MAX_SCREEN, &width)
            || !read_number(payload, "height", MIN_SCREEN, MAX_SCREEN, &height)) {
        return false;
    }
    read_number(payload, "rate", 0, MAX_RATE, &rate);
    args->width = (int) width;
    args->height = (int) height;
    args->rate = (int) rate;
    return true;
}

bool
hp_args_parse_broadcast(const json_t *payload, struct hp_args *args)
{
    args->subject = read_text(payload, "subject", HP_SUBJECT_MAX);
    args->body = json_object_get(payload, "body");
    return args->subject != NULL;
}

bool
hp_args_parse_unicast(const json_t *payload, struct hp_args *args)
{
    args->id = read_text(payload, "receiver", MAX_ID);
    return args->id != NULL && hp_args_parse_broadcast(payload, args);
}
