// Fuzzes the configuration: the first line is a variable, the rest a file, read by all rows.
#include "config/settings.h"
#include "config/settings_print.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// In memory where there is such a place: a file is written for each input.
static const char *
get_path(void)
{
    static char path[64];
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    g_snprintf(path, sizeof(path), "%s/hairpin-fuzz-%d.yaml", folder, (int) getpid());
    return path;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
    size_t first = end == NULL ? size : (size_t) (end - data);
    char *variable = g_strndup((const char *) data, first);
    char *config = g_strconcat("HAIRPIN_CONFIG=", get_path(), NULL);
    char *environment[] = { config, variable, NULL };
    const char *file = (const char *) data + first;
    if (!g_file_set_contents(get_path(), file, (gssize) (size - first), NULL)) {
        abort();
    }
    struct hp_config values = { .workers = 0 };
    struct hp_settings *settings = hp_settings_create();
    hp_settings_add(settings, hp_config_rows, &values);
    struct hp_settings_input input = { .environment = environment };
    char *error = hp_settings_load(settings, &input, HP_SETTINGS_STRICT);
    if (error == NULL) {
        g_free(hp_settings_print_config(settings));
    }
    g_free(error);
    hp_settings_destroy(settings);
    unlink(get_path());
    g_free(config);
    g_free(variable);
    return 0;
}
