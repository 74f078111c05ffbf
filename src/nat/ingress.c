// ingress.c - the way in by the shared port.
// Owner: app.  Thread: worker 0 reads and routes; each worker has its own outlet.
#include "nat/ingress.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "nat"
#include "base/log.h"
#include "base/worker.h"
#include "nat/handles.h"
#include "nat/ring.h"
#include "nat/udp.h"
#include "nat/watch.h"

enum {
    RING_SLOTS = 512, // 5 ms at 100,000 datagrams a second
    TURN_MAX = 64, // datagrams in a turn of a worker's loop, so that nothing else starves
    BATCHES_MAX = 8, // of the socket in a turn of worker 0's loop
};

// What one worker hands to its peers.
struct outlet {
    struct hp_ingress *ingress;
    struct hp_worker *worker;
    struct hp_ring *ring; // NULL: worker 0
    GHashTable *inlets; // by handle; used on the worker only
    GSource *source;
    bool has_news; // worker 0: datagrams were pushed since the last wake
};

// One of the port's sockets, on worker 0.
struct inflow {
    struct hp_ingress *ingress;
    unsigned index; // of hp_udp
    GSource *source; // NULL: there is no such socket
};

struct hp_ingress {
    struct hp_udp *udp;
    struct hp_tcp_places tcp_places;
    struct hp_demux *demux; // worker 0
    struct hp_service service;
    struct outlet *outlets;
    unsigned worker_count;
    struct inflow inflows[HP_UDP_SOCKETS];
    struct hp_handles handles;
    atomic_uint next_inlet;
    struct hp_ingress_counters counters; // worker 0
};

// ---- from the socket to the peers ----

// False: the inlet has gone meanwhile.
static bool
deliver(struct outlet *outlet, uint32_t handle, const struct hp_flow *flow, const uint8_t *data,
        size_t size)
{
    struct hp_inlet *inlet = g_hash_table_lookup(outlet->inlets, GUINT_TO_POINTER(handle));
    if (inlet != NULL) {
        inlet->on_datagram(inlet->arg, flow, data, size);
    }
    return inlet != NULL;
}

static void
pass(struct hp_ingress *ingress, const struct hp_demux_peer *peer, const struct hp_flow *flow,
        const uint8_t *data, size_t size)
{
    struct outlet *outlet = &ingress->outlets[peer->worker];
    if (outlet->ring == NULL) {
        deliver(outlet, peer->handle, flow, data, size);
    } else if (hp_ring_push(outlet->ring, peer->handle, flow, data, size)) {
        outlet->has_news = true;
    } else {
        ingress->counters.overflows++;
    }
}

enum hp_demux_verdict
hp_ingress_find(struct hp_ingress *ingress, const struct hp_flow *flow, const uint8_t *data,
        size_t size, struct hp_demux_peer *peer)
{
    enum hp_demux_verdict verdict = hp_demux_route(ingress->demux, flow, data, size, peer);
    ingress->counters.datagrams++;
    ingress->counters.verdicts[verdict]++;
    return verdict;
}

static enum hp_demux_verdict
route(struct hp_ingress *ingress, const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    struct hp_demux_peer peer;
    enum hp_demux_verdict verdict = hp_ingress_find(ingress, flow, data, size, &peer);
    if (verdict == HP_DEMUX_PEER) {
        pass(ingress, &peer, flow, data, size);
    }
    return verdict;
}

static bool
serve(struct hp_ingress *ingress, const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    const struct hp_service *service = &ingress->service;
    bool is_taken =
            service->ops != NULL && service->ops->on_datagram(service->arg, flow, data, size);
    ingress->counters.refused += !is_taken;
    return is_taken;
}

static void
on_datagram(void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    struct hp_ingress *ingress = arg;
    if (route(ingress, flow, data, size) == HP_DEMUX_SERVICE) {
        serve(ingress, flow, data, size);
    }
}

static void
wake_workers(struct hp_ingress *ingress)
{
    for (unsigned i = 0; i < ingress->worker_count; i++) {
        if (ingress->outlets[i].has_news) {
            ingress->outlets[i].has_news = false;
            hp_ring_wake(ingress->outlets[i].ring);
        }
    }
}

static gboolean
on_readable(gpointer arg)
{
    const struct inflow *inflow = arg;
    struct hp_ingress *ingress = inflow->ingress;
    for (unsigned i = 0; i < BATCHES_MAX; i++) {
        unsigned count = hp_udp_read(ingress->udp, inflow->index, on_datagram, ingress);
        wake_workers(ingress);
        if (count < HP_UDP_BATCH) {
            break;
        }
    }
    ingress->counters.lost = hp_udp_lost(ingress->udp);
    return G_SOURCE_CONTINUE;
}

