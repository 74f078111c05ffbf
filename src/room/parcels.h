// parcels.h - messages of plugins on their way to the data channels of sessions: bounded per
// session, posted to the main thread, which knows the peer of a session.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct hp_parcels;
struct hp_session;
struct hp_sessions;
struct hp_worker;

// Owner: hp_room. Both parameters are kept, and outlive the parcels under way. Never NULL.
struct hp_parcels *hp_parcels_create(struct hp_worker *home, struct hp_sessions *sessions);
void hp_parcels_destroy(struct hp_parcels *parcels); // after all plugins are stopped; NULL is fine

// Sends a copy of the data on the session's channel of that label; `channel` is the label's number.
// False: the session has no such channel open, or more than 1 MiB is under way to the session. Any
// thread, as long as the session is valid for the plugin.
bool hp_parcels_send(struct hp_parcels *parcels, struct hp_session *session, int channel,
        const char *label, const void *data, size_t size);
