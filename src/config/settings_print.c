// settings_print.c - texts made from the rows of options: help, values in force, sample file,
// reference.
// Owner: app.  Thread: main, before the server starts.
#include "config/settings_print.h"

#include <string.h>

#include <glib.h>

#include "base/options.h"
#include "config/option_value.h"
#include "config/settings.h"

static char *
default_text(const struct hp_option *row)
{
    bool is_number = row->type == HP_OPTION_INT || row->type == HP_OPTION_DURATION;
    if (row->fallback != NULL && *row->fallback != '\0') {
        return g_strdup(row->fallback);
    }
    return g_strdup(row->type == HP_OPTION_BOOL ? "false" : is_number ? "0" : "");
}

static void
append_wrapped(GString *text, const char *prefix, const char *words, unsigned width)
{
    char **list = g_strsplit(words, " ", -1);
    size_t column = 0;
    for (char **word = list; *word != NULL; word++) {
        if (column > 0 && column + 1 + strlen(*word) > width) {
            g_string_append_c(text, '\n');
            column = 0;
        }
        g_string_append_printf(text, "%s%s", column == 0 ? prefix : " ", *word);
        column += (column == 0 ? strlen(prefix) : 1) + strlen(*word);
    }
    g_string_append_c(text, '\n');
    g_strfreev(list);
}

char *
hp_settings_print_help(const struct hp_settings *settings)
{
    GString *text = g_string_new(
            "hairpin: share a desktop with web browsers\n\n"
            "Usage: hairpin [--config FILE] [--OPTION VALUE]...\n"
            "An option that is true or false needs no VALUE to become true.\n"
            "Each option is also a key of the file (server: bind:) and an environment variable\n"
            "(HAIRPIN_SERVER_BIND). Order: default < file < environment < command line.\n\n"
            "  -c, --config FILE   read options from a YAML file\n"
            "      --check         read all options, say whether they are good, and end\n"
            "      --print-config  show what is in force and where each value came from\n"
            "      --print-sample  a configuration file with all options\n"
            "      --print-reference  all options as a document\n"
            "      --version       show the version\n"
            "  -h, --help          show this\n\n");
    const struct hp_setting *setting;
    for (unsigned i = 0; (setting = hp_settings_get(settings, i)) != NULL; i++) {
        const struct hp_option *row = setting->row;
        char *fallback = default_text(row);
        char *type = hp_option_describe(row);
        g_string_append_printf(text, "  --%s  (%s%s%s)\n", row->name, type,
                *fallback != '\0' ? "; default " : "", fallback);
        append_wrapped(text, "        ", row->help, 96);
        g_free(type);
        g_free(fallback);
    }
    return g_string_free(text, FALSE);
}

char *
hp_settings_print_config(const struct hp_settings *settings)
{
    GString *text = g_string_new(NULL);
    const struct hp_setting *setting;
    for (unsigned i = 0; (setting = hp_settings_get(settings, i)) != NULL; i++) {
        char *value = hp_option_get_yaml(setting->row, setting->base);
        g_string_append_printf(text, "%s: %s  # %s\n", setting->row->name, value, setting->source);
        g_free(value);
    }
    return g_string_free(text, FALSE);
}

// Writes the sections of a name ("a:", "b:" of "a.b.c") that the previous row did not open.
static void
append_sections(GString *text, const char *name, const char *previous)
{
    char **parts = g_strsplit(name, ".", -1);
    char **before = g_strsplit(previous, ".", -1);
    bool is_same = true;
    for (guint depth = 0; parts[depth] != NULL && parts[depth + 1] != NULL; depth++) {
        is_same = is_same && before[depth] != NULL && before[depth + 1] != NULL
                && strcmp(parts[depth], before[depth]) == 0;
        if (!is_same) {
            g_string_append_printf(
                    text, "%s%*s%s:\n", depth == 0 ? "\n" : "", (int) depth * 2, "", parts[depth]);
        }
    }
    g_strfreev(parts);
    g_strfreev(before);
}

static guint
depth_of(const char *name)
{
    guint depth = 0;
    for (; *name != '\0'; name++) {
        depth += *name == '.';
    }
    return depth;
}

char *
hp_settings_print_sample(const struct hp_settings *settings)
{
    GString *text = g_string_new(
            "# All options with their defaults, made by `hairpin --print-sample`.\n"
            "# Take the # off a line to change it. Neko's own file is understood as well.\n");
    const char *previous = "";
    const struct hp_setting *setting;
    for (unsigned i = 0; (setting = hp_settings_get(settings, i)) != NULL; i++) {
        const char *name = setting->row->name;
        append_sections(text, name, previous);
        char *indent = g_strdup_printf("%*s", (int) depth_of(name) * 2, "");
        char *prefix = g_strconcat(indent, "# ", NULL);
        char *fallback = default_text(setting->row);
        bool is_text = setting->row->type == HP_OPTION_STRING || *fallback == '\0'
                || setting->row->type == HP_OPTION_LIST;
        const char *key = strrchr(name, '.') == NULL ? name : strrchr(name, '.') + 1;
        append_wrapped(text, prefix, setting->row->help, 98);
        g_string_append_printf(text, "%s#%s: %s%s%s\n", indent, key, is_text ? "\"" : "", fallback,
                is_text ? "\"" : "");
        g_free(fallback);
        g_free(prefix);
        g_free(indent);
        previous = name;
    }
    return g_string_free(text, FALSE);
}

