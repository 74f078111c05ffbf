// selection.h - the clipboard of one live display, in text both ways: owns the selection for a
// person who has copied, and tells the host what a program has copied. It has a connection of its
// own.
// Owner: hp_desktop. Thread: the desktop's loop; hp_selection_set on any.
#pragma once

#include <stdbool.h>

struct hp_device;
struct hp_display;
struct hp_loop;
struct hp_news;
struct hp_selection;

struct hp_selection_params {
    struct hp_loop *loop;
    struct hp_news *news;
    struct hp_device *device; // its keys wait while a text is on its way
};

struct hp_selection *hp_selection_create(const struct hp_selection_params *params); // copied
void hp_selection_destroy(struct hp_selection *selection);

// Connects to the display. False: there is no such X server, or the server is too slow. An open
// selection is closed first.
bool hp_selection_open(struct hp_selection *selection, const struct hp_display *display);
void hp_selection_close(struct hp_selection *selection);

// A person copies a text: UTF-8, copied. Of several texts in a row only the last one counts. Any
// thread.
void hp_selection_set(struct hp_selection *selection, const char *text);
