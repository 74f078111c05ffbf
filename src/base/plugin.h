// plugin.h - the interface between a plugin and its host. Installed as <hairpin/plugin.h>.
//
// A plugin is a shared object that exports one table, `hp_plugin`. It links no symbol of the host:
// all functions of the host are in the table that start() gets, so a fake host can test a plugin.
//
// New members are only ever added at the end of a table or a struct, and `size` says how far it
// reaches. A plugin built for an older table keeps working: the members that the table lacks count
// as NULL. A plugin that is to run on older hosts compares the size of the host's table with the
// offset of a member before it uses that member. A struct that is smaller than its first version is
// refused with a line in the log. `abi` changes only when an old member changes. Two structs carry
// no size of their own, since they come in numbers: the size of struct hp_option is in the plugin's
// table (option_size), the size of struct hp_input in the host's (input_size).
//
// All arguments are borrowed for the time of the call, unless a comment says otherwise. The thread
// of each call is part of the interface: "main" is the server's main thread, "worker" the thread of
// that session. A plugin must never block either of them: work that blocks is a job (job_run).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "input.h"
#include "options.h"

enum {
    HP_PLUGIN_ABI = 1
};

enum {
    HP_CLIPBOARD_MAX = 1024 * 1024, // bytes of a text in the clipboard
};

struct hp_host; // the server, as one plugin sees it
struct hp_plugin_request; // an HTTP request; valid from its on_request to its on_end or on_abort
struct hp_session; // a person; valid from the begin of session_open to the end of session_close

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
// "patternsrc ! video/x-raw,framerate=30/1", without encoder and sink. All copied. A source that is
// driven by damage paces itself: {fps} in its head is replaced by the limit of pictures a second.
struct hp_plugin_source {
    uint32_t size; // of this struct
    enum hp_source_kind kind;
    const char *name;
    const char *head;
    bool is_damage_driven; // frames come only when the picture changes: silence is no stall
};

// The pointer's picture: PNG, at most 65,524 bytes, with its size and hot spot in pixels. Copied.
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

// The values of {display} and {device} in pipelines that users write. NULL: there is none. Copied.
struct hp_plugin_desktop {
    uint32_t size; // of this struct
    const char *display; // ":5"
    const char *sound_device; // a PulseAudio source
    const char *sound_server; // "unix:/run/..."; NULL: PulseAudio finds its server by itself
};

// A path of the server's port below /api/plugins/<the plugin's name>/. All copied. Its callbacks
// come on the main thread; `self` is the value that start() has returned:
//
//   on_request  on_body* on_body_end   on_writable*   then one of on_end and on_abort, always, last
//
// A plugin may answer at any time from on_request on, also later from a timer, a post or the end of
// a job. An answer that begins before on_body_end gives up the rest of the body, and the connection
// ends with the answer. GET and HEAD have no body. The server itself answers 401 and 403 (no
// session), 404, 405, 411 (a body in chunks), 413 (larger than max_body, before the body is read)
// and 503 (8 requests of the plugin, 4 of one address or 32 of all plugins are under way).
struct hp_plugin_route {
    uint32_t size; // of this struct
    const char *method; // "GET" (takes HEAD as well), "POST", "PUT", "PATCH" or "DELETE"
    const char *path; // "list", or "files/*" for all paths that continue after the slash
    uint64_t max_body; // bytes; 0: no body
    bool is_public; // true: any client may ask. Else only a session, by Bearer token or ?token=

    // The head has come. `session` is NULL on a public route. This callback must not be NULL.
    void (*on_request)(
            void *self, struct hp_plugin_request *request, struct hp_session *session);

    // Any of the callbacks below may be NULL.
    // A piece of the body, at most 20 KB.
    void (*on_body)(
            void *self, struct hp_plugin_request *request, const void *data, size_t size);
    // The body is complete; called for an empty body too.
    void (*on_body_end)(void *self, struct hp_plugin_request *request);
    // request_write has returned false, and now there is room again.
    void (*on_writable)(void *self, struct hp_plugin_request *request);
    // The whole answer has been handed to the network. The request ends with this call.
    void (*on_end)(void *self, struct hp_plugin_request *request);
    // There was no answer, or only a part of it: the client left, the client sent or took no bytes
    // for 20 to 30 s, the plugin did nothing for 5 minutes, the session or the server ends, or
    // request_abort was called. The request ends with this call. Comes before session_close of its
    // session, and before stop().
    void (*on_abort)(void *self, struct hp_plugin_request *request);
};

