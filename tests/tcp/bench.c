// bench.c - test: hp_tcp between two workers.
// Owner: a test.  Thread: main.
#include "tcp/bench.h"

#include <unistd.h>

#include "base/worker.h"
#include "fixture/fake_time.h"
#include "gate/poller.h"
#include "nat/ingress.h"

enum {
    DEADLINE_S = 120
};

void
bench_begin(struct bench *bench, const struct hp_tcp_params *params, bool is_fake)
{
    alarm(DEADLINE_S);
    bench->main = hp_worker_create_main();
    if (is_fake) {
        fake_time_begin(bench->main);
    }
    bench->other = hp_worker_create("other");
    struct hp_worker *workers[] = { bench->main, bench->other };
    bench->ingress = hp_ingress_create(workers, 2, 0);
    struct hp_tcp_params all = *params;
    all.ingress = bench->ingress;
    all.workers = workers;
    all.worker_count = 2;
    all.home = bench->main;
    bench->tcp = hp_tcp_create(&all);
    bench->poller = hp_poller_create(bench->main);
}

void
bench_end(struct bench *bench)
{
    hp_worker_destroy(bench->other);
    hp_poller_destroy(bench->poller);
    hp_worker_destroy(bench->main);
    hp_tcp_destroy(bench->tcp);
    hp_ingress_destroy(bench->ingress);
    alarm(0);
}

struct hp_tcp_counters
bench_finish(struct bench *bench)
{
    hp_worker_destroy(bench->other);
    bench->other = NULL;
    return hp_tcp_get_counters(bench->tcp);
}
