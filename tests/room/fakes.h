// fakes.h - a peer and an encoder that only take notes, for tests of the room.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/encoder.h"
#include "peer/peer.h"

struct fake_counts {
    atomic_int peers_created, peers_alive, peers_alive_max;
    atomic_int sinks_alive, frames, sends, candidates, remotes, restarts, encoder_restarts;
    atomic_int track_enabled[HP_TRACK_KINDS];
    atomic_int keyframes_wanted; // by taps
    atomic_bool is_busy; // set by a test: peers refuse descriptions and candidates
};
extern struct fake_counts fake_counts;

// What any peer was given to send last. Home thread.
struct fake_send {
    char label[16];
    uint8_t data[64]; // the beginning
    size_t size;
    bool is_brief;
};
const struct fake_send *fake_peer_last_send(void);

// What any peer was told on the home thread, a line each, the oldest first: "offer", "restart",
// "remote <type> <sdp>", "candidate <text> <mid> <index>", "video on", "audio off", "stats". A call
// forgets the lines before it. Home thread.
const char *fake_peer_take_words(void);

// The peer that was made last, NULL when it is closed. Home thread.
struct hp_peer *fake_peer_last(void);

// Each posts to the peer's worker or home, as the real one would.
void fake_peer_set_state(struct hp_peer *peer, enum hp_peer_state state, enum hp_status status);
void fake_peer_input(struct hp_peer *peer, const struct hp_input *input);
void fake_peer_channel(struct hp_peer *peer, const char *label, bool is_open);
void fake_peer_data(struct hp_peer *peer, const char *label);
void fake_peer_describe(struct hp_peer *peer, const char *type, const char *sdp);
void fake_peer_find_candidate(struct hp_peer *peer, const char *candidate); // of mid "0"

// The encoder that was made last.
struct hp_encoder *fake_encoder_last(void);
// A frame of that codec for all that are attached. In houses without workers.
void fake_encoder_push(enum hp_codec codec, const char *data, bool is_keyframe);
bool fake_encoder_is_damage_driven(void); // the last one
const char *fake_encoder_restart_text(void); // what the last restart of any was given
void fake_encoder_set_state(
        struct hp_encoder *encoder, enum hp_encoder_state state, const char *reason);
void fake_encoder_tell_effort(struct hp_encoder *encoder, const struct hp_effort *effort);
