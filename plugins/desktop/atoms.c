// atoms.c - the names of the X protocol that the clipboard needs.
// Owner: nobody. Thread: any.
#include "atoms.h"

#include <stdlib.h>
#include <string.h>

#include "display.h"

static const char *const names[HP_ATOM_COUNT] = {
    [HP_ATOM_CLIPBOARD] = "CLIPBOARD",
    [HP_ATOM_TARGETS] = "TARGETS",
    [HP_ATOM_MULTIPLE] = "MULTIPLE",
    [HP_ATOM_TIMESTAMP] = "TIMESTAMP",
    [HP_ATOM_ATOM_PAIR] = "ATOM_PAIR",
    [HP_ATOM_INCR] = "INCR",
    [HP_ATOM_UTF8_STRING] = "UTF8_STRING",
    [HP_ATOM_TEXT] = "TEXT",
    [HP_ATOM_TEXT_PLAIN] = "text/plain",
    [HP_ATOM_TEXT_PLAIN_UTF8] = "text/plain;charset=utf-8",
    [HP_ATOM_TIME] = "_HAIRPIN_TIME",
    [HP_ATOM_VALUE_A] = "_HAIRPIN_VALUE_A",
    [HP_ATOM_VALUE_B] = "_HAIRPIN_VALUE_B",
};

bool
hp_atoms_fetch(struct hp_atoms *atoms, xcb_connection_t *connection)
{
    xcb_intern_atom_cookie_t cookies[HP_ATOM_COUNT];
    bool is_whole = true;
    for (int i = 0; i < HP_ATOM_COUNT; i++) {
        cookies[i] = xcb_intern_atom(connection, 0, (uint16_t) strlen(names[i]), names[i]);
    }
    for (int i = 0; i < HP_ATOM_COUNT; i++) {
        if (!is_whole) {
            xcb_discard_reply(connection, cookies[i].sequence); // one wait is enough
            continue;
        }
        xcb_intern_atom_reply_t *reply = hp_display_wait(connection, cookies[i].sequence, -1);
        is_whole = reply != NULL;
        atoms->of[i] = is_whole ? reply->atom : XCB_NONE;
        free(reply);
    }
    return is_whole;
}

bool
hp_atoms_is_utf8(const struct hp_atoms *atoms, xcb_atom_t type)
{
    return type == atoms->of[HP_ATOM_UTF8_STRING] || type == atoms->of[HP_ATOM_TEXT_PLAIN]
            || type == atoms->of[HP_ATOM_TEXT_PLAIN_UTF8];
}
