// checks.c - checks that a row of options cannot express: values that must fit together, files that
// must exist.
// Owner: nobody.  Thread: main, before the server starts.
#include "app/checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib.h>
#include <jansson.h>

#include "app/samples.h"
#include "base/log.h"
#include "config/config.h"
#include "dialect/profile_json.h"
#include "fetch/fetch.h"
#include "media/recipe.h"
#include "media/run.h"
#include "port/listener.h"
#include "member/profile.h"
#include "reach/reflexive.h"
#include "port/host.h"
#include "relay/discovery.h"
#include "relay/networks.h"
#include "wire/address.h"

enum {
    MAX_SHOWN = 80 // characters of a wrong value that an error shows
};

bool
hp_checks_refuse(const char *option, const char *value, const char *expected)
{
    char *safe = hp_log_quote(value, MAX_SHOWN);
    fprintf(stderr, "hairpin: %s = \"%s\": expected %s\n", option, safe, expected);
    g_free(safe);
    return false;
}

// Do both entries take one port of an address? An entry without a host is all addresses.
static bool
is_clash(const char *one, const char *other)
{
    const char *port = strrchr(one, ':'), *other_port = strrchr(other, ':');
    if (strcmp(port, other_port) != 0 || strcmp(port, ":0") == 0) { // 0: any that is free
        return false;
    }
    return port == one || other_port == other || g_ascii_strcasecmp(one, other) == 0;
}

static bool
check_clashes(const char *bind, char *const *addresses)
{
    for (guint i = 1; addresses[i] != NULL; i++) {
        for (guint k = 0; k < i; k++) {
            if (is_clash(addresses[i], addresses[k])) {
                char *expected = g_strdup_printf(
                        "entries that differ: %s has the port of %s already", addresses[k],
                        addresses[i]);
                hp_checks_refuse("server.bind", bind, expected);
                g_free(expected);
                return false;
            }
        }
    }
    return true;
}

static bool
check_bind(const char *bind)
{
    char **addresses = g_strsplit(bind, ",", -1);
    bool is_good = addresses[0] != NULL;
    for (char **address = addresses; *address != NULL; address++) {
        is_good = is_good && hp_listener_is_address(g_strstrip(*address));
    }
    is_good = is_good ? check_clashes(bind, addresses)
                      : hp_checks_refuse("server.bind", bind,
                                "address:port, like :8080 or [::]:8080, or several, joined by "
                                "commas");
    g_strfreev(addresses);
    return is_good;
}

static bool
check_guest_place(const char *place)
{
    bool is_number = place[strspn(place, "0123456789")] == '\0';
    bool is_good = is_number ? strtoul(place, NULL, 10) <= UINT16_MAX
                             : hp_listener_is_address(place);
    return is_good
            || hp_checks_refuse(
                    "webrtc.tcpmux", place, "a port or address:port, like 8081 or :8081");
}

static bool
check_file(const char *option, const char *path)
{
    bool is_good =
            *path == '\0' || (g_file_test(path, G_FILE_TEST_IS_REGULAR) && access(path, R_OK) == 0);
    return is_good
            || hp_checks_refuse(option, path,
                    "a PEM file that can be read, and a regular file: a pipe cannot be read again "
                    "when it is renewed");
}

static bool
check_folder(const char *option, const char *path)
{
    bool is_good = *path == '\0' || g_file_test(path, G_FILE_TEST_IS_DIR);
    return is_good || hp_checks_refuse(option, path, "a folder with a page");
}

