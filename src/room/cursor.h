// cursor.h - the desktop's pointer, out of band: its picture and its place go to the data channels,
// the pointers of those without control become notices. Main thread; move() is for any.
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
void hp_cursor_destroy(struct hp_cursor *cursor); // plugins are stopped; NULL is fine

// The room closes: from now on nothing is sent.
void hp_cursor_stop(struct hp_cursor *cursor);

// A plugin tells the pointer's picture (copied) or place (any thread; joined to 60 a second).
void hp_cursor_set(struct hp_cursor *cursor, const struct hp_plugin_cursor *image);
void hp_cursor_move(struct hp_cursor *cursor, int x, int y);

// The data channel of that session opened: the session gets picture and place.
void hp_cursor_greet(struct hp_cursor *cursor, struct hp_session *session);

// The room's rules changed: pointers of those without control are told or not.
void hp_cursor_check_rules(struct hp_cursor *cursor);
