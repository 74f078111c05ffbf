// notices.h - the listeners of a room: every dialect that speaks to browsers, and later programs.
// The room knows the connection of a session only by its link, a number; the dialect that took the
// number knows the connection. Main thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct hp_notice;
struct hp_notices;
struct hp_session;

enum {
    HP_LISTENERS_MAX = 8
};

// A listener. It may call into the room again, but must not add listeners.
typedef void (*hp_notice_fn)(void *arg, const struct hp_notice *notice);

// Owner: hp_room. Never NULL.
struct hp_notices *hp_notices_create(void);
void hp_notices_destroy(struct hp_notices *notices); // NULL is fine

// Adds a listener, for the life of the room. At most HP_LISTENERS_MAX.
void hp_notices_add(struct hp_notices *notices, hp_notice_fn fn, void *arg);

// Returns a number for a new connection: never 0, unique in the room.
uint64_t hp_notices_take_link(struct hp_notices *notices);

// Tells all listeners, in the order in which they were added.
void hp_notices_tell(const struct hp_notices *notices, const struct hp_notice *notice);

// Is the notice for the client of this session? False if the session has no connection.
bool hp_notice_is_for(const struct hp_notice *notice, const struct hp_session *session);
