// layout.h - the layout of the server's keyboard (XKB): its map, the locks and group in force, and
// the events about them.
// Owner: nobody, it has no state. Thread: the desktop's loop.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <xcb/xcb.h>

struct hp_keymap;

enum hp_layout_news {
    HP_LAYOUT_NOTHING,
    HP_LAYOUT_MAP,
    HP_LAYOUT_LOCKS
};

// Asks the server for events about the layout; *first_event is their type. False: no XKB.
bool hp_layout_select(xcb_connection_t *connection, uint8_t *first_event);

// Fetches the map, which waits for several replies. NULL: the server has gone. Owner: the caller.
struct hp_keymap *hp_layout_fetch(xcb_connection_t *connection);

// Asks for the locks and the group in force. False: the server has gone.
bool hp_layout_query_locks(xcb_connection_t *connection, uint32_t *locked, uint32_t *group);

// Tells what an event of that type is about. For HP_LAYOUT_LOCKS, fills in locks and group.
enum hp_layout_news hp_layout_parse(
        const xcb_generic_event_t *event, uint32_t *locked, uint32_t *group);
