// logins.c - whom the passwords of the configuration let in.
// Owner: nobody.  Thread: main.
#include "app/logins.h"

#include <string.h>

#include <glib.h>

#include "app/samples.h"
#include "app/sharing.h"
#define LOG_TAG "setup"
#include "base/log.h"
#include "config/config.h"

static bool
is_multiuser(const struct hp_config *config)
{
    return strcmp(config->member.provider, "multiuser") == 0;
}

// Whoever guesses tries both defaults for either.
static bool
is_guessed(const char *password)
{
    return strcmp(password, "neko") == 0 || strcmp(password, "admin") == 0
            || hp_samples_has_password(password);
}

bool
hp_logins_are_weak(const struct hp_config *config)
{
    return strcmp(config->member.provider, "noauth") == 0
            || (is_multiuser(config)
                    && (is_guessed(config->member.user_password)
                            || is_guessed(config->member.admin_password)));
}

void
hp_logins_warn(const struct hp_config *config)
{
    if (!hp_sharing_reaches_others(config)) {
        return;
    }
    const char *how = config->server.proxy ? " through the reverse proxy"
            : config->webrtc.nat1to1[0] != NULL ? " or a public address of webrtc.nat1to1"
                                                : "";
    if (strcmp(config->member.provider, "noauth") == 0) {
        log_warn("ANYONE who reaches %s%s is an admin, since member.provider is noauth: set it to "
                 "multiuser, with passwords",
                config->server.bind, how);
        return;
    }
    if (hp_logins_are_weak(config)) {
        log_warn("A DEFAULT PASSWORD lets anyone who reaches %s%s in: set "
                 "member.multiuser.user_password and member.multiuser.admin_password",
                config->server.bind, how);
    }
}

static void
add_sample(GPtrArray *lines, const char *option, const char *password)
{
    if (hp_samples_has_password(password)) {
        g_ptr_array_add(lines,
                g_strdup_printf("%s is a placeholder or a word that anyone guesses: set a password "
                                "of your own",
                        option));
    }
}

static void
add_empty(GPtrArray *lines, const char *option, const char *password, const char *whom)
{
    if (*password == '\0') {
        g_ptr_array_add(lines,
                g_strdup_printf("%s is empty, and nobody can log in as %s: set it", option, whom));
    }
}

char **
hp_logins_list_doubts(const struct hp_config *config)
{
    static const char user_option[] = "member.multiuser.user_password";
    static const char admin_option[] = "member.multiuser.admin_password";
    const char *user = config->member.user_password;
    const char *admin = config->member.admin_password;
    GPtrArray *lines = g_ptr_array_new();
    if (is_multiuser(config)) {
        add_sample(lines, user_option, user);
        add_sample(lines, admin_option, admin);
        add_empty(lines, user_option, user, "a user");
        add_empty(lines, admin_option, admin, "an admin");
        if (*user != '\0' && strcmp(user, admin) == 0) {
            g_ptr_array_add(lines,
                    g_strdup_printf("%s is the same as admin_password, and everyone who logs in is "
                                    "an admin: set two that differ",
                            user_option));
        }
    }
    g_ptr_array_add(lines, NULL);
    return (char **) g_ptr_array_free(lines, FALSE);
}
