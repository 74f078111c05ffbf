// rows.c - the options that a plugin declares.
// Owner: none, pure.  Thread: any.
#include "plugin/rows.h"

#include <stdint.h>
#include <string.h>

#include <glib.h>

#include "base/plugin.h"

// The first version: its bytes end behind is_secret, its rows follow each other a bit further on.
// New members must not fill the gap between.
#define FIRST_BYTES (offsetof(struct hp_option, is_secret) + sizeof(bool))
#define FIRST_STRIDE (offsetof(struct hp_option, is_secret) + sizeof(void *))

static size_t
value_size(enum hp_option_type type) // 0: not known
{
    switch (type) {
    case HP_OPTION_BOOL: return sizeof(bool);
    case HP_OPTION_INT:
    case HP_OPTION_DURATION: return sizeof(int64_t);
    case HP_OPTION_STRING:
    case HP_OPTION_CHOICE:
    case HP_OPTION_JSON:
    case HP_OPTION_ICE_SERVERS: return sizeof(char *);
    case HP_OPTION_LIST: return sizeof(char **);
    }
    return 0;
}

static bool
begins_with_name(const struct hp_option *row, const struct hp_plugin *plugin)
{
    size_t length = strlen(plugin->name);
    return strncmp(row->name, plugin->name, length) == 0 && row->name[length] == '.'
            && row->name[length + 1] != '\0';
}

static char *
describe_mistake(const struct hp_option *row, const struct hp_plugin *plugin) // NULL: it is good
{
    size_t size = value_size(row->type);
    size_t space = plugin->options_size;
    if (!begins_with_name(row, plugin)) {
        return g_strdup_printf("expected a name like \"%s.key\"", plugin->name);
    }
    if (size == 0) {
        return g_strdup_printf("its type is %d: expected one of enum hp_option_type", row->type);
    }
    if (size > space || row->offset > space - size) {
        return g_strdup_printf("its value of %zu bytes is at offset %zu: expected a place within "
                               "options_size, which is %zu",
                size, row->offset, space);
    }
    if (row->offset % size != 0) {
        return g_strdup_printf(
                "it is at offset %zu: expected a multiple of %zu", row->offset, size);
    }
    if (row->type == HP_OPTION_CHOICE && row->choices == NULL) {
        return g_strdup("it is a choice: expected `choices` like \"a|b\"");
    }
    return NULL;
}

// The row before `row` that has the same name or shares its bytes, NULL: none.
static const struct hp_option *
find_rival(const GArray *rows, const struct hp_option *row)
{
    for (guint i = 0; i < rows->len; i++) {
        const struct hp_option *other = &g_array_index(rows, struct hp_option, i);
        bool is_apart = row->offset + value_size(row->type) <= other->offset
                || other->offset + value_size(other->type) <= row->offset;
        if (!is_apart || strcmp(other->name, row->name) == 0) {
            return other;
        }
    }
    return NULL;
}

static char *
check_row(const GArray *rows, const struct hp_option *row, const struct hp_plugin *plugin)
{
    char *mistake = describe_mistake(row, plugin);
    const struct hp_option *rival = mistake == NULL ? find_rival(rows, row) : NULL;
    if (rival != NULL) {
        mistake = g_strdup_printf(
                "expected a name and a place of its own, apart from those of \"%s\"", rival->name);
    }
    if (mistake == NULL) {
        return NULL;
    }
    char *reason = g_strdup_printf("row \"%.80s\" of plugin \"%s\": %s", row->name, plugin->name,
            mistake);
    g_free(mistake);
    return reason;
}

static size_t
row_size(const struct hp_plugin *plugin)
{
    bool says_it = plugin->size
            >= offsetof(struct hp_plugin, option_size) + sizeof(plugin->option_size);
    return says_it && plugin->option_size != 0 ? plugin->option_size : FIRST_STRIDE;
}

static char *
check_sizes(const struct hp_plugin *plugin)
{
    size_t stride = row_size(plugin);
    if (plugin->options_size > HP_ROWS_SPACE_MAX) {
        return g_strdup_printf("options_size of plugin \"%s\" is %zu: expected at most %d",
                plugin->name, plugin->options_size, HP_ROWS_SPACE_MAX);
    }
    if (stride < FIRST_STRIDE || stride % _Alignof(struct hp_option) != 0) {
        return g_strdup_printf("option_size of plugin \"%s\" is %zu: expected sizeof(struct "
                               "hp_option), which is at least %zu",
                plugin->name, stride, FIRST_STRIDE);
    }
    return NULL;
}

struct hp_option *
hp_rows_copy(const struct hp_plugin *plugin, char **reason)
{
    size_t stride = row_size(plugin);
    size_t bytes = stride == FIRST_STRIDE ? FIRST_BYTES : MIN(stride, sizeof(struct hp_option));
    const char *from = (const char *) plugin->options;
    GArray *rows = g_array_new(TRUE, TRUE, sizeof(struct hp_option));
    *reason = check_sizes(plugin);
    for (; *reason == NULL && from != NULL; from += stride) {
        struct hp_option row;
        memset(&row, 0, sizeof(row));
        memcpy(&row, from, bytes);
        if (row.name == NULL) {
            break;
        }
        row.help = row.help == NULL ? "" : row.help;
        *reason = check_row(rows, &row, plugin);
        g_array_append_val(rows, row);
    }
    return (struct hp_option *) (void *) g_array_free(rows, *reason != NULL);
}
