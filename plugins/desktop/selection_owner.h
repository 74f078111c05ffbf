// selection_owner.h - gives the text that a person has copied to the programs that paste it. ICCCM
// sections 2.2, 2.6 and 2.7.2 (INCR: a large text goes in pieces, each when the last was taken).
// Owner: hp_selection. Thread: the desktop's loop.
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <xcb/xcb.h>

struct hp_atoms;

enum {
    HP_SELECTION_TRANSFERS_MAX = 8, // large texts under way; further programs are refused
    // A program that takes no piece for that long gets no more.
    HP_SELECTION_TIMEOUT_US = 5 * 1000 * 1000,
};

struct hp_selection_owner {
    xcb_connection_t *connection; // NULL: closed
    const struct hp_atoms *atoms;
    GBytes *text; // UTF-8; NULL: a program owns the selection, or nobody does
    xcb_timestamp_t since; // the server's time, in milliseconds, at which the text was copied
    size_t piece_size; // bytes
    struct hp_selection_transfer {
        xcb_window_t requestor;
        xcb_atom_t property, type;
        GBytes *value;
        size_t offset;
        int64_t last_us;
    } transfers[HP_SELECTION_TRANSFERS_MAX];
    unsigned transfer_count;
};

void hp_selection_owner_init(struct hp_selection_owner *owner, xcb_connection_t *connection,
        const struct hp_atoms *atoms); // both kept
void hp_selection_owner_finish(struct hp_selection_owner *owner); // twice is fine

// Gives out this text (a reference is taken) from now on; NULL: none. What is under way goes on.
void hp_selection_owner_set(
        struct hp_selection_owner *owner, GBytes *text, xcb_timestamp_t since);

void hp_selection_owner_handle_request(
        struct hp_selection_owner *owner, const xcb_selection_request_event_t *request);
// A property of another window has changed.
void hp_selection_owner_handle_property(
        struct hp_selection_owner *owner, const xcb_property_notify_event_t *property);
void hp_selection_owner_expire(struct hp_selection_owner *owner, int64_t now_us);
