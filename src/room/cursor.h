// cursor.h - the desktop's pointer, out of band: its picture and its place go to the data channels,
// the pointers of those without control to those who may see them. Main thread; move is for any.
#pragma once

struct hp_cursor;
struct hp_plugin_cursor;
struct hp_room;
struct hp_session;

struct hp_cursor *hp_cursor_create(struct hp_room *room);
void hp_cursor_destroy(struct hp_cursor *cursor); // plugins are stopped

void hp_cursor_set(struct hp_cursor *cursor, const struct hp_plugin_cursor *image); // copied
void hp_cursor_move(struct hp_cursor *cursor, int x, int y); // any thread; joined to 60 a second
// The data channel of that session opened: it gets what is in force.
void hp_cursor_greet(struct hp_cursor *cursor, struct hp_session *session);

// The room's rules changed, or it closes: inactive cursors are told or not.
void hp_cursor_check_rules(struct hp_cursor *cursor);
