// module.c - a plugin's shared object.
// Owner: app.  Thread: main, before the server runs, since loading reads files.
#include "plugin/module.h"

#include <string.h>

#include <glib.h>
#include <gmodule.h>

#define LOG_TAG "plugins"
#include "base/log.h"
#include "base/plugin.h"

struct hp_module {
    GModule *handle;
    const struct hp_plugin *plugin;
};

const struct hp_plugin *
hp_module_check(const struct hp_plugin *plugin, const char **reason)
{
    // Older tables are shorter: the members that they lack count as NULL, see hp_host_create().
    size_t oldest = offsetof(struct hp_plugin, stop) + sizeof(plugin->stop);
    if (plugin->abi != HP_PLUGIN_ABI) {
        *reason = "it was built for another version of the plugin interface: build it anew with "
                  "the headers of this server";
    } else if (plugin->size < oldest) {
        *reason = "its table is shorter than the first version: set size to its sizeof";
    } else if (plugin->name == NULL || plugin->start == NULL || plugin->stop == NULL) {
        *reason = "its table lacks name, start or stop: set all three";
    } else if (strchr(plugin->name, '/') != NULL || plugin->name[0] == '\0') {
        *reason = "its name is empty or has a slash: expected one like \"desktop\"";
    } else if (plugin->options_size > 1024 * 1024) {
        *reason = "its options are too large: expected at most 1 MiB";
    } else {
        return plugin;
    }
    return NULL;
}

struct hp_module *
hp_module_load(const char *dir, const char *name)
{
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL) {
        log_error("plugin \"%s\" cannot be loaded: expected a name like \"desktop\"", name);
        return NULL;
    }
    struct hp_module *module = g_new0(struct hp_module, 1);
    char *path = g_strdup_printf("%s/%s.so", dir, name);
    const char *reason = "it does not export hp_plugin: define that table with HP_PLUGIN_EXPORT";
    void *symbol = NULL;
    module->handle = g_module_open(path, G_MODULE_BIND_LOCAL);
    if (module->handle == NULL) {
        reason = g_module_error();
        goto fail;
    }
    if (!g_module_symbol(module->handle, "hp_plugin", &symbol) || symbol == NULL) {
        goto fail;
    }
    module->plugin = hp_module_check(symbol, &reason);
    if (module->plugin == NULL) {
        goto fail;
    }
    g_free(path);
    return module;
fail:
    log_error("plugin %s cannot be loaded: %s", path, reason);
    g_free(path);
    hp_module_unload(module);
    return NULL;
}

void
hp_module_unload(struct hp_module *module)
{
    if (module == NULL) {
        return;
    }
    if (module->handle != NULL) {
        g_module_close(module->handle);
    }
    g_free(module);
}

const struct hp_plugin *
hp_module_plugin(const struct hp_module *module)
{
    return module->plugin;
}
