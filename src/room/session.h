// session.h - one person who logged in: identity, rights, state, and what belongs to them. Its fields
// are read by the files of room and edge, and written by room's. Main thread.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <glib.h>
#include <jansson.h>

#include "base/timer.h"
#include "base/bucket.h"
#include "room/profile.h"

struct hp_room;
struct hp_seat;
struct hp_stage;

enum {
    HP_TOKEN_LENGTH = 64,
    HP_CHANNELS_MAX = 32
};

struct hp_session {
    struct hp_room *room;
    char *id; // "<username>-<5 random letters>"
    char token[HP_TOKEN_LENGTH + 1];
    struct hp_profile profile;
    struct hp_worker *worker; // for life
    struct hp_seat *seat; // NULL once it is closed
    struct hp_stage *stage; // what it watches
    uint64_t link; // its WebSocket; 0: none
    bool is_connected; // also during the grace after a lost WebSocket
    bool is_watching;
    bool is_ending; // deleted; waits for its parts to end
    int64_t connected_us, not_connected_us, watching_us, not_watching_us; // wall time; 0: never
    int64_t idle_since_us; // hp_clock; when it was made or lost its connection
    int64_t asked_us; // hp_clock; when a host last heard of its wish for control; 0: never
    unsigned asked_epoch; // of the control that it asked for then
    struct hp_bucket changes; // of control, that it may still make
    struct hp_bucket letters; // bytes of letters to others, that it may still send
    struct hp_timer grace;
    GSList *old_names; // plugins may hold them until the session ends
    atomic_int open_channels[HP_CHANNELS_MAX]; // data channels bound by plugins, by their number
    atomic_uint channel_bytes; // of plugins' messages on their way to the peer
};

// {is_connected, connected_since?, ...}, with `id` in front if wanted; RFC 3339 times.
json_t *hp_session_state_to_json(const struct hp_session *session, bool with_id);
// {id, profile, state}
json_t *hp_session_to_json(const struct hp_session *session);

void hp_session_set_connected(struct hp_session *session, bool is_connected);
void hp_session_set_watching(struct hp_session *session, bool is_watching);
