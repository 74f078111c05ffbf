// cursor.h - the pointer's picture as PNG. The newest pictures are kept by their serial number, so
// that a pointer that moves between two windows costs nothing.
// Owner: hp_seat. Thread: the desktop's loop.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <xcb/xcb.h>

struct hp_cursor;
struct hp_plugin_cursor;

struct hp_cursor *hp_cursor_create(void);
void hp_cursor_destroy(struct hp_cursor *cursor);

// Asks the server unless the picture of `serial` is known (0: whatever is shown now). False when
// it does not answer or the picture is too large; what is filled in is valid until the next call.
bool hp_cursor_get(struct hp_cursor *cursor, xcb_connection_t *connection, uint32_t serial,
        struct hp_plugin_cursor *picture);
