// clipboard_body.h - the clipboard's text as the body of an answer, {"text": "..."}: made once for
// each text, since a large one takes long, and shared by all answers. Part of another object; main
// thread.
#pragma once

#include <stdint.h>

#include <glib.h>

struct hp_plugins;

struct hp_clipboard_body {
    GBytes *json; // NULL: none has been made yet
    uint64_t number; // of its text, see hp_plugins_clipboard_number()
};

// The text that is in the clipboard now. Borrowed until the next call; NULL: it is not UTF-8. All
// fields are 0 before the first call.
GBytes *hp_clipboard_body_get(struct hp_clipboard_body *body, const struct hp_plugins *plugins);
void hp_clipboard_body_finish(struct hp_clipboard_body *body);
