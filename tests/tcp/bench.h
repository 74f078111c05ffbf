// bench.h - test: hp_tcp between worker 0, which is the main one and home, and another worker.
#pragma once

#include <stdbool.h>

#include "tcp/tcp.h"

struct hp_ingress;
struct hp_poller;
struct hp_worker;

struct bench {
    struct hp_worker *main, *other;
    struct hp_ingress *ingress;
    struct hp_tcp *tcp;
    struct hp_poller *poller;
};

// Of the parameters the service and the callbacks count. is_fake: time passes only when the test
// says so (fixture/fake_time.h).
void bench_begin(struct bench *bench, const struct hp_tcp_params *params, bool is_fake);
void bench_end(struct bench *bench);

// Ends the other worker.
struct hp_tcp_counters bench_finish(struct bench *bench);