// An encoded picture or sound, in one piece: a VP8 frame, an H.264 access unit with start codes
// (Annex B), or an Opus packet.
struct hp_plugin_frame {
    uint32_t size; // of this struct
    const char *codec; // "VP8", "H264", "opus"
    bool is_keyframe; // can be decoded without earlier frames; always true for sound
    int64_t capture_us; // when it was captured, on CLOCK_MONOTONIC, in microseconds
    const uint8_t *data;
    size_t data_size;
};

// The receiver of the frames of one stream (frames_open). Copied.
struct hp_plugin_frames {
    uint32_t size; // of this struct
    const char *codec; // "VP8", "H264", "opus"; NULL: the server's first of that kind
    // A worker, one call at a time. The first frame is a keyframe; so is the first one after a gap,
    // which occurs when the worker is behind. Copy the data that you need and return.
    void (*on_frame)(void *arg, const struct hp_plugin_frame *frame);
    // Main thread. The last call: after frames_close, or because the server ends. Before stop().
    void (*on_closed)(void *arg);
};

struct hp_host_table {
    uint32_t abi;
    uint32_t size;

    // Any thread. Writes a line to the server's log, at most 2 KB.
    void (*log)(struct hp_host *host, enum hp_plugin_log_level level, const char *text);
    // Runs fn(arg) on the main thread, in the order of the posts of one thread. Any thread, until
    // stop() returns. A post that has not run when stop() returns, or when start() has returned
    // NULL, never runs: the plugin then frees its arg. Of one plugin 65,536 posts may
    // wait; what is beyond is lost, and the log says so: join what only the newest counts of.
    void (*post)(struct hp_host *host, void (*fn)(void *arg), void *arg);

    // From here on: main thread, unless a comment says otherwise.
    // Calls fn(arg) once after delay_ms, never after stop() has returned. Returns an id for
    // timer_stop; 0: no timer was started, since 64 run or stop() has returned. timer_stop(0) is
    // fine, and so is the id of a timer that has run.
    uint32_t (*timer_start)(
            struct hp_host *host, int64_t delay_ms, void (*fn)(void *arg), void *arg);
    void (*timer_stop)(struct hp_host *host, uint32_t timer);

    // Adds a source (in start(), or later); viewers get the first source of each kind. False: the
    // name is taken, there are 16 sources already, name or head is NULL, or the server ends.
    bool (*source_add)(struct hp_host *host, const struct hp_plugin_source *source);
    // The source has to be opened again (its screen changed size, its device came back).
    void (*source_restart)(struct hp_host *host, const char *name);

    // The look of the desktop, which all viewers are told. move_cursor may be called on any thread.
    void (*set_screen)(struct hp_host *host, const struct hp_plugin_screen *screen);
    void (*set_cursor)(struct hp_host *host, const struct hp_plugin_cursor *cursor);
    void (*move_cursor)(struct hp_host *host, int x, int y);

    // Events on the WebSocket: `payload` is JSON text or NULL; other text is dropped with a line in
    // the log. send goes to one session, broadcast to all that are connected.
    void (*send)(struct hp_host *host, struct hp_session *session, const char *event,
            const char *payload);
    void (*broadcast)(struct hp_host *host, const char *event, const char *payload);

    // Facts of a session. The texts are valid until session_close has returned.
    const char *(*session_id)(struct hp_session *session);
    const char *(*session_name)(struct hp_session *session);
    bool (*session_has_right)(struct hp_session *session, enum hp_session_right right);
    // The session that has control; NULL: none has.
    struct hp_session *(*control_host)(struct hp_host *host);

