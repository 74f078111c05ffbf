// news.c - what is new about the people of a crowd.
// Owner: hp_signal.  Thread: main.
#include "dialect/news.h"

#include "room/notice.h"

enum {
    KEEP_US = 250000, // who comes has mostly got from log-in to picture by then
    ITEMS_MAX = 256, // this many are told at once
};

void
hp_news_init(struct hp_news *news, struct hp_worker *worker, void (*on_due)(void *arg), void *arg)
{
    *news = (struct hp_news){ .items = NULL };
    hp_timer_init(&news->timer, worker, on_due, arg);
}

void
hp_news_finish(struct hp_news *news)
{
    hp_timer_stop(&news->timer);
    g_clear_pointer(&news->items, g_array_unref);
}

static struct hp_news_item *
get_item(struct hp_news *news, const struct hp_session *about)
{
    if (news->items == NULL) {
        news->items = g_array_new(FALSE, FALSE, sizeof(struct hp_news_item));
    }
    for (unsigned i = 0; i < news->items->len; i++) {
        struct hp_news_item *item = &g_array_index(news->items, struct hp_news_item, i);
        if (item->about == about) {
            return item;
        }
    }
    struct hp_news_item added = { .about = about };
    g_array_append_val(news->items, added);
    return &g_array_index(news->items, struct hp_news_item, news->items->len - 1);
}

void
hp_news_keep(struct hp_news *news, const struct hp_session *about, bool is_created)
{
    struct hp_news_item *item = get_item(news, about);
    item->is_created = item->is_created || is_created;
    item->number = ++news->last_number;
    if (news->items->len >= ITEMS_MAX) {
        hp_timer_start(&news->timer, 0);
    } else if (!hp_timer_is_running(&news->timer)) {
        hp_timer_start(&news->timer, KEEP_US);
    }
}

GArray *
hp_news_take(struct hp_news *news)
{
    hp_timer_stop(&news->timer);
    return g_steal_pointer(&news->items);
}

bool
hp_news_come_before(const struct hp_notice *notice)
{
    return notice->to == NULL || notice->kind == HP_NOTICE_REQUEST
            || notice->kind == HP_NOTICE_WISHES || notice->kind == HP_NOTICE_LETTER;
}
