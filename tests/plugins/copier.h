// copier.h - a program in an X server that copies and pastes text, as programs of users do, with a
// connection of its own.
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <xcb/xcb.h>

struct copier {
    xcb_connection_t *connection;
    xcb_screen_t *screen;
    xcb_window_t window;
    GBytes *value; // what it has copied; NULL: nothing
    const char *target; // the only target in which it gives the value
    size_t largest_piece; // that it has been given, in bytes
    size_t piece_size; // 0: in one piece, else by INCR
    bool is_silent; // it owns the clipboard and answers nothing
    unsigned requests; // that came for its value
    xcb_window_t taker; // of a value in pieces; 0: none
    xcb_atom_t taken_by;
    size_t offset;
};

void copier_start(struct copier *copier, const char *display);
void copier_stop(struct copier *copier);

xcb_atom_t copier_atom(struct copier *copier, const char *name);
void copier_copy(struct copier *copier, const char *target, const void *value, size_t size);
// Serves those who ask for its value, and waits at most `wait_ms` for something to do.
void copier_serve(struct copier *copier, int wait_ms);
bool copier_has_lost(struct copier *copier); // someone else owns the clipboard

// Asks the clipboard's owner; NULL: refused, or no answer. The caller's. *type: NULL is fine.
GByteArray *copier_paste(struct copier *copier, const char *target, xcb_atom_t *type);
