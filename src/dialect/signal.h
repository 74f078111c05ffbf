// signal.h - signaling in Neko's v3 protocol: JSON events on the WebSocket /api/ws, each of which
// is a row in a table with its parser, its right and its handler. Main thread.
#pragma once

#include <stdint.h>

#include <jansson.h>

struct hp_http;
struct hp_room;
struct hp_session;
struct hp_signal;
struct hp_worker;

struct hp_signal_stats {
    uint64_t messages, bad_messages, refused, limited; // since the start
    unsigned sockets;
};

// Adds the WebSocket to `http` and listens to the room. `ice_servers`: for browsers, a JSON array;
// NULL: none. NULL: the reason has been logged. Owner: app, which destroys it after the room, and
// after `http` has closed its sockets.
struct hp_signal *hp_signal_create(struct hp_http *http, struct hp_worker *home,
        struct hp_room *room, const char *ice_servers);
void hp_signal_destroy(struct hp_signal *signal);

// `link`: of the socket. `address`: of its client; NULL: unknown. `host`: of its page, see
// hp_ws_host(); NULL: that socket has ended.
typedef void (*hp_signal_host_fn)(
        void *arg, uint64_t link, const char *address, const char *host);

// From now on calls on_host when a person's WebSocket is let in, and when it ends.
void hp_signal_watch_hosts(struct hp_signal *signal, hp_signal_host_fn on_host, void *arg);

// Makes the list of STUN and TURN servers for that session's browser, a new JSON array.
typedef json_t *(*hp_signal_servers_fn)(void *arg, const struct hp_session *session);

// From now on each viewer gets a list of its own, in place of the one of hp_signal_create().
void hp_signal_set_servers(struct hp_signal *signal, hp_signal_servers_fn make, void *arg);

// The room has ended (call this in the room's done(); NULL is fine): clients are refused from now
// on.
void hp_signal_close(struct hp_signal *signal);

void hp_signal_get_stats(const struct hp_signal *signal, struct hp_signal_stats *stats);
