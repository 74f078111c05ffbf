// option_value.c - values of options: read from JSON or text, written as text.
// Owner: nobody.  Thread: main, before the server starts.
#include "config/option_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/iceservers.h"
#include "base/options.h"

#define FIELD(type, base, row) ((type *) (void *) ((char *) (base) + (row)->offset))
#define CONST_FIELD(type, base, row) \
    ((const type *) (const void *) ((const char *) (base) + (row)->offset))

#define MAX_DURATION_MS INT64_C(100000000000000000) // one more part on top does not overflow

enum {
    MAX_NUMBER = 1000000000 // of one part of a duration
};

static const struct {
    const char *unit;
    int64_t ms;
} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };

char *
hp_option_describe(const struct hp_option *row)
{
    bool has_range = row->min != 0 || row->max != 0;
    switch (row->type) {
    case HP_OPTION_BOOL: return g_strdup("true or false");
    case HP_OPTION_INT:
        return has_range
                ? g_strdup_printf("whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                        row->min, row->max)
                : g_strdup("whole number");
    case HP_OPTION_STRING: return g_strdup("text");
    case HP_OPTION_LIST: return g_strdup("list of texts like `a, b`");
    case HP_OPTION_DURATION:
        return has_range ? g_strdup_printf("duration like 10s or 1h30m, from %" G_GINT64_FORMAT
                                           " to %" G_GINT64_FORMAT " ms",
                       row->min, row->max)
                         : g_strdup("duration like 10s or 1h30m");
    case HP_OPTION_CHOICE: {
        char **words = g_strsplit(row->choices, "|", -1);
        char *list = g_strjoinv(", ", words);
        char *text = g_strdup_printf("one of %s", list);
        g_strfreev(words);
        g_free(list);
        return text;
    }
    case HP_OPTION_JSON: return g_strdup("JSON or YAML structure");
    case HP_OPTION_ICE_SERVERS: return g_strdup("list of ICE servers");
    }
    return NULL;
}

static char **
get_list(const struct hp_option *row, const void *base)
{
    char **list;
    memcpy(&list, (const char *) base + row->offset, sizeof(list));
    return list;
}

static bool
parse_bool(const char *text, bool *value)
{
    static const char *const yes[] = { "1", "t", "true", "yes", "on" };
    static const char *const no[] = { "0", "f", "false", "no", "off" };
    for (size_t i = 0; i < G_N_ELEMENTS(yes); i++) {
        if (g_ascii_strcasecmp(text, yes[i]) == 0 || g_ascii_strcasecmp(text, no[i]) == 0) {
            *value = g_ascii_strcasecmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

bool
hp_option_is_bool(const char *text)
{
    bool value;
    return parse_bool(text, &value);
}

bool
hp_option_is_true(const char *text)
{
    bool value = false;
    return parse_bool(text, &value) && value;
}

static bool
parse_int(const char *text, int64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0';
}

static bool
parse_duration(const char *text, int64_t *value)
{
    *value = 0;
    if (parse_int(text, value)) {
        if (*value < -MAX_NUMBER || *value > MAX_NUMBER) {
            return false;
        }
        *value *= 1000; // a number without a unit is in seconds
        return true;
    }
    *value = 0;
    while (*text != '\0') {
        char *end;
        long number = strtol(text, &end, 10);
        if (end == text || number < 0 || number > MAX_NUMBER) {
            return false;
        }
        size_t length = strspn(end, "abcdefghijklmnopqrstuvwxyz");
        bool is_found = false;
        for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
            if (strlen(units[i].unit) == length && memcmp(units[i].unit, end, length) == 0) {
                *value += number * units[i].ms;
                is_found = true;
            }
        }
        if (!is_found || *value > MAX_DURATION_MS) {
            return false;
        }
        text = end + length;
    }
    return true;
}

static bool
is_in_range(const struct hp_option *row, int64_t value)
{
    return (row->min == 0 && row->max == 0) || (value >= row->min && value <= row->max);
}

static void
// Takes the value.
replace_string(const struct hp_option *row, void *base, char *value) // taken
{
    char **field = FIELD(char *, base, row);
    g_free(*field);
    *field = value;
}

static bool
set_list(const struct hp_option *row, void *base, const json_t *value, const char *text)
{
    GPtrArray *items = g_ptr_array_new_with_free_func(g_free);
    if (json_is_array(value)) {
        size_t i;
        json_t *item;
        json_array_foreach((json_t *) value, i, item)
        {
            if (!json_is_string(item)) {
                g_ptr_array_free(items, TRUE);
                return false;
            }
            g_ptr_array_add(items, g_strdup(json_string_value(item)));
        }
    } else if (strcmp(text, "[]") != 0) { // an empty list of JSON, as a variable may hold it
        char **words = g_strsplit_set(text, " \t\r\n,", -1);
        for (char **word = words; *word != NULL; word++) {
            if (**word != '\0') {
                g_ptr_array_add(items, g_strdup(*word));
            }
        }
        g_strfreev(words);
    }
    g_ptr_array_add(items, NULL);
    g_strfreev(*FIELD(char **, base, row));
    *FIELD(char **, base, row) = (char **) g_ptr_array_free(items, FALSE);
    return true;
}

static bool
set_json(const struct hp_option *row, void *base, const json_t *value, GString *problem)
{
    json_error_t error;
    json_t *parsed = NULL;
    if (json_is_string(value)) {
        const char *text = json_string_value(value);
        parsed = *text == '\0' ? json_object() : json_loads(text, 0, &error);
        if (parsed == NULL) {
            g_string_printf(problem, "JSON breaks at line %d, column %d, expected JSON or YAML",
                    error.line, error.column);
            return false;
        }
        value = parsed;
    }
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    replace_string(row, base, g_strdup(text));
    free(text);
    json_decref(parsed);
    return true;
}

static bool
set_ice_servers(const struct hp_option *row, void *base, const json_t *value, GString *problem)
{
    char *error = NULL;
    json_t *servers = json_is_string(value) ? hp_iceservers_parse(json_string_value(value), &error)
                                            : hp_iceservers_check(value, &error);
    if (servers == NULL) {
        g_string_assign(problem, error);
        g_free(error);
        return false;
    }
    char *text = json_dumps(servers, JSON_COMPACT);
    replace_string(row, base, g_strdup(text));
    free(text);
    json_decref(servers);
    return true;
}

static bool
set_choice(const struct hp_option *row, void *base, const char *text)
{
    char **words = g_strsplit(row->choices, "|", -1);
    bool is_good = false;
    for (char **word = words; *word != NULL && !is_good; word++) {
        is_good = g_ascii_strcasecmp(*word, text) == 0;
        if (is_good) {
            replace_string(row, base, g_strdup(*word));
        }
    }
    g_strfreev(words);
    return is_good;
}

static bool
set_scalar(const struct hp_option *row, void *base, const char *text)
{
    int64_t number;
    switch (row->type) {
    case HP_OPTION_BOOL: return parse_bool(text, FIELD(bool, base, row));
    case HP_OPTION_INT:
    case HP_OPTION_DURATION: {
        bool is_good = row->type == HP_OPTION_INT ? parse_int(text, &number)
                                                  : parse_duration(text, &number);
        if (!is_good || !is_in_range(row, number)) {
            return false;
        }
        *FIELD(int64_t, base, row) = number;
        return true;
    }
    case HP_OPTION_STRING: replace_string(row, base, g_strdup(text)); return true;
    case HP_OPTION_CHOICE: return set_choice(row, base, text);
    case HP_OPTION_LIST:
    case HP_OPTION_JSON:
    case HP_OPTION_ICE_SERVERS: break;
    }
    return false;
}

static char *
scalar_text(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING: return g_strdup(json_string_value(value));
    case JSON_INTEGER: return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    case JSON_TRUE: return g_strdup("true");
    case JSON_FALSE: return g_strdup("false");
    case JSON_NULL: return g_strdup("");
    case JSON_REAL:
    case JSON_OBJECT:
    case JSON_ARRAY: break;
    }
    return NULL;
}

bool
hp_option_set(const struct hp_option *row, void *base, const json_t *value, GString *problem)
{
    if (row->type == HP_OPTION_JSON) {
        return set_json(row, base, value, problem);
    }
    if (row->type == HP_OPTION_ICE_SERVERS) {
        return set_ice_servers(row, base, value, problem);
    }
    if (row->is_secret && json_is_null(value)) { // nothing, ~, or what begins with & or #
        g_string_assign(problem, "expected a text, in quotes; an empty one is \"\"");
        return false;
    }
    char *text = scalar_text(value);
    const char *fault = row->type == HP_OPTION_STRING && text != NULL && row->find_fault != NULL
            ? row->find_fault(text)
            : NULL;
    if (fault != NULL) {
        g_string_printf(problem, "expected %s", fault);
        g_free(text);
        return false;
    }
    bool is_list = row->type == HP_OPTION_LIST && (text != NULL || json_is_array(value));
    bool is_good = is_list ? set_list(row, base, value, text)
                           : text != NULL && set_scalar(row, base, text);
    g_free(text);
    if (!is_good) {
        char *expected = hp_option_describe(row);
        g_string_printf(problem, "expected %s", expected);
        g_free(expected);
    }
    return is_good;
}

// The value as text, secrets included. Free it with g_free().
static char *
get_text(const struct hp_option *row, const void *base)
{
    switch (row->type) {
    case HP_OPTION_BOOL: return g_strdup(*CONST_FIELD(bool, base, row) ? "true" : "false");
    case HP_OPTION_INT:
        return g_strdup_printf("%" G_GINT64_FORMAT, *CONST_FIELD(int64_t, base, row));
    case HP_OPTION_DURATION: {
        int64_t ms = *CONST_FIELD(int64_t, base, row);
        return ms % 1000 == 0 ? g_strdup_printf("%" G_GINT64_FORMAT "s", ms / 1000)
                              : g_strdup_printf("%" G_GINT64_FORMAT "ms", ms);
    }
    case HP_OPTION_LIST: return g_strjoinv(" ", get_list(row, base));
    case HP_OPTION_STRING:
    case HP_OPTION_CHOICE:
    case HP_OPTION_JSON:
    case HP_OPTION_ICE_SERVERS: return g_strdup(*CONST_FIELD(char *, base, row));
    }
    return NULL;
}

static char *
quote(const char *text)
{
    json_t *string = json_string(text);
    char *quoted = json_dumps(string, JSON_ENCODE_ANY);
    char *copy = g_strdup(quoted == NULL ? "\"\"" : quoted);
    free(quoted);
    json_decref(string);
    return copy;
}

static char *
list_yaml(char **items)
{
    GString *text = g_string_new("[");
    for (; *items != NULL; items++) {
        char *quoted = quote(*items);
        g_string_append_printf(text, "%s%s", text->len > 1 ? ", " : "", quoted);
        g_free(quoted);
    }
    return g_string_free(g_string_append_c(text, ']'), FALSE);
}

static char *
ice_servers_yaml(const char *text)
{
    json_t *servers = json_loads(text, 0, NULL);
    size_t i;
    json_t *server;
    json_array_foreach(servers, i, server)
    {
        if (json_object_get(server, "credential") != NULL) {
            json_object_set_new(server, "credential", json_string("***"));
        }
    }
    char *dump = json_dumps(servers, JSON_COMPACT);
    char *copy = g_strdup(dump);
    free(dump);
    json_decref(servers);
    return copy;
}

char *
hp_option_get_yaml(const struct hp_option *row, const void *base)
{
    if (row->type == HP_OPTION_LIST) {
        return list_yaml(get_list(row, base));
    }
    char *text = get_text(row, base);
    bool is_text = row->type == HP_OPTION_STRING || row->type == HP_OPTION_CHOICE;
    char *yaml = row->type == HP_OPTION_ICE_SERVERS ? ice_servers_yaml(text)
            : row->is_secret && *text != '\0'       ? g_strdup("\"***\"")
            : is_text                               ? quote(text)
                                                    : g_strdup(text);
    g_free(text);
    return yaml;
}

void
hp_option_clear(const struct hp_option *row, void *base)
{
    switch (row->type) {
    case HP_OPTION_BOOL:
    case HP_OPTION_INT:
    case HP_OPTION_DURATION: break;
    case HP_OPTION_LIST:
        g_strfreev(*FIELD(char **, base, row));
        *FIELD(char **, base, row) = NULL;
        break;
    case HP_OPTION_STRING:
    case HP_OPTION_CHOICE:
    case HP_OPTION_JSON:
    case HP_OPTION_ICE_SERVERS: replace_string(row, base, NULL); break;
    }
}
