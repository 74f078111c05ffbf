// news.c - tells the host about the desktop: log lines, and a mailbox for the host's main thread in
// which only the newest message of each kind waits.
// Owner: hp_desktop. Thread: create and destroy on main; all else on any.
#include "news.h"

#include <glib.h>
#include <pthread.h>
#include <stdarg.h>

static const char *const source_names[] = {
    [HP_SOURCE_VIDEO] = "screen", [HP_SOURCE_AUDIO] = "sound"
};

struct mail {
    bool has_screen, has_cursor, has_desktop;
    struct hp_plugin_screen screen;
    struct hp_plugin_cursor cursor;
    uint8_t *png; // owned
    char *clipboard; // owned; NULL: no text was copied
    bool has_skipped, is_too_large; // what was copied is not told
    char *heads[2]; // by kind, owned
};

struct hp_news {
    struct hp_host *host;
    const struct hp_host_table *table;
    pthread_mutex_t lock; // of mail, is_posted and the three texts
    struct mail mail;
    char *display, *sound_device, *sound_server;
    bool is_posted;
    bool is_added[2]; // main thread
};

struct hp_news *
hp_news_create(struct hp_host *host, const struct hp_host_table *table)
{
    struct hp_news *news = g_new0(struct hp_news, 1);
    news->host = host;
    news->table = table;
    pthread_mutex_init(&news->lock, NULL);
    return news;
}

static void
clear_mail(struct mail *mail)
{
    g_free(mail->png);
    g_free(mail->clipboard);
    g_free(mail->heads[0]);
    g_free(mail->heads[1]);
    *mail = (struct mail){ 0 };
}

void
hp_news_destroy(struct hp_news *news)
{
    if (news == NULL) {
        return;
    }
    clear_mail(&news->mail);
    g_free(news->display);
    g_free(news->sound_device);
    g_free(news->sound_server);
    pthread_mutex_destroy(&news->lock);
    g_free(news);
}

void
hp_news_log(struct hp_news *news, enum hp_plugin_log_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    news->table->log(news->host, level, text);
    g_free(text);
}

static void
deliver_desktop(struct hp_news *news)
{
    pthread_mutex_lock(&news->lock);
    char *display = g_strdup(news->display);
    char *device = g_strdup(news->sound_device);
    char *server = g_strdup(news->sound_server);
    pthread_mutex_unlock(&news->lock);
    struct hp_plugin_desktop desktop = { sizeof(desktop), display, device, server };
    news->table->set_desktop(news->host, &desktop);
    g_free(display);
    g_free(device);
    g_free(server);
}

static void
deliver_source(struct hp_news *news, enum hp_source_kind kind, const char *head)
{
    if (head == NULL) {
        return;
    }
    if (news->is_added[kind]) {
        news->table->source_restart(news->host, source_names[kind]);
        return;
    }
    struct hp_plugin_source source = { .size = sizeof(source),
        .kind = kind,
        .name = source_names[kind],
        .head = head,
        .is_damage_driven = kind == HP_SOURCE_VIDEO };
    news->is_added[kind] = news->table->source_add(news->host, &source);
}

static void
deliver_skipped(struct hp_news *news, bool is_too_large)
{
    bool can_tell = news->table->size > offsetof(struct hp_host_table, skip_clipboard)
            && news->table->skip_clipboard != NULL; // an older host hears of texts only
    if (can_tell) {
        news->table->skip_clipboard(news->host, is_too_large);
    }
}

static void
deliver_clipboard(struct hp_news *news, const char *text)
{
    bool can_tell = news->table->size > offsetof(struct hp_host_table, set_clipboard)
            && news->table->set_clipboard != NULL; // an older host has no clipboard
    if (text != NULL && can_tell) {
        news->table->set_clipboard(news->host, text);
    }
}

// Main thread.
static void
deliver(void *arg)
{
    struct hp_news *news = arg;
    pthread_mutex_lock(&news->lock);
    struct mail mail = news->mail;
    news->mail = (struct mail){ 0 };
    news->is_posted = false;
    pthread_mutex_unlock(&news->lock);
    if (mail.has_desktop) {
        deliver_desktop(news);
    }
    if (mail.has_screen) {
        news->table->set_screen(news->host, &mail.screen);
    }
    if (mail.has_cursor) {
        news->table->set_cursor(news->host, &mail.cursor);
    }
    deliver_clipboard(news, mail.clipboard);
    if (mail.has_skipped) {
        deliver_skipped(news, mail.is_too_large);
    }
    deliver_source(news, HP_SOURCE_VIDEO, mail.heads[HP_SOURCE_VIDEO]);
    deliver_source(news, HP_SOURCE_AUDIO, mail.heads[HP_SOURCE_AUDIO]);
    clear_mail(&mail);
}

static void
unlock_and_post(struct hp_news *news)
{
    bool is_first = !news->is_posted;
    news->is_posted = true;
    pthread_mutex_unlock(&news->lock);
    if (is_first) {
        news->table->post(news->host, deliver, news);
    }
}

void
hp_news_set_screen(struct hp_news *news, int width, int height, int rate)
{
    pthread_mutex_lock(&news->lock);
    news->mail.has_screen = true;
    news->mail.screen = (struct hp_plugin_screen){
        .size = sizeof(news->mail.screen), .width = width, .height = height, .rate = rate
    };
    unlock_and_post(news);
}

static void
replace(char **text, const char *value)
{
    g_free(*text);
    *text = g_strdup(value);
}

void
hp_news_set_display(struct hp_news *news, const char *display)
{
    pthread_mutex_lock(&news->lock);
    replace(&news->display, display);
    news->mail.has_desktop = true;
    unlock_and_post(news);
}

void
hp_news_set_sound(struct hp_news *news, const char *device, const char *server)
{
    pthread_mutex_lock(&news->lock);
    replace(&news->sound_device, device);
    replace(&news->sound_server, server);
    news->mail.has_desktop = true;
    unlock_and_post(news);
}

void
hp_news_set_cursor(struct hp_news *news, const struct hp_plugin_cursor *cursor)
{
    pthread_mutex_lock(&news->lock);
    g_free(news->mail.png);
    news->mail.png = g_memdup2(cursor->png, cursor->png_size);
    news->mail.cursor = *cursor;
    news->mail.cursor.png = news->mail.png;
    news->mail.has_cursor = true;
    unlock_and_post(news);
}

void
hp_news_set_clipboard(struct hp_news *news, const char *text)
{
    pthread_mutex_lock(&news->lock);
    replace(&news->mail.clipboard, text);
    news->mail.has_skipped = false;
    unlock_and_post(news);
}

void
hp_news_skip_clipboard(struct hp_news *news, bool is_too_large)
{
    pthread_mutex_lock(&news->lock);
    g_clear_pointer(&news->mail.clipboard, g_free);
    news->mail.has_skipped = true;
    news->mail.is_too_large = is_too_large;
    unlock_and_post(news);
}

void
hp_news_move_cursor(struct hp_news *news, int x, int y)
{
    news->table->move_cursor(news->host, x, y);
}

void
hp_news_offer_source(struct hp_news *news, enum hp_source_kind kind, const char *head)
{
    pthread_mutex_lock(&news->lock);
    replace(&news->mail.heads[kind], head);
    unlock_and_post(news);
}
