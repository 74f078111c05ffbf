// session.h - one person who has logged in: identity, rights, state, and the objects that belong to
// the session. Higher rooms only read the fields. Main thread.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/bucket.h"
#include "base/timer.h"
#include "plugin/plugins.h"
#include "member/profile.h"
#include "wire/input.h"

struct hp_lobby;
struct hp_seat;
struct hp_stage;

enum {
    HP_TOKEN_LENGTH = 64,
    HP_AWAY_US = 5000000, // of silence: nobody waits for a ghost
};

struct hp_session {
    char *id; // "<username>-<5 random letters>"
    char token[HP_TOKEN_LENGTH + 1];
    struct hp_profile profile;
    struct hp_lobby *lobby; // the lobby that made the session
    struct hp_worker *worker; // the same for the whole life of the session
    struct hp_seat *seat; // NULL once the seat is closed
    struct hp_stage *stage; // the video and sound that the session watches
    uint64_t link; // number of its connection, see notices.h; 0: no connection
    enum hp_input_dialect dialect; // of its data channel, as the connection said
    char *address; // that its last connection came from; NULL: none yet
    char *host; // of the page that made it; NULL: unknown
    bool is_connected; // also during the grace after a lost connection
    bool is_watching;
    bool is_ending; // deleted; the session waits until its parts have ended
    // Wall time in us; 0: never.
    int64_t connected_us, not_connected_us, watching_us, not_watching_us;
    int64_t idle_since_us; // hp_clock; when the session was created or lost its connection
    // hp_clock; when a host last heard of this session's wish for control; 0: never
    int64_t asked_us;
    int64_t wish_us; // hp_clock; when the session last wished for control
    int64_t heard_us; // hp_clock; the last sign of life of its connection
    unsigned asked_epoch; // of the control that the session asked for at that time
    struct hp_bucket changes; // changes of control that the session may still make
    struct hp_bucket letters; // bytes of letters to others that the session may still send
    struct hp_bucket connects; // connections that the session may still make
    struct hp_bucket requests; // HTTP requests that the session may still make
    struct hp_bucket copied; // bytes of the clipboard's text as JSON that it may still get and send
    struct hp_bucket lines; // lines of the log that its coming and going may still cause
    struct hp_timer grace;
    GSList *old_names; // kept until the session ends, since plugins may point to them
    atomic_int open_channels[HP_PLUGIN_CHANNELS_MAX]; // by the number of the label
    atomic_uint parcel_bytes, parcel_count; // plugins' messages under way to the peer
};

// Has neither its connection nor its seat heard of the session for HP_AWAY_US?
bool hp_session_is_away(const struct hp_session *session);

// Set the state and note the time of the change.
void hp_session_set_connected(struct hp_session *session, bool is_connected);
void hp_session_set_watching(struct hp_session *session, bool is_watching);
