// setup.c - the options of the core and of its plugins, and the plugins' modules.
// Owner: main.  Thread: main.
#include "app/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "app/checks.h"
#include "app/clash.h"
#include "app/folders.h"
#include "app/logins.h"
#include "app/surroundings.h"
#define LOG_TAG "setup"
#include "base/log.h"
#include "base/plugin.h"
#include "config/settings.h"
#include "config/settings_print.h"
#include "plugin/module.h"

extern char **environ;

enum {
    EXIT_BAD_SETTINGS = 2,
    DEFAULT_PORT_MIN = 59000, // as with Neko
    DEFAULT_PORT_MAX = 59100,
};

static int
load(struct hp_setup *setup, const struct hp_settings_input *input, enum hp_settings_mode mode)
{
    char *error = hp_settings_load(setup->settings, input, mode);
    if (error == NULL) {
        return 0;
    }
    char *line = hp_log_escape(error);
    fprintf(stderr, "hairpin: %s\n", line);
    g_free(line);
    g_free(error);
    return EXIT_BAD_SETTINGS;
}

static void
refuse_plugin(const char *name, const char *dir, const char *reason)
{
    char *shown = hp_log_quote(name, 40);
    char *text = hp_log_escape(reason);
    fprintf(stderr, "hairpin: plugins.load = \"%s\": cannot be loaded from plugins.dir, %s: %s\n",
            shown, dir, text);
    g_free(text);
    g_free(shown);
}

static int
load_plugin(struct hp_setup *setup, const char *name)
{
    if (setup->plugin_count == HP_PLUGINS_MAX) {
        fprintf(stderr, "hairpin: plugins.load: expected at most %d plugins\n",
                HP_PLUGINS_MAX);
        return EXIT_BAD_SETTINGS;
    }
    char *dir = hp_folders_find_plugins(&setup->config);
    char *reason = NULL;
    struct hp_module *module = hp_module_load(dir, name, &reason);
    if (module == NULL) {
        refuse_plugin(name, dir, reason);
    }
    g_free(reason);
    g_free(dir);
    if (module == NULL) {
        return EXIT_BAD_SETTINGS;
    }
    const struct hp_plugin *plugin = hp_module_plugin(module);
    struct hp_setup_plugin *entry = &setup->plugins[setup->plugin_count++];
    entry->module = module;
    entry->options = g_malloc0(MAX(plugin->options_size, 1));
    hp_settings_add(setup->settings, hp_module_options(module), entry->options);
    return 0;
}

static bool
parse_port_range(struct hp_setup *setup)
{
    const char *text = setup->config.webrtc.port_range;
    unsigned first = 0, last = 0;
    int used = 0;
    if (strcmp(text, "") == 0) {
        setup->port_min = DEFAULT_PORT_MIN;
        setup->port_max = DEFAULT_PORT_MAX;
        return true;
    }
    if (strcmp(text, "0") == 0) {
        return true;
    }
    bool is_good = sscanf(text, "%5u-%5u%n", &first, &last, &used) == 2 && text[used] == '\0'
            && MIN(first, last) > 0 && MAX(first, last) <= 65535;
    if (!is_good) {
        char *shown = hp_log_quote(text, 40);
        fprintf(stderr,
                "hairpin: webrtc.epr = \"%s\": expected two UDP ports, first-last, or 0\n", shown);
        g_free(shown);
        return false;
    }
    setup->port_min = (uint16_t) MIN(first, last); // in either order, as with Neko
    setup->port_max = (uint16_t) MAX(first, last);
    return true;
}

static int
load_plugins(struct hp_setup *setup)
{
    int status = 0;
    for (char **name = setup->config.plugins.load; status == 0 && *name != NULL; name++) {
        status = load_plugin(setup, *name);
    }
    return status;
}

// --help and --version work whatever the settings are.
static bool
load_for_help(struct hp_setup *setup, const struct hp_settings_input *input)
{
    struct hp_settings_input arguments = *input;
    arguments.environment = NULL;
    g_free(hp_settings_load(setup->settings, &arguments, HP_SETTINGS_ONLY_KNOWN));
    switch (hp_settings_get_action(setup->settings)) {
    case HP_SETTINGS_VERSION: return true;
    case HP_SETTINGS_HELP: load_plugins(setup); return true; // as far as they are there
    case HP_SETTINGS_RUN:
    case HP_SETTINGS_CHECK:
    case HP_SETTINGS_PRINT_CONFIG:
    case HP_SETTINGS_PRINT_SAMPLE:
    case HP_SETTINGS_PRINT_REFERENCE: break;
    }
    return false;
}

int
hp_setup_init(struct hp_setup *setup, int argument_count, char **arguments)
{
    struct hp_settings_input input = {
        .environment = environ,
        .argument_count = argument_count - 1,
        .arguments = arguments + 1,
    };
    memset(setup, 0, sizeof(*setup));
    setup->settings = hp_settings_create();
    hp_settings_add(setup->settings, hp_config_rows, &setup->config);
    if (load_for_help(setup, &input)) {
        return 0;
    }
    int status = load(setup, &input, HP_SETTINGS_ONLY_KNOWN);
    status = status == 0 ? load_plugins(setup) : status;
    if (status == 0) {
        status = load(setup, &input, HP_SETTINGS_STRICT);
    }
    if (status == 0 && (!parse_port_range(setup) || !hp_checks_pass(&setup->config))) {
        status = EXIT_BAD_SETTINGS;
    }
    return status;
}

