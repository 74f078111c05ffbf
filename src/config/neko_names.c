// neko_names.c - the names of Neko that do not correspond to one option each, and those that are
// known but have no effect here.
// Owner: nobody.  Thread: main, before the server starts.
#include "config/neko_names.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "config/iceservers.h"

// Keys of Neko's version 3 that have no effect here; their variable is NEKO_ and the key in
// capitals.
static const char *const later_keys[] = { "legacy", "log.time", "log.nocolor", "log.dir",
    "server.pprof", "session.file", "session.api_token", "session.cookie.enabled",
    "session.cookie.name", "session.cookie.expiration", "session.cookie.secure",
    "session.cookie.http_only", "session.cookie.domain", "session.cookie.path", "member.file.path",
    "member.file.hash", "member.object.users", "desktop.input.enabled", "desktop.input.socket",
    "desktop.unminimize", "desktop.upload_drop", "desktop.file_chooser_dialog",
    "capture.video.display", "capture.video.ids", "capture.video.pipelines",
    "capture.broadcast.audio_bitrate", "capture.broadcast.video_bitrate",
    "capture.broadcast.preset", "capture.broadcast.pipeline", "capture.broadcast.url",
    "capture.broadcast.autostart", "capture.screencast.enabled", "capture.screencast.rate",
    "capture.screencast.quality", "capture.screencast.pipeline", "capture.webcam.enabled",
    "capture.webcam.device", "capture.webcam.width", "capture.webcam.height",
    "capture.microphone.enabled", "capture.microphone.device",
    "webrtc.icetrickle", "webrtc.estimator.enabled",
    "webrtc.estimator.passive", "webrtc.estimator.debug", "webrtc.estimator.initial_bitrate",
    "webrtc.estimator.read_interval", "webrtc.estimator.stable_duration",
    "webrtc.estimator.unstable_duration", "webrtc.estimator.stalled_duration",
    "webrtc.estimator.downgrade_backoff", "webrtc.estimator.upgrade_backoff",
    "webrtc.estimator.diff_threshold", "plugins.enabled", "plugins.required", "chat.enabled",
    "filetransfer.enabled", "filetransfer.dir", "filetransfer.refresh_interval",
    "filetransfer.user_download", "filetransfer.user_upload", "filetransfer.user_delete",
    "openinapp.enabled", "openinapp.open_command" };

// Variables without a key of their own.
static const char *const later_variables[] = { "NEKO_LOGS", "NEKO_FILE_TRANSFER_ENABLED",
    "NEKO_FILE_TRANSFER_PATH", "NEKO_HWENC", "NEKO_BROADCAST_PIPELINE", "NEKO_BROADCAST_URL",
    "NEKO_BROADCAST_AUTOSTART", "NEKO_PLUGINS_DIR", "NEKO_G722", "NEKO_PCMU", "NEKO_PCMA",
    "NEKO_OPUS" };

static bool
is_true(const char *text)
{
    static const char *const yes[] = { "true", "t", "1" };
    for (size_t i = 0; text != NULL && i < G_N_ELEMENTS(yes); i++) {
        if (g_ascii_strcasecmp(text, yes[i]) == 0) {
            return true;
        }
    }
    return false;
}

// Is the name that key, or its variable?
static bool
is_name_of(const char *key, const char *name)
{
    char *upper = g_ascii_strup(key, -1);
    g_strdelimit(upper, ".", '_');
    bool is_same = strcmp(name, key) == 0
            || (g_str_has_prefix(name, "NEKO_") && strcmp(name + 5, upper) == 0);
    g_free(upper);
    return is_same;
}

bool
hp_neko_is_later(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(later_variables); i++) {
        if (strcmp(name, later_variables[i]) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(later_keys); i++) {
        if (is_name_of(later_keys[i], name)) {
            return true;
        }
    }
    return false;
}

