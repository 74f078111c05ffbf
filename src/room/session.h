// session.h - one person who logged in: identity, rights, state, and the objects that belong to the
// session. The rooms above read the fields, only this room writes them. Main thread.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/bucket.h"
#include "base/timer.h"
#include "plugin/plugins.h"
#include "room/profile.h"
#include "wire/input.h"

struct hp_lobby;
struct hp_seat;
struct hp_stage;

enum {
    HP_TOKEN_LENGTH = 64
};

struct hp_session {
    char *id; // "<username>-<5 random letters>"
    char token[HP_TOKEN_LENGTH + 1];
    struct hp_profile profile;
    struct hp_lobby *lobby; // where the session came in
    struct hp_worker *worker; // for life
    struct hp_seat *seat; // NULL once it is closed
    struct hp_stage *stage; // what the session watches
    uint64_t link; // its connection, see notices.h; 0: none
    enum hp_input_dialect dialect; // of its data channel, as the connection said
    bool is_connected; // also during the grace after a lost connection
    bool is_watching;
    bool is_ending; // deleted, waits for its parts to end
    // Wall time in us; 0: never.
    int64_t connected_us, not_connected_us, watching_us, not_watching_us;
    int64_t idle_since_us; // hp_clock; when the session was made or lost its connection
    int64_t asked_us; // hp_clock; when a host last heard of its wish for control; 0: never
    unsigned asked_epoch; // of the control that the session asked for then
    struct hp_bucket changes; // of control, that the session may still make
    struct hp_bucket letters; // bytes of letters to others, that the session may still send
    struct hp_timer grace;
    GSList *old_names; // plugins may hold them until the session ends
    atomic_int open_channels[HP_PLUGIN_CHANNELS_MAX]; // by the number of their label
    atomic_uint parcel_bytes; // of plugins' messages on their way to the peer
};

void hp_session_set_connected(struct hp_session *session, bool is_connected);
void hp_session_set_watching(struct hp_session *session, bool is_watching);
