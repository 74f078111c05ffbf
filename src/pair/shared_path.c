// shared_path.c - the flow that an ICE has selected, as a path.
// Owner: hp_shared_ice.  Thread: the peer's worker.
#include "pair/shared_path.h"

#include <assert.h>
#include <stddef.h>

#include "base/worker.h"

enum { MAX_PAYLOAD = 1200 };

static void
on_writable(void *arg)
{
    struct hp_shared_path *path = arg;
    if (path->path.cbs != NULL) {
        path->path.cbs->on_writable(path->path.cbs_arg);
    }
}

static unsigned
send_run(struct hp_path *base, const struct hp_segment *segments, unsigned count)
{
    struct hp_shared_path *path = (struct hp_shared_path *) base;
    struct hp_carrier *carrier = path->flow.carrier;
    assert(hp_worker_is_current(path->wait.worker));
    if (carrier == NULL) {
        return count;
    }
    unsigned sent = carrier->ops->send_run(carrier, &path->flow, segments, count);
    if (sent < count) {
        carrier->ops->await(carrier, &path->flow, &path->wait);
    }
    return sent;
}

static size_t
max_payload(const struct hp_path *base)
{
    (void) base;
    return MAX_PAYLOAD;
}

static enum hp_path_kind
kind(const struct hp_path *base)
{
    const struct hp_shared_path *path = (const struct hp_shared_path *) base;
    return path->flow.carrier != NULL ? path->flow.carrier->kind : HP_PATH_UDP;
}

static const struct hp_path_ops path_ops = {
    .send_run = send_run,
    .max_payload = max_payload,
    .kind = kind,
};

void
hp_shared_path_init(struct hp_shared_path *path, struct hp_worker *worker)
{
    *path = (struct hp_shared_path){
        .path = { .ops = &path_ops },
        .wait = { .worker = worker, .on_writable = on_writable, .arg = path },
    };
}

void
hp_shared_path_set_flow(struct hp_shared_path *path, const struct hp_flow *flow)
{
    bool was_blocked = path->wait.is_waiting;
    if (was_blocked) {
        path->flow.carrier->ops->cancel(path->flow.carrier, &path->wait);
    }
    path->flow = flow != NULL ? *flow : (struct hp_flow){ 0 };
    if (was_blocked) {
        on_writable(path);
    }
}

void
hp_shared_path_finish(struct hp_shared_path *path)
{
    path->path.cbs = NULL;
    hp_shared_path_set_flow(path, NULL);
}
