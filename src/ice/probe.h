// probe.h - asks one STUN or TURN server whether it serves us: a binding, or an allocation that is
// given back at once. RFC 8489, RFC 8656. Everything on the worker; nothing blocks.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>
#include <stun/stunagent.h>

#include "base/timer.h"

struct hp_ice_endpoint;

enum hp_ice_verdict_kind {
    HP_ICE_UNKNOWN, // not asked yet
    HP_ICE_SERVES,
    HP_ICE_REFUSES,     // number: its error code, RFC 8489 section 14.8
    HP_ICE_SILENT,      // no answer in HP_ICE_PROBE_MS
    HP_ICE_UNREACHABLE, // number: errno
};

struct hp_ice_verdict {
    enum hp_ice_verdict_kind kind;
    int number;
};

enum { HP_ICE_PROBE_MS = 5000, HP_ICE_PROBE_SIZE = 1500 };

typedef void (*hp_ice_probe_fn)(void *arg, struct hp_ice_verdict verdict);

// Part of hp_ice_prober.
struct hp_ice_probe {
    struct hp_worker *worker;
    const struct hp_ice_endpoint *server;
    hp_ice_probe_fn fn;
    void *arg;
    int fd; // -1: none
    int error; // of the socket, before anything is sent; 0: none
    GSource *source;
    struct hp_timer timer;
    StunAgent agent;
    uint8_t request[HP_ICE_PROBE_SIZE];
    size_t request_size;
    unsigned sends; // of this request
    unsigned challenges; // how often the server has asked for credentials or a new nonce
    StunMessage challenge;
    uint8_t challenge_bytes[HP_ICE_PROBE_SIZE];
    uint8_t input[HP_ICE_PROBE_SIZE];
    size_t input_size; // of a message over TCP that is not complete
};

// `worker` outlives the probe.
void hp_ice_probe_init(
        struct hp_ice_probe *probe, struct hp_worker *worker, hp_ice_probe_fn fn, void *arg);

// Begins; fn(arg, verdict) follows once, from the loop and never from within. `server` is borrowed
// until then or until hp_ice_probe_stop().
void hp_ice_probe_start(struct hp_ice_probe *probe, const struct hp_ice_endpoint *server);
void hp_ice_probe_stop(struct hp_ice_probe *probe); // repeatable
