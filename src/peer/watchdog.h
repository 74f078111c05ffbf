// watchdog.h - decides whether the browser is still there: which state a peer is in, when to try an
// ICE restart, and when to give up. RFC 7675 (consent). On the peer's worker.
//
//   CONNECTING --ICE and DTLS are up--> CONNECTED --path failed, silence--> DISCONNECTED
//       |                                   ^-----path or packets are back------| restarts, delayed
//       `--timeout--> FAILED <-------------------------------give up------------'
//
// When the path fails (its consent runs out) although the browser proves that it hears us, the
// watchdog tries restarts and does not change the state: the browser has moved, or its answers get
// lost, and media goes on. RFC 7675 asks for authentic consent; such a proof is authentic.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ice.h"
#include "base/status.h"
#include "base/timer.h"
#include "peer/peer_state.h"

struct hp_watchdog_timeouts {
    int64_t connect_ms;    // until a path is found
    int64_t disconnect_ms; // of silence
    int64_t give_up_ms;    // of DISCONNECTED
};

struct hp_watchdog_cbs {
    void (*on_state)(void *arg, enum hp_peer_state state, enum hp_status status);
    void (*on_restart)(void *arg); // an ICE restart is due
    // The consent of a path that was silent before has run out (RFC 7675): no packet may be sent.
    void (*on_consent_lost)(void *arg);
    // When the last packet came, hp_clock; 0: none.
    int64_t (*last_packet_us)(void *arg);
    // Since when there is no proof that the browser hears us, hp_clock; 0: no proof is due.
    int64_t (*silent_since_us)(void *arg);
    // When the last such proof came, hp_clock; 0: none.
    int64_t (*last_proof_us)(void *arg);
};

// Part of the endpoint.
struct hp_watchdog {
    struct hp_watchdog_timeouts timeouts;
    const struct hp_watchdog_cbs *cbs;
    void *cbs_arg;
    enum hp_peer_state state;
    bool is_started;
    bool is_dtls_up;
    enum hp_ice_state ice_state;
    struct hp_timer deadline; // for connecting, or for coming back
    struct hp_timer check;    // for silence, or for the end of silence
    struct hp_timer restart;
    int64_t restart_delay_us;
    int64_t down_us; // since when the state is DISCONNECTED
};

// `timeouts` is copied; `cbs` stays valid.
void hp_watchdog_init(struct hp_watchdog *watchdog, struct hp_worker *worker,
        const struct hp_watchdog_timeouts *timeouts, const struct hp_watchdog_cbs *cbs, void *arg);

// Stops all timers; no callback follows.
void hp_watchdog_stop(struct hp_watchdog *watchdog);

// Descriptions are being exchanged: the time to find a path begins. A second call has no effect.
void hp_watchdog_start(struct hp_watchdog *watchdog);

// News of ICE and of DTLS.
void hp_watchdog_set_ice(struct hp_watchdog *watchdog, enum hp_ice_state state);
void hp_watchdog_set_dtls_up(struct hp_watchdog *watchdog);

// Ends in FAILED with that status: tells the state once and stops.
void hp_watchdog_fail(struct hp_watchdog *watchdog, enum hp_status status);
