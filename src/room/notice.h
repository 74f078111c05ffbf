// notice.h - a fact that the room tells its listeners: the dialects, which know the event names and
// the JSON of their protocol. Everything in a notice is borrowed. Main thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"
#include "base/status.h"
#include "peer/peer.h"

struct hp_plugin_screen;
struct hp_rules;
struct hp_session;

// In brackets: the members of hp_notice that are filled in for a kind, besides `to` and `about`.
enum hp_notice_kind {
    // About the people in the room.
    HP_NOTICE_CREATED, // `about` logged in; for everyone else
    HP_NOTICE_DELETED, // `about` is gone for good
    HP_NOTICE_PROFILE, // the profile of `about` changed
    HP_NOTICE_PRESENCE, // `about` connected, left, began or ceased to watch
    HP_NOTICE_CURSORS, // [cursors] the pointers without control; for those who may see them

    // About the room. `about` caused the change; NULL: the room itself did.
    HP_NOTICE_HOST, // [host]
    HP_NOTICE_AWAY, // [away] the host `about` is silent, or is heard again
    HP_NOTICE_RULES, // [rules]
    HP_NOTICE_SCREEN, // [screen]
    HP_NOTICE_MEDIA, // [media] a stream broke or runs again

    // For one session.
    HP_NOTICE_WELCOME, // `to` connected, or is back: it gets all facts
    HP_NOTICE_FAREWELL, // [farewell] a connection of `to` ends; `to` may have another one already
    HP_NOTICE_REQUEST, // `about` asks the host `to` for control
    HP_NOTICE_CLIPBOARD, // [clipboard] a program has copied something; for the host `to`
    HP_NOTICE_WISHES, // [wishes] all those who ask the host `to` now
    HP_NOTICE_WISH, // [wish] what became of the wish of `to` for control
    HP_NOTICE_DESCRIPTION, // [description] for the browser's peer connection
    HP_NOTICE_CANDIDATE, // [candidate]
    HP_NOTICE_PEER_STATE, // [peer_state]
    HP_NOTICE_PEER_CLOSED, // the peer connection ended, or none could be made
    HP_NOTICE_STATS, // [stats]
    HP_NOTICE_VIDEO, // [video]
    HP_NOTICE_AUDIO, // [audio]

    // Messages that the room only passes on. `to` is NULL: for everyone except `about`.
    HP_NOTICE_LETTER, // [letter] from `about`
    HP_NOTICE_PLUGIN, // [event] from a plugin
};

// Why a connection ends.
enum hp_farewell {
    HP_FAREWELL_DELETED, // the session ended
    HP_FAREWELL_REPLACED, // the session has another connection now
    HP_FAREWELL_PROFILE, // the session may not be connected any more
    HP_FAREWELL_FLOOD, // the client sent too much
    HP_FAREWELL_CLOSING, // the room ends
};

// What became of a session's wish for control.
enum hp_wish {
    HP_WISH_ASKED, // the host knows
    HP_WISH_WITHDRAWN, // by the session
    HP_WISH_DECLINED, // by the host, or the session may not have control any more
    HP_WISH_EXPIRED, // the host did not answer
};

// What a description means for the browser that gets it.
enum hp_description_role {
    HP_DESCRIPTION_FIRST, // the first offer of a new peer connection
    HP_DESCRIPTION_OFFER, // a further offer
    HP_DESCRIPTION_RESTART, // an offer with new ICE credentials, since the path has died
    HP_DESCRIPTION_ANSWER,
};

// Where the pointer of a session without control is, in pixels of the desktop.
struct hp_notice_cursor {
    const struct hp_session *session;
    int x, y;
};

struct hp_notice_video {
    bool is_disabled; // the viewer has switched the picture off
    const char *name; // of the source; NULL: there is no source yet
};

struct hp_notice {
    enum hp_notice_kind kind;
    const struct hp_session *to; // NULL: every connected session
    const struct hp_session *about;
    union {
        struct {
            const struct hp_notice_cursor *items;
            unsigned count; // 0: no pointer is shown any more
        } cursors;
        const struct hp_session *host; // NULL: nobody has control
        struct {
            bool is_away;
        } away;
        struct {
            struct hp_session *const *items; // first come first
            unsigned count;
        } wishes;
        enum hp_wish wish;
        const struct hp_rules *rules;
        const struct hp_plugin_screen *screen;
        struct {
            const char *text; // UTF-8; NULL: too large, or what was copied is no text
            bool is_too_large;
        } clipboard;
        struct {
            enum hp_track_kind kind;
            const enum hp_codec *codec; // NULL: all codecs of the kind
            const char *problem; // a sentence; NULL: the stream runs
            bool is_starting; // there is none yet, and that is no failure
        } media;
        struct {
            uint64_t link; // of the connection that ends
            enum hp_farewell reason;
        } farewell;
        struct {
            enum hp_description_role role;
            const char *sdp;
            struct hp_notice_video video; // only with HP_DESCRIPTION_FIRST, like is_audio_disabled
            bool is_audio_disabled;
        } description;
        struct {
            const char *text, *mid; // mid: NULL: not known
            int mline_index;
        } candidate;
        struct {
            enum hp_peer_state state;
            enum hp_status status;
        } peer_state;
        const struct hp_peer_stats *stats; // NULL: the thread that knows them does not answer
        struct hp_notice_video video;
        struct {
            bool is_disabled;
        } audio;
        struct {
            const char *subject;
            const char *body; // JSON text; NULL: none
        } letter;
        struct {
            const char *name;
            const char *payload; // JSON text as the plugin wrote it; NULL: none
        } event;
    };
};
