// sound.c - the source of the desktop's sound: a running PulseAudio server, else one of our own,
// else none until a server comes.
// Owner: hp_stack or hp_desktop. Thread: the desktop's loop.
#include "sound.h"

#include <glib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "child.h"
#include "loop.h"
#include "news.h"

enum {
    SEARCH_MS = 2000
};

#define OWN_DEVICE "audio_output.monitor"
#define SOCKET_NAME "pulse.socket"
// Microseconds, for a low delay: the default of pulsesrc is 200 ms. All pipelines share one clock,
// so PulseAudio's clock is not used.
#define SOURCE_SETTINGS "provide-clock=false do-timestamp=true latency-time=10000 buffer-time=60000"

struct hp_sound {
    struct hp_sound_params params;
    char *head; // of the source; NULL: there is no sound
    char *directory; // of our own server; NULL: the server is not ours
    char *server; // "unix:/..."
    struct hp_child *child; // our own server, NULL: the server is not ours
    int inotify_fd;
    GSource *socket_watch;
    GSource *search; // for a server that comes later
};

// Escapes a text of the configuration, so that it cannot leave its quotes in the pipeline.
static void
set_device(struct hp_sound *sound, const char *device)
{
    const char *server = sound->server;
    char *quoted = g_strescape(device, NULL);
    char *address = server == NULL ? g_strdup("") : g_strdup_printf("server=\"%s\" ", server);
    sound->head = g_strdup_printf("pulsesrc %sdevice=\"%s\" " SOURCE_SETTINGS, address, quoted);
    hp_news_set_sound(sound->params.news, quoted, server);
    g_free(address);
    g_free(quoted);
}

static bool
is_server_there(void)
{
    const char *named = g_getenv("PULSE_SERVER");
    if (named != NULL && named[0] != '\0') {
        return true;
    }
    char *socket = g_build_filename(g_get_user_runtime_dir(), "pulse", "native", NULL);
    bool is_there = g_file_test(socket, G_FILE_TEST_EXISTS)
            || g_file_test("/var/run/pulse/native", G_FILE_TEST_EXISTS);
    g_free(socket);
    return is_there;
}

static bool
is_installed(const char *program)
{
    char *path = g_find_program_in_path(program);
    g_free(path);
    return path != NULL;
}

// The server's socket exists now, which means that the server takes clients.
static void
on_directory(void *arg)
{
    struct hp_sound *sound = arg;
    char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t size = read(sound->inotify_fd, events, sizeof(events));
    for (ssize_t at = 0; at < size;) {
        const struct inotify_event *event = (const void *) &events[at];
        at += (ssize_t) sizeof(*event) + event->len;
        if (event->len > 0 && strcmp(event->name, SOCKET_NAME) == 0) {
            hp_news_offer_source(sound->params.news, HP_SOURCE_AUDIO, sound->head);
        }
    }
}

static void
on_exit_of_child(void *arg)
{
    struct hp_sound *sound = arg;
    if (sound->params.on_gone != NULL) {
        sound->params.on_gone(sound->params.arg);
    }
}

static void
create_own(struct hp_sound *sound)
{
    const struct hp_sound_params *params = &sound->params;
    sound->directory = g_strdup(params->directory);
    sound->server = g_strdup_printf("unix:%s/" SOCKET_NAME, params->directory);
    set_device(sound, OWN_DEVICE);
    char *protocol = g_strdup_printf("module-native-protocol-unix socket=%s/" SOCKET_NAME
                                     " auth-anonymous=1",
            params->directory); // the directory is closed to other users
    const char *argv[] = { "pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no",
        "--exit-idle-time=-1", "--disallow-exit=yes", "--realtime=no", "--high-priority=no", "-L",
        "module-null-sink sink_name=audio_output rate=48000 channels=2", "-L", protocol, NULL };
    sound->child = hp_child_create(&(struct hp_child_params){ .loop = params->loop,
            .news = params->news,
            .name = "pulseaudio",
            .package = "pulseaudio",
            .argv = argv,
            .on_exit = on_exit_of_child,
            .arg = sound });
    g_free(protocol);
    hp_child_set_variable(sound->child, "HOME", params->directory);
    hp_child_set_variable(sound->child, "XDG_RUNTIME_DIR", params->directory);
    hp_child_set_variable(sound->child, "XDG_CONFIG_HOME", params->directory);
    hp_child_set_variable(sound->child, "PULSE_RUNTIME_PATH", params->directory);
}

static void
set_foreign(struct hp_sound *sound)
{
    const char *device = sound->params.device;
    set_device(sound, device[0] != '\0' ? device : "@DEFAULT_MONITOR@");
}

static void
search(void *arg)
{
    struct hp_sound *sound = arg;
    if (is_server_there()) {
        hp_loop_cancel(&sound->search);
        hp_news_log(sound->params.news, HP_PLUGIN_INFO, "a PulseAudio server has come");
        set_foreign(sound);
        hp_news_offer_source(sound->params.news, HP_SOURCE_AUDIO, sound->head);
    }
}

struct hp_sound *
hp_sound_create(const struct hp_sound_params *params)
{
    struct hp_sound *sound = g_new0(struct hp_sound, 1);
    sound->params = *params;
    sound->inotify_fd = -1;
    if (is_server_there()) {
        set_foreign(sound);
    } else if (params->directory != NULL && is_installed("pulseaudio")) {
        create_own(sound);
    } else {
        hp_news_log(params->news, HP_PLUGIN_INFO,
                "there is no sound until a PulseAudio server runs%s",
                params->directory == NULL ? "" : " (apt install pulseaudio)");
    }
    return sound;
}

void
hp_sound_destroy(struct hp_sound *sound)
{
    if (sound == NULL) {
        return;
    }
    hp_child_destroy(sound->child);
    hp_loop_cancel(&sound->socket_watch);
    hp_loop_cancel(&sound->search);
    if (sound->inotify_fd >= 0) {
        close(sound->inotify_fd);
    }
    g_free(sound->head);
    g_free(sound->directory);
    g_free(sound->server);
    g_free(sound);
}

void
hp_sound_start(struct hp_sound *sound)
{
    if (sound->child == NULL) {
        if (sound->head != NULL) {
            hp_news_offer_source(sound->params.news, HP_SOURCE_AUDIO, sound->head);
        } else if (sound->search == NULL) {
            sound->search = hp_loop_every(sound->params.loop, SEARCH_MS, search, sound);
        }
        return;
    }
    if (sound->inotify_fd < 0) {
        sound->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        inotify_add_watch(sound->inotify_fd, sound->directory, IN_CREATE);
        sound->socket_watch =
                hp_loop_watch(sound->params.loop, sound->inotify_fd, on_directory, sound);
    }
    hp_child_start(sound->child);
}

void
hp_sound_stop(struct hp_sound *sound)
{
    if (sound->child != NULL) {
        hp_child_stop(sound->child);
    }
}

bool
hp_sound_is_running(const struct hp_sound *sound)
{
    return sound->child != NULL && hp_child_is_running(sound->child);
}

const char *
hp_sound_get_server(const struct hp_sound *sound)
{
    return sound->server;
}
