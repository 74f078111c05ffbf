// agent.h - ICE by libnice: a NiceAgent for one browser, on the peer's worker. See base/ice.h.
#pragma once

struct hp_ice;
struct hp_ice_config;
struct hp_worker;

// Brings up libnice and GLib's types, which the first agent would do otherwise: so the first
// browser does not wait for that. Home thread.
void hp_ice_agent_warm_up(void);

// On the worker, for an ICE of hp_ice_agent_create(). Browsers are offered `config` now: the agent
// tells the public addresses that have come, and takes back those that are gone. libnice gathers
// once, so an address of a new interface of ours is not among them.
void hp_ice_agent_move(struct hp_ice *ice, const struct hp_ice_config *config);

// On the worker. `config` is taken. `id` is for logs, and copied. The caller ends the object with
// its op close(). NULL: the reason has been logged.
struct hp_ice *hp_ice_agent_create(
        struct hp_worker *worker, struct hp_ice_config *config, const char *id);
