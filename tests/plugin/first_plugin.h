// first_plugin.h - the first version of plugin.h, options.h and input.h, in one file. It never changes:
// a plugin that was built with it has to run on every later host.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hp_input_kind {
    HP_INPUT_MOVE, // x, y
    HP_INPUT_SCROLL, // delta_x, delta_y, with_control
    HP_INPUT_KEY_DOWN, // keysym
    HP_INPUT_KEY_UP, // keysym
    HP_INPUT_BUTTON_DOWN, // button
    HP_INPUT_BUTTON_UP, // button
    HP_INPUT_TOUCH_BEGIN, // touch_id, x, y, pressure
    HP_INPUT_TOUCH_UPDATE,
    HP_INPUT_TOUCH_END,
    HP_INPUT_PING, // ping_high, ping_low: answered by the channel, never reaches a plugin
    HP_INPUT_RELEASE_ALL, // nothing: lets go of every key and button that is held
};

struct hp_input {
    enum hp_input_kind kind;
    int32_t x, y; // pixels of the desktop
    int32_t delta_x, delta_y; // wheel clicks; positive y: up, positive x: left (X buttons 4 and 6)
    bool with_control; // Ctrl is held for this scroll
    uint32_t keysym; // X keysym
    uint32_t button; // X button number, 1 left, 2 middle, 3 right
    uint32_t touch_id;
    uint8_t pressure;
    uint32_t ping_high, ping_low;
};

enum hp_option_type {
    HP_OPTION_BOOL, // bool
    HP_OPTION_INT, // int64_t, within min and max
    HP_OPTION_STRING, // char *, never NULL
    HP_OPTION_LIST, // char **, NULL-terminated, never NULL
    HP_OPTION_DURATION, // int64_t milliseconds; text like 10s, 1h30m, 250ms
    HP_OPTION_CHOICE, // char *, one of `choices`
    HP_OPTION_JSON, // char *, JSON text; YAML structures are turned into JSON
    HP_OPTION_ICE_SERVERS, // char *, a checked and normalised JSON array of ICE servers
};

struct hp_option {
    const char *name; // section.key, lower case
    enum hp_option_type type;
    size_t offset; // of the value in the options struct
    const char *fallback; // default, as text; NULL: false, 0, ""
    int64_t min, max; // INT and DURATION (ms); both 0: no limit
    const char *choices; // CHOICE: "a|b|c"
    const char *help; // one sentence
    const char *neko; // further environment names, best first: "NEKO_SERVER_BIND NEKO_BIND"
    bool is_secret; // never printed
};

enum {
    HP_PLUGIN_ABI = 1
};

struct hp_host; // the server, as one plugin sees it
struct hp_session; // a person; valid between session_open and session_close

enum hp_plugin_log_level {
    HP_PLUGIN_ERROR,
    HP_PLUGIN_WARN,
    HP_PLUGIN_INFO,
    HP_PLUGIN_DEBUG
};

enum hp_source_kind {
    HP_SOURCE_VIDEO,
    HP_SOURCE_AUDIO
};

enum hp_session_right {
    HP_RIGHT_ADMIN,
    HP_RIGHT_WATCH,
    HP_RIGHT_HOST, // may take control
    HP_RIGHT_SHARE_MEDIA,
    HP_RIGHT_ACCESS_CLIPBOARD,
};

// A picture or sound that the server may encode: GStreamer text for its head, for instance
// "patternsrc ! video/x-raw,framerate=30/1", without encoder and sink. All copied. One that is driven
// by damage paces itself: {fps} in its head is replaced by the most pictures a second that are wanted.
struct hp_plugin_source {
    uint32_t size; // of this struct
    enum hp_source_kind kind;
    const char *name;
    const char *head;
    bool is_damage_driven; // frames come only when something changes: silence is no stall
};

// The pointer's picture: PNG, with its size and hot spot in pixels. Copied.
struct hp_plugin_cursor {
    uint32_t size; // of this struct
    uint16_t width, height, hot_x, hot_y;
    const uint8_t *png;
    size_t png_size;
};

struct hp_plugin_screen {
    uint32_t size; // of this struct
    int width, height, rate; // pixels, pixels, Hz
};

// What {display} and {device} stand for in pipelines that users write. NULL: there is none. Copied.
struct hp_plugin_desktop {
    uint32_t size; // of this struct
    const char *display; // ":5"
    const char *sound_device; // a PulseAudio source
    const char *sound_server; // "unix:/run/..."; NULL: the one that PulseAudio finds by itself
};

