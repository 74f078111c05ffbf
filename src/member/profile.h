// profile.h - the rights of a member. Main thread; is_name() any.
#pragma once

#include <stdbool.h>

#include <glib.h>

#include "base/plugin.h"

enum {
    HP_NAME_MAX = 64
}; // characters of a user's name

struct hp_profile {
    char *name;
    bool is_admin;
    bool can_login, can_connect, can_watch, can_host, can_share_media, can_access_clipboard;
    bool sends_inactive_cursor, can_see_inactive_cursors;
    GHashTable *plugins; // see plugin_settings.h; NULL: none
};

// The defaults of a user or an admin, with an empty name.
void hp_profile_init(struct hp_profile *profile, bool is_admin);
void hp_profile_finish(struct hp_profile *profile);
void hp_profile_copy(struct hp_profile *to, const struct hp_profile *from); // to: not initialised

bool hp_profile_has_right(const struct hp_profile *profile, enum hp_session_right right);

// 1 to HP_NAME_MAX characters of valid UTF-8, of which one can be seen, and none breaks a line or
// turns the text around it, or carries more than a few marks? Any thread.
bool hp_profile_is_name(const char *name);

// Names with the same look can hardly be told apart: the look has no difference of case, of width,
// of composition, of blanks, of what shows nothing, and of the alphabet of letters that look alike.
// name: valid UTF-8. Free it with g_free(). Any thread.
char *hp_profile_name_look(const char *name);