static gboolean
on_ring(gpointer arg)
{
    struct outlet *outlet = arg;
    const struct hp_datagram *datagram;
    g_source_set_ready_time(outlet->source, -1);
    hp_ring_clear_event(outlet->ring);
    for (unsigned i = 0; i < TURN_MAX; i++) {
        if ((datagram = hp_ring_peek(outlet->ring)) == NULL) {
            return G_SOURCE_CONTINUE;
        }
        deliver(outlet, datagram->handle, &datagram->flow, datagram->data, datagram->size);
        hp_ring_pop(outlet->ring);
    }
    g_source_set_ready_time(outlet->source, 0); // more are there, but the event is cleared
    return G_SOURCE_CONTINUE;
}

// ---- beginning and end ----

static bool
open_outlets(struct hp_ingress *ingress, struct hp_worker *const *workers)
{
    for (unsigned i = 0; i < ingress->worker_count; i++) {
        struct outlet *outlet = &ingress->outlets[i];
        outlet->ingress = ingress;
        outlet->worker = workers[i];
        outlet->inlets = g_hash_table_new(g_direct_hash, g_direct_equal);
        outlet->ring = i == 0 ? NULL : hp_ring_create(RING_SLOTS);
        if (i > 0 && outlet->ring == NULL) {
            log_error("the shared port cannot be opened, no descriptor is left: raise the limit of "
                      "open files (ulimit -n)");
            return false;
        }
    }
    return true;
}

// The workers may run already, so this is last.
static void
begin(struct hp_ingress *ingress)
{
    for (unsigned i = 1; i < ingress->worker_count; i++) {
        struct outlet *outlet = &ingress->outlets[i];
        outlet->source =
                hp_watch_open(outlet->worker, hp_ring_fd(outlet->ring), on_ring, outlet);
    }
    for (unsigned i = 0; i < HP_UDP_SOCKETS; i++) {
        int fd = hp_udp_fd(ingress->udp, i);
        if (fd >= 0) {
            struct inflow *inflow = &ingress->inflows[i];
            *inflow = (struct inflow){ .ingress = ingress, .index = i };
            inflow->source = hp_watch_open(ingress->outlets[0].worker, fd, on_readable, inflow);
        }
    }
}

struct hp_ingress *
hp_ingress_create(struct hp_worker *const *workers, unsigned worker_count, uint16_t port)
{
    assert(worker_count > 0);
    struct hp_ingress *ingress = g_new0(struct hp_ingress, 1);
    hp_handles_init(&ingress->handles);
    ingress->worker_count = worker_count;
    ingress->outlets = g_new0(struct outlet, worker_count);
    ingress->demux = hp_demux_create();
    if (!open_outlets(ingress, workers)) {
        goto fail;
    }
    ingress->udp = hp_udp_create(workers, worker_count, port);
    if (ingress->udp == NULL) {
        log_warn("UDP port %u cannot be had: %s; each viewer takes a UDP port of its own instead "
                 "(webrtc.epr, by default 59000-59100), and none comes by TCP; free port %u, or "
                 "give media another one by webrtc.udpmux",
                port, strerror(errno), port);
        goto fail;
    }
    begin(ingress);
    return ingress;
fail:
    hp_ingress_destroy(ingress);
    return NULL;
}

void
hp_ingress_destroy(struct hp_ingress *ingress)
{
    if (ingress == NULL) {
        return;
    }
    for (unsigned i = 0; i < HP_UDP_SOCKETS; i++) {
        hp_watch_close(ingress->inflows[i].source);
    }
    for (unsigned i = 0; i < ingress->worker_count; i++) {
        hp_watch_close(ingress->outlets[i].source);
        hp_ring_destroy(ingress->outlets[i].ring);
        g_clear_pointer(&ingress->outlets[i].inlets, g_hash_table_unref);
    }
    hp_udp_destroy(ingress->udp);
    hp_demux_destroy(ingress->demux);
    g_free(ingress->outlets);
    g_free(ingress);
}

uint16_t
hp_ingress_port(const struct hp_ingress *ingress)
{
    return hp_udp_port(ingress->udp);
}

struct hp_carrier *
hp_ingress_carrier(struct hp_ingress *ingress)
{
    return hp_udp_carrier(ingress->udp);
}

void
hp_ingress_set_service(struct hp_ingress *ingress, const struct hp_service *service)
{
    hp_service_appoint(&ingress->service, ingress->outlets[0].worker, service);
}

