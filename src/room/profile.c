// profile.c - the rights of a member.
// Owner: nobody.  Thread: main.
#include "room/profile.h"

#include <string.h>

#include <glib.h>

#include "room/plugin_settings.h"

void
hp_profile_init(struct hp_profile *profile, bool is_admin)
{
    *profile = (struct hp_profile){
        .name = g_strdup(""),
        .is_admin = is_admin,
        .can_login = true,
        .can_connect = true,
        .can_watch = true,
        .can_host = true,
        .can_share_media = true,
        .can_access_clipboard = true,
        .sends_inactive_cursor = true,
        .can_see_inactive_cursors = is_admin,
    };
}

void
hp_profile_finish(struct hp_profile *profile)
{
    g_free(profile->name);
    profile->name = NULL;
    g_clear_pointer(&profile->plugins, g_hash_table_unref);
}

void
hp_profile_copy(struct hp_profile *to, const struct hp_profile *from)
{
    *to = *from;
    to->name = g_strdup(from->name);
    to->plugins = hp_plugin_settings_copy(from->plugins);
}

bool
hp_profile_is_name(const char *name)
{
    size_t size = strlen(name);
    if (size == 0 || size > (size_t) HP_NAME_MAX * 4 || !g_utf8_validate(name, -1, NULL)) {
        return false;
    }
    if (g_utf8_strlen(name, -1) > HP_NAME_MAX) {
        return false;
    }
    for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at)) {
        if (g_unichar_iscntrl(g_utf8_get_char(at))) {
            return false;
        }
    }
    return true;
}

bool
hp_profile_has_right(const struct hp_profile *profile, enum hp_session_right right)
{
    switch (right) {
    case HP_RIGHT_ADMIN: return profile->is_admin;
    case HP_RIGHT_WATCH: return profile->can_watch;
    case HP_RIGHT_HOST: return profile->can_host;
    case HP_RIGHT_SHARE_MEDIA: return profile->can_share_media;
    case HP_RIGHT_ACCESS_CLIPBOARD: return profile->can_access_clipboard;
    }
    return false;
}
