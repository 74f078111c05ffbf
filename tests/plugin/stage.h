// stage.h - plugins on a main loop without a room: a plugin that takes notes, and a host's
// callbacks that do.
#pragma once

#include <stdbool.h>

#include <glib.h>

#include "base/plugin.h"
#include "plugin/plugins.h"
#include "plugin/taps.h"

struct hp_jobs;
struct hp_module;
struct hp_worker;

struct stage {
    struct hp_worker *main;
    struct hp_plugins *plugins;
    const struct hp_host_table *table; // as the plugin got it in start()
    struct hp_host *host;
    GString *notes; // of all that happens, a line each
    bool will_start;
    void (*in_start)(void); // what the plugin does in start(); NULL: nothing
    void (*in_stop)(void);
    bool is_quiet, is_closed;
    struct hp_plugin_screen screen; // the last one that was set
};
extern struct stage stage;
extern const struct hp_plugin stage_plugin; // "p"

int stage_setup(void **state); // without jobs
int stage_teardown(void **state); // quiesces, closes
void stage_use_jobs(struct hp_jobs *jobs); // before the plugin starts
bool stage_start(void);
// The options struct of a module with its defaults; BOOL, INT and STRING only.
void *stage_make_options(const struct hp_module *module);
void stage_free_options(const struct hp_module *module, void *options);
void stage_quiesce(void); // and runs the loop until it is quiet
void stage_close(void);
void stage_pump(void);
void stage_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Compares the notes so far and clears them.
void stage_expect(const char *notes);

// Frames for all taps that are open.
void stage_send_frame(const char *codec, bool is_keyframe);
