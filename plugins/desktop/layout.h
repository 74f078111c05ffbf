// layout.h - news of the server's keyboard: its map, and which locks and group are in force.
// Owner: nobody, it keeps nothing. Thread: the desktop's loop.
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

// Asks for the news to come; *first_event is the type of their events. False without XKB.
bool hp_layout_select(xcb_connection_t *connection, uint8_t *first_event);

// NULL when the server is gone. Waits for several replies.
struct hp_keymap *hp_layout_fetch(xcb_connection_t *connection);

bool hp_layout_query_locks(xcb_connection_t *connection, uint32_t *locked, uint32_t *group);

// What an event of that type says; locks and group are filled in for HP_LAYOUT_LOCKS.
enum hp_layout_news hp_layout_parse(
        const xcb_generic_event_t *event, uint32_t *locked, uint32_t *group);
