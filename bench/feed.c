// feed.c - a plugin that is a source of ready-made pictures: so the server is measured without the
// cost of an encoder, and carries as much as the other server in the bench.
// Thread: as base/plugin.h says.
//
// With capture.video.pipeline="{source} ! appsink name=appsink" the pictures are sent unchanged.
// The events feed/start and feed/stop (from any session) let them flow or rest: a resting feed is a
// still desktop.
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>
#include <gst/gst.h>

#include "base/plugin.h"
#include "feedsrc.h"
#include "shape.h"

struct options {
    int64_t rate;
    int64_t size;
};

static const struct hp_option option_rows[] = {
    { .name = "feed.rate",
            .type = HP_OPTION_INT,
            .offset = offsetof(struct options, rate),
            .fallback = "30",
            .min = 1,
            .max = 120,
            .help = "Pictures a second." },
    { .name = "feed.size",
            .type = HP_OPTION_INT,
            .offset = offsetof(struct options, size),
            .fallback = "15666",
            .min = 64,
            .max = 1000000,
            .help = "Bytes of a picture." },
    { 0 },
};

struct feed {
    struct hp_host *host;
    const struct hp_host_table *table;
    guint pointer; // the source that moves it; 0: it rests
    int x;
};

enum { POINTER_MS = 16 };

// While the pictures flow, somebody moves the pointer.
static gboolean
move_pointer(void *self)
{
    struct feed *feed = self;
    feed->x = (feed->x + 1) % BENCH_SHAPE_WIDTH;
    feed->table->move_cursor(feed->host, feed->x, feed->x % BENCH_SHAPE_HEIGHT);
    return G_SOURCE_CONTINUE;
}

static void
set_pointer(struct feed *feed, bool is_moving)
{
    if (feed->pointer != 0) {
        g_source_remove(feed->pointer);
        feed->pointer = 0;
    }
    if (is_moving) {
        feed->pointer = g_timeout_add(POINTER_MS, move_pointer, feed);
    }
}

static void *
start(struct hp_host *host, const struct hp_host_table *table, const void *options)
{
    const struct options *chosen = options;
    if (!gst_init_check(NULL, NULL, NULL) || !bench_feedsrc_register()) {
        table->log(host, HP_PLUGIN_ERROR, "GStreamer does not take the source element");
        return NULL;
    }
    struct feed *feed = g_new0(struct feed, 1);
    feed->host = host;
    feed->table = table;
    bench_feedsrc_set_flowing(false);
    char *head = g_strdup_printf(
            "hairpinfeedsrc rate=%d size=%d", (int) chosen->rate, (int) chosen->size);
    struct hp_plugin_source source = {
        .size = sizeof(source),
        .kind = HP_SOURCE_VIDEO,
        .name = "feed",
        .head = head,
        .is_damage_driven = true, // it may rest
    };
    struct hp_plugin_screen screen = {
        .size = sizeof(screen),
        .width = BENCH_SHAPE_WIDTH,
        .height = BENCH_SHAPE_HEIGHT,
        .rate = (int) chosen->rate,
    };
    struct hp_plugin_source sound = {
        .size = sizeof(sound),
        .kind = HP_SOURCE_AUDIO,
        .name = "feed-sound",
        .head = "audiotestsrc is-live=true wave=silence",
    };
    table->source_add(host, &source);
    table->source_add(host, &sound);
    table->set_screen(host, &screen);
    g_free(head);
    return feed;
}

static void
stop(void *self)
{
    set_pointer(self, false);
    g_free(self);
}

static bool
on_message(void *self, struct hp_session *session, const char *event, const char *payload)
{
    if (strcmp(event, "feed/start") != 0 && strcmp(event, "feed/stop") != 0) {
        return false;
    }
    bench_feedsrc_set_flowing(strcmp(event, "feed/start") == 0);
    set_pointer(self, strcmp(event, "feed/start") == 0);
    return true;
}

HP_PLUGIN_EXPORT = {
    .abi = HP_PLUGIN_ABI,
    .size = sizeof(struct hp_plugin),
    .name = "feed",
    .description = "ready-made pictures for benchmarks",
    .options = option_rows,
    .options_size = sizeof(struct options),
    .start = start,
    .stop = stop,
    .on_message = on_message,
};
