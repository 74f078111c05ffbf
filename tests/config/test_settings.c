// Tests of config/settings.c, config/option_value.c, config/neko_names.c and the rows of config/config.c.
#include "config/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include <cmocka.h>

#include "base/options.h"
#include "config/config.h"
#include "config/settings_print.h"

struct fixture {
    struct hp_settings *settings;
    struct hp_config config;
    char *error;
};

static int
set_up(void **state)
{
    struct fixture *fixture = g_new0(struct fixture, 1);
    fixture->settings = hp_settings_create();
    hp_settings_add(fixture->settings, hp_config_rows, &fixture->config);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;
    hp_settings_destroy(fixture->settings);
    g_free(fixture->error);
    g_free(fixture);
    return 0;
}

// Loads with the environment and arguments given as one text, lines between them.
static const char *
load(struct fixture *fixture, const char *environment, const char *arguments)
{
    char **lines = g_strsplit(environment, "\f", -1);
    char **words = g_strsplit(arguments, "\f", -1);
    struct hp_settings_input input = { .environment = lines, .arguments = words };
    input.argument_count = *arguments == '\0' ? 0 : (int) g_strv_length(words);
    g_free(fixture->error);
    fixture->error = hp_settings_load(fixture->settings, &input, HP_SETTINGS_STRICT);
    g_strfreev(lines);
    g_strfreev(words);
    return fixture->error;
}

static char *
write_file(const char *text)
{
    char *path = NULL;
    int fd = g_file_open_tmp("hairpin-XXXXXX.yaml", &path, NULL);
    assert_true(fd >= 0);
    close(fd);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static const char *
load_file(struct fixture *fixture, const char *text, const char *environment)
{
    char *path = write_file(text);
    char *argument = g_strconcat("--config=", path, NULL);
    const char *error = load(fixture, environment, argument);
    unlink(path);
    g_free(path);
    g_free(argument);
    return error;
}

static void
assert_contains(const char *text, const char *part)
{
    if (text == NULL || strstr(text, part) == NULL) {
        fail_msg("\"%s\" does not contain \"%s\"", text == NULL ? "nothing" : text, part);
    }
}

static void
defaults_hold_without_anything_said(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(fixture, "", ""));
    assert_string_equal(fixture->config.server.bind, "127.0.0.1:8080");
    assert_int_equal(fixture->config.session.heartbeat_interval, 10);
    assert_int_equal(fixture->config.session.grace_ms, 30000);
    assert_true(fixture->config.session.merciful_reconnect);
    assert_string_equal(fixture->config.plugins.load[0], "desktop");
    assert_null(fixture->config.plugins.load[1]);
    assert_string_equal(fixture->config.webrtc.ice_servers_frontend, "[]");
    assert_int_equal(fixture->config.capture.video_fps, 60);
}

static void
ranks_are_default_file_environment_command_line(void **state)
{
    struct fixture *fixture = *state;
    const char *file = "server:\n  bind: \":1\"\nlog:\n  level: warn\n";
    assert_null(load_file(fixture, file, ""));
    assert_string_equal(fixture->config.server.bind, ":1");
    assert_null(load_file(fixture, file, "HAIRPIN_SERVER_BIND=:2"));
    assert_string_equal(fixture->config.server.bind, ":2");
    assert_string_equal(fixture->config.log.level, "warn");
    assert_null(load(fixture, "HAIRPIN_SERVER_BIND=:2", "--server.bind\f:3"));
    assert_string_equal(fixture->config.server.bind, ":3");
}

static void
own_names_beat_nekos_and_version_3_beats_2(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(fixture, "NEKO_BIND=:1\fNEKO_SERVER_BIND=:2\fHAIRPIN_SERVER_BIND=:3", ""));
    assert_string_equal(fixture->config.server.bind, ":3");
    assert_null(load(fixture, "NEKO_BIND=:1\fNEKO_SERVER_BIND=:2", ""));
    assert_string_equal(fixture->config.server.bind, ":2");
    assert_null(load(fixture, "NEKO_BIND=:1\fNEKO_SERVER_BIND=", ""));
    assert_string_equal(fixture->config.server.bind, ":1");
}

