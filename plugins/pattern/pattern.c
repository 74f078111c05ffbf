// pattern.c - a plugin that shows a test picture and plays a tone: the template for plugins, and a
// source for tests that need no desktop. docs/plugins.md explains it step by step.
// Owner: the host.  Thread: main; on_input on the worker of the session in control.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <gst/gst.h>

#include "base/plugin.h"
#include "board.h"
#include "pattern_src.h"

enum {
    MIN_SIDE = 64,
    MAX_SIDE = 4096
};

struct options {
    char *size;
    int64_t rate;
    int64_t tone_hz;
    char *colour;
};

static const struct hp_option option_rows[] = {
    { .name = "pattern.size",
            .type = HP_OPTION_STRING,
            .offset = offsetof(struct options, size),
            .fallback = "1280x720",
            .help = "Width and height of the test picture in pixels." },
    { .name = "pattern.rate",
            .type = HP_OPTION_INT,
            .offset = offsetof(struct options, rate),
            .fallback = "30",
            .min = 1,
            .max = 120,
            .help = "Pictures a second." },
    { .name = "pattern.tone",
            .type = HP_OPTION_INT,
            .offset = offsetof(struct options, tone_hz),
            .fallback = "440",
            .max = 20000,
            .help = "Frequency of the tone in Hz; 0 is silence." },
    { .name = "pattern.colour",
            .type = HP_OPTION_STRING,
            .offset = offsetof(struct options, colour),
            .fallback = "#336699",
            .help = "Colour of the lower quarter of the test picture, as #rrggbb." },
    { 0 },
};

struct pattern {
    struct hp_host *host;
    const struct hp_host_table *table;
    struct hp_board *board;
};

// Chroma is stored for two by two pixels, so both sides are even.
static bool
parse_size(const char *text, int *width, int *height)
{
    char rest;
    if (sscanf(text, "%dx%d%c", width, height, &rest) != 2) {
        return false;
    }
    return *width >= MIN_SIDE && *width <= MAX_SIDE && *height >= MIN_SIDE && *height <= MAX_SIDE
            && *width % 2 == 0 && *height % 2 == 0;
}

static bool
parse_colour(const char *text, uint32_t *colour)
{
    size_t digits = text[0] == '#' ? strspn(text + 1, "0123456789abcdefABCDEF") : 0;
    if (digits != 6 || text[1 + digits] != '\0') {
        return false;
    }
    *colour = (uint32_t) strtoul(text + 1, NULL, 16);
    return true;
}

static void
announce_screen(struct pattern *pattern)
{
    unsigned size = atomic_load(&pattern->board->size);
    struct hp_plugin_screen screen = {
        .size = sizeof(screen),
        .width = (int) (size >> 16),
        .height = (int) (size & 0xffff),
        .rate = pattern->board->rate,
    };
    pattern->table->set_screen(pattern->host, &screen);
}

static void
add_source(struct pattern *pattern, enum hp_source_kind kind, const char *name,
        char *head) // taken
{
    struct hp_plugin_source source = {
        .size = sizeof(source),
        .kind = kind,
        .name = name,
        .head = head,
    };
    pattern->table->source_add(pattern->host, &source);
    g_free(head);
}

static void
add_sources(struct pattern *pattern, int64_t tone_hz)
{
    char *picture = g_strdup_printf("hairpinpatternsrc board=%u", pattern->board->number);
    char *tone = g_strdup_printf("audiotestsrc is-live=true samplesperbuffer=480 volume=0.3 "
                                 "wave=%s freq=%d ! audio/x-raw,rate=48000,channels=2",
            tone_hz > 0 ? "sine" : "silence", tone_hz > 0 ? (int) tone_hz : 440);
    add_source(pattern, HP_SOURCE_VIDEO, "pattern", picture);
    add_source(pattern, HP_SOURCE_AUDIO, "tone", tone);
}

static void *
start(struct hp_host *host, const struct hp_host_table *table, const void *options)
{
    const struct options *chosen = options;
    int width, height;
    uint32_t colour;
    if (!parse_size(chosen->size, &width, &height)) {
        table->log(host, HP_PLUGIN_ERROR,
                "pattern.size: expected like 1280x720, even numbers from 64 to 4096");
        return NULL;
    }
    if (!parse_colour(chosen->colour, &colour)) {
        table->log(host, HP_PLUGIN_ERROR, "pattern.colour: expected like #336699");
        return NULL;
    }
    if (!gst_init_check(NULL, NULL, NULL) || !hp_pattern_src_register()) {
        table->log(host, HP_PLUGIN_ERROR, "GStreamer does not take the source element");
        return NULL;
    }
    struct pattern *pattern = g_new0(struct pattern, 1);
    pattern->host = host;
    pattern->table = table;
    pattern->board = hp_board_create(width, height, (int) chosen->rate, colour);
    announce_screen(pattern); // first: the text of a pipeline may contain the size
    add_sources(pattern, chosen->tone_hz);
    return pattern;
}

static void
stop(void *self)
{
    struct pattern *pattern = self;
    hp_board_unref(pattern->board); // a pipeline that still runs has its own reference
    g_free(pattern);
}

static void
on_input(void *self, struct hp_session *session, const struct hp_input *input)
{
    struct pattern *pattern = self;
    (void) session;
    if (input->kind != HP_INPUT_MOVE) {
        return;
    }
    // Workers of two sessions may be here at once, and yet another thread draws the picture.
    uint32_t x = (uint32_t) CLAMP(input->x, 0, MAX_SIDE);
    uint32_t y = (uint32_t) CLAMP(input->y, 0, MAX_SIDE);
    atomic_store(&pattern->board->pointer, x << 16 | y);
}

static void
set_screen(void *self, const struct hp_plugin_screen *screen)
{
    struct pattern *pattern = self;
    unsigned width = (unsigned) CLAMP(screen->width, MIN_SIDE, MAX_SIDE) & ~1u;
    unsigned height = (unsigned) CLAMP(screen->height, MIN_SIDE, MAX_SIDE) & ~1u;
    atomic_store(&pattern->board->size, width << 16 | height);
    announce_screen(pattern);
    pattern->table->source_restart(pattern->host, "pattern");
}

HP_PLUGIN_EXPORT = {
    .abi = HP_PLUGIN_ABI,
    .size = sizeof(struct hp_plugin),
    .name = "pattern",
    .description = "a moving test picture and a tone",
    .options = option_rows,
    .options_size = sizeof(struct options),
    .start = start,
    .stop = stop,
    .on_input = on_input,
    .set_screen = set_screen,
};
