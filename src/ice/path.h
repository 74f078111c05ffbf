// path.h - the pair that an agent has selected, as a path: packets go straight to the socket if the
// pair is plain UDP, or through the agent if it is a relay. Everything on the peer's worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include <gio/gio.h>
#include <nice/agent.h>

#include "base/gso.h"
#include "base/path.h"
#include "base/timer.h"

enum { HP_ICE_PAIR_TEXT_SIZE = 160 };

// Part of hp_ice_agent.
struct hp_ice_path {
    struct hp_path path;
    struct hp_worker *worker;
    NiceAgent *agent;
    guint stream;
    enum hp_path_kind kind;
    char pair[HP_ICE_PAIR_TEXT_SIZE];
    GSocket *socket; // NULL: packets go through the agent
    struct sockaddr_storage remote;
    struct sockaddr_storage home; // the remote address of the pair itself, to return to
    struct hp_gso gso;
    GSource *writable; // runs while the socket is full
    // runs while the agent is full: the agent does not tell when it has room again
    struct hp_timer retry;
};

// `nice` and the worker outlive the path.
void hp_ice_path_init(struct hp_ice_path *path, struct hp_worker *worker, NiceAgent *agent,
        guint stream);

// Takes over the selected pair of the agent; to be called again after each change.
void hp_ice_path_set_pair(
        struct hp_ice_path *path, const NiceCandidate *local, const NiceCandidate *remote);

// Sends to another address of the same browser from the same socket, until set_pair() or
// return_home(). False: the pair is not plain UDP.
bool hp_ice_path_roam(struct hp_ice_path *path, const NiceAddress *address);
void hp_ice_path_return_home(struct hp_ice_path *path);

// Lets go of the socket. Packets sent from now on are lost.
void hp_ice_path_finish(struct hp_ice_path *path);
