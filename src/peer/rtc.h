// rtc.h - the things that all peers of a server share: DTLS certificate, libraries, ICE's settings.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ice/server.h"

struct hp_dtls_context;
struct hp_ice_config;
struct hp_ingress;
struct hp_jobs;
struct hp_reach;
struct hp_rtc;
struct hp_sctp_stack;
struct hp_watchdog_timeouts;
struct hp_worker;

struct hp_rtc_params {
    struct hp_worker *home;
    struct hp_jobs *jobs;
    uint16_t port_min, port_max; // 0, 0: any
    // For our own side (`iceservers.backend`); copied. A job resolves their names, again every 5
    // minutes.
    const struct hp_ice_server *servers;
    unsigned server_count;
    const char *const *interfaces; // addresses to gather on; NULL: all but loopback
    // Makes the offer for each browser; kept. NULL, for tests: `interfaces` are offered to all.
    struct hp_reach *reach;
    bool with_loopback; // offer 127.0.0.1 to a browser on this host
    int64_t ice_timeout_ms;        // from offer to a path; 0: 30 s
    int64_t disconnect_timeout_ms; // silence until DISCONNECTED and ICE restart; 0: 5 s
    int64_t give_up_timeout_ms;    // DISCONNECTED until FAILED; 0: 30 s
};

// Once, at the start of main(), before anything in the process uses OpenSSL: connections then give
// the memory of their handshakes back. False: OpenSSL was in use already. All works, but each
// viewer takes 21 KB more; the caller tells of it once the log is set up.
bool hp_rtc_prepare_process(void);

// Home thread. Makes the P-256 certificate and starts the libraries (they are counted: several
// instances may live in one process). NULL: the reason has been logged. Owner: the caller, which
// closes all peers first.
struct hp_rtc *hp_rtc_create(const struct hp_rtc_params *params);
void hp_rtc_destroy(struct hp_rtc *rtc);

// The port that browsers share, once it is open; it outlives the rtc. They get the ICE of that port
// then. NULL, as long as nothing is set: each gets libnice's, and a port of its own.
void hp_rtc_set_ingress(struct hp_rtc *rtc, struct hp_ingress *ingress);

// For peer.c. Home thread. The caller owns the configuration, a snapshot with the addresses known
// by now, for a browser at that address on a page of that host (hp_reach_offer()). The budget is
// left to the peer. The other results are immutable and outlive all peers.
struct hp_ice_config *hp_rtc_take_ice_config(
        struct hp_rtc *rtc, const char *address, const char *host);
struct hp_reach *hp_rtc_reach(const struct hp_rtc *rtc); // NULL: there is none
unsigned hp_rtc_count_failed_servers(const struct hp_rtc *rtc); // see hp_peer_stats; home thread
struct hp_ingress *hp_rtc_ingress(const struct hp_rtc *rtc);
struct hp_dtls_context *hp_rtc_dtls_context(const struct hp_rtc *rtc);
struct hp_sctp_stack *hp_rtc_sctp_stack(const struct hp_rtc *rtc);
const char *hp_rtc_fingerprint(const struct hp_rtc *rtc); // "AB:CD:...", SHA-256
const struct hp_watchdog_timeouts *hp_rtc_timeouts(const struct hp_rtc *rtc);