static void
an_environment_written_for_neko_is_understood(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(fixture,
            "NEKO_PASSWORD=one\fNEKO_PASSWORD_ADMIN=two\fNEKO_MEMBER_PROVIDER=noauth\f"
            "NEKO_LOCKS=control login\fNEKO_H264=true\fNEKO_NAT1TO1=1.2.3.4 5.6.7.8\f"
            "NEKO_EPR=52000-52100\fNEKO_IMPLICIT_CONTROL=1\fNEKO_MAX_FPS=25\f"
            "NEKO_TCPMUX=8081\fNEKO_CAPTURE_VIDEO_CODEC=av1",
            ""));
    assert_string_equal(fixture->config.member.user_password, "one");
    assert_string_equal(fixture->config.member.admin_password, "two");
    assert_true(fixture->config.session.locked_controls);
    assert_true(fixture->config.session.locked_logins);
    assert_true(fixture->config.session.implicit_hosting);
    assert_string_equal(fixture->config.webrtc.nat1to1[1], "5.6.7.8");
    assert_string_equal(fixture->config.webrtc.port_range, "52000-52100");
    assert_string_equal(fixture->config.webrtc.tcpmux, ":8081"); // as with Neko: at all addresses
    assert_int_equal(fixture->config.capture.video_fps, 25);
    char *notes = g_strjoinv("\n", hp_settings_get_notes(fixture->settings));
    assert_contains(notes,
            "capture.video.codec = av1 (environment NEKO_CAPTURE_VIDEO_CODEC) is not there yet");
    g_free(notes);
}

