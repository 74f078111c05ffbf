// envelope.c - the envelope of every message: {"event": name, "payload": anything}.
// Owner: nobody.  Thread: any.
#include "dialect/envelope.h"

#include "edge/ws.h"

bool
hp_envelope_is_shallow(const char *text, size_t size)
{
    unsigned depth = 0;
    bool is_in_string = false;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (is_in_string) {
            i += c == '\\';
            is_in_string = c != '"';
        } else if (c == '"') {
            is_in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > HP_ENVELOPE_DEPTH_MAX) {
                return false;
            }
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return true;
}

bool
hp_envelope_parse(const char *text, size_t size, struct hp_envelope *envelope)
{
    json_error_t error;
    *envelope = (struct hp_envelope){ .root = NULL };
    if (size > HP_WS_MESSAGE_MAX || !hp_envelope_is_shallow(text, size)) {
        return false;
    }
    envelope->root = json_loadb(text, size, 0, &error);
    const json_t *event = json_object_get(envelope->root, "event");
    if (!json_is_string(event) || json_string_length(event) > HP_EVENT_MAX) {
        hp_envelope_finish(envelope);
        return false;
    }
    envelope->event = json_string_value(event);
    envelope->payload = json_object_get(envelope->root, "payload");
    return true;
}

void
hp_envelope_finish(struct hp_envelope *envelope)
{
    json_decref(envelope->root);
    *envelope = (struct hp_envelope){ .root = NULL };
}

char *
hp_envelope_write(const char *event, json_t *payload)
{
    json_t *root = json_pack("{s:s}", "event", event);
    if (payload != NULL) {
        json_object_set(root, "payload", payload);
    }
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    return text;
}
