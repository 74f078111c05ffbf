// shared_move.h - our own addresses of one browser's ICE on the shared port, and how it takes over
// that they have changed. For shared_ice.c only. On the peer's worker.
#pragma once

struct hp_ingress;
struct hp_locals;
struct hp_locals_params;
struct hp_shared_ice;

// As hp_locals_init(), with what the port knows itself.
void hp_shared_move_init_locals(const struct hp_ingress *ingress,
        const struct hp_locals_params *params, struct hp_locals *locals);

// See hp_shared_ice_move().
void hp_shared_move_run(struct hp_shared_ice *shared, const struct hp_locals_params *params);