    // Data channels with other labels than "data": their messages come to on_data. Bind in start(),
    // up to 4 labels of at most 64 bytes; else false. If two plugins bind the same label, the
    // plugin that started first gets the messages.
    // channel_send is for any thread, with a label that this plugin has bound. True: the data was
    // copied and is on its way, not more. It is lost when the channel or the session ends before,
    // when 1 MiB waits for the session's worker, or when 1 MiB waits for the network; the log says
    // at the end of a peer how many were. False: nothing was taken, since the session has no such
    // channel open, or 1 MiB is on its way from the plugin to the main thread.
    bool (*channel_bind)(struct hp_host *host, const char *label);
    bool (*channel_send)(struct hp_host *host, struct hp_session *session, const char *label,
            const void *data, size_t size);

    // To be called before source_add, and before source_restart if the desktop has changed.
    void (*set_desktop)(struct hp_host *host, const struct hp_plugin_desktop *desktop);

    // Adds a route, in start() only, at most 16. False: the route is not valid, as a line in the
    // log says.
    bool (*route_add)(struct hp_host *host, const struct hp_plugin_route *route);

    // Facts of a request. The texts are valid until the request ends, on_end and on_abort included;
    // NULL: the request has none. Ask for a header in on_request: the first question for it may
    // come too late once the body has begun, and is then answered with NULL.
    const char *(*request_method)(struct hp_plugin_request *request); // "HEAD" too
    // The rest of the path after the route's "*", decoded; "" for an exact path.
    const char *(*request_path)(struct hp_plugin_request *request);
    // `name` in lower case.
    const char *(*request_header)(struct hp_plugin_request *request, const char *name);
    const char *(*request_query)(struct hp_plugin_request *request, const char *name); // decoded
    uint64_t (*request_length)(struct hp_plugin_request *request); // bytes of the body
    // A pointer that the plugin keeps with a request; NULL at first.
    void (*request_set_data)(struct hp_plugin_request *request, void *data);
    void *(*request_data)(struct hp_plugin_request *request);

    // Pauses or resumes the body, so that a slow disk stops the client instead of filling memory.
    // At most 20 KB that have been read already come before the call that resumes returns.
    void (*request_pause)(struct hp_plugin_request *request, bool is_paused);

    // The answer: headers, then respond, then pieces, then finish. False: the name is
    // Content-Length, Transfer-Encoding or Connection, which the server sets, or Content-Type,
    // which is an argument of respond; name or value has a line end; or the call comes after
    // respond.
    bool (*request_add_header)(
            struct hp_plugin_request *request, const char *name, const char *value);
    // Begins the answer, once. `status`: 200 to 599. `length`: of the body in bytes; -1: unknown.
    // `content_type` NULL: there is no body. HEAD gets no body.
    void (*request_respond)(struct hp_plugin_request *request, int status, const char *content_type,
            int64_t length);
    // Adds a piece of the body (copied), of at most 1 MiB. False: no byte was taken. Either 256 KiB
    // wait for the client already (on_writable follows), or the call is wrong: before respond,
    // after finish, or beyond the length.
    bool (*request_write)(struct hp_plugin_request *request, const void *data, size_t size);
    // The body is complete. on_end follows when it is sent, or on_abort if it is shorter than the
    // length.
    void (*request_finish)(struct hp_plugin_request *request);
    // Cuts the connection; on_abort follows later.
    void (*request_abort)(struct hp_plugin_request *request);

    // Runs work(arg) on a thread of the server's pool, where it may block, then done(arg, true) on
    // the main thread. If the server ends before work begins, only done(arg, false) is called. done
    // is called exactly once, before stop(), which waits for work that has begun; also after a
    // start() that failed. False: neither is called and the caller keeps arg, since 16 jobs of the
    // plugin are under way, the pool is full, or the server ends.
    bool (*job_run)(struct hp_host *host, void (*work)(void *arg),
            void (*done)(void *arg, bool was_run), void *arg);

    // More facts of a session: is its WebSocket connected (or lost for less than the grace), does
    // it watch.
    bool (*session_is_connected)(struct hp_session *session);
    bool (*session_is_watching)(struct hp_session *session);
    // The settings under plugins.<the plugin's name> in the session's profile and in the rules of
    // the room: JSON text, NULL: none. Valid until the plugin returns to the main loop.
    const char *(*session_settings)(struct hp_host *host, struct hp_session *session);
    const char *(*room_settings)(struct hp_host *host);

