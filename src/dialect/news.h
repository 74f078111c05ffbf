// news.h - what is new about the people of a crowd, kept for a moment and told once. Each who comes
// is created, connected and watching within a second, and all others would be told each step: the
// work of a room that fills would grow with the square of its people.
// Main thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/timer.h"

struct hp_notice;
struct hp_session;
struct hp_worker;

struct hp_news_item {
    const struct hp_session *about;
    bool is_created; // the others do not know that session yet
    uint64_t number; // of the latest change
};

// on_due: it is time to tell the news: the callback calls hp_news_take().
struct hp_news {
    GArray *items; // struct hp_news_item, in the order in which they came
    uint64_t last_number;
    struct hp_timer timer;
};

void hp_news_init(struct hp_news *news, struct hp_worker *worker, void (*on_due)(void *arg),
        void *arg);

void hp_news_finish(struct hp_news *news);

// The state of `about` is new, or the whole session. Its pointer is kept until the news are taken.
void hp_news_keep(struct hp_news *news, const struct hp_session *about, bool is_created);

// The items that are kept, and none are any more. The caller owns the array of
// struct hp_news_item; NULL: there are none.
GArray *hp_news_take(struct hp_news *news);

// May the notice name people, so that the news have to be told first?
bool hp_news_come_before(const struct hp_notice *notice);