static const char neko_environment[] =
        "NEKO_DEBUG=false\fNEKO_LEGACY=true\f"
        "NEKO_LOG_LEVEL=info\f"
        "NEKO_LOG_TIME=unix\f"
        "NEKO_LOG_JSON=false\f"
        "NEKO_LOG_NOCOLOR=true\f"
        "NEKO_LOG_DIR=/tmp/nekolog\f"
        "NEKO_SERVER_BIND=:18080\f"
        "NEKO_SERVER_PROXY=1\f"
        "NEKO_SERVER_STATIC=/var/www\f"
        "NEKO_SERVER_PATH_PREFIX=/\f"
        "NEKO_SERVER_PPROF=false\f"
        "NEKO_SERVER_METRICS=true\f"
        "NEKO_SERVER_CORS=https://a.example https://b.example\f"
        "NEKO_SESSION_FILE=/tmp/sessions\f"
        "NEKO_SESSION_PRIVATE_MODE=false\f"
        "NEKO_SESSION_LOCKED_LOGINS=f\f"
        "NEKO_SESSION_LOCKED_CONTROLS=F\f"
        "NEKO_SESSION_CONTROL_PROTECTION=0\f"
        "NEKO_SESSION_IMPLICIT_HOSTING=true\f"
        "NEKO_SESSION_INACTIVE_CURSORS=true\f"
        "NEKO_SESSION_MERCIFUL_RECONNECT=true\f"
        "NEKO_SESSION_HEARTBEAT_INTERVAL=120\f"
        "NEKO_SESSION_API_TOKEN=tok\f"
        "NEKO_SESSION_COOKIE_ENABLED=false\f"
        "NEKO_SESSION_COOKIE_NAME=X\f"
        "NEKO_SESSION_COOKIE_EXPIRATION=24h\f"
        "NEKO_SESSION_COOKIE_SECURE=true\f"
        "NEKO_MEMBER_PROVIDER=multiuser\f"
        "NEKO_MEMBER_MULTIUSER_USER_PASSWORD=neko\f"
        "NEKO_MEMBER_MULTIUSER_ADMIN_PASSWORD=admin\f"
        "NEKO_MEMBER_MULTIUSER_USER_PROFILE={\"can_host\":true}\f"
        "NEKO_DESKTOP_INPUT_ENABLED=true\f"
        "NEKO_DESKTOP_UNMINIMIZE=true\f"
        "NEKO_DESKTOP_UPLOAD_DROP=true\f"
        "NEKO_DESKTOP_FILE_CHOOSER_DIALOG=false\f"
        "NEKO_CAPTURE_VIDEO_DISPLAY=:99.0\f"
        "NEKO_CAPTURE_VIDEO_CODEC=h264\f"
        "NEKO_CAPTURE_VIDEO_IDS=hq lq\f"
        "NEKO_CAPTURE_VIDEO_PIPELINES={\"hq\":{\"fps\":\"25\",\"gst_encoder\":\"vp8enc\"}}\f"
        "NEKO_CAPTURE_AUDIO_CODEC=opus\f"
        "NEKO_CAPTURE_BROADCAST_AUDIO_BITRATE=128\f"
        "NEKO_CAPTURE_BROADCAST_PRESET=veryfast\f"
        "NEKO_CAPTURE_BROADCAST_URL=rtmp://x\f"
        "NEKO_CAPTURE_SCREENCAST_ENABLED=true\f"
        "NEKO_CAPTURE_SCREENCAST_RATE=10/1\f"
        "NEKO_CAPTURE_SCREENCAST_QUALITY=60\f"
        "NEKO_CAPTURE_WEBCAM_ENABLED=false\f"
        "NEKO_CAPTURE_MICROPHONE_ENABLED=true\f"
        "NEKO_CAPTURE_MICROPHONE_DEVICE=audio_input\f"
        "NEKO_WEBRTC_ICELITE=1\f"
        "NEKO_WEBRTC_ICETRICKLE=false\f"
        "NEKO_WEBRTC_ICESERVERS_FRONTEND=[{\"urls\":\"stun:a:1\"}]\f"
        "NEKO_WEBRTC_EPR=56000-56100\f"
        "NEKO_WEBRTC_TCPMUX=8081\f"
        "NEKO_WEBRTC_UDPMUX=8082\f"
        "NEKO_WEBRTC_NAT1TO1=1.2.3.4\f"
        "NEKO_WEBRTC_IP_RETRIEVAL_URL=https://checkip.amazonaws.com\f"
        "NEKO_WEBRTC_ESTIMATOR_ENABLED=true\f"
        "NEKO_WEBRTC_ESTIMATOR_INITIAL_BITRATE=1000000\f"
        "NEKO_PLUGINS_ENABLED=true\f"
        "NEKO_PLUGINS_DIR=/etc/neko/plugins/\f"
        "NEKO_PLUGINS_REQUIRED=false\f"
        "NEKO_CHAT_ENABLED=true\f"
        "NEKO_FILETRANSFER_ENABLED=true\f"
        "NEKO_FILETRANSFER_DIR=/home/neko/Downloads\f"
        "NEKO_OPENINAPP_ENABLED=true\f"
        "NEKO_LOGS=true\f"
        "NEKO_LOCKS=control login file_transfer\f"
        "NEKO_VIDEO_BITRATE=3072\f"
        "NEKO_MAX_FPS=25\f"
        "NEKO_HWENC=none\f"
        "NEKO_IPFETCH=https://ifconfig.co\f"
        "NEKO_FILE_TRANSFER_ENABLED=true";

static void
every_option_of_neko_is_accepted(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(fixture, neko_environment, ""));
    char *notes = g_strjoinv("\n", hp_settings_get_notes(fixture->settings));
    assert_contains(notes, "NEKO_CHAT_ENABLED is not there yet");
    assert_null(strstr(notes, "is no option"));
    g_free(notes);
}

static void
values_of_neko_mean_what_is_nearest(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(fixture, "NEKO_LOG_LEVEL=trace\fNEKO_MAX_FPS=0", ""));
    assert_string_equal(fixture->config.log.level, "debug");
    assert_int_equal(fixture->config.capture.video_fps, 25);
    assert_null(load(fixture, "NEKO_LOG_LEVEL=disabled", ""));
    assert_string_equal(fixture->config.log.level, "error");
    assert_null(load(fixture, "NEKO_LOG_LEVEL=DEBUG\fNEKO_VIDEO_CODEC=H264\fNEKO_EPR=59000", ""));
    assert_string_equal(fixture->config.log.level, "debug");
    assert_string_equal(fixture->config.capture.video_codec, "h264");
    assert_string_equal(fixture->config.webrtc.port_range, "");
    assert_null(load(
            fixture, "NEKO_VIDEO_BITRATE=0\fNEKO_AUDIO_BITRATE=0\fNEKO_HEARTBEAT_INTERVAL=0", ""));
    assert_int_equal(fixture->config.capture.video_bitrate, 3072);
    assert_null(load(fixture, "NEKO_HEARTBEAT_INTERVAL=300", ""));
    assert_non_null(load(fixture, "HAIRPIN_WEBRTC_EPR=59000-59100\fHAIRPIN_SESSION_MAX=0", ""));
}

