// arguments.c - the command line: options and actions.
// Owner: nobody.  Thread: main, before the server starts.
#include "config/arguments.h"

#include <string.h>

#include <glib.h>
#include <jansson.h>

#include "base/options.h"
#include "config/load.h"
#include "config/names.h"
#include "config/neko_names.h"
#include "config/option_value.h"

struct arguments {
    struct hp_load *load;
    char **left; // arguments that have not been read yet
    int left_count;
    // First the flags of Neko's version 2 are collected by their variables, then the others are set
    // and beat them.
    GHashTable *names;
    bool is_collecting;
};

// One flag, split.
struct flag {
    char *name; // "--server.bind"
    const char *attached; // after "="; NULL: none
    const char *next; // the next argument, if that is no flag; NULL: none
};

enum hp_settings_action
hp_arguments_find_action(const struct hp_settings_input *input)
{
    static const char *const names[] = { [HP_SETTINGS_HELP] = "--help",
        [HP_SETTINGS_VERSION] = "--version",
        [HP_SETTINGS_CHECK] = "--check",
        [HP_SETTINGS_PRINT_CONFIG] = "--print-config",
        [HP_SETTINGS_PRINT_SAMPLE] = "--print-sample",
        [HP_SETTINGS_PRINT_REFERENCE] = "--print-reference" };
    enum hp_settings_action action = HP_SETTINGS_RUN;
    for (int i = 0; i < input->argument_count; i++) {
        const char *argument = input->arguments[i];
        for (int k = HP_SETTINGS_HELP; k <= HP_SETTINGS_PRINT_REFERENCE; k++) {
            action = strcmp(argument, names[k]) == 0 ? (enum hp_settings_action) k : action;
        }
        action = strcmp(argument, "-h") == 0 ? HP_SETTINGS_HELP : action;
    }
    return action;
}

static bool
is_action(char *argument)
{
    struct hp_settings_input one = { .argument_count = 1, .arguments = &argument };
    return hp_arguments_find_action(&one) != HP_SETTINGS_RUN;
}

// A flag that switches something on or off needs no value: the next argument, if it is one; else
// NULL.
static const char *
find_switch_value(const struct flag *flag)
{
    return flag->next != NULL && hp_option_is_bool(flag->next) ? flag->next : NULL;
}

// A flag of Neko's version 2, or of what that has and Hairpin has not. Returns the number of
// arguments used; 0: it is none.
static int
load_old_flag(struct arguments *arguments, const struct flag *flag, const char *key)
{
    struct hp_load *load = arguments->load;
    char *variable = hp_names_variable(key);
    bool is_later = hp_neko_is_later(key) || (variable != NULL && hp_neko_is_later(variable));
    bool is_known = variable != NULL && hp_names_is_known(load, variable);
    bool is_switch = is_known && hp_names_is_switch(load, variable);
    const char *next = is_switch ? find_switch_value(flag) : flag->next;
    const char *text = flag->attached != NULL ? flag->attached : next != NULL ? next : "true";
    if (is_later && !hp_neko_is_met(key, text)) {
        hp_load_note(load, g_strdup_printf("%s is not there yet and has no effect", flag->name));
    } else if (!is_later && is_known && arguments->is_collecting) {
        g_hash_table_insert(arguments->names, g_strdup(variable), g_strdup(text));
    }
    g_free(variable);
    return !is_later && !is_known ? 0 : flag->attached == NULL && next != NULL ? 2 : 1;
}

// A flag that names no option. It may be one of Neko, or an option of a plugin whose rows are not
// added yet. Returns the number of arguments used; 0: the error is set.
static int
load_foreign_flag(struct arguments *arguments, const struct flag *flag)
{
    struct hp_load *load = arguments->load;
    const char *key = g_str_has_prefix(flag->name, "--") ? flag->name + 2 : flag->name;
    int used = load_old_flag(arguments, flag, key);
    if (used != 0) {
        return used;
    }
    const char *text = flag->attached != NULL ? flag->attached
            : flag->next != NULL              ? flag->next
                                              : "true";
    json_t *value = json_string(text);
    bool is_good = true;
    bool is_found = arguments->is_collecting
            || (value != NULL
                    && hp_load_set_neko_key(load, key, value, "command line", &is_good));
    json_decref(value);
    if (!is_found && load->mode == HP_SETTINGS_STRICT) {
        g_string_printf(load->error, "%s: no such option, see --help", flag->name);
        is_good = false;
    }
    return !is_good ? 0 : flag->attached == NULL && flag->next != NULL ? 2 : 1;
}

// An option by its own name. Returns the number of arguments used; 0: the error is set.
static int
load_option(struct arguments *arguments, const struct flag *flag, struct hp_setting *setting)
{
    struct hp_load *load = arguments->load;
    bool is_switch = setting != NULL && setting->row->type == HP_OPTION_BOOL;
    const char *next = is_switch        ? find_switch_value(flag)
            : arguments->left_count > 1 ? arguments->left[1]
                                        : NULL;
    const char *value = flag->attached != NULL ? flag->attached
            : is_switch && next == NULL        ? "true"
                                               : next;
    if (value == NULL) {
        g_string_printf(load->error, "%s: expected a value as the next argument", flag->name);
        return 0;
    }
    bool is_set = setting == NULL || arguments->is_collecting
            || hp_load_set_text(load, setting, value, g_strdup("command line"));
    return !is_set ? 0 : flag->attached != NULL || next == NULL ? 1 : 2;
}

// Reads one flag. Returns the number of arguments used; 0: the error is set.
static int
load_flag(struct arguments *arguments)
{
    const char *argument = arguments->left[0];
    const char *equals = strchr(argument, '=');
    struct flag flag = { .attached = equals == NULL ? NULL : equals + 1 };
    if (equals == NULL && arguments->left_count > 1 && arguments->left[1][0] != '-') {
        flag.next = arguments->left[1];
    }
    flag.name = g_strndup(
            argument, equals == NULL ? strlen(argument) : (gsize) (equals - argument));
    // --config has been read before
    bool is_config = strcmp(flag.name, "--config") == 0 || strcmp(flag.name, "-c") == 0;
    struct hp_setting *setting = g_str_has_prefix(flag.name, "--")
            ? hp_load_find(arguments->load, flag.name + 2)
            : NULL;
    int used = setting != NULL || is_config ? load_option(arguments, &flag, setting)
                                            : load_foreign_flag(arguments, &flag);
    g_free(flag.name);
    return used;
}

static bool
load_all(struct arguments *arguments, const struct hp_settings_input *input)
{
    arguments->left = input->arguments;
    arguments->left_count = input->argument_count;
    while (arguments->left_count > 0) {
        char *argument = arguments->left[0];
        bool is_word = is_action(argument) || strcmp(argument, "serve") == 0;
        int used = is_word ? 1 : load_flag(arguments);
        if (used == 0) {
            return false;
        }
        arguments->left += used;
        arguments->left_count -= used;
    }
    return true;
}

bool
hp_arguments_load(struct hp_load *load, const struct hp_settings_input *input)
{
    struct arguments arguments = { .load = load, .is_collecting = true };
    arguments.names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    bool is_good = load_all(&arguments, input)
            && hp_names_load(load, arguments.names, "command line");
    arguments.is_collecting = false;
    is_good = is_good && load_all(&arguments, input);
    g_hash_table_destroy(arguments.names);
    return is_good;
}
