// profile.c - what a person may do: the rights of a member.
// Owner: nobody.  Thread: main.
#include "room/profile.h"

#include <stddef.h>
#include <string.h>

#include <glib.h>

#include "room/fields.h"

static const struct hp_field flags[] = {
    { "is_admin", offsetof(struct hp_profile, is_admin) },
    { "can_login", offsetof(struct hp_profile, can_login) },
    { "can_connect", offsetof(struct hp_profile, can_connect) },
    { "can_watch", offsetof(struct hp_profile, can_watch) },
    { "can_host", offsetof(struct hp_profile, can_host) },
    { "can_share_media", offsetof(struct hp_profile, can_share_media) },
    { "can_access_clipboard", offsetof(struct hp_profile, can_access_clipboard) },
    { "sends_inactive_cursor", offsetof(struct hp_profile, sends_inactive_cursor) },
    { "can_see_inactive_cursors", offsetof(struct hp_profile, can_see_inactive_cursors) },
    { NULL, 0 },
};

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
    json_decref(profile->plugins);
    profile->plugins = NULL;
}

void
hp_profile_copy(struct hp_profile *to, const struct hp_profile *from)
{
    *to = *from;
    to->name = g_strdup(from->name);
    to->plugins = json_deep_copy(from->plugins);
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

static bool
is_name_right(const json_t *name)
{
    return name == NULL
            || (json_is_string(name)
                    && (json_string_length(name) == 0
                            || hp_profile_is_name(json_string_value(name))));
}

bool
hp_profile_merge(struct hp_profile *profile, const json_t *partial)
{
    const json_t *name = json_object_get(partial, "name");
    if (!hp_fields_are_right(flags, partial) || !is_name_right(name)) {
        return false;
    }
    hp_fields_merge(flags, profile, &profile->plugins, partial);
    if (name != NULL) {
        g_free(profile->name);
        profile->name = g_strdup(json_string_value(name));
    }
    return true;
}

bool
hp_profile_merge_text(struct hp_profile *profile, const char *text)
{
    if (*text == '\0') {
        return true;
    }
    json_t *partial = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    bool is_good = partial != NULL && hp_profile_merge(profile, partial);
    json_decref(partial);
    return is_good;
}

void
hp_profile_write(const struct hp_profile *profile, json_t *object)
{
    json_object_set_new(object, "name", json_string(profile->name));
    hp_fields_write(flags, profile, profile->plugins, object);
}

json_t *
hp_profile_to_json(const struct hp_profile *profile)
{
    json_t *object = json_object();
    hp_profile_write(profile, object);
    return object;
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
