// meeting.h - a WebSocket route for tests: notes who comes and goes, and sends back what is said.
#pragma once

#include "edge/client.h"
#include "edge/ws.h"

enum { // first bytes of frames
    TEXT = 0x81,
    TEXT_MORE = 0x01,
    MORE = 0x00,
    LAST = 0x80,
    BINARY = 0x82,
    CLOSE = 0x88,
    PING = 0x89,
    PONG = 0x8a
};

struct meeting {
    unsigned open_count, close_count, message_count;
    size_t message_size;
    int code; // of the last close
    struct hp_ws *last;
    char token[32], address[64], host[64]; // of the last socket; "-": none
};

extern struct meeting meeting;

void meeting_begin(void); // nobody has come yet
void meeting_end(void); // checks that all sockets have closed

// Starts the server with the route /api/ws and returns its port. "bye" is answered with "last" and a
// close, "quiet" with nothing, all else with itself.
uint16_t meeting_start(struct server *server);
struct client meeting_join(uint16_t port);

bool meeting_is_over(void *arg); // for server_run_until(): all sockets have closed
