// tunnels.h - media by WebSockets of the page's own origin, at /api/tunnel: for browsers that no
// ICE path reaches. docs/protocol.md. Main thread.
#pragma once

#include <stdint.h>

struct hp_http;
struct hp_room;
struct hp_tunnels;
struct hp_worker;

struct hp_tunnels_stats {
    uint64_t opened, refused, bad_messages, limited; // tunnels; messages
    unsigned open;
};

// Adds the path to the HTTP server; room is kept. Owner: app, until the HTTP server has closed.
// Never NULL.
struct hp_tunnels *hp_tunnels_create(
        struct hp_http *http, struct hp_worker *home, struct hp_room *room);
void hp_tunnels_destroy(struct hp_tunnels *tunnels); // NULL is fine

// The room ends: from now on everybody is refused. NULL is fine.
void hp_tunnels_close(struct hp_tunnels *tunnels);

void hp_tunnels_get_stats(const struct hp_tunnels *tunnels, struct hp_tunnels_stats *stats);
