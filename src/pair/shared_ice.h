// shared_ice.h - full ICE for one browser on the shared port, on the peer's worker. See base/ice.h.
// RFC 8445, RFC 8838 (trickle), RFC 7675 (consent).
#pragma once

struct hp_allowance;
struct hp_ice;
struct hp_ingress;
struct hp_locals_params;
struct hp_strangers;
struct hp_worker;

// On the worker, which is one of the ingress'. `params` is copied, its port is the ingress';
// `id` is for logs, and copied. The ingress outlives the object, which its op close() ends. Never
// NULL.
struct hp_ice *hp_shared_ice_create(struct hp_ingress *ingress, struct hp_worker *worker,
        const struct hp_locals_params *params, const char *id);

// Counts its checks together with those of the session's other peers and of the whole server. Both
// outlive the object; NULL: no limit but that of a peer. Before checks begin.
void hp_shared_ice_limit(
        struct hp_ice *ice, struct hp_allowance *allowance, struct hp_strangers *strangers);

// Our addresses are others now: tells candidates that have come and gone, checks from the new
// addresses where the browser is known to be, and leaves a pair whose address is gone for the first
// one that works. `params` as for hp_shared_ice_create(); after gather(), else they are only noted.
void hp_shared_ice_move(struct hp_ice *ice, const struct hp_locals_params *params);
