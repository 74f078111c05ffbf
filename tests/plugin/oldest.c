// oldest.c - test: a plugin as it was built when the interface was new. Its table ends with stop(),
// and so does the object: to read on is an error.
#include "base/plugin.h"

#include <stddef.h>

struct oldest_plugin {
    uint32_t abi, size;
    const char *name, *description;
    const struct hp_option *options;
    size_t options_size;
    void *(*start)(struct hp_host *host, const struct hp_host_table *table, const void *options);
    void (*stop)(void *self);
};

struct oldest_screen {
    uint32_t size;
    int width, height, rate;
};

static const struct hp_host_table *table;
static struct hp_host *host;

static void *
start(struct hp_host *given_host, const struct hp_host_table *given, const void *options)
{
    (void) options;
    host = given_host;
    table = given;
    const struct oldest_screen screen = { .size = sizeof(screen), .width = 4, .height = 3 };
    table->set_screen(host, (const struct hp_plugin_screen *) (const void *) &screen);
    return &host;
}

static void
stop(void *self)
{
    const struct oldest_screen screen = { .size = sizeof(screen), .width = 1, .height = 1 };
    if (self == &host) {
        table->set_screen(host, (const struct hp_plugin_screen *) (const void *) &screen);
    }
}

// Makefile.am gives the symbol and the abi: a host must refuse a module with another one of them.
__attribute__((visibility("default"))) extern const struct oldest_plugin MODULE_SYMBOL;
const struct oldest_plugin MODULE_SYMBOL = {
    .abi = MODULE_ABI,
    .size = sizeof(struct oldest_plugin),
    .name = "oldest",
    .start = start,
    .stop = stop,
};
