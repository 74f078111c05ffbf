// module.c - a plugin's shared object.
// Owner: app.  Thread: main, before the server runs, since loading reads files.
#include "plugin/module.h"

#include <string.h>

#include <glib.h>
#include <gmodule.h>

#include "base/plugin.h"
#include "plugin/rows.h"

struct hp_module {
    GModule *handle;
    const struct hp_plugin *plugin;
    struct hp_option *rows;
};

static const char *
find_mistake(const struct hp_plugin *plugin)
{
    // Older tables are shorter: the members that they lack count as NULL, see hp_host_create().
    size_t oldest = offsetof(struct hp_plugin, stop) + sizeof(plugin->stop);
    if (plugin->abi != HP_PLUGIN_ABI) {
        return "it was built for another version of the plugin interface: build it anew with "
               "the headers of this server";
    }
    if (plugin->size < oldest) {
        return "its table is shorter than the first version: set size to its sizeof";
    }
    if (plugin->name == NULL || plugin->start == NULL || plugin->stop == NULL) {
        return "its table lacks name, start or stop: set all three";
    }
    if (strchr(plugin->name, '/') != NULL || plugin->name[0] == '\0') {
        return "its name is empty or has a slash: expected one like \"desktop\"";
    }
    return NULL;
}

struct hp_option *
hp_module_check(const struct hp_plugin *plugin, char **reason)
{
    const char *mistake = find_mistake(plugin);
    if (mistake != NULL) {
        *reason = g_strdup(mistake);
        return NULL;
    }
    return hp_rows_copy(plugin, reason);
}

struct hp_module *
hp_module_load(const char *dir, const char *name, char **reason)
{
    *reason = NULL;
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL) {
        *reason = g_strdup("expected a name like \"desktop\"");
        return NULL;
    }
    struct hp_module *module = g_new0(struct hp_module, 1);
    char *path = g_strdup_printf("%s/%s.so", dir, name);
    void *symbol = NULL;
    module->handle = g_module_open(path, G_MODULE_BIND_LOCAL);
    g_free(path);
    if (module->handle == NULL) {
        *reason = g_strdup(g_module_error());
    } else if (!g_module_symbol(module->handle, "hp_plugin", &symbol) || symbol == NULL) {
        *reason = g_strdup("it does not export hp_plugin");
    } else {
        module->plugin = symbol;
        module->rows = hp_module_check(module->plugin, reason);
    }
    if (*reason != NULL) {
        hp_module_unload(module);
        module = NULL;
    }
    return module;
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
    g_free(module->rows);
    g_free(module);
}

const struct hp_plugin *
hp_module_plugin(const struct hp_module *module)
{
    return module->plugin;
}

const struct hp_option *
hp_module_options(const struct hp_module *module)
{
    return module->rows;
}

char *
hp_module_find_fault(const struct hp_module *module, const void *options)
{
    const struct hp_plugin *plugin = module->plugin;
    size_t size = offsetof(struct hp_plugin, find_fault) + sizeof(plugin->find_fault);
    return plugin->size < size || plugin->find_fault == NULL ? NULL : plugin->find_fault(options);
}
