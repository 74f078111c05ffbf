// cursor.h - the desktop's pointer: its picture and its place are sent on the data channels, not
// within the video; the pointers of sessions without control become notices. Main thread;
// hp_cursor_move() on any thread.
#pragma once

struct hp_control;
struct hp_cursor;
struct hp_notices;
struct hp_plugin_cursor;
struct hp_rules;
struct hp_session;
struct hp_sessions;
struct hp_worker;

struct hp_cursor_params { // all kept; they outlive the cursor
    struct hp_worker *home;
    struct hp_sessions *sessions;
    struct hp_control *control;
    struct hp_notices *notices;
    const struct hp_rules *rules;
};

// Owner: hp_room. Never NULL.
struct hp_cursor *hp_cursor_create(const struct hp_cursor_params *params);
void hp_cursor_destroy(struct hp_cursor *cursor); // after all plugins are stopped; NULL is fine

// The room closes: no message is sent from now on.
void hp_cursor_stop(struct hp_cursor *cursor);

// A plugin tells the pointer's picture (copied; main thread) or its place (any thread; at most 60
// places a second are sent).
void hp_cursor_set(struct hp_cursor *cursor, const struct hp_plugin_cursor *image);
void hp_cursor_move(struct hp_cursor *cursor, int x, int y);

// The data channel of that session has opened: the session gets the picture and the place.
void hp_cursor_greet(struct hp_cursor *cursor, struct hp_session *session);

// The room's rules changed, perhaps the one that shows the pointers of sessions without control.
void hp_cursor_check_rules(struct hp_cursor *cursor);