void
hp_setup_finish(struct hp_setup *setup)
{
    hp_settings_destroy(setup->settings); // before the modules, which hold the rows
    for (unsigned i = 0; i < setup->plugin_count; i++) {
        g_free(setup->plugins[i].options);
        hp_module_unload(setup->plugins[i].module);
    }
    memset(setup, 0, sizeof(*setup));
}

static void
// Takes the text.
print(char *text) // taken
{
    fputs(text, stdout);
    g_free(text);
}

// Is the option more than its default?
static bool
is_given(const void *arg, const char *name)
{
    const struct hp_setup *setup = arg;
    const struct hp_setting *setting;
    for (unsigned i = 0; (setting = hp_settings_get(setup->settings, i)) != NULL; i++) {
        if (strcmp(setting->row->name, name) == 0) {
            return strcmp(setting->source, "default") != 0;
        }
    }
    return false;
}

static void
print_note(const char *text)
{
    char *line = hp_log_escape(text);
    printf("Note: %s.\n", line);
    g_free(line);
}

static void
log_note(const char *text)
{
    log_warn("%s", text);
}

static void
tell_unknown_right(const char *option, const char *profile, void (*tell)(const char *text))
{
    char *key = hp_checks_find_unknown_right(profile);
    if (key != NULL) {
        char *text = g_strdup_printf("%s: \"%s\" is no right and has no effect", option, key);
        tell(text);
        g_free(text);
    }
    g_free(key);
}

static void
// Takes the lines.
tell_all(char **lines, void (*tell)(const char *text)) // taken
{
    for (char **line = lines; *line != NULL; line++) {
        tell(*line);
    }
    g_strfreev(lines);
}

// What keeps no server from its start, and is hardly meant.
static void
tell_doubts(const struct hp_setup *setup, void (*tell)(const char *text))
{
    for (char **note = hp_settings_get_notes(setup->settings); *note != NULL; note++) {
        tell(*note);
    }
    tell_unknown_right("member.multiuser.user_profile", setup->config.member.user_profile, tell);
    tell_unknown_right("member.multiuser.admin_profile", setup->config.member.admin_profile, tell);
    tell_all(hp_logins_list_doubts(&setup->config), tell);
    tell_all(hp_clash_list(&setup->config, is_given, setup), tell);
}

// 0, or an exit status after a line about each mistake on stderr.
static int
print_check(const struct hp_setup *setup)
{
    int status = hp_surroundings_pass(&setup->config) ? 0 : EXIT_BAD_SETTINGS;
    for (unsigned i = 0; i < setup->plugin_count; i++) {
        char *fault = hp_module_find_fault(setup->plugins[i].module, setup->plugins[i].options);
        if (fault != NULL) {
            char *line = hp_log_escape(fault);
            fprintf(stderr, "hairpin: %s\n", line);
            g_free(line);
            status = EXIT_BAD_SETTINGS;
        }
        free(fault);
    }
    if (status != 0) {
        return status;
    }
    const char *provider = setup->config.member.provider;
    if (strcmp(provider, "multiuser") != 0 && strcmp(provider, "noauth") != 0) {
        printf("Note: member.provider = %s is not there yet, and nobody can log in.\n", provider);
    }
    tell_doubts(setup, print_note);
    puts("All options are good.");
    return 0;
}

bool
hp_setup_act(const struct hp_setup *setup, int *status)
{
    switch (hp_settings_get_action(setup->settings)) {
    case HP_SETTINGS_RUN: return false;
    case HP_SETTINGS_HELP: print(hp_settings_print_help(setup->settings)); break;
    case HP_SETTINGS_VERSION: puts("hairpin " PACKAGE_VERSION); break;
    case HP_SETTINGS_CHECK: *status = print_check(setup); break;
    case HP_SETTINGS_PRINT_CONFIG: print(hp_settings_print_config(setup->settings)); break;
    case HP_SETTINGS_PRINT_SAMPLE: print(hp_settings_print_sample(setup->settings)); break;
    case HP_SETTINGS_PRINT_REFERENCE: print(hp_settings_print_reference(setup->settings)); break;
    }
    return true;
}

void
hp_setup_log_notes(const struct hp_setup *setup)
{
    static const char *const levels[] = { "error", "warn", "info", "debug" };
    for (int i = 0; i < (int) G_N_ELEMENTS(levels); i++) {
        if (strcmp(setup->config.log.level, levels[i]) == 0) {
            hp_log_set_level((enum hp_log_level) i);
        }
    }
    hp_log_set_json(setup->config.log.json);
    tell_doubts(setup, log_note);
    hp_logins_warn(&setup->config);
}
