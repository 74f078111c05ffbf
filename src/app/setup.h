// setup.h - what the server is told: options of the core and of its plugins, and their modules.
// Main thread.
#pragma once

#include "config/config.h"

struct hp_module;

enum {
    HP_SETUP_PLUGINS_MAX = 8
};

struct hp_setup_plugin {
    struct hp_module *module;
    void *options;
};

struct hp_setup {
    struct hp_settings *settings;
    struct hp_config config;
    struct hp_setup_plugin plugins[HP_SETUP_PLUGINS_MAX];
    unsigned plugin_count;
    uint16_t port_min, port_max; // of webrtc.epr
};

// Reads file, environment and command line and loads the plugins that they name. 0, or the exit
// status after what is wrong was written to stderr. Call hp_setup_finish() in any case.
int hp_setup_init(struct hp_setup *setup, int argument_count, char **arguments);
void hp_setup_finish(struct hp_setup *setup);

// Does what the command line asks for instead of running (--help and its like): true if there was
// such a thing.
bool hp_setup_act(const struct hp_setup *setup);

// Sets the log up and writes what has no effect or is dangerous as it is.
void hp_setup_log_notes(const struct hp_setup *setup);
