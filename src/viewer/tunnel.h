// tunnel.h - the media of one browser through the page's own connection: listens to a line of
// pictures and one of sound, and lets so much of them go as the client says that it has received.
// Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/frame.h"

struct hp_line;
struct hp_lines;
struct hp_tunnel;
struct hp_worker;

// The connection to the client.
struct hp_tunnel_outlet {
    void (*send)(void *arg, GBytes *message); // borrowed
    // The room ends the tunnel, which is gone after this call. `is_replaced`: by a newer one.
    void (*on_end)(void *arg, bool is_replaced);
    void *arg;
};

struct hp_tunnel_params {
    struct hp_worker *home;
    struct hp_line *lines[HP_TRACK_KINDS]; // NULL: the client wants none of that kind
    struct hp_tunnel_outlet outlet; // copied
};

// The codecs of the room that work now, and those of the client, best first.
struct hp_tunnel_wish {
    const enum hp_codec *ours;
    unsigned our_count;
    const enum hp_codec *wanted;
    unsigned wanted_count;
};

// What the client likes best of each kind that the room has: its line, and its name; NULL: none.
// False: no picture.
bool hp_tunnel_choose(struct hp_lines *lines, const struct hp_tunnel_wish *wish,
        struct hp_line *chosen[HP_TRACK_KINDS], const char *names[HP_TRACK_KINDS]);

// Both kinds are off. Owner: hp_stage, until done(). Never NULL.
struct hp_tunnel *hp_tunnel_create(const struct hp_tunnel_params *params);
// Nothing is sent any more. Calls done(arg), perhaps before it returns; the tunnel has been freed.
void hp_tunnel_close(struct hp_tunnel *tunnel, void (*done)(void *arg), void *arg);
// The same, and the outlet is told.
void hp_tunnel_end(
        struct hp_tunnel *tunnel, bool is_replaced, void (*done)(void *arg), void *arg);

void hp_tunnel_enable(struct hp_tunnel *tunnel, enum hp_track_kind kind, bool is_on);

// The client has received so many bytes of pictures and sound, modulo 2^32. False: it cannot have.
bool hp_tunnel_acknowledge(struct hp_tunnel *tunnel, uint32_t received);

// The client's decoder needs a keyframe; two a second are heard.
void hp_tunnel_request_keyframe(struct hp_tunnel *tunnel);

// Sends a message as on the data channel.
void hp_tunnel_send(struct hp_tunnel *tunnel, const void *data, size_t size);
