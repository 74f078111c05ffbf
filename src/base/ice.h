// ice.h - trait: one browser's ICE (RFC 8445, RFC 8838, RFC 7675): finds a path to the browser,
// keeps it alive, and finds another one. Implemented by pair/shared_ice and
// by libnice's agent. On the peer's worker.
//
//   gather --> CONNECTING --> CONNECTED <--> FAILED (the consent ran out; restart() brings it back)
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    HP_ICE_LOCAL_MAX = 32,  // candidates of ours
    HP_ICE_REMOTE_MAX = 30, // candidates of the browser, per set of credentials
    HP_ICE_CHECKS_PER_SECOND = 5, // to addresses that have not answered, of one peer
    HP_ICE_TEXT_MAX = 256, // characters of a ufrag and of a password (RFC 8839 section 5.4)
};

enum hp_ice_state {
    HP_ICE_CONNECTING,
    HP_ICE_CONNECTED,
    HP_ICE_FAILED, // no pair answers, or consent was not renewed in time (RFC 7675 section 5.1)
};

struct hp_ice;
struct hp_path;

// All on the peer's worker. Texts are borrowed in both directions; a text that an op returns is
// valid until the next restart, undo_restart or close.
struct hp_ice_ops {
    // Our credentials for the next description (RFC 8445 section 5.3).
    const char *(*ufrag)(const struct hp_ice *ice);
    const char *(*password)(const struct hp_ice *ice);

    // Begins to look for candidates of ours (RFC 8445 section 5.1); on_candidate follows, perhaps
    // before this returns. To be called once. False: no candidate can be had; the reason has been
    // logged.
    bool (*gather)(struct hp_ice *ice);

    // The side that offers first is controlling, and so is the side that talks to an ICE-lite agent
    // (RFC 8445 section 6.1.1). To be called before set_remote().
    void (*set_controlling)(struct hp_ice *ice, bool is_controlling);

    // Makes new credentials of our own and forgets those of the browser (RFC 8445 section 9). The
    // old pair carries data until a new one is found. on_state is not called, but from now on a
    // state of CONNECTED counts as CONNECTING, so that the next success is told.
    void (*restart)(struct hp_ice *ice);

    // Undoes the last restart, which the browser never saw: our old credentials are in force again.
    // The browser's credentials have to be set again.
    void (*undo_restart)(struct hp_ice *ice);

    // Sets the browser's credentials; checks begin with the candidates that came before. A ufrag
    // that is in force already has no effect. Another ufrag is an ICE restart of the browser, which
    // needs a restart() of ours first (RFC 8445 section 9). Refused credentials are logged.
    void (*set_remote)(struct hp_ice *ice, const char *ufrag, const char *password);

    // Takes a candidate line of the browser ("candidate:..."); "" is the end of the candidates (RFC
    // 8838 section 13). The line is kept until its credentials are known. An unusable line is
    // counted and dropped.
    void (*add_candidate)(struct hp_ice *ice, const char *line);

    // The selected pair, "host 10.0.0.2:40000 - prflx 10.0.0.9:51000"; "": none yet.
    const char *(*pair)(const struct hp_ice *ice);

    // Sends to the address of the last on_address, until roam_back() or the next pair; the selected
    // pair stays. False: the path cannot do that, or no address is known.
    bool (*roam)(struct hp_ice *ice);
    void (*roam_back)(struct hp_ice *ice);

    // Candidates of the browser that were dropped.
    uint64_t (*dropped_candidates)(const struct hp_ice *ice);

    // Ends and frees the object at any moment, but not from inside a callback of its own; no other
    // callback follows. on_gone comes when no server in the network holds anything for the object,
    // perhaps before this returns: allocations on TURN servers are given back first, in about a
    // second.
    void (*close)(struct hp_ice *ice, void (*on_gone)(void *arg), void *arg);
};

struct hp_ice_cbs {
    // A candidate of ours ("candidate:..."), during gather() as well as later (RFC 8838).
    void (*on_candidate)(void *arg, const char *candidate);
    // A candidate that was told before is no longer ours: later descriptions do not name it.
    void (*on_candidate_gone)(void *arg, const char *candidate);
    void (*on_state)(void *arg, enum hp_ice_state state);
    // While connected: an authentic check came from a new address, see roam().
    void (*on_address)(void *arg);
};

// Part of the object that implements the trait, which fills in ops and path. The user fills in cbs
// before gather().
struct hp_ice {
    const struct hp_ice_ops *ops;
    struct hp_path *path; // carries the packets, from the beginning until close
    const struct hp_ice_cbs *cbs;
    void *cbs_arg;
};