static void
pipelines_of_neko_2_get_placeholders_and_a_sink(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(fixture,
            "NEKO_VIDEO=ximagesrc display-name=%s ! vp8enc\f"
            "NEKO_AUDIO=pulsesrc device=%s ! opusenc ! appsink name=appsink",
            ""));
    assert_string_equal(fixture->config.capture.video_pipeline,
            "ximagesrc display-name={display} ! vp8enc ! appsink name=appsink");
    assert_string_equal(fixture->config.capture.audio_pipeline,
            "pulsesrc device={device} ! opusenc ! appsink name=appsink");
}

static void
a_file_and_flags_written_for_neko_are_understood(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load_file(fixture,
            "debug: true\n"
            "plugins: { dir: /etc/neko/plugins/ }\n"
            "webrtc: { iceservers: [ { urls: 'stun:a:1' } ], icetrickle: false }\n"
            "capture:\n  audio: { device: x }\n"
            "  video: { codec: vp9, pipelines: { main: { fps: 25 } } }\n",
            ""));
    assert_string_equal(fixture->config.log.level, "debug");
    assert_string_equal(fixture->config.plugins.dir, "");
    assert_string_equal(fixture->config.webrtc.ice_servers_frontend, "[{\"urls\":[\"stun:a:1\"]}]");
    assert_string_equal(fixture->config.webrtc.ice_servers_backend, "[{\"urls\":[\"stun:a:1\"]}]");
    char *notes = g_strjoinv("\n", hp_settings_get_notes(fixture->settings));
    assert_contains(notes, "capture.video.pipelines");
    assert_contains(notes, "webrtc.icetrickle");
    assert_contains(notes, "vp9");
    g_free(notes);
    assert_null(load(fixture, "",
            "--debug=1\f--capture.audio.device\fx\f--webrtc.icetrickle=false\f"
            "--capture.video.codec=vp9\f--server.bind\f:7"));
    assert_string_equal(fixture->config.log.level, "debug");
    assert_string_equal(fixture->config.server.bind, ":7");
    notes = g_strjoinv("\n", hp_settings_get_notes(fixture->settings));
    assert_contains(notes, "--webrtc.icetrickle is not there yet");
    g_free(notes);
}

static void
an_unknown_key_of_a_file_is_a_note(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load_file(fixture,
            "sever:\n  bind: x\nclient: { auto_play: true }\nsession: { auto_login: true }\n"
            "mistake: 1\nserver: { bind: ':5' }\n",
            ""));
    assert_string_equal(fixture->config.server.bind, ":5");
    char *notes = g_strjoinv("\n", hp_settings_get_notes(fixture->settings));
    assert_contains(notes, "sever.bind (file) is no option and has no effect");
    assert_contains(notes, "client.auto_play (file) is no option");
    assert_contains(notes, "session.auto_login (file) is no option");
    assert_contains(notes, "mistake (file) is no option");
    g_free(notes);
}

