// setup.h - the options of the core and of its plugins, and the plugins' modules.
// Main thread.
#pragma once

#include "config/config.h"
#include "plugin/plugins.h"

struct hp_module;

struct hp_setup_plugin {
    struct hp_module *module;
    void *options;
};

struct hp_setup {
    struct hp_settings *settings;
    struct hp_config config;
    struct hp_setup_plugin plugins[HP_PLUGINS_MAX];
    unsigned plugin_count;
    uint16_t port_min, port_max; // of webrtc.epr
};

// Reads file, environment and command line, and loads the plugins that they name. Returns 0, or an
// exit status after a line about the mistake on stderr. Call hp_setup_finish() in either case.
int hp_setup_init(struct hp_setup *setup, int argument_count, char **arguments);
void hp_setup_finish(struct hp_setup *setup);

// Does the action that the command line asks for instead of running (--help and the like). False:
// no such action is asked for. *status: the exit status, changed only after a mistake.
bool hp_setup_act(const struct hp_setup *setup, int *status);

// Configures the log, and warns of settings that have no effect or are dangerous.
void hp_setup_log_notes(const struct hp_setup *setup);
