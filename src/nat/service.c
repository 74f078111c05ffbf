// service.c - who takes what comes to a socket of ours and belongs to no peer.
// Owner: hp_ingress, hp_annex.  Thread: any; the slot is the worker's.
#include "nat/service.h"

#include <glib.h>

#include "base/worker.h"

struct appointment {
    struct hp_service *slot;
    struct hp_service service;
};

static void
run_appoint(void *arg)
{
    struct appointment *appointment = arg;
    *appointment->slot = appointment->service;
    g_free(appointment);
}

void
hp_service_appoint(
        struct hp_service *slot, struct hp_worker *worker, const struct hp_service *service)
{
    struct appointment *appointment = g_new0(struct appointment, 1);
    appointment->slot = slot;
    appointment->service = *service;
    hp_worker_post(worker, run_appoint, appointment);
}
