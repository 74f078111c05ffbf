// notes.h - the notices of a room as lines of text, one for each connection that hears it:
// "<link> <what> <details>".
#pragma once

#include <glib.h>

struct hp_notice;
struct hp_room;

void notes_write(GString *notes, struct hp_room *room, const struct hp_notice *notice);
