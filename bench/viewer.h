// viewer.h - the media side of one simulated browser: ICE, DTLS, SRTP, counters, receiver reports.
// Main thread only.
//
//   create --offer--> answer (text) ... checks ... DTLS --> on_connected ... packets are counted
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct bench_viewer;
struct hp_cert;
struct hp_dtls_context;
struct hp_sctp_stack;
struct hp_worker;

// The parts that all viewers share. Outlives them.
struct bench_shared {
    struct hp_worker *worker;
    const struct hp_cert *cert;
    struct hp_dtls_context *dtls_context;
    struct hp_sctp_stack *sctp_stack;
    bool takes_all; // sound, data channel and transport-wide feedback, as browsers do
    struct in_addr address; // ours: what the answers name
    int epoll_fd; // of all sockets, with the viewer as data.ptr
};

struct bench_counters {
    uint64_t packets; // RTP of the picture
    uint64_t bytes; // of these, as UDP payload
    uint64_t other; // RTP of other payload types: retransmissions, sound
    uint64_t messages; // of data channels
    uint64_t lost; // gaps in the sequence numbers
    uint64_t reports; // RTCP
    uint64_t decrypted; // packets of a checking viewer that were authentic
    uint64_t bad; // those that were not
};

struct bench_viewer_params {
    const struct bench_shared *shared; // kept
    int number; // for logs
    bool is_checking; // decrypts every packet
    void (*on_connected)(void *arg); // DTLS is up
    void (*on_failed)(void *arg, const char *reason);
    void *arg;
};

// NULL: the reason has been logged. Owner: the line that signals for it.
struct bench_viewer *bench_viewer_create(const struct bench_viewer_params *params);
void bench_viewer_destroy(struct bench_viewer *viewer);

// Takes the server's offer, once, and returns the answer, which accepts only the picture or all;
// free it with g_free(). NULL: the reason has been logged.
char *bench_viewer_answer(struct bench_viewer *viewer, const char *offer);

// Takes a candidate of the server ("candidate:..."); only the first one with IPv4 and UDP is used.
void bench_viewer_add_candidate(struct bench_viewer *viewer, const char *text);

// The socket is readable.
void bench_viewer_recv(struct bench_viewer *viewer);

struct bench_counters bench_viewer_counters(const struct bench_viewer *viewer);

// "AEAD_AES_128_GCM", ...; NULL: not connected yet.
const char *bench_viewer_profile(const struct bench_viewer *viewer);