struct hp_host_table {
    uint32_t abi;
    uint32_t size;

    // Any thread.
    void (*log)(struct hp_host *host, enum hp_plugin_log_level level, const char *text);
    // Runs fn(arg) on the main thread. Nothing arrives after stop() has returned. Any thread.
    void (*post)(struct hp_host *host, void (*fn)(void *arg), void *arg);

    // Main thread from here on, unless a line says otherwise.
    // Calls fn(arg) once after delay_ms; 0 as id never occurs. timer_stop(0) is fine.
    uint32_t (*timer_start)(
            struct hp_host *host, int64_t delay_ms, void (*fn)(void *arg), void *arg);
    void (*timer_stop)(struct hp_host *host, uint32_t timer);

    // Adds a source (in start(), or later); the first of a kind is what viewers see and hear.
    // False when the name is taken.
    bool (*source_add)(struct hp_host *host, const struct hp_plugin_source *source);
    // The source has to be opened anew (its screen changed size, its device came back).
    void (*source_restart)(struct hp_host *host, const char *name);

    // What the desktop looks like: told to everyone who watches. cursor_move is for any thread.
    void (*set_screen)(struct hp_host *host, const struct hp_plugin_screen *screen);
    void (*set_cursor)(struct hp_host *host, const struct hp_plugin_cursor *cursor);
    void (*move_cursor)(struct hp_host *host, int x, int y);

    // Events on the WebSocket: `payload` is JSON text or NULL. send goes to one, broadcast to all
    // who are connected.
    void (*send)(struct hp_host *host, struct hp_session *session, const char *event,
            const char *payload);
    void (*broadcast)(struct hp_host *host, const char *event, const char *payload);

    // Facts of a session. The texts are valid until session_close.
    const char *(*session_id)(struct hp_session *session);
    const char *(*session_name)(struct hp_session *session);
    bool (*session_has_right)(struct hp_session *session, enum hp_session_right right);
    // Who has control, NULL for nobody.
    struct hp_session *(*control_host)(struct hp_host *host);

    // Data channels of other labels than "data": messages of that label come to on_data.
    // channel_send is for any thread; false when the session has no such channel or it is full.
    bool (*channel_bind)(struct hp_host *host, const char *label);
    bool (*channel_send)(struct hp_host *host, struct hp_session *session, const char *label,
            const void *data, size_t size);

    // Main thread. To be told before source_add, and before source_restart when it has changed.
    void (*set_desktop)(struct hp_host *host, const struct hp_plugin_desktop *desktop);
};

struct hp_plugin {
    uint32_t abi; // HP_PLUGIN_ABI
    uint32_t size; // sizeof(struct hp_plugin) as the plugin was built
    const char *name;
    const char *description; // one line, for --help

    // Rows like the core's; their offsets are into the options struct of `options_size` bytes that
    // the host makes, fills and hands to start(). Names begin with the plugin's name and a dot.
    const struct hp_option *options; // ends with a row without a name
    size_t options_size;

    // Makes the plugin's instance, NULL after it has logged why not. `options` is borrowed until
    // stop(). Main.
    void *(*start)(struct hp_host *host, const struct hp_host_table *table, const void *options);
    // Ends it. Main; no call is under way on any thread and none follows.
    void (*stop)(void *self);

    // Any of what follows may be NULL.
    void (*session_open)(void *self, struct hp_session *session); // main
    void (*session_close)(
            void *self, struct hp_session *session); // main; no on_input, on_data later
    // An event whose name begins with the plugin's name and "/"; true: it was meant for this
    // plugin. Main.
    bool (*on_message)(
            void *self, struct hp_session *session, const char *event, const char *payload);
    // Control went to `session` (NULL: to nobody). What the old host held has been released. Main.
    void (*on_control)(void *self, struct hp_session *session);
    // What the one in control does. That session's worker; calls of two sessions may overlap.
    // `session` is NULL for a HP_INPUT_RELEASE_ALL on behalf of somebody who is gone.
    void (*on_input)(void *self, struct hp_session *session, const struct hp_input *input);
    // A message on a bound data channel. That session's worker.
    void (*on_data)(void *self, struct hp_session *session, const char *label, const void *data,
            size_t size);
    // An admin asks for another screen size; set_screen answers. Main.
    void (*set_screen)(void *self, const struct hp_plugin_screen *screen);
};

// The one symbol that a plugin exports.
#define HP_PLUGIN_EXPORT __attribute__((visibility("default"))) const struct hp_plugin hp_plugin