static void
keys_of_neko_2_in_a_file_are_understood(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load_file(fixture,
            "bind: ':1'\npassword: one\npassword_admin: two\nproxy: true\nmax_fps: 20\n"
            "nat1to1: [192.0.2.1, 192.0.2.2]\nepr: 52000-52100\nlocks: [control]\nh264: true\n"
            "iceservers: [ { urls: ['stun:a:1'] } ]\nimplicit_control: 1\ndebug: true\n"
            "tcpmux: 8081\nicelite: true\nhwenc: vaapi\ncert:\n",
            "NEKO_MAX_FPS=15"));
    assert_string_equal(fixture->config.server.bind, ":1");
    assert_string_equal(fixture->config.member.user_password, "one");
    assert_string_equal(fixture->config.member.admin_password, "two");
    assert_true(fixture->config.server.proxy);
    assert_int_equal(fixture->config.capture.video_fps, 15);
    assert_string_equal(fixture->config.webrtc.nat1to1[1], "192.0.2.2");
    assert_string_equal(fixture->config.webrtc.port_range, "52000-52100");
    assert_true(fixture->config.session.locked_controls);
    assert_false(fixture->config.session.locked_logins);
    assert_string_equal(fixture->config.capture.video_codec, "h264");
    assert_string_equal(fixture->config.webrtc.ice_servers_backend, "[{\"urls\":[\"stun:a:1\"]}]");
    assert_true(fixture->config.session.implicit_hosting);
    assert_true(fixture->config.webrtc.icelite);
    assert_string_equal(fixture->config.log.level, "debug");
    char *notes = g_strjoinv("\n", hp_settings_get_notes(fixture->settings));
    assert_contains(notes, "hwenc (file) is not there yet");
    assert_null(strstr(notes, "is no option"));
    g_free(notes);
    // a key of version 3 beats one of version 2, wherever it stands
    assert_null(load_file(fixture, "server: { bind: ':3' }\nbind: ':2'\n", ""));
    assert_string_equal(fixture->config.server.bind, ":3");
    const char *error = load_file(fixture, "max_fps: many\n", "");
    assert_contains(error, "capture.video.fps = \"many\" (file ");
}

static void
flags_and_the_word_of_neko_2_are_understood(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(fixture, "NEKO_BIND=:1",
            "serve\f--bind\f:2\f--nat1to1=192.0.2.1\f--proxy\f--h264\f--tcpmux\f8081\f"
            "--debug\f--password\fone"));
    assert_string_equal(fixture->config.server.bind, ":2");
    assert_string_equal(fixture->config.webrtc.nat1to1[0], "192.0.2.1");
    assert_string_equal(fixture->config.webrtc.tcpmux, ":8081"); // as with Neko: at all addresses
    assert_true(fixture->config.server.proxy);
    assert_string_equal(fixture->config.capture.video_codec, "h264");
    assert_string_equal(fixture->config.log.level, "debug");
    assert_string_equal(fixture->config.member.user_password, "one");
    assert_null(load(fixture, "", "--server.bind\f:3\f--bind\f:2\f--log.level\fwarn\f--debug"));
    assert_string_equal(fixture->config.server.bind, ":3");
    assert_string_equal(fixture->config.log.level, "warn");
    assert_null(load(fixture, "", "--check\fserve\f--server.proxy"));
    assert_contains(load(fixture, "", "--server.proxy\fserver"), "server: no such option");
    assert_contains(load(fixture, "", "--proxy\fserver"), "server: no such option");
    assert_contains(load(fixture, "", "--max_fps=many"), "capture.video.fps = \"many\" (command");
}

static const char *
find_even_fault(const char *text)
{
    return strlen(text) % 2 == 0 ? NULL : "an even number of letters";
}

static void
a_row_may_look_at_its_text(void **state)
{
    struct fixture *fixture = *state;
    char *value = NULL;
    const struct hp_option rows[] = {
        { .name = "even.text", .type = HP_OPTION_STRING, .find_fault = find_even_fault },
        { .name = NULL },
    };
    hp_settings_add(fixture->settings, rows, &value);
    assert_string_equal(load(fixture, "HAIRPIN_EVEN_TEXT=odd", ""),
            "even.text = \"odd\" (environment HAIRPIN_EVEN_TEXT): expected an even number of "
            "letters");
    assert_null(load(fixture, "", "--even.text\feven"));
    assert_string_equal(value, "even");
    hp_settings_destroy(fixture->settings); // before the rows, which end here
    fixture->settings = NULL;
}

static void
a_bad_value_names_option_value_and_what_was_expected(void **state)
{
    struct fixture *fixture = *state;
    const char *error = load(fixture, "HAIRPIN_SESSION_MAX=many", "");
    assert_contains(error, "session.max");
    assert_contains(error, "\"many\"");
    assert_contains(error, "HAIRPIN_SESSION_MAX");
    assert_contains(error, "whole number from 1 to 10000");
    assert_contains(load(fixture, "", "--log.level\floud"), "one of error, warn, info, debug");
    assert_contains(load(fixture, "", "--session.grace\f10 parrots"), "duration like 10s");
    assert_contains(load(fixture, "", "--session.grace\f18446744073709581"), "duration like 10s");
    assert_contains(load(fixture, "HAIRPIN_SERVER_PROXY=perhaps", ""), "true or false");
    assert_contains(load(fixture, "", "--session.max"), "expected a value");
    assert_contains(load(fixture, "", "--no.such\fx"), "no such option");
}