bool
hp_ingress_inject(struct hp_ingress *ingress, const struct hp_flow *flow, const uint8_t *data,
        size_t size)
{
    assert(hp_worker_is_current(ingress->outlets[0].worker));
    bool is_taken = route(ingress, flow, data, size) == HP_DEMUX_PEER;
    wake_workers(ingress);
    return is_taken;
}

void
hp_ingress_set_tcp_places(struct hp_ingress *ingress, const struct hp_tcp_places *places)
{
    ingress->tcp_places = *places;
}

const struct hp_tcp_places *
hp_ingress_tcp_places(const struct hp_ingress *ingress)
{
    return &ingress->tcp_places;
}

const struct hp_ingress_counters *
hp_ingress_counters(const struct hp_ingress *ingress)
{
    return &ingress->counters;
}

// ---- inlets ----

// What worker 0 has to learn about an inlet, which may have gone by then.
struct news {
    struct hp_ingress *ingress;
    struct hp_demux_peer peer;
    char *ufrag; // NULL: a flow, or the end
    struct hp_flow flow;
};

static void
run_add(void *arg)
{
    struct news *news = arg;
    hp_demux_add(news->ingress->demux, &news->peer, news->ufrag);
    g_free(news->ufrag);
    g_free(news);
}

static void
run_validate(void *arg)
{
    struct news *news = arg;
    hp_demux_validate(news->ingress->demux, news->peer.handle, &news->flow);
    g_free(news);
}

static void
run_remove(void *arg)
{
    struct news *news = arg;
    hp_demux_remove(news->ingress->demux, news->peer.handle);
    g_free(news);
}

static void
tell(const struct hp_inlet *inlet, hp_task_fn run, const char *ufrag, const struct hp_flow *flow)
{
    struct hp_worker *worker = inlet->ingress->outlets[0].worker;
    struct news *news = g_new0(struct news, 1);
    news->ingress = inlet->ingress;
    news->peer = inlet->peer;
    news->ufrag = g_strdup(ufrag);
    if (flow != NULL) {
        news->flow = *flow;
    }
    if (hp_worker_is_current(worker)) {
        run(news);
    } else {
        hp_worker_post(worker, run, news);
    }
}

static unsigned
find_worker(const struct hp_ingress *ingress, const struct hp_worker *worker)
{
    unsigned i = 0;
    while (ingress->outlets[i].worker != worker) {
        i++;
        assert(i < ingress->worker_count);
    }
    return i;
}

void
hp_ingress_open_inlet(
        struct hp_ingress *ingress, struct hp_inlet *inlet, struct hp_worker *worker)
{
    assert(hp_worker_is_current(worker));
    inlet->ingress = ingress;
    inlet->peer.worker = find_worker(ingress, worker);
    inlet->peer.handle =
            hp_handles_make(&ingress->handles, atomic_fetch_add(&ingress->next_inlet, 1));
    g_hash_table_insert(ingress->outlets[inlet->peer.worker].inlets,
            GUINT_TO_POINTER(inlet->peer.handle), inlet);
}

void
hp_ingress_close_inlet(struct hp_inlet *inlet)
{
    struct outlet *outlet = &inlet->ingress->outlets[inlet->peer.worker];
    assert(hp_worker_is_current(outlet->worker));
    g_hash_table_remove(outlet->inlets, GUINT_TO_POINTER(inlet->peer.handle));
    tell(inlet, run_remove, NULL, NULL);
}

void
hp_ingress_add_ufrag(struct hp_inlet *inlet, const char *ufrag)
{
    tell(inlet, run_add, ufrag, NULL);
}

void
hp_ingress_validate(struct hp_inlet *inlet, const struct hp_flow *flow)
{
    if (flow->carrier->kind == HP_PATH_TCP) {
        flow->carrier->ops->validate(flow->carrier, flow);
    } else {
        tell(inlet, run_validate, NULL, flow);
    }
}

bool
hp_ingress_deliver(struct hp_ingress *ingress, const struct hp_demux_peer *peer,
        const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    struct outlet *outlet = &ingress->outlets[peer->worker];
    assert(hp_worker_is_current(outlet->worker));
    return deliver(outlet, peer->handle, flow, data, size);
}

bool
hp_ingress_has(struct hp_ingress *ingress, const struct hp_demux_peer *peer)
{
    const struct outlet *outlet = &ingress->outlets[peer->worker];
    assert(hp_worker_is_current(outlet->worker));
    return g_hash_table_contains(outlet->inlets, GUINT_TO_POINTER(peer->handle));
}
