// tcp.c - ICE by TCP on the page's port.
// Owner: app.  Thread: home; the reception on worker 0, each side on its worker.
#include "tcp/tcp.h"

#include <assert.h>

#include <glib.h>

#include "base/worker.h"
#include "tcp/clients.h"
#include "tcp/link.h"
#include "tcp/reception.h"
#include "tcp/side.h"

struct hp_tcp {
    struct hp_tcp_params params;
    struct hp_reception reception;
    struct hp_side *sides; // of each worker
    struct hp_clients clients; // not begun without a service
    bool has_clients;
};

// A link on its way to a worker, or a word about a guest.
struct errand {
    struct hp_tcp *tcp;
    struct hp_link *link;
    struct hp_side *side;
    uint64_t guest;
};

static void
send_errand(struct hp_worker *worker, void (*run)(void *arg), struct errand errand)
{
    hp_worker_post(worker, run, g_memdup2(&errand, sizeof(errand)));
}

static void
run_end(void *arg)
{
    struct errand *errand = arg;
    errand->tcp->params.on_end(errand->tcp->params.arg, errand->guest);
    g_free(errand);
}

static void
on_end(void *arg, uint64_t guest)
{
    struct hp_tcp *tcp = arg;
    send_errand(tcp->params.home, run_end, (struct errand){ .tcp = tcp, .guest = guest });
}

static void
run_sign(void *arg)
{
    struct errand *errand = arg;
    errand->tcp->params.on_sign(errand->tcp->params.arg, errand->guest);
    g_free(errand);
}

static void
on_sign(void *arg, uint64_t guest)
{
    struct hp_tcp *tcp = arg;
    send_errand(tcp->params.home, run_sign, (struct errand){ .tcp = tcp, .guest = guest });
}

static void
run_proof(void *arg)
{
    struct errand *errand = arg;
    errand->tcp->params.on_proof(errand->tcp->params.arg, errand->guest);
    g_free(errand);
}

static void
on_proof(void *arg, uint64_t guest)
{
    struct hp_tcp *tcp = arg;
    send_errand(tcp->params.home, run_proof, (struct errand){ .tcp = tcp, .guest = guest });
}

static void
run_move(void *arg)
{
    struct errand *errand = arg;
    hp_side_add(errand->side, errand->link);
    g_free(errand);
}

static void
on_peer(void *arg, struct hp_link *link)
{
    struct hp_tcp *tcp = arg;
    struct hp_side *side = &tcp->sides[link->peer.worker];
    on_sign(tcp, link->guest); // before the peer's worker has seen whether the check is authentic
    send_errand(side->worker, run_move, (struct errand){ .side = side, .link = link });
}

static void
on_client(void *arg, struct hp_link *link)
{
    struct hp_tcp *tcp = arg;
    hp_clients_add(&tcp->clients, link);
}

static void
run_take(void *arg)
{
    struct errand *errand = arg;
    hp_reception_add(&errand->tcp->reception, errand->link);
    g_free(errand);
}

void
hp_tcp_take(struct hp_tcp *tcp, struct hp_stream *stream, const uint8_t *data, size_t size,
        uint64_t guest)
{
    struct hp_link *link = hp_link_create(stream, data, size, guest);
    assert(hp_worker_is_current(tcp->params.home));
    send_errand(tcp->reception.worker, run_take, (struct errand){ .tcp = tcp, .link = link });
}

static void
run_side_cut(void *arg)
{
    struct errand *errand = arg;
    hp_side_cut(errand->side, errand->guest);
    g_free(errand);
}

// A link that has left the reception has been sent to its side before.
static void
run_cut(void *arg)
{
    struct errand *errand = arg;
    struct hp_tcp *tcp = errand->tcp;
    bool is_done = hp_reception_cut(&tcp->reception, errand->guest)
            || (tcp->has_clients && hp_clients_cut(&tcp->clients, errand->guest));
    for (unsigned i = 0; i < tcp->params.worker_count && !is_done; i++) {
        struct hp_side *side = &tcp->sides[i];
        send_errand(side->worker, run_side_cut,
                (struct errand){ .side = side, .guest = errand->guest });
    }
    g_free(errand);
}

void
hp_tcp_cut(struct hp_tcp *tcp, uint64_t guest)
{
    assert(hp_worker_is_current(tcp->params.home));
    send_errand(tcp->reception.worker, run_cut, (struct errand){ .tcp = tcp, .guest = guest });
}

static void
begin_clients(struct hp_tcp *tcp, const struct hp_tcp_params *params)
{
    tcp->has_clients = true;
    tcp->clients.service = params->service;
    tcp->clients.worker = params->workers[0];
    tcp->clients.on_sign = on_sign;
    tcp->clients.on_proof = on_proof;
    tcp->clients.on_end = on_end;
    tcp->clients.arg = tcp;
    tcp->reception.on_client = on_client;
    hp_clients_init(&tcp->clients, params->workers, params->worker_count);
}

struct hp_tcp *
hp_tcp_create(const struct hp_tcp_params *params)
{
    struct hp_tcp *tcp = g_new0(struct hp_tcp, 1);
    tcp->params = *params;
    tcp->params.workers = NULL; // only their sides know them
    tcp->sides = g_new0(struct hp_side, params->worker_count);
    for (unsigned i = 0; i < params->worker_count; i++) {
        tcp->sides[i].ingress = params->ingress;
        tcp->sides[i].worker = params->workers[i];
        tcp->sides[i].on_proof = on_proof;
        tcp->sides[i].on_end = on_end;
        tcp->sides[i].arg = tcp;
        hp_side_init(&tcp->sides[i]);
    }
    tcp->reception.ingress = params->ingress;
    tcp->reception.worker = params->workers[0];
    tcp->reception.on_peer = on_peer;
    tcp->reception.on_end = on_end;
    tcp->reception.arg = tcp;
    if (params->service.ops != NULL) {
        begin_clients(tcp, params);
    }
    hp_reception_init(&tcp->reception);
    return tcp;
}

void
hp_tcp_destroy(struct hp_tcp *tcp)
{
    if (tcp == NULL) {
        return;
    }
    hp_reception_finish(&tcp->reception);
    if (tcp->has_clients) {
        hp_clients_finish(&tcp->clients);
    }
    for (unsigned i = 0; i < tcp->params.worker_count; i++) {
        hp_side_finish(&tcp->sides[i]);
    }
    g_free(tcp->sides);
    g_free(tcp);
}

void
hp_tcp_count(const struct hp_tcp *tcp, unsigned worker, struct hp_tcp_counters *sums)
{
    const struct hp_side_counters *side = &tcp->sides[worker].counters;
    const struct hp_clients_counters *clients = &tcp->clients.counters;
    sums->links += side->links;
    sums->broken += side->broken;
    sums->crowded += side->surplus;
    sums->timeouts += side->unproven;
    if (worker > 0) {
        return;
    }
    sums->clients += clients->links;
    sums->refused += tcp->reception.refused;
    sums->broken += clients->broken;
    sums->crowded += clients->crowded + clients->refused;
    sums->timeouts += tcp->reception.timeouts + clients->timeouts;
    sums->lost += clients->lost;
}

struct hp_tcp_counters
hp_tcp_get_counters(const struct hp_tcp *tcp)
{
    struct hp_tcp_counters sums = { 0 };
    for (unsigned i = 0; i < tcp->params.worker_count; i++) {
        hp_tcp_count(tcp, i, &sums);
    }
    return sums;
}
