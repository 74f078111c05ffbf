// agent.h - ICE by libnice: a NiceAgent for one browser, on the peer's worker. See base/ice.h.
#pragma once

struct hp_ice;
struct hp_ice_config;
struct hp_worker;

// Brings up the libraries below, which register their types with the first agent: before the first
// browser waits for it. On the home thread.
void hp_ice_agent_warm_up(void);

// On the worker. config: taken. id: for logs; copied. The caller ends the object with its op close.
// NULL after logging why.
struct hp_ice *hp_ice_agent_create(
        struct hp_worker *worker, struct hp_ice_config *config, const char *id);
