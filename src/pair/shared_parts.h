// shared_parts.h - what hp_shared_ice consists of; for shared_ice.c and shared_checks.c only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ice.h"
#include "base/timer.h"
#include "nat/ingress.h"
#include "pair/checklist.h"
#include "pair/consent.h"
#include "pair/locals.h"
#include "pair/remotes.h"
#include "pair/session.h"
#include "pair/shared_path.h"

enum { HP_SHARED_KEPT_MAX = 4 }; // a ClientHello, in pieces

// A datagram that came before a pair was selected.
struct hp_shared_kept {
    uint8_t *data;
    size_t size;
};

struct hp_shared_ice {
    struct hp_ice ice; // the first member: the ops cast back
    struct hp_worker *worker;
    char *id;
    struct hp_inlet inlet;
    struct hp_locals locals;
    struct hp_session now, before; // before the last restart; `before` has no remote: none
    struct hp_remotes remotes;
    struct hp_checklist list;
    struct hp_consent consent;
    struct hp_shared_path path;
    struct hp_timer timer;
    uint64_t tie;
    bool is_controlling, is_closing;
    bool has_gathered;
    bool uses_before; // the path and its consent are of the session before
    enum hp_ice_state state;
    struct hp_pair *selected; // of this session's pairs; NULL: none yet
    struct hp_flow home; // the flow of the selected pair, to return to from roaming
    struct hp_flow new_flow; // that on_address told
    int64_t heard_us; // when the last packet came by the path's flow
    int64_t next_send_us;
    struct hp_shared_kept kept[HP_SHARED_KEPT_MAX];
    unsigned kept_count;
    char pair_text[HP_SHARED_PAIR_TEXT_SIZE];
    bool has_connected;
    int64_t begun_us;
    unsigned heard_checks; // of the browser, with our password
    uint64_t dropped_packets; // from addresses that no check has verified
};

// Sends the checks that are due, and looks again when more are. arg: the struct hp_shared_ice.
void hp_shared_checks_run(void *arg);

// Adds a pair; NULL: there is no room. `sender` is NULL or the browser's ufrag, copied.
struct hp_pair *hp_shared_checks_add(struct hp_shared_ice *shared, const struct hp_flow *flow,
        enum hp_candidate_type type, uint32_t remote_priority, const char *sender);

// A datagram for the peer: arg is the struct hp_shared_ice.
void hp_shared_checks_recv(
        void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size);

void hp_shared_checks_forget_kept(struct hp_shared_ice *shared);
