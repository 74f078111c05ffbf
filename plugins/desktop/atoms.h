// atoms.h - the names of the X protocol that the clipboard needs, as numbers of one X server. ICCCM
// section 2.6.2 says what the targets mean.
// Owner: nobody, a value. Thread: any.
#pragma once

#include <stdbool.h>
#include <xcb/xcb.h>

enum hp_atom {
    HP_ATOM_CLIPBOARD,
    HP_ATOM_TARGETS,
    HP_ATOM_MULTIPLE,
    HP_ATOM_TIMESTAMP,
    HP_ATOM_ATOM_PAIR,
    HP_ATOM_INCR,
    HP_ATOM_UTF8_STRING,
    HP_ATOM_TEXT,
    HP_ATOM_TEXT_PLAIN,
    HP_ATOM_TEXT_PLAIN_UTF8,
    HP_ATOM_TIME, // a property of ours: its change tells the server's time
    // Two properties of ours, in turn: a late piece of one text is no part of the next.
    HP_ATOM_VALUE_A,
    HP_ATOM_VALUE_B,
    HP_ATOM_COUNT
};

struct hp_atoms {
    xcb_atom_t of[HP_ATOM_COUNT];
};

// Asks the X server. False: the server does not answer.
bool hp_atoms_fetch(struct hp_atoms *atoms, xcb_connection_t *connection);

// Is a value of this type text in UTF-8?
bool hp_atoms_is_utf8(const struct hp_atoms *atoms, xcb_atom_t type);
