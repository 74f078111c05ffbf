// checklist.h - the pairs of addresses by which a browser may be reached, and which of them is
// checked next. Pure: the owner sends. RFC 8445 section 6.1, RFC 8838.
//
//   WAITING --sent--> CHECKING --answered--> GOOD
//                        '--4 times in vain--> FAILED --a check of the browser--> (triggered again)
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "nat/flow.h"
#include "nat/stun.h"
#include "pair/allowance.h"
#include "wire/candidate.h"

enum {
    HP_CHECKLIST_MAX = 64, // pairs; the one with the least prospects gives way
    HP_CHECKLIST_EARLY_MAX = 8, // pairs whose checks came before the browser's answer
};

enum hp_pair_state {
    HP_PAIR_WAITING,
    HP_PAIR_CHECKING,
    HP_PAIR_GOOD,
    HP_PAIR_FAILED,
};

struct hp_pair {
    struct hp_flow flow;
    enum hp_candidate_type remote_type;
    uint32_t local_priority, remote_priority;
    enum hp_pair_state state;
    bool is_triggered; // a check of the browser came, so ours goes out as soon as it may
    bool is_authentic; // a check of the browser came by it, or it answered one of ours
    bool is_nominated; // by the browser
    bool has_strays; // packets came by it while the selected pair was silent
    bool nominates; // our check under way does
    uint8_t id[HP_STUN_ID_SIZE]; // of our check under way
    unsigned sends; // of that check
    int64_t next_us; // when it is sent again
    char *sender; // the browser's ufrag, of a pair whose check came early; NULL: known
};

struct hp_strangers;

struct hp_checklist {
    struct hp_pair *pairs[HP_CHECKLIST_MAX];
    unsigned count;
    struct hp_allowance own; // in force while there is none of a session
    struct hp_allowance *allowance; // of the session; NULL: none
    struct hp_strangers *strangers; // of the server; NULL: none
};

// {0} is a fresh one; the owner may set `allowance` and `strangers`, which outlive it.
void hp_checklist_clear(struct hp_checklist *list);

struct hp_pair *hp_checklist_find(const struct hp_checklist *list, const struct hp_flow *flow);
struct hp_pair *hp_checklist_find_id(const struct hp_checklist *list, const uint8_t *id);

// Adds a pair, or takes over what is now known of the remote candidate of a pair that is there.
// `keep` (may be NULL) does not give way. NULL: there is no room.
struct hp_pair *hp_checklist_add(struct hp_checklist *list, const struct hp_pair *pair,
        const struct hp_pair *keep);

// That address is no longer ours: forgets its pairs.
void hp_checklist_forget_local(struct hp_checklist *list, const struct hp_addr *local);

// The credentials of the browser are known: forgets pairs whose checks were of another sender.
void hp_checklist_set_sender(struct hp_checklist *list, const char *ufrag);

// Pairs whose sender is not known yet.
unsigned hp_checklist_count_early(const struct hp_checklist *list);

// The pair whose check goes out now; NULL: none, and *next_us is when to look again (INT64_MAX: not
// before something happens). With a `selected` pair only better ones are worth a check. A pair
// whose checks were all in vain becomes FAILED.
struct hp_pair *hp_checklist_next(struct hp_checklist *list, int64_t now_us,
        const struct hp_pair *selected, int64_t *next_us);

// The pair's check goes out now, with the id of the pair, which is new if sends was 0.
void hp_checklist_note_sent(struct hp_checklist *list, struct hp_pair *pair, int64_t now_us);

// A check of the browser came by the pair, or the pair has to be verified anew: its check goes out
// as soon as it may.
void hp_pair_trigger(struct hp_pair *pair);

// RFC 8445 section 6.1.2.3. A relayed pair is the last resort, whatever its candidates say.
uint64_t hp_pair_priority(const struct hp_pair *pair, bool is_controlling);