static bool
check_certificate(const struct hp_config *config)
{
    const char *cert = config->server.cert;
    const char *key = config->server.key;
    if ((*cert == '\0') != (*key == '\0')) {
        return *cert == '\0'
                ? hp_checks_refuse("server.cert", cert, "the certificate of server.key")
                : hp_checks_refuse("server.key", key, "the key of server.cert");
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
            || hp_checks_refuse(
                    option, text, "rights that are true or false, like {\"can_host\": false}");
}

char *
hp_checks_find_unknown_right(const char *text)
{
    struct hp_profile profile;
    hp_profile_init(&profile, false);
    json_t *known = json_object(), *given = json_loads(text, 0, NULL), *value;
    const char *key;
    char *unknown = NULL;
    hp_profile_json_write(&profile, known);
    json_object_foreach(given, key, value)
    {
        if (unknown == NULL && json_object_get(known, key) == NULL) {
            unknown = g_strdup(key);
        }
    }
    json_decref(given);
    json_decref(known);
    hp_profile_finish(&profile);
    return unknown;
}

static bool
is_public_address(const char *text)
{
    switch (hp_address_classify(text)) {
    case HP_ADDRESS_PUBLIC:
    case HP_ADDRESS_PRIVATE:
    case HP_ADDRESS_LOOPBACK: // behind a tunnel
    case HP_ADDRESS_RESERVED:
    case HP_ADDRESS_MDNS:
    case HP_ADDRESS_NAME: return true;
    case HP_ADDRESS_LINK_LOCAL:
    case HP_ADDRESS_MULTICAST:
    case HP_ADDRESS_UNSPECIFIED:
    case HP_ADDRESS_INVALID: return false;
    }
    return false;
}

// Of Neko's pairs, public/private, the private half is an address.
static bool
is_private_half(const char *text)
{
    return *text == '\0'
            || (hp_address_classify(text + 1) != HP_ADDRESS_NAME && is_public_address(text + 1));
}

static bool
check_public_addresses(char *const *addresses)
{
    char host[HP_HOST_SIZE];
    uint16_t port;
    for (; *addresses != NULL; addresses++) {
        const char *rest = *addresses + strcspn(*addresses, "/");
        bool is_good = hp_host_split_outside(*addresses, host, &port) && is_public_address(host)
                && !hp_samples_has_host(host) && is_private_half(rest);
        if (!is_good) {
            return hp_checks_refuse("webrtc.nat1to1", *addresses,
                    "an address or a name of this server, like 198.51.100.7, desk.example.org or "
                    "198.51.100.7:9000");
        }
    }
    return true;
}

// A turn: server may lack credentials only if we can make them.
static bool
check_ice_servers(const char *option, const char *list, const char *secret)
{
    json_t *servers = json_loads(list, 0, NULL), *server, *url;
    bool is_good = true;
    size_t i, k;
    json_array_foreach(servers, i, server)
    {
        json_array_foreach(json_object_get(server, "urls"), k, url)
        {
            bool is_turn = g_str_has_prefix(json_string_value(url), "turn");
            if (is_turn && *secret == '\0' && json_object_get(server, "username") == NULL) {
                is_good = hp_checks_refuse(option, json_string_value(url),
                        "\"username\" and \"credential\" for a turn: server, or turn.secret, "
                        "which makes them");
            }
        }
    }
    json_decref(servers);
    return is_good;
}

static bool
check_stun(char *const *servers)
{
    for (; *servers != NULL; servers++) {
        if (!hp_reflexive_is_server(*servers)) {
            return hp_checks_refuse(
                    "webrtc.stun", *servers, "a host and a port, like stun.example:3478");
        }
    }
    return true;
}

static bool
check_retrieval(const char *url)
{
    return *url == '\0' || hp_fetch_is_url(url)
            || hp_checks_refuse("webrtc.ip_retrieval_url", url,
                    "a URL like https://checkip.amazonaws.com, without a name and a password");
}

static bool
check_alternate(const char *port)
{
    bool is_number = *port != '\0' && port[strspn(port, "0123456789")] == '\0';
    unsigned long number = is_number ? strtoul(port, NULL, 10) : 0;
    bool is_good = strcmp(port, "auto") == 0 || strcmp(port, "off") == 0
            || (number > 0 && number <= UINT16_MAX);
    return is_good || hp_checks_refuse("turn.alternate", port, "auto, off or a port, like 3478");
}

static bool
check_discovery(const struct hp_config *config, const struct hp_networks *listen)
{
    const char *const *addresses = (const char *const *) config->turn.discovery;
    struct hp_discovery discovery = { .pair_count = 0 };
    if (!hp_discovery_read(&discovery, addresses)) {
        return hp_checks_refuse("turn.discovery", addresses[0],
                "two addresses of a family, like 192.0.2.1, 192.0.2.2");
    }
    if (discovery.pair_count > 0 && strcmp(config->turn.alternate, "off") == 0) {
        return hp_checks_refuse("turn.alternate", "off", "a port for turn.discovery, or auto");
    }
    for (unsigned i = 0; i < 2 * discovery.pair_count; i++) {
        if (listen->count > 0 && !hp_networks_have(listen, &discovery.pairs[i / 2][i % 2])) {
            return hp_checks_refuse("turn.discovery", addresses[0],
                    "addresses that turn.listen has, too");
        }
    }
    return true;
}

static bool
check_turn(const struct hp_config *config)
{
    char host[HP_HOST_SIZE];
    uint16_t port;
    struct hp_networks networks = { .count = 0 };
    const char *public = config->turn.public_host;
    if (*public != '\0' && (!hp_host_split(public, host, &port) || hp_samples_has_host(host))) {
        return hp_checks_refuse("turn.public", public,
                "a host or host:port, like desk.example.org or 198.51.100.7:8080");
    }
    for (char *const *text = config->turn.listen; *text != NULL; text++) {
        if (!hp_networks_add(&networks, *text)) {
            return hp_checks_refuse("turn.listen", *text,
                    "at most 32 addresses or networks, like 192.0.2.1 or 10.0.0.0/8");
        }
    }
    return check_alternate(config->turn.alternate) && check_discovery(config, &networks);
}

// The scheme, host and port of a page, as browsers write them. "null" stands for pages without.
static bool
is_origin(const char *text)
{
    char host[HP_HOST_SIZE];
    uint16_t port;
    static const char letters[] =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
    size_t scheme = strspn(text, letters);
    return strcmp(text, "*") == 0 || strcmp(text, "null") == 0
            || (scheme > 0 && g_str_has_prefix(text + scheme, "://")
                    && hp_host_split(text + scheme + strlen("://"), host, &port));
}

static bool
check_origins(char *const *origins)
{
    for (; *origins != NULL; origins++) {
        if (!is_origin(*origins)) {
            return hp_checks_refuse("server.cors", *origins,
                    "the origin of a page, like https://desk.example.org or "
                    "http://desk.example.org:8080, or *");
        }
    }
    return true;
}

static bool
check_proxies(char *const *networks)
{
    for (; *networks != NULL; networks++) {
        GInetAddressMask *mask = g_inet_address_mask_new_from_string(*networks, NULL);
        if (mask == NULL) {
            return hp_checks_refuse("server.proxies", *networks,
                    "an address or a network, like 192.0.2.1 or 10.0.0.0/8");
        }
        g_object_unref(mask);
    }
    return true;
}

static void
ignore_failure(void *arg, const char *reason)
{
    (void) arg;
    (void) reason;
}

// Parses a configured pipeline with values of the same kind as those of the start.
static bool
check_pipeline(const char *option, const char *text, enum hp_codec codec)
{
    bool is_video = hp_codec_kind(codec) == HP_TRACK_VIDEO;
    const struct hp_recipe_values values = {
        .display = ":0",
        .device = "device",
        .hostname = g_get_host_name(),
        .source = is_video ? "videotestsrc" : "audiotestsrc",
        .fps = 30,
        .bitrate_kbps = 1000,
        .width = 1280,
        .height = 720,
    };
    if (*text == '\0') {
        return true;
    }
    char *reason = NULL;
    char *filled = hp_recipe_fill(text, &values, &reason);
    struct hp_run_params params = { .text = filled, .codec = codec };
    struct hp_run_cbs cbs = { .on_failed = ignore_failure };
    struct hp_run *run = filled == NULL ? NULL : hp_run_create(&params, &cbs, NULL, &reason);
    bool is_good = run != NULL;
    if (!is_good) {
        fprintf(stderr, "hairpin: %s: %s\n", option, reason);
    }
    hp_run_destroy(run);
    g_free(filled);
    g_free(reason);
    return is_good;
}

// Neko writes a path's slashes as it likes.
static bool
check_prefix(const char *prefix)
{
    bool is_good = strpbrk(prefix, "?#%\\ \t") == NULL;
    char **parts = g_strsplit(prefix, "/", -1);
    for (char **part = parts; *part != NULL; part++) {
        is_good = is_good && strcmp(*part, ".") != 0 && strcmp(*part, "..") != 0;
    }
    g_strfreev(parts);
    return is_good
            || hp_checks_refuse("server.path_prefix", prefix,
                    "a path of a URL, like /desk, without a query and \"..\"");
}

bool
hp_checks_pass(const struct hp_config *config)
{
    return check_bind(config->server.bind) && check_guest_place(config->webrtc.tcpmux)
            && check_certificate(config)
            && check_folder("server.static", config->server.static_dir)
            && check_folder("server.web_dir", config->server.web_dir)
            && check_origins(config->server.cors) && check_prefix(config->server.path_prefix)
            && check_public_addresses(config->webrtc.nat1to1)
            && check_stun(config->webrtc.stun)
            && check_retrieval(config->webrtc.ip_retrieval_url)
            && check_proxies(config->server.proxies) && check_turn(config)
            && check_ice_servers("webrtc.iceservers.frontend", config->webrtc.ice_servers_frontend,
                    config->turn.secret)
            && check_ice_servers("webrtc.iceservers.backend", config->webrtc.ice_servers_backend,
                    config->turn.secret)
            && check_pipeline("capture.video.pipeline", config->capture.video_pipeline,
                    HP_CODEC_VP8)
            && check_pipeline("capture.audio.pipeline", config->capture.audio_pipeline,
                    HP_CODEC_OPUS)
            && check_profile("member.multiuser.user_profile", config->member.user_profile)
            && check_profile("member.multiuser.admin_profile", config->member.admin_profile);
}
