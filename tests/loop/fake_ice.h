// fake_ice.h - test: another implementation of base/ice.h, without a network: two ends that post to
// each other's workers. They keep to the trait as strictly as they can: checks carry credentials
// and roles, the path takes a window of datagrams and then blocks, the end is told later.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ice.h"
#include "base/path.h"
#include "base/worker.h"

enum {
    FAKE_ICE_TEXT = 32,
    FAKE_ICE_MAX_PAYLOAD = 1200,
};

struct fake_credentials {
    char ufrag[FAKE_ICE_TEXT], password[FAKE_ICE_TEXT];
};

// Lives until both workers have ended.
struct fake_ice {
    struct hp_ice ice; // first
    struct hp_path path;
    struct fake_ice *other;
    struct hp_worker *worker; // set before the peers begin
    const char *name;
    uint32_t seed;
    unsigned loss; // of datagrams, per cent
    // The worker's.
    struct fake_credentials local, old, remote;
    bool is_controlling, has_gathered, has_remote, has_ended, is_closed;
    enum hp_ice_state state;
    unsigned remote_candidates;
    uint64_t dropped;
    char pair[64];
    // The way to the other end.
    atomic_uint under_way;
    atomic_bool is_blocked;
    // Notes for the test, any thread.
    atomic_uint restarts, undone, role_conflicts, refused_checks, blocks, connects, lost;
    atomic_bool is_gone;
};

struct fake_link {
    struct fake_ice server, client;
};

// Joins both ends. Home, before the peers are made.
void fake_link_init(struct fake_link *link, struct hp_worker *server_worker,
        struct hp_worker *client_worker, unsigned loss);

// Loses the path of an end, as when consent runs out. On its worker; arg: the struct fake_ice.
void fake_ice_fail(void *arg);
