// answer.h - the answer to an offer of either server: accepts the first VP8 m-line only.
#pragma once

#include <stdbool.h>

#include <glib.h>

struct sockaddr_in;

struct bench_answer_params {
    const char *ufrag, *password;
    const char *fingerprint; // "sha-256 AB:..."
    const struct sockaddr_in *address; // of the only candidate
    bool takes_all; // sound, data channel and transport-wide feedback as well
};

// The contents of the offer. All owned.
struct bench_answer {
    bool is_lite;
    int payload_type; // of the picture
    unsigned transport_ext; // number of the header extension with transport-wide numbers; 0: none
    bool has_data; // a data channel was offered and taken
    char *remote_ufrag, *remote_password;
    char *remote_fingerprint; // "sha-256 AB:..."
    GPtrArray *candidates; // texts
};

// Fills `answer` from the offer and returns the answer's text; free it with g_free(). NULL: the
// reason has been logged.
char *bench_answer_make(
        struct bench_answer *answer, const char *offer, const struct bench_answer_params *params);
void bench_answer_finish(struct bench_answer *answer);
