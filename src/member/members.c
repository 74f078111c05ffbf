// members.c - the people who may log in: the providers multiuser (two shared passwords) and noauth.
// The providers file and object are not implemented: with these nobody can log in, rather than by a
// default password.
// Owner: hp_room.  Thread: main.
#include "member/members.h"

#include <string.h>

#include <glib.h>

#define LOG_TAG "members"
#include "base/ident.h"
#include "base/log.h"
#include "member/profile.h"

struct hp_members {
    bool is_noauth;
    bool is_unknown; // the provider is not implemented
    char *user_password, *admin_password;
    struct hp_profile user, admin; // templates
};

static void
copy_template(struct hp_profile *to, const struct hp_profile *from, bool is_admin)
{
    if (from != NULL) {
        hp_profile_copy(to, from);
    } else {
        hp_profile_init(to, is_admin);
    }
}

struct hp_members *
hp_members_create(const struct hp_members_params *params)
{
    struct hp_members *members = g_new0(struct hp_members, 1);
    const char *provider = params->provider != NULL ? params->provider : "multiuser";
    members->is_noauth = strcmp(provider, "noauth") == 0;
    members->user_password = g_strdup(params->user_password != NULL ? params->user_password : "");
    members->admin_password =
            g_strdup(params->admin_password != NULL ? params->admin_password : "");
    copy_template(&members->user, params->user, false);
    copy_template(&members->admin, params->admin, true);
    members->is_unknown = !members->is_noauth && strcmp(provider, "multiuser") != 0;
    if (members->is_unknown) {
        log_error(
                "NOBODY CAN LOG IN: member.provider %s is not there yet; set it to multiuser, with "
                "passwords, or to noauth",
                provider);
    }
    return members;
}

void
hp_members_destroy(struct hp_members *members)
{
    if (members == NULL) {
        return;
    }
    hp_profile_finish(&members->user);
    hp_profile_finish(&members->admin);
    g_free(members->user_password);
    g_free(members->admin_password);
    g_free(members);
}

bool
hp_members_are_known(const struct hp_members *members)
{
    return !members->is_unknown;
}

bool
hp_members_login(const struct hp_members *members, const char *username, const char *password,
        struct hp_profile *profile)
{
    if (members->is_unknown) {
        return false;
    }
    if (members->is_noauth) {
        hp_profile_init(profile, true);
    } else {
        // Both passwords are compared, whatever the first result, so that the time tells nothing.
        // An empty password is one that nobody has set, and lets nobody in.
        bool is_admin = hp_ident_equal(members->admin_password, password);
        bool is_user = hp_ident_equal(members->user_password, password);
        is_admin = is_admin && members->admin_password[0] != '\0';
        is_user = is_user && members->user_password[0] != '\0';
        if (!is_admin && !is_user) {
            return false;
        }
        hp_profile_copy(profile, is_admin ? &members->admin : &members->user);
    }
    if (profile->name[0] == '\0') {
        g_free(profile->name);
        profile->name = g_strdup(username);
    }
    return true;
}