static void
a_secret_is_never_shown(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(fixture,
            "NEKO_PASSWORD=hunter2\f"
            "HAIRPIN_ICESERVERS=[{\"urls\":\"turn:a\",\"username\":\"u\",\"credential\":"
            "\"hunter2\"}]",
            ""));
    char *text = hp_settings_print_config(fixture->settings);
    assert_null(strstr(text, "hunter2"));
    assert_contains(text, "turn:a");
    assert_contains(text, "environment NEKO_PASSWORD");
    g_free(text);
    const char *error = load(fixture,
            "HAIRPIN_ICESERVERS=[{\"urls\":\"turn:a\",\"credential\":\"hunter2\" \"username\"}]",
            "");
    assert_non_null(error);
    assert_null(strstr(error, "hunter2"));
}

static void
a_file_may_be_broken_in_many_ways_without_harm(void **state)
{
    struct fixture *fixture = *state;
    assert_contains(load_file(fixture, "server: [", ""), "line ");
    assert_contains(load_file(fixture, "just text", ""), "expected options");
    assert_contains(load_file(fixture, "a: &a [*a, *a]\n", ""), "a");
    assert_contains(
            load_file(fixture, "webrtc:\n  nat1to1: [0, b]\n", ""), "expected list of texts");
    assert_contains(load(fixture, "HAIRPIN_CONFIG=/does/not/exist", ""), "readable file");
    assert_null(load_file(fixture, "", ""));
    assert_null(load_file(fixture, "legacy: false\nserver:\n  metrics: true\n", ""));
}

static void
structures_of_the_file_become_json(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load_file(fixture,
            "member:\n  multiuser:\n    user_profile:\n      can_host: false\n      name: Bo\n"
            "webrtc:\n  nat1to1: [1.2.3.4, example.org]\n  iceservers:\n    frontend:\n"
            "      - urls: stun:a.example:3478\n",
            ""));
    assert_string_equal(
            fixture->config.member.user_profile, "{\"can_host\":false,\"name\":\"Bo\"}");
    assert_string_equal(fixture->config.webrtc.nat1to1[1], "example.org");
    assert_string_equal(
            fixture->config.webrtc.ice_servers_frontend, "[{\"urls\":[\"stun:a.example:3478\"]}]");
}

static void
neko_iceserver_is_added_to_neko_iceservers(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(
            fixture, "NEKO_ICESERVER=stun:b:1\fNEKO_ICESERVERS=[{\"urls\":[\"stun:a:1\"]}]", ""));
    assert_string_equal(fixture->config.webrtc.ice_servers_backend,
            "[{\"urls\":[\"stun:a:1\"]},{\"urls\":[\"stun:b:1\"]}]");
}

static void
a_switch_takes_the_next_argument_only_if_it_is_true_or_false(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(fixture, "", "--webrtc.loopback\ffalse\f--server.bind\f:2"));
    assert_false(fixture->config.webrtc.loopback);
    assert_string_equal(fixture->config.server.bind, ":2");
    assert_null(load(fixture, "", "--webrtc.loopback\fYes"));
    assert_true(fixture->config.webrtc.loopback);
    assert_null(load(fixture, "", "--webrtc.loopback=false\fserve\f--server.proxy\f1\fserve"));
    assert_false(fixture->config.webrtc.loopback);
    assert_true(fixture->config.server.proxy);
    assert_null(load(fixture, "", "--proxy\f0\f--bind\f:3"));
    assert_false(fixture->config.server.proxy);
    assert_string_equal(fixture->config.server.bind, ":3");
}

static void
texts_are_made_from_the_rows(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(fixture, "", ""));
    char *help = hp_settings_print_help(fixture->settings);
    assert_contains(help, "--webrtc.nat1to1");
    g_free(help);
    char *sample = hp_settings_print_sample(fixture->settings);
    assert_contains(sample, "server:\n");
    assert_null(load_file(fixture, sample, ""));
    g_free(sample);
    char *reference = hp_settings_print_reference(fixture->settings);
    assert_contains(reference, "| `server.bind` | `127.0.0.1:8080` |");
    g_free(reference);
}