bool
hp_neko_is_met(const char *name, const char *text)
{
    static const struct {
        const char *key;
        bool value;
    } table[] = {
        { "legacy", false },
        { "webrtc.icetrickle", true },
        { "webrtc.estimator.enabled", false },
        { "webrtc.estimator.debug", false },
        { "server.pprof", false },
        { "session.cookie.enabled", false },
        { "desktop.input.enabled", false },
        { "desktop.unminimize", false },
        { "desktop.upload_drop", false },
        { "desktop.file_chooser_dialog", false },
        { "capture.broadcast.autostart", false },
        { "NEKO_BROADCAST_AUTOSTART", false },
        { "capture.screencast.enabled", false },
        { "capture.webcam.enabled", false },
        { "capture.microphone.enabled", false },
        { "plugins.enabled", false },
        { "plugins.required", false },
        { "chat.enabled", false },
        { "filetransfer.enabled", false },
        { "filetransfer.user_download", false },
        { "filetransfer.user_upload", false },
        { "filetransfer.user_delete", false },
        { "NEKO_FILE_TRANSFER_ENABLED", false },
        { "openinapp.enabled", false },
        { "NEKO_LOGS", false }, // into files
        { "NEKO_OPUS", true },
        { "NEKO_G722", false },
        { "NEKO_PCMU", false },
        { "NEKO_PCMA", false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        if (is_name_of(table[i].key, name)) {
            return is_true(text) == table[i].value;
        }
    }
    return false;
}

const char *
hp_neko_same_value(const char *option, const char *text)
{
    static const struct {
        const char *option, *theirs, *ours;
    } table[] = {
        { "log.level", "trace", "debug" },
        { "log.level", "fatal", "error" },
        { "log.level", "panic", "error" },
        { "log.level", "disabled", "error" },
        { "capture.video.fps", "0", "25" }, // the rate of Neko's own pipelines
        { "capture.video.bitrate", "0", "3072" }, // 0: not set
        { "capture.audio.bitrate", "0", "128" },
        { "session.heartbeat_interval", "0", "10" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        if (strcmp(table[i].option, option) == 0
                && g_ascii_strcasecmp(table[i].theirs, text) == 0) {
            return table[i].ours;
        }
    }
    return text;
}

bool
hp_neko_is_later_value(const char *option, const char *text)
{
    static const struct {
        const char *option, *value;
    } table[] = {
        { "capture.video.codec", "vp9" },
        { "capture.video.codec", "av1" },
        { "capture.video.codec", "h265" },
        { "capture.audio.codec", "g722" },
        { "capture.audio.codec", "pcmu" },
        { "capture.audio.codec", "pcma" },
        // the folder in Neko's images, with Neko's own plugins
        { "plugins.dir", "/etc/neko/plugins/" },
        { "plugins.dir", "/etc/neko/plugins" },
        { "plugins.dir", "./bin/plugins" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        if (strcmp(table[i].option, option) == 0 && g_ascii_strcasecmp(table[i].value, text) == 0) {
            return true;
        }
    }
    return false;
}

bool
hp_neko_is_fallback(const char *name, const char *text)
{
    return strcmp(name, "NEKO_EPR") == 0 && !g_regex_match_simple("^[0-9]+-[0-9]+$", text, 0, 0);
}

char *
hp_neko_copy_own(const char *name, const char *text)
{
    bool is_tcp_port =
            strcmp(name, "NEKO_WEBRTC_TCPMUX") == 0 || strcmp(name, "NEKO_TCPMUX") == 0;
    bool is_number = text[strspn(text, "0123456789")] == '\0' && strspn(text, "0") != strlen(text);
    return is_tcp_port && is_number ? g_strconcat(":", text, NULL) : g_strdup(text);
}

const struct hp_neko_key *
hp_neko_find_key(const char *key)
{
    static const struct hp_neko_key table[] = {
        { "capture.audio.device", { "desktop.audio_device" } },
        { "webrtc.iceservers", { "webrtc.iceservers.frontend", "webrtc.iceservers.backend" } },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        if (strcmp(table[i].key, key) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

static void
// Takes the text.
add(GArray *values, const char *option, char *text, const char *name) // text: taken
{
    struct hp_neko_value value = { .option = option, .text = text, .name = name };
    g_array_append_val(values, value);
}

bool
hp_neko_is_false(const char *text)
{
    static const char *const yes[] = { "1", "t", "T", "true", "True", "TRUE", NULL };
    return !g_strv_contains(yes, text);
}

const char *
hp_neko_find_plugin(const char *name)
{
    static const char *const desktop[] = { "NEKO_SCREEN", "NEKO_DISPLAY", "NEKO_DEVICE",
        "NEKO_CAPTURE_AUDIO_DEVICE", NULL };
    bool is_desktop = g_strv_contains(desktop, name) || g_str_has_prefix(name, "NEKO_DESKTOP_")
            || g_str_has_prefix(name, "HAIRPIN_DESKTOP_");
    return is_desktop ? "desktop" : g_str_has_prefix(name, "HAIRPIN_PATTERN_") ? "pattern" : NULL;
}

char *
hp_neko_copy_unknown_locks(const char *locks)
{
    static const char *const known[] = { "", "control", "login", "file_transfer", NULL };
    GString *unknown = g_string_new(NULL);
    char **words = g_strsplit_set(locks, " \t\n,", -1);
    for (char **word = words; *word != NULL; word++) {
        if (!g_strv_contains(known, *word)) {
            g_string_append_printf(unknown, "%s%s", unknown->len == 0 ? "" : ", ", *word);
        }
    }
    g_strfreev(words);
    return g_string_free(unknown, unknown->len == 0);
}

// NEKO_LOCKS: "control login".
static void
translate_locks(GArray *values, const char *locks)
{
    static const struct {
        const char *word, *option;
    } table[] = { { "control", "session.locked_controls" }, { "login", "session.locked_logins" } };
    char **words = g_strsplit_set(locks, " \t\n,", -1);
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        if (g_strv_contains((const char *const *) words, table[i].word)) {
            add(values, table[i].option, g_strdup("true"), "NEKO_LOCKS");
        }
    }
    g_strfreev(words);
}

// One variable switches each codec on.
static void
translate_codecs(GArray *values, hp_lookup_fn lookup, void *arg)
{
    static const struct {
        const char *name, *codec;
    } table[] = { { "NEKO_VP8", "vp8" }, { "NEKO_VP9", "vp9" }, { "NEKO_AV1", "av1" },
        { "NEKO_H264", "h264" } };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        if (is_true(lookup(arg, table[i].name))) {
            add(values, "capture.video.codec", g_strdup(table[i].codec), table[i].name);
        }
    }
}

// In the older pipelines %s stands for the display or the device, and Neko adds the sink.
static void
translate_pipeline(GArray *values, const char *text, const char *option, const char *name)
{
    const char *placeholder = strcmp(name, "NEKO_VIDEO") == 0 ? "{display}" : "{device}";
    char **parts = g_strsplit(text, "%s", -1);
    char *filled = g_strjoinv(placeholder, parts);
    const char *sink = strstr(text, "appsink") == NULL ? " ! appsink name=appsink" : "";
    add(values, option, g_strconcat(filled, sink, NULL), name);
    g_free(filled);
    g_strfreev(parts);
}

// NEKO_ICESERVER: plain URLs, which are added to the list of NEKO_ICESERVERS.
static void
translate_ice_server(GArray *values, const char *urls, const char *servers)
{
    char *error = NULL;
    json_t *list = hp_iceservers_parse(servers == NULL ? "[]" : servers, &error);
    g_free(error);
    if (list == NULL) {
        return; // the mistake in NEKO_ICESERVERS is reported under its own name
    }
    json_t *entry = json_object();
    json_t *entry_urls = json_array();
    char **words = g_strsplit_set(urls, " \t\r\n", -1);
    for (char **word = words; *word != NULL; word++) {
        if (**word != '\0') {
            json_array_append_new(entry_urls, json_string(*word));
        }
    }
    g_strfreev(words);
    json_object_set_new(entry, "urls", entry_urls);
    json_array_append_new(list, entry);
    char *text = json_dumps(list, JSON_COMPACT);
    add(values, "webrtc.iceservers.frontend", g_strdup(text), "NEKO_ICESERVER");
    add(values, "webrtc.iceservers.backend", g_strdup(text), "NEKO_ICESERVER");
    free(text);
    json_decref(list);
}

GArray *
hp_neko_translate(hp_lookup_fn lookup, void *arg)
{
    GArray *values = g_array_new(FALSE, FALSE, sizeof(struct hp_neko_value));
    const char *text;
    if ((text = lookup(arg, "NEKO_LOCKS")) != NULL) {
        translate_locks(values, text);
    }
    translate_codecs(values, lookup, arg);
    if ((text = lookup(arg, "NEKO_VIDEO")) != NULL) {
        translate_pipeline(values, text, "capture.video.pipeline", "NEKO_VIDEO");
    }
    if ((text = lookup(arg, "NEKO_AUDIO")) != NULL) {
        translate_pipeline(values, text, "capture.audio.pipeline", "NEKO_AUDIO");
    }
    if ((text = lookup(arg, "NEKO_ICESERVER")) != NULL) {
        translate_ice_server(values, text, lookup(arg, "NEKO_ICESERVERS"));
    }
    if (is_true(lookup(arg, "NEKO_DEBUG"))) {
        add(values, "log.level", g_strdup("debug"), "NEKO_DEBUG");
    }
    if (lookup(arg, "NEKO_PASSWORD") != NULL || lookup(arg, "NEKO_PASSWORD_ADMIN") != NULL) {
        add(values, "member.provider", g_strdup("multiuser"), "NEKO_PASSWORD");
    }
    return values;
}
