// load.c - one reading of all settings: finds and sets them, collects notes and the error.
// Owner: hp_settings_load().  Thread: main, before the server starts.
#include "config/load.h"

#include <string.h>

#include "base/log.h"
#include "base/options.h"
#include "config/neko_names.h"
#include "config/option_value.h"

enum {
    MAX_SHOWN = 80
}; // characters of a wrong value that an error shows

void
hp_load_note(struct hp_load *load, char *text) // taken
{
    for (guint i = 0; i + 1 < load->notes->len; i++) {
        if (strcmp(load->notes->pdata[i], text) == 0) {
            g_free(text);
            return;
        }
    }
    load->notes->pdata[load->notes->len - 1] = text;
    g_ptr_array_add(load->notes, NULL);
}

struct hp_setting *
hp_load_find(const struct hp_load *load, const char *name)
{
    for (guint i = 0; i < load->rows->len; i++) {
        struct hp_setting *setting = &g_array_index(load->rows, struct hp_setting, i);
        if (strcmp(setting->row->name, name) == 0) {
            return setting;
        }
    }
    return NULL;
}

static char *
show_value(const struct hp_option *row, const json_t *value)
{
    bool is_hidden =
            row->is_secret || row->type == HP_OPTION_ICE_SERVERS || row->type == HP_OPTION_JSON;
    if (is_hidden || !json_is_string(value)) {
        return g_strdup("");
    }
    char *safe = hp_log_quote(json_string_value(value), MAX_SHOWN);
    char *shown = g_strdup_printf(" = \"%s\"", safe);
    g_free(safe);
    return shown;
}

// The word that switches a list off, since an empty variable counts as unset.
static const char *
same_value(const char *option, const char *text)
{
    bool is_off = strcmp(option, "webrtc.stun") == 0 && g_ascii_strcasecmp(text, "off") == 0;
    return is_off ? "" : hp_neko_same_value(option, text);
}

bool
hp_load_set(struct hp_load *load, struct hp_setting *setting, const json_t *value, char *source)
{
    const struct hp_option *row = setting->row;
    const char *text = json_string_value(value); // NULL: the value is no text
    if (text != NULL && hp_neko_is_later_value(row->name, text)) {
        hp_load_note(load,
                g_strdup_printf("%s = %s (%s) is not there yet and has no effect", row->name, text,
                        source));
        g_free(source);
        return true;
    }
    GString *problem = g_string_new(NULL);
    const char *same = text == NULL ? NULL : same_value(row->name, text);
    json_t *own = same == text ? json_incref((json_t *) value) : json_string(same);
    bool is_good = hp_option_set(row, setting->base, own, problem);
    json_decref(own);
    if (is_good) {
        g_free(setting->source);
        setting->source = source;
    } else {
        char *shown = show_value(row, value);
        g_string_printf(load->error, "%s%s (%s): %s", row->name, shown, source, problem->str);
        g_free(shown);
        g_free(source);
    }
    g_string_free(problem, TRUE);
    return is_good;
}

bool
hp_load_set_text(
        struct hp_load *load, struct hp_setting *setting, const char *text, char *source)
{
    json_t *value = json_string(text);
    if (value == NULL) {
        g_string_printf(load->error, "%s (%s): expected UTF-8", setting->row->name, source);
        g_free(source);
        return false;
    }
    bool is_good = hp_load_set(load, setting, value, source);
    json_decref(value);
    return is_good;
}

bool
hp_load_set_neko_key(struct hp_load *load, const char *name, const json_t *value,
        const char *source, bool *is_good)
{
    const struct hp_neko_key *key = hp_neko_find_key(name);
    if (key == NULL || json_is_object(value)) {
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(key->options) && key->options[i] != NULL; i++) {
        struct hp_setting *setting = hp_load_find(load, key->options[i]);
        *is_good = *is_good
                && (setting == NULL || hp_load_set(load, setting, value, g_strdup(source)));
    }
    return true;
}