    // Opens a tap of a stream: every frame from the next keyframe on goes to cbs->on_frame. The
    // encoder runs as long as a viewer or a tap needs it. Returns an id for frames_close; 0: no tap
    // was opened, since there is no stream of that kind and codec (yet), 4 are open, or the server
    // ends.
    uint32_t (*frames_open)(struct hp_host *host, enum hp_source_kind kind,
            const struct hp_plugin_frames *cbs, void *arg);
    // Closes the tap; frames may still come until on_closed. The id of a closed tap is fine.
    void (*frames_close)(struct hp_host *host, uint32_t id);

    // sizeof(struct hp_input) as the host was built: what on_input gets. A host without this member
    // has that of the first version.
    uint32_t input_size;

    // A program of the desktop has copied a text: UTF-8 of at most HP_CLIPBOARD_MAX bytes, copied.
    // The session in control is told if it may access the clipboard.
    void (*set_clipboard)(struct hp_host *host, const char *text);

    // A program of the desktop has copied what set_clipboard cannot tell: a text of more than
    // HP_CLIPBOARD_MAX bytes, or no text at all, a picture for instance. The session in control is
    // told if it may access the clipboard.
    void (*skip_clipboard)(struct hp_host *host, bool is_too_large);
};

struct hp_plugin {
    uint32_t abi; // HP_PLUGIN_ABI
    uint32_t size; // sizeof(struct hp_plugin) as the plugin was built
    const char *name;
    const char *description; // one line, for --help

    // Rows like the core's; their offsets are into the options struct of `options_size` bytes (at
    // most 65,536) that the host makes, fills and hands to start(). Names begin with the plugin's
    // name and a dot. A plugin with a row that is wrong is not loaded.
    const struct hp_option *options; // ends with a row without a name; see option_size as well
    size_t options_size;

    // Makes the plugin's instance. NULL: the plugin has logged why not, and stop() is not called.
    // `options` and `table` are valid until stop() has returned. Main.
    void *(*start)(struct hp_host *host, const struct hp_host_table *table, const void *options);
    // Ends the instance. Main; no call is under way on any thread and none follows: all sessions,
    // requests, jobs and frames have ended. The plugin's own threads have to end before stop()
    // returns.
    void (*stop)(void *self);

    // Any of the callbacks below may be NULL.
    // A person has logged in. Main.
    void (*session_open)(void *self, struct hp_session *session);
    // The session has ended. Main; no on_input and on_data of it is under way, and none follows.
    void (*session_close)(void *self, struct hp_session *session);
    // An event whose name begins with the plugin's name and "/"; `payload`: JSON text or NULL.
    // False: the plugin does not know the event. Main.
    bool (*on_message)(
            void *self, struct hp_session *session, const char *event, const char *payload);
    // Control went to `session` (NULL: to nobody). The old host's keys and buttons have been
    // released. Main.
    void (*on_control)(void *self, struct hp_session *session);
    // An input of the session in control. That session's worker; calls for two sessions may
    // overlap.
    void (*on_input)(void *self, struct hp_session *session, const struct hp_input *input);
    // A message on a bound data channel. That session's worker.
    void (*on_data)(void *self, struct hp_session *session, const char *label, const void *data,
            size_t size);
    // An admin asks for another screen size; set_screen answers. Main.
    void (*set_screen)(void *self, const struct hp_plugin_screen *screen);

    // sizeof(struct hp_option) as the plugin was built; 0: that of the first version.
    size_t option_size;

    // The session in control copies a text into the desktop's clipboard: UTF-8 of at most
    // HP_CLIPBOARD_MAX bytes. A key that comes to on_input after this call pastes that text. Main.
    void (*set_clipboard)(void *self, const char *text);

    // What start() would find wrong with the values of the options on this machine, in one line
    // that names the option and what was expected; free() it. NULL: nothing. For --check, without
    // an instance; may block. Main.
    char *(*find_fault)(const void *options);
};

// The one symbol that a plugin exports.
#define HP_PLUGIN_EXPORT __attribute__((visibility("default"))) const struct hp_plugin hp_plugin
