// stun.h - parses and writes the binding requests and answers of ICE. Pure. RFC 8489 (STUN), RFC
// 8445 section 7 (ICE's attributes). IPv4 only: a bench needs no more.
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum bench_stun_kind {
    BENCH_STUN_REQUEST,
    BENCH_STUN_SUCCESS,
    BENCH_STUN_OTHER
};

enum {
    BENCH_STUN_ID_SIZE = 12,
    BENCH_STUN_SIZE_MAX = 256, // the most bytes that the functions write
};

struct bench_stun {
    enum bench_stun_kind kind;
    uint8_t id[BENCH_STUN_ID_SIZE];
    bool is_nominating; // USE-CANDIDATE
};

// A request's extras.
struct bench_stun_check {
    const char *username; // "theirs:ours"
    bool is_controlling;
    uint64_t tie_breaker;
    uint32_t priority;
};

// Parses a message whose MESSAGE-INTEGRITY has to match the password. Returns the bytes consumed;
// -1: not STUN, or not authentic.
ssize_t bench_stun_parse(
        const uint8_t *data, size_t size, const char *password, struct bench_stun *stun);

// Each writes a message with MESSAGE-INTEGRITY and FINGERPRINT and returns its bytes.
size_t bench_stun_write_request(uint8_t data[BENCH_STUN_SIZE_MAX],
        const uint8_t id[BENCH_STUN_ID_SIZE], const struct bench_stun_check *check,
        const char *password);
size_t bench_stun_write_success(uint8_t data[BENCH_STUN_SIZE_MAX],
        const uint8_t id[BENCH_STUN_ID_SIZE], const struct sockaddr_in *from, const char *password);
