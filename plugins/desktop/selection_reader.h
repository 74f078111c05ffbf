// selection_reader.h - reads the text that a program has copied: asks for one target after another,
// and takes a large text in pieces. ICCCM sections 2.4 and 2.7.2.
// Owner: hp_selection. Thread: the desktop's loop.
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <xcb/xcb.h>

struct hp_atoms;
struct hp_news;

struct hp_selection_reader {
    xcb_connection_t *connection; // NULL: closed
    xcb_window_t window;
    const struct hp_atoms *atoms;
    struct hp_news *news;
    void (*on_text)(void *arg, const char *text); // UTF-8, at most HP_CLIPBOARD_MAX bytes; borrowed
    void (*on_skipped)(void *arg, bool is_too_large); // else the owner gives no text
    void *arg;
    bool is_busy, is_in_pieces, is_turn_b;
    unsigned step; // which target was asked for
    xcb_timestamp_t time;
    xcb_atom_t type; // of the pieces
    GByteArray *pieces; // owned
    int64_t last_us;
};

// Fills in the rest; the caller has set connection, window, atoms, news, the callbacks and arg, all
// kept.
void hp_selection_reader_init(struct hp_selection_reader *reader);
void hp_selection_reader_finish(struct hp_selection_reader *reader); // twice is fine

// Asks the selection's owner; a text that is being read is given up.
void hp_selection_reader_start(struct hp_selection_reader *reader, xcb_timestamp_t time);

void hp_selection_reader_handle_notify(
        struct hp_selection_reader *reader, const xcb_selection_notify_event_t *notify);
// A property of our own window has changed.
void hp_selection_reader_handle_property(
        struct hp_selection_reader *reader, const xcb_property_notify_event_t *property);
// Gives up on an owner that is silent for HP_SELECTION_TIMEOUT_US.
void hp_selection_reader_expire(struct hp_selection_reader *reader, int64_t now_us);
