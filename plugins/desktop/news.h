// news.h - tells the host about the desktop: log lines, and a mailbox for the host's main thread in
// which only the newest message of each kind waits.
// Owner: hp_desktop. Thread: create and destroy on main; all else on any.
#pragma once

#include "base/plugin.h"

struct hp_news;

struct hp_news *hp_news_create(struct hp_host *host, const struct hp_host_table *table); // kept
void hp_news_destroy(struct hp_news *news); // after the host's last callback

void hp_news_log(struct hp_news *news, enum hp_plugin_log_level level, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

void hp_news_set_screen(struct hp_news *news, int width, int height, int rate);
// The values of {display} and {device} in a user's pipeline; all copied. To be called before
// sources are offered.
void hp_news_set_display(struct hp_news *news, const char *display);
void hp_news_set_sound(struct hp_news *news, const char *device, const char *server); // NULL: any
void hp_news_set_cursor(struct hp_news *news, const struct hp_plugin_cursor *cursor); // copied
void hp_news_set_clipboard(struct hp_news *news, const char *text); // copied
void hp_news_skip_clipboard(struct hp_news *news, bool is_too_large); // else it is no text
void hp_news_move_cursor(struct hp_news *news, int x, int y);

// A source is available, for the first time or again: the first time the host gets the source,
// later the host restarts it. `head` is copied.
void hp_news_offer_source(struct hp_news *news, enum hp_source_kind kind, const char *head);