static void
append_cell(GString *text, const char *cell)
{
    char **parts = g_strsplit(cell, "|", -1);
    char *safe = g_strjoinv("\\|", parts);
    g_string_append(text, safe);
    g_free(safe);
    g_strfreev(parts);
}

#define REFERENCE_HEAD \
    "# Configuration\n\n" \
    "Every option is a key of the YAML file, an environment variable and a flag of the " \
    "command\n" \
    "line: `server.bind` is `server:` with `bind:` below it in the file, " \
    "`HAIRPIN_SERVER_BIND` in\n" \
    "the environment and `--server.bind` on the command line. Order: default < file <\n" \
    "environment < command line. An empty variable counts as unset. A flag that is true or " \
    "false needs\n" \
    "no value to become true: `--server.proxy` is `--server.proxy true`.\n\n" \
    "The file is named by `--config`, `HAIRPIN_CONFIG` or `NEKO_CONFIG`, or is found at\n" \
    "`/etc/hairpin/hairpin.yaml` or `/etc/neko/neko.yaml`. `hairpin --print-config` shows " \
    "what is in\n" \
    "force and where each value came from, `hairpin --check` only reads it. A bad value " \
    "stops the\n" \
    "start with one line that names the option, the value and what was expected. What no " \
    "option\n" \
    "reads is told in the log; on the command line it stops the start.\n\n" \
    "A list of texts is written with blanks or commas between them " \
    "(`HAIRPIN_WEBRTC_NAT1TO1=\"192.0.2.1\n" \
    "desk.example.org\"`, `--server.cors https://a.example,https://b.example`), or in the " \
    "file as a list\n" \
    "of YAML (`nat1to1: [192.0.2.1, desk.example.org]`). An empty text is an empty " \
    "list.\n\n" \
    "Names of Neko work as they are: those in the last column, and `NEKO_LOCKS`, " \
    "`NEKO_VP8`,\n" \
    "`NEKO_H264`, `NEKO_VIDEO`, `NEKO_AUDIO`, `NEKO_ICESERVER`, `NEKO_DEBUG`. Names of " \
    "its version 2 are\n" \
    "also keys of the file and flags, in lower case (`nat1to1:`, `--nat1to1` for " \
    "`NEKO_NAT1TO1`). A\n" \
    "`HAIRPIN_` name beats its `NEKO_` twin, a name of Neko's version 3 one of version 2. " \
    "What Neko has\n" \
    "and Hairpin has not is accepted and reported in the log. Of a switch's values, `yes` and " \
    "`on` are true\n" \
    "here, while Neko takes all but `1`, `t` and `true` for false: under a name of Neko's the " \
    "log tells it.\n\n" \
    "This page is made by `hairpin --print-reference`.\n"

static void
append_row(GString *text, const struct hp_option *row)
{
    char *fallback = default_text(row);
    char *type = hp_option_describe(row);
    char **names = g_strsplit(row->neko == NULL ? "" : row->neko, " ", -1);
    char *list = g_strjoinv("` `", names);
    g_string_append_printf(text, "| `%s` | ", row->name);
    g_string_append_printf(text, *fallback == '\0' ? "%s" : "`%s`", fallback);
    g_string_append_printf(text, " | %s | ", type);
    append_cell(text, row->help);
    g_string_append_printf(text, *list == '\0' ? " |%s |\n" : " | `%s` |\n", list);
    g_strfreev(names);
    g_free(list);
    g_free(type);
    g_free(fallback);
}

char *
hp_settings_print_reference(const struct hp_settings *settings)
{
    GString *text = g_string_new(REFERENCE_HEAD);
    char *section = g_strdup("");
    const struct hp_setting *setting;
    for (unsigned i = 0; (setting = hp_settings_get(settings, i)) != NULL; i++) {
        const char *name = setting->row->name;
        char *own = g_strndup(name, strcspn(name, "."));
        if (strcmp(own, section) != 0) {
            g_string_append_printf(text,
                    "\n## %s\n\n| option | default | value | what it does | Neko's names |\n"
                    "|---|---|---|---|---|\n",
                    own);
        }
        g_free(section);
        section = own;
        append_row(text, setting->row);
    }
    g_free(section);
    return g_string_free(text, FALSE);
}
