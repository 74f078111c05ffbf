// envelope.h - the frame of every message: {"event": name, "payload": anything}. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

enum {
    HP_ENVELOPE_DEPTH_MAX = 32,
    HP_EVENT_MAX = 64
};

struct hp_envelope {
    json_t *root;
    const char *event;
    json_t *payload; // NULL: there is none
};

// Looks at size and depth before anything is built. False: not a message; nothing to finish.
bool hp_envelope_parse(const char *text, size_t size, struct hp_envelope *envelope);
void hp_envelope_finish(struct hp_envelope *envelope);

// Is the nesting of this JSON text within the limit? What is no JSON may pass.
bool hp_envelope_is_shallow(const char *text, size_t size);

// Freed by the caller with free(). payload: borrowed, NULL: left out.
char *hp_envelope_write(const char *event, json_t *payload);
