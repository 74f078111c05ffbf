// reception.c - connections whose first message has not come yet.
// Owner: hp_tcp.  Thread: worker 0.
#include "tcp/reception.h"

#include <assert.h>

#include <sys/socket.h>

#include "base/clock.h"
#include "base/worker.h"
#include "gate/poller.h"
#include "gate/stream.h"
#include "nat/ingress.h"
#include "tcp/link.h"

enum { FIRST_US = 5 * 1000 * 1000 }; // for the first message

static void
remove_link(struct hp_reception *reception, struct hp_link *link)
{
    g_queue_unlink(&reception->links, &link->item);
    hp_stream_detach(link->stream);
}

static void
end_link(struct hp_reception *reception, struct hp_link *link)
{
    remove_link(reception, link);
    reception->on_end(reception->arg, link->guest);
    hp_link_destroy(link);
}

static void
arm_timer(struct hp_reception *reception)
{
    const struct hp_link *oldest = g_queue_peek_head(&reception->links);
    if (oldest != NULL && !hp_timer_is_running(&reception->timer)) {
        int64_t left_us = FIRST_US - hp_clock_silence_us(oldest->since_us);
        hp_timer_start(&reception->timer, MAX(left_us, 0));
    }
}

static void
on_timeout(void *arg)
{
    struct hp_reception *reception = arg;
    struct hp_link *oldest;
    while ((oldest = g_queue_peek_head(&reception->links)) != NULL
            && hp_clock_silence_us(oldest->since_us) >= FIRST_US) {
        reception->timeouts++;
        end_link(reception, oldest);
    }
    arm_timer(reception);
}

// Is the message a check for a peer? The link's `peer` is its peer then.
static bool
find_peer(struct hp_reception *reception, struct hp_link *link)
{
    return link->framer.kind == HP_FRAMER_ICE
            && hp_ingress_find(reception->ingress, &link->flow, link->first, link->first_size,
                       &link->peer)
            == HP_DEMUX_PEER;
}

// Looks at what has been read.
static void
look(struct hp_reception *reception, struct hp_link *link)
{
    enum hp_framer_verdict verdict = hp_link_next(link, &link->first, &link->first_size);
    if (verdict == HP_FRAMER_MORE) {
        return;
    }
    bool is_whole = verdict == HP_FRAMER_DATAGRAM;
    bool is_client = link->framer.kind == HP_FRAMER_TURN && reception->on_client != NULL;
    if (is_whole && is_client) {
        remove_link(reception, link);
        reception->on_client(reception->arg, link);
    } else if (is_whole && find_peer(reception, link)) {
        remove_link(reception, link);
        reception->on_peer(reception->arg, link);
    } else {
        reception->refused++;
        end_link(reception, link);
    }
}

static void
on_stream_event(void *arg, unsigned events)
{
    struct hp_link *link = arg;
    struct hp_reception *reception = link->owner;
    if (events & HP_STREAM_BROKEN || !hp_link_read(link)) {
        end_link(reception, link);
    } else {
        look(reception, link);
    }
}

// Both ends of the connection. False: it has none any more.
static bool
find_ends(const struct hp_link *link, struct hp_flow *flow)
{
    int fd = hp_stream_fd(link->stream);
    struct sockaddr_storage local = { 0 };
    struct sockaddr_storage remote = { 0 };
    socklen_t local_size = sizeof(local);
    socklen_t remote_size = sizeof(remote);
    return getsockname(fd, (struct sockaddr *) &local, &local_size) == 0
            && getpeername(fd, (struct sockaddr *) &remote, &remote_size) == 0
            && hp_addr_from_sockaddr(&flow->local, &local)
            && hp_addr_from_sockaddr(&flow->remote, &remote);
}

void
hp_reception_add(struct hp_reception *reception, struct hp_link *link)
{
    assert(hp_worker_is_current(reception->worker));
    link->owner = reception;
    g_queue_push_tail_link(&reception->links, &link->item);
    hp_stream_attach(link->stream, reception->poller, on_stream_event, link);
    if (!find_ends(link, &link->flow)) {
        end_link(reception, link);
        return;
    }
    hp_link_watch(link);
    arm_timer(reception);
    if (link->rest != NULL) {
        look(reception, link);
    }
}

bool
hp_reception_cut(struct hp_reception *reception, uint64_t guest)
{
    for (GList *item = reception->links.head; item != NULL; item = item->next) {
        struct hp_link *link = item->data;
        if (link->guest == guest) {
            end_link(reception, link);
            return true;
        }
    }
    return false;
}

void
hp_reception_init(struct hp_reception *reception)
{
    g_queue_init(&reception->links);
    reception->poller = hp_poller_create(reception->worker);
    hp_timer_init(&reception->timer, reception->worker, on_timeout, reception);
}

void
hp_reception_finish(struct hp_reception *reception)
{
    struct hp_link *link;
    while ((link = g_queue_peek_head(&reception->links)) != NULL) {
        remove_link(reception, link);
        hp_link_destroy(link);
    }
    hp_poller_destroy(reception->poller);
}
