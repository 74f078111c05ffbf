// remotes.h - candidates of a browser that wait for its credentials, since they may come before its
// description. Pure. RFC 8838.
#pragma once

#include <stdint.h>

#include "base/ice.h"
#include "nat/addr.h"
#include "wire/candidate.h"

struct hp_locals;

struct hp_remote {
    struct hp_addr addr;
    enum hp_candidate_type type;
    uint32_t priority;
    char *ufrag; // that it belongs to; NULL: the line names none
};

// Part of hp_shared_ice. {0} is a fresh one.
struct hp_remotes {
    struct hp_remote waiting[HP_ICE_REMOTE_MAX];
    unsigned count;
    char *given_ufrag; // of those that were given last
    unsigned given; // how many
    uint64_t dropped; // unusable ones, and those beyond the limit
};

void hp_remotes_clear(struct hp_remotes *remotes);

// Takes a line; an unusable one is counted and dropped.
void hp_remotes_add(
        struct hp_remotes *remotes, const struct hp_locals *locals, const char *line);

// Gives those that belong to that ufrag, at most HP_ICE_REMOTE_MAX of it, and keeps those of
// another one: their description has not come yet.
void hp_remotes_drain(struct hp_remotes *remotes, const char *ufrag,
        void (*take)(void *arg, const struct hp_remote *remote), void *arg);
