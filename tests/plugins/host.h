// host.h - a fake host: loads the plugin as the server does and writes down what it says.
#pragma once

#include <stdbool.h>

#include "base/plugin.h"

struct host_news {
    int sources, restarts, screens, cursors;
    char head[2][512]; // by kind
    char display[64], sound_device[64], sound_server[256]; // of set_desktop; empty: NULL
    struct hp_plugin_screen screen;
    struct hp_plugin_cursor cursor; // without its picture
    uint8_t png[65536];
    int cursor_x, cursor_y;
    int clipboards;
    char *clipboard; // the text that was told last; NULL: none
    int skipped; // copies that were told without a text
    bool is_skipped_too_large; // the last one of them
    bool was_error;
    int warnings;
    char warning[512]; // the last one
};

// The plugin's table, with its options as the defaults make them. False: cannot be loaded.
bool host_load(const char *path);
void host_set_option(const char *name, const char *value); // borrowed; STRING only

bool host_start(void); // all news begin at 0
// Without a sound server, and waits. False: the screen and its source are not told in time.
bool host_start_on(const char *display, int timeout_ms);
void host_stop(void);
void host_open_session(void);
void host_act(const struct hp_input *input);
void host_set_clipboard(const char *text);
void host_set_screen(int width, int height, int rate);

// Runs what the plugin posts until `is_done(news)`; false after `timeout_ms`.
bool host_wait(bool (*is_done)(const struct host_news *news), int timeout_ms);
bool host_has_screen(const struct host_news *news); // and its source
const struct host_news *host_get_news(void); // between waits
