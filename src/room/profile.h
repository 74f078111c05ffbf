// profile.h - what a person may do: the rights of a member. Main thread; has_right() too.
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "base/plugin.h"

enum {
    HP_NAME_MAX = 64
}; // characters of a user's name

struct hp_profile {
    char *name;
    bool is_admin;
    bool can_login, can_connect, can_watch, can_host, can_share_media, can_access_clipboard;
    bool sends_inactive_cursor, can_see_inactive_cursors;
    json_t *plugins; // an object, or NULL
};

// The defaults of a user or an admin, with an empty name.
void hp_profile_init(struct hp_profile *profile, bool is_admin);
void hp_profile_finish(struct hp_profile *profile);
void hp_profile_copy(struct hp_profile *to, const struct hp_profile *from); // to: not initialised

// Takes the keys that are there; unknown ones are ignored, plugins merge by key. False when one has
// the wrong type: nothing was changed.
bool hp_profile_merge(struct hp_profile *profile, const json_t *partial);

// The same from JSON text; empty: no keys. False also when it is not JSON, or names a key twice.
bool hp_profile_merge_text(struct hp_profile *profile, const char *text);

// Sets the keys of the profile in `object`. (v3 has them flattened in session/profile.)
void hp_profile_write(const struct hp_profile *profile, json_t *object);
json_t *hp_profile_to_json(const struct hp_profile *profile);

bool hp_profile_has_right(const struct hp_profile *profile, enum hp_session_right right);

// 1 to HP_NAME_MAX characters of valid UTF-8 without control characters? Any thread.
bool hp_profile_is_name(const char *name);
