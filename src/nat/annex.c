// annex.c - a second UDP port, for the STUN service alone.
// Owner: hp_ice_service.  Thread: one worker reads and sends.
#include "nat/annex.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "nat"
#include "base/log.h"
#include "base/worker.h"
#include "nat/service.h"
#include "nat/udp.h"
#include "nat/watch.h"

enum { LAST_STUN_BYTE = 3 }; // RFC 7983

struct hp_annex {
    struct hp_worker *worker;
    struct hp_udp *udp;
    struct hp_service service; // on the worker
    GSource *sources[HP_UDP_SOCKETS];
};

static void
on_datagram(void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    const struct hp_service *service = &((const struct hp_annex *) arg)->service;
    if (service->ops != NULL && size > 0 && data[0] <= LAST_STUN_BYTE) {
        service->ops->on_datagram(service->arg, flow, data, size);
    }
}

// One batch in a turn of the loop: what the shared port needs comes first.
static gboolean
on_readable(gpointer arg)
{
    struct hp_annex *annex = arg;
    for (unsigned i = 0; i < HP_UDP_SOCKETS; i++) {
        if (hp_udp_fd(annex->udp, i) >= 0) {
            hp_udp_read(annex->udp, i, on_datagram, annex);
        }
    }
    return G_SOURCE_CONTINUE;
}

struct hp_annex *
hp_annex_create(struct hp_worker *worker, uint16_t port)
{
    struct hp_udp *udp = hp_udp_create(&worker, 1, port);
    if (udp == NULL) {
        log_warn("UDP port %u cannot be had: %s; there is no second port for STUN: free it, or "
                 "name another one by turn.alternate",
                port, strerror(errno));
        return NULL;
    }
    struct hp_annex *annex = g_new0(struct hp_annex, 1);
    annex->worker = worker;
    annex->udp = udp;
    for (unsigned i = 0; i < HP_UDP_SOCKETS; i++) {
        if (hp_udp_fd(udp, i) >= 0) {
            annex->sources[i] = hp_watch_open(worker, hp_udp_fd(udp, i), on_readable, annex);
        }
    }
    return annex;
}

void
hp_annex_destroy(struct hp_annex *annex)
{
    if (annex == NULL) {
        return;
    }
    for (unsigned i = 0; i < HP_UDP_SOCKETS; i++) {
        hp_watch_close(annex->sources[i]);
    }
    hp_udp_destroy(annex->udp);
    g_free(annex);
}

uint16_t
hp_annex_port(const struct hp_annex *annex)
{
    return hp_udp_port(annex->udp);
}

struct hp_carrier *
hp_annex_carrier(struct hp_annex *annex)
{
    return hp_udp_carrier(annex->udp);
}

void
hp_annex_set_service(struct hp_annex *annex, const struct hp_service *service)
{
    hp_service_appoint(&annex->service, annex->worker, service);
}