static void
actions_are_read_from_the_command_line(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(fixture, "", "--server.proxy\f--print-config\f--session.max=7"));
    assert_int_equal(hp_settings_get_action(fixture->settings), HP_SETTINGS_PRINT_CONFIG);
    assert_true(fixture->config.server.proxy);
    assert_int_equal(fixture->config.session.max_sessions, 7);
}

static void
assert_asks_nobody(struct fixture *fixture, const char *error)
{
    assert_null(error);
    assert_null(fixture->config.webrtc.stun[0]);
}

static void
stun_servers_are_switched_off_by_a_word_and_by_an_empty_list(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(fixture, "HAIRPIN_WEBRTC_STUN=", ""));
    assert_non_null(fixture->config.webrtc.stun[0]); // an empty variable counts as unset
    assert_asks_nobody(fixture, load(fixture, "HAIRPIN_WEBRTC_STUN=off", ""));
    assert_asks_nobody(fixture, load(fixture, "HAIRPIN_WEBRTC_STUN=[]", ""));
    assert_asks_nobody(fixture, load(fixture, "", "--webrtc.stun\fOFF"));
    assert_asks_nobody(fixture, load_file(fixture, "webrtc: { stun: off }\n", ""));
    assert_asks_nobody(fixture, load_file(fixture, "webrtc: { stun: [] }\n", ""));
}

static void
what_neko_s_options_ask_for_and_is_the_case_anyway_makes_no_note(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(fixture,
            "NEKO_WEBRTC_ICELITE=true\fNEKO_WEBRTC_ICETRICKLE=true\f"
            "NEKO_CAPTURE_SCREENCAST_ENABLED=false\fNEKO_FILE_TRANSFER_ENABLED=0",
            "--icelite=false\f--webrtc.icetrickle\f--capture.webcam.enabled\ffalse"));
    assert_null(hp_settings_get_notes(fixture->settings)[0]);
    assert_null(load_file(fixture,
            "webrtc: { icelite: false, icetrickle: true }\nfiletransfer: { enabled: false }\n", ""));
    assert_null(hp_settings_get_notes(fixture->settings)[0]);
    assert_null(load(fixture, "NEKO_WEBRTC_ICETRICKLE=false\fNEKO_CAPTURE_WEBCAM_ENABLED=1", ""));
    char *notes = g_strjoinv("\n", hp_settings_get_notes(fixture->settings));
    assert_contains(notes, "NEKO_WEBRTC_ICETRICKLE is not there yet");
    assert_contains(notes, "NEKO_CAPTURE_WEBCAM_ENABLED is not there yet");
    g_free(notes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(defaults_hold_without_anything_said),
        TEST(ranks_are_default_file_environment_command_line),
        TEST(own_names_beat_nekos_and_version_3_beats_2),
        TEST(an_environment_written_for_neko_is_understood),
        TEST(every_option_of_neko_is_accepted),
        TEST(values_of_neko_mean_what_is_nearest),
        TEST(pipelines_of_neko_2_get_placeholders_and_a_sink),
        TEST(a_file_and_flags_written_for_neko_are_understood),
        TEST(an_unknown_key_of_a_file_is_a_note),
        TEST(keys_of_neko_2_in_a_file_are_understood),
        TEST(flags_and_the_word_of_neko_2_are_understood),
        TEST(a_row_may_look_at_its_text),
        TEST(a_bad_value_names_option_value_and_what_was_expected),
        TEST(a_secret_is_never_shown),
        TEST(a_file_may_be_broken_in_many_ways_without_harm),
        TEST(structures_of_the_file_become_json),
        TEST(neko_iceserver_is_added_to_neko_iceservers),
        TEST(a_switch_takes_the_next_argument_only_if_it_is_true_or_false),
        TEST(stun_servers_are_switched_off_by_a_word_and_by_an_empty_list),
        TEST(what_neko_s_options_ask_for_and_is_the_case_anyway_makes_no_note),
        TEST(texts_are_made_from_the_rows),
        TEST(actions_are_read_from_the_command_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
