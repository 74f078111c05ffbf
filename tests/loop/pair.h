// pair.h - test: two of our peers over loopback in one process, each on a worker of its own; one is
// the server's side with a studio, the other plays the browser.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ice.h"
#include "base/input_sink.h"
#include "base/timer.h"
#include "loop/bad_path.h"
#include "loop/studio.h"
#include "loop/viewer.h"
#include "peer/peer.h"
#include "peer/rtc.h"

struct pair;

struct side {
    struct hp_input_sink input_sink; // first
    struct pair *pair;
    struct side *other;
    bool is_server;
    struct hp_worker *worker;
    struct hp_peer *peer; // NULL once it is closed
    struct bad_path path;
    struct viewer viewer; // the browser's
    // Home.
    enum hp_peer_state state;
    enum hp_status status;
    unsigned connected_count, disconnected_count, description_count, answer_count;
    bool is_closed;
    struct hp_peer_stats stats;
    unsigned stats_count, late_count; // figures that came, and answers without
    // The worker; read at home.
    atomic_uint attach_count, detach_count, open_count, input_count, rtp_count, data_count;
    atomic_uint complete_count; // packets of the picture in order
    atomic_uint pli_count;
};

// What a test changes before pair_start().
struct pair_params {
    unsigned packets_per_frame; // 0: 8
    bool client_offers;
    enum hp_input_dialect dialect;
    bool server_is_dtls_server; // else the client
    unsigned loss, duplication, reordering; // both ways, per cent
    int64_t disconnect_timeout_ms, give_up_timeout_ms, ice_timeout_ms;
    bool has_no_rtx;
    bool loses_offers_to_client; // the signaling is cut that way
    // Where the server's sinks go, on its worker; NULL: to the studio.
    struct hp_feed *(*attach)(
            struct side *server, enum hp_codec codec, unsigned level, struct hp_sink *sink);
    void (*detach)(
            struct side *server, enum hp_codec codec, unsigned level, struct hp_sink *sink);
    // What looks at the client's packets, on its worker; NULL: its viewer, which knows the studio's.
    void (*on_rtp)(struct side *client, const uint8_t *data, size_t size);
    // Another ICE than the product's, on the side's worker; NULL: the product's.
    struct hp_ice *(*create_ice)(struct side *side, struct hp_worker *worker);
    // Told at home when a description is about to reach the other side; may be NULL.
    void (*on_description)(struct side *to, const char *type);
};

struct pair {
    struct hp_worker *home; // shared by the pairs of a test
    struct hp_rtc *rtc;
    struct studio *studio;
    struct pair_params params;
    struct side server, client;
};

// Home, rtc and two workers of a test; ended together.
struct bench {
    struct hp_worker *home;
    struct hp_rtc *rtc;
    struct hp_worker *server_worker;
    struct hp_worker *client_worker;
    struct studio studio;
    struct hp_timer deadline;
    bool is_late;
    bool (*is_done)(void *arg);
    void *is_done_arg;
};

void bench_init(struct bench *bench, const struct pair_params *params);
void bench_finish(struct bench *bench);

// Makes both peers and begins. `pair` is not moved afterwards.
void pair_start(struct pair *pair, struct bench *bench, const struct pair_params *params);

// Closes both and waits for their echoes.
void pair_close(struct pair *pair, struct bench *bench);

// Runs home until is_done(arg). False: that took more than 20 s.
bool bench_run(struct bench *bench, bool (*is_done)(void *arg), void *arg);

// Looks again whether it is done. Any thread.
void bench_kick(struct bench *bench);
extern struct bench *the_bench;

bool pair_is_connected(void *pair);
bool pair_is_closed(void *pair);
