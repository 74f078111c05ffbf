// checks.c - checks that a row of options cannot express: values that must fit together, files that
// must exist.
// Owner: nobody.  Thread: main, before the server starts.
#include "app/checks.h"

#include <stdio.h>
#include <unistd.h>

#include <glib.h>

#include "config/config.h"
#include "dialect/profile_json.h"
#include "port/listener.h"
#include "room/profile.h"

static bool
refuse(const char *option, const char *value, const char *expected)
{
    char *safe = g_strescape(value, NULL);
    fprintf(stderr, "hairpin: %s = \"%.80s\": expected %s\n", option, safe, expected);
    g_free(safe);
    return false;
}

static bool
check_bind(const char *bind)
{
    char **addresses = g_strsplit(bind, ",", -1);
    bool is_good = addresses[0] != NULL;
    for (char **address = addresses; *address != NULL; address++) {
        is_good = is_good && hp_listener_is_address(g_strstrip(*address));
    }
    g_strfreev(addresses);
    return is_good || refuse("server.bind", bind, "address:port, like :8080 or [::]:8080");
}

static bool
check_file(const char *option, const char *path)
{
    bool is_good =
            *path == '\0' || (g_file_test(path, G_FILE_TEST_IS_REGULAR) && access(path, R_OK) == 0);
    return is_good || refuse(option, path, "a PEM file that can be read");
}

static bool
check_folder(const char *option, const char *path)
{
    bool is_good = *path == '\0' || g_file_test(path, G_FILE_TEST_IS_DIR);
    return is_good || refuse(option, path, "a folder with a page");
}

static bool
check_certificate(const struct hp_config *config)
{
    const char *cert = config->server.cert;
    const char *key = config->server.key;
    if ((*cert == '\0') != (*key == '\0')) {
        return *cert == '\0' ? refuse("server.cert", cert, "the certificate of server.key")
                             : refuse("server.key", key, "the key of server.cert");
    }
    return check_file("server.cert", cert) && check_file("server.key", key);
}

static bool
check_profile(const char *option, const char *text)
{
    struct hp_profile profile;
    hp_profile_init(&profile, false);
    bool is_good = hp_profile_json_merge_text(&profile, text);
    hp_profile_finish(&profile);
    return is_good
            || refuse(option, text, "rights that are true or false, like {\"can_host\": false}");
}

bool
hp_checks_pass(const struct hp_config *config)
{
    return check_bind(config->server.bind) && check_certificate(config)
            && check_folder("server.static", config->server.static_dir)
            && check_folder("server.web_dir", config->server.web_dir)
            && check_profile("member.multiuser.user_profile", config->member.user_profile)
            && check_profile("member.multiuser.admin_profile", config->member.admin_profile);
}
