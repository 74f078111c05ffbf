// profile.c - the rights of a member.
// Owner: nobody.  Thread: main.
#include "member/profile.h"

#include <string.h>

#include <glib.h>

#include "member/plugin_settings.h"

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

// Persian text and emoji need these two; they show nothing themselves.
static bool
is_joiner(gunichar character)
{
    return character == 0x200c || character == 0x200d;
}

static bool
is_harmless(gunichar character)
{
    switch (g_unichar_type(character)) {
    case G_UNICODE_CONTROL: // C0 and C1
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR: return false;
    case G_UNICODE_FORMAT: return is_joiner(character); // U+202E and its kin, invisible marks
    default: return true;
    }
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
    bool is_visible = false;
    for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (!is_harmless(character)) {
            return false;
        }
        is_visible = is_visible || (g_unichar_isgraph(character) && !is_joiner(character));
    }
    return is_visible;
}

char *
hp_profile_name_look(const char *name)
{
    char *folded = g_utf8_casefold(name, -1);
    char *plain = g_utf8_normalize(folded, -1, G_NORMALIZE_ALL_COMPOSE);
    GString *look = g_string_new(NULL);
    for (const char *at = plain; at != NULL && *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (!g_unichar_isspace(character) && !is_joiner(character)) {
            g_string_append_unichar(look, character);
        }
    }
    g_free(plain);
    g_free(folded);
    return g_string_free(look, FALSE);
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
