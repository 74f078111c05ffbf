// envelope.h - the envelope of every message: {"event": name, "payload": anything}. Pure.
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
    json_t *payload; // NULL: the message has none
};

// Parses a message, after a look at its size and depth. False: not a message; there is nothing to
// finish.
bool hp_envelope_parse(const char *text, size_t size, struct hp_envelope *envelope);
void hp_envelope_finish(struct hp_envelope *envelope);

// Is the nesting of this JSON text within the limit? A text that is not JSON may pass.
bool hp_envelope_is_shallow(const char *text, size_t size);

// Writes a message; the caller frees the text with free(). `payload` is borrowed; NULL: left out.
char *hp_envelope_write(const char *event, json_t *payload);
