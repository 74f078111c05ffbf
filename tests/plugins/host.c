// host.c - a fake host: loads the plugin as the server does and writes down what it says.
#include "host.h"

#include <assert.h>
#include <dlfcn.h>
#include <glib.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct hp_host {
    const struct hp_plugin *plugin;
    void *self;
    char *options;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    GQueue posts; // of struct post
    struct host_news news;
};

struct post {
    void (*fn)(void *arg);
    void *arg;
};

static struct hp_host host = { .lock = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER };

static void
on_log(struct hp_host *self, enum hp_plugin_log_level level, const char *text)
{
    fprintf(stderr, "# desktop: %s\n", text);
    pthread_mutex_lock(&self->lock);
    self->news.was_error |= level == HP_PLUGIN_ERROR;
    if (level == HP_PLUGIN_WARN) {
        self->news.warnings++;
        g_strlcpy(self->news.warning, text, sizeof(self->news.warning));
    }
    pthread_mutex_unlock(&self->lock);
}

static void
on_post(struct hp_host *self, void (*fn)(void *arg), void *arg)
{
    struct post *post = g_new(struct post, 1);
    *post = (struct post){ fn, arg };
    pthread_mutex_lock(&self->lock);
    g_queue_push_tail(&self->posts, post);
    pthread_cond_signal(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

static bool
on_source_add(struct hp_host *self, const struct hp_plugin_source *source)
{
    self->news.sources++;
    GString *head = g_string_new(source->head);
    g_string_replace(head, "{fps}", "30", 0); // as the server does
    g_strlcpy(self->news.head[source->kind], head->str, sizeof(self->news.head[0]));
    g_string_free(head, TRUE);
    return true;
}

static void
on_source_restart(struct hp_host *self, const char *name)
{
    self->news.restarts += strcmp(name, "screen") == 0;
}

static void
on_set_desktop(struct hp_host *self, const struct hp_plugin_desktop *desktop)
{
    struct host_news *news = &self->news;
    news->display[0] = news->sound_device[0] = news->sound_server[0] = '\0';
    g_strlcat(news->display, desktop->display ?: "", sizeof(news->display));
    g_strlcat(news->sound_device, desktop->sound_device ?: "", sizeof(news->sound_device));
    g_strlcat(news->sound_server, desktop->sound_server ?: "", sizeof(news->sound_server));
}

static void
on_set_screen(struct hp_host *self, const struct hp_plugin_screen *screen)
{
    self->news.screen = *screen;
    self->news.screens++;
}

static void
on_set_cursor(struct hp_host *self, const struct hp_plugin_cursor *cursor)
{
    assert(cursor->png_size <= sizeof(self->news.png));
    memcpy(self->news.png, cursor->png, cursor->png_size);
    self->news.cursor = *cursor;
    self->news.cursors++;
}

static void
on_set_clipboard(struct hp_host *self, const char *text)
{
    g_free(self->news.clipboard);
    self->news.clipboard = g_strdup(text);
    self->news.clipboards++;
}

static void
on_skip_clipboard(struct hp_host *self, bool is_too_large)
{
    self->news.skipped++;
    self->news.is_skipped_too_large = is_too_large;
}

static void
on_move_cursor(struct hp_host *self, int x, int y)
{
    pthread_mutex_lock(&self->lock);
    self->news.cursor_x = x;
    self->news.cursor_y = y;
    pthread_cond_signal(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

static const struct hp_host_table table = { .abi = HP_PLUGIN_ABI,
    .size = sizeof(table),
    .log = on_log,
    .post = on_post,
    .source_add = on_source_add,
    .source_restart = on_source_restart,
    .set_screen = on_set_screen,
    .set_cursor = on_set_cursor,
    .move_cursor = on_move_cursor,
    .set_desktop = on_set_desktop,
    .set_clipboard = on_set_clipboard,
    .skip_clipboard = on_skip_clipboard };

bool
host_load(const char *path)
{
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return false;
    }
    host.plugin = dlsym(module, "hp_plugin");
    assert(host.plugin != NULL && host.plugin->abi == HP_PLUGIN_ABI);
    host.options = g_malloc0(host.plugin->options_size);
    for (const struct hp_option *row = host.plugin->options; row->name != NULL; row++) {
        host_set_option(row->name, row->fallback == NULL ? "" : row->fallback);
    }
    return true;
}

void
host_set_option(const char *name, const char *value)
{
    for (const struct hp_option *row = host.plugin->options; row->name != NULL; row++) {
        if (strcmp(row->name, name) == 0) {
            assert(row->type == HP_OPTION_STRING);
            memcpy(host.options + row->offset, &value, sizeof(value));
            return;
        }
    }
    assert(!"no such option");
}

bool
host_start(void)
{
    host.news = (struct host_news){ .cursor_x = -1 };
    host.self = host.plugin->start(&host, &table, host.options);
    return host.self != NULL;
}

void
host_stop(void)
{
    if (host.self != NULL) {
        host.plugin->stop(host.self);
        host.self = NULL;
    }
    g_clear_pointer(&host.news.clipboard, g_free);
    g_queue_clear_full(&host.posts, g_free); // nothing arrives after stop()
}

void
host_open_session(void)
{
    host.plugin->session_open(host.self, NULL);
}

void
host_act(const struct hp_input *input)
{
    host.plugin->on_input(host.self, NULL, input);
}

void
host_set_clipboard(const char *text)
{
    host.plugin->set_clipboard(host.self, text);
}

void
host_set_screen(int width, int height, int rate)
{
    struct hp_plugin_screen screen = { sizeof(screen), width, height, rate };
    host.plugin->set_screen(host.self, &screen);
}

bool
host_wait(bool (*is_done)(const struct host_news *news), int timeout_ms)
{
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += timeout_ms / 1000;
    int error = 0;
    pthread_mutex_lock(&host.lock);
    while (!is_done(&host.news) && error == 0) {
        struct post *post = g_queue_pop_head(&host.posts);
        if (post == NULL) {
            error = pthread_cond_timedwait(&host.changed, &host.lock, &deadline);
            continue;
        }
        pthread_mutex_unlock(&host.lock);
        post->fn(post->arg);
        g_free(post);
        pthread_mutex_lock(&host.lock);
    }
    bool is_met = is_done(&host.news);
    pthread_mutex_unlock(&host.lock);
    return is_met;
}

const struct host_news *
host_get_news(void)
{
    return &host.news;
}

bool
host_has_screen(const struct host_news *news)
{
    return news->screens > 0 && news->head[HP_SOURCE_VIDEO][0] != '\0';
}

bool
host_start_on(const char *display, int timeout_ms)
{
    g_setenv("PULSE_SERVER", "unix:/nonexistent", TRUE);
    host_set_option("desktop.display", display);
    return host_start() && host_wait(host_has_screen, timeout_ms);
}
