// answer.h - the answer to an offer of either server: the first VP8 line is taken, nothing else.
#pragma once

#include <stdbool.h>

#include <glib.h>

struct sockaddr_in;

struct bench_answer_params {
    const char *ufrag, *password;
    const char *fingerprint; // "sha-256 AB:..."
    const struct sockaddr_in *address; // the one candidate
};

// What the offer said. All owned.
struct bench_answer {
    bool is_lite;
    int payload_type; // of the picture
    char *remote_ufrag, *remote_password;
    char *remote_fingerprint; // "sha-256 AB:..."
    GPtrArray *candidates; // texts
};

// Fills `answer` from the offer and returns the answer's text; NULL after logging why. Freed with
// g_free.
char *bench_answer_make(
        struct bench_answer *answer, const char *offer, const struct bench_answer_params *params);
void bench_answer_finish(struct bench_answer *answer);
