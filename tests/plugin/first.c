// first.c - a plugin of the first version: it says and hears what there was then.
#include <stdio.h>

#include "first_plugin.h"

struct options {
    bool is_on;
    int64_t number;
    char *text;
};

static const struct hp_option option_rows[] = {
    { .name = "first.on",
            .type = HP_OPTION_BOOL,
            .offset = offsetof(struct options, is_on),
            .help = "A switch." },
    { .name = "first.number",
            .type = HP_OPTION_INT,
            .offset = offsetof(struct options, number),
            .fallback = "7",
            .help = "A number." },
    { .name = "first.text",
            .type = HP_OPTION_STRING,
            .offset = offsetof(struct options, text),
            .fallback = "noise",
            .help = "A name." },
    { 0 },
};

static struct first {
    struct hp_host *host;
    const struct hp_host_table *table;
    struct hp_session *session;
    struct hp_input last;
} first;

static void *
start(struct hp_host *host, const struct hp_host_table *table, const void *options)
{
    const struct options *chosen = options;
    struct hp_plugin_source source = {
        .size = sizeof(source), .name = chosen->text, .head = "videotestsrc"
    };
    struct hp_plugin_screen screen = {
        .size = sizeof(screen), .width = (int) chosen->number, .height = chosen->is_on, .rate = 1
    };
    first = (struct first){ .host = host, .table = table };
    table->set_screen(host, &screen);
    table->channel_bind(host, "first");
    return table->source_add(host, &source) ? &first : NULL;
}

static void
stop(void *self)
{
    struct first *mine = self;
    mine->table->broadcast(mine->host, "first/stop", NULL);
}

static void
session_open(void *self, struct hp_session *session)
{
    struct first *mine = self;
    mine->session = session;
    mine->table->send(mine->host, session, "first/open", NULL);
}

static void
session_close(void *self, struct hp_session *session)
{
    struct first *mine = self;
    mine->table->broadcast(mine->host, mine->session == session ? "first/close" : "?", NULL);
}

static void
on_input(void *self, struct hp_session *session, const struct hp_input *input)
{
    struct first *mine = self;
    char text[96];
    mine->last = *input; // as much as the first version had
    snprintf(text, sizeof(text), "{\"kind\":%d,\"x\":%d,\"y\":%d,\"key\":%u}", mine->last.kind,
            mine->last.x, mine->last.y, mine->last.keysym);
    mine->table->send(mine->host, session, "first/input", text);
}

HP_PLUGIN_EXPORT = {
    .abi = HP_PLUGIN_ABI,
    .size = sizeof(struct hp_plugin),
    .name = "first",
    .description = "a plugin of the first version",
    .options = option_rows,
    .options_size = sizeof(struct options),
    .start = start,
    .stop = stop,
    .session_open = session_open,
    .session_close = session_close,
    .on_input = on_input,
};
