// ice_agent.h - one browser's ICE: a NiceAgent of its own on the peer's worker, seen as a path.
// Everything on that worker.
//
//   create --gather--> CONNECTING --> CONNECTED <--> FAILED (silent; restart() brings it back)
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/path.h"

struct hp_ice_agent;
struct hp_ice_config;
struct hp_worker;

enum hp_ice_state { HP_ICE_CONNECTING, HP_ICE_CONNECTED, HP_ICE_FAILED };

enum {
    HP_ICE_LOCAL_MAX = 24,  // candidates of ours
    HP_ICE_REMOTE_MAX = 30, // candidates of theirs, per set of credentials
};

typedef void (*hp_ice_gone_fn)(void *arg);

struct hp_ice_agent_cbs {
    // A candidate of ours ("candidate:..."), during gather() as well as later.
    void (*on_candidate)(void *arg, const char *candidate);
    void (*on_state)(void *arg, enum hp_ice_state state);
    // While connected, an authentic check came from an address that is new: see roam().
    void (*on_address)(void *arg);
};

// Brings the libraries below up, which register their types with the first agent: on the home
// thread, before the first browser waits for it.
void hp_ice_agent_warm_up(void);

// Owner: the peer. config: outlives the agent. NULL after logging why.
struct hp_ice_agent *hp_ice_agent_create(struct hp_worker *worker,
        const struct hp_ice_config *config, const char *id, const struct hp_ice_agent_cbs *cbs,
        void *arg);

// Ends it at any moment; no callback follows.
void hp_ice_agent_destroy(struct hp_ice_agent *agent);

// The same, and says when nothing of it is left: with TURN its allocations are given back first,
// which takes at most about a second. on_gone may come before the call returns.
void hp_ice_agent_close(struct hp_ice_agent *agent, hp_ice_gone_fn on_gone, void *arg);

// Begins to look for candidates of ours. Once. False after logging why: none is to be had.
bool hp_ice_agent_gather(struct hp_ice_agent *agent);

// Who offers is controlling, and who talks to an ICE-lite agent. Before the remote credentials.
void hp_ice_agent_set_controlling(struct hp_ice_agent *agent, bool is_controlling);

// Our credentials, valid until restart() or destroy.
const char *hp_ice_agent_ufrag(const struct hp_ice_agent *agent);
const char *hp_ice_agent_password(const struct hp_ice_agent *agent);

// New credentials of ours; the old pair carries data until a new one is found.
void hp_ice_agent_restart(struct hp_ice_agent *agent);

// Takes back a restart() that the other side never saw.
void hp_ice_agent_undo_restart(struct hp_ice_agent *agent);

// The other side's credentials. Checks begin with the candidates that came before. New ones of
// another ufrag are an ICE restart of theirs: call restart() first.
bool hp_ice_agent_set_remote(struct hp_ice_agent *agent, const char *ufrag, const char *password);

// Is it the ufrag that is in force?
bool hp_ice_agent_has_remote(const struct hp_ice_agent *agent, const char *ufrag);

// Takes a candidate line of theirs, "" ends them. Kept until the remote credentials are known.
// Unusable ones are counted and dropped.
void hp_ice_agent_add_candidate(struct hp_ice_agent *agent, const char *line);

// Sends to the address that was seen last by on_address, and back again. The agent's pair stays
// what it is, a new pair ends it. False: the path is not plain UDP.
bool hp_ice_agent_roam(struct hp_ice_agent *agent);
void hp_ice_agent_roam_back(struct hp_ice_agent *agent);

struct hp_path *hp_ice_agent_path(struct hp_ice_agent *agent);

// "host 10.0.0.2:40000 - prflx 10.0.0.9:51000", "" before there is one.
const char *hp_ice_agent_pair(const struct hp_ice_agent *agent);

uint64_t hp_ice_agent_dropped_candidates(const struct hp_ice_agent *agent);
