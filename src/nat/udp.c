// udp.c - a UDP port on all addresses.
// Owner: hp_ingress, hp_annex.  Thread: worker 0 reads; every worker sends and waits for room.
#include "nat/udp.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/gso.h"
#include "base/worker.h"
#include "nat/service.h"
#include "nat/waits.h"

enum {
    BUFFER_SIZE = 4 * 1024 * 1024, // of the kernel: 30 ms of a gigabit
    SLOT_SIZE = 2048, // of a datagram; what is longer is cut, and then malformed
    CONTROL_SIZE = 128, // bytes of control messages: IP_PKTINFO or IPV6_PKTINFO, and SO_RXQ_OVFL
    FREE_PORT_TRIES = 16, // a port that is free for IPv4 may be taken for IPv6
    IPV4 = 0,
    IPV6 = 1,
};

// Those of one worker that wait for room in one socket; used on that worker only.
struct waiters {
    struct hp_worker *worker;
    struct hp_waits waits;
    GSource *source; // runs while somebody waits
};

struct slot {
    uint8_t data[SLOT_SIZE + HP_SERVICE_SPARE];
    struct sockaddr_storage from;
    union {
        char data[CONTROL_SIZE];
        struct cmsghdr align;
    } control;
};

struct hp_udp {
    struct hp_carrier carrier; // the first member: the ops cast back
    uint16_t port;
    int fds[HP_UDP_SOCKETS]; // -1: none
    uint32_t lost[HP_UDP_SOCKETS]; // datagrams, as the kernel counts them
    struct hp_gso gso;
    struct waiters (*waiters)[HP_UDP_SOCKETS]; // of each worker
    unsigned worker_count;
    struct slot slots[HP_UDP_BATCH];
    struct iovec iovs[HP_UDP_BATCH];
    struct mmsghdr messages[HP_UDP_BATCH];
    unsigned used_count; // of the messages: the last read has changed their sizes
};

// ---- sending ----

static unsigned
send_run(struct hp_carrier *carrier, const struct hp_flow *flow, const struct hp_segment *segments,
        unsigned count)
{
    struct hp_udp *udp = (struct hp_udp *) carrier;
    struct sockaddr_storage local, remote;
    bool is_ipv4 = hp_addr_is_ipv4(&flow->remote);
    int fd = udp->fds[is_ipv4 ? IPV4 : IPV6];
    bool has_local = !hp_addr_is_none(&flow->local) && hp_addr_is_ipv4(&flow->local) == is_ipv4;
    if (fd < 0 || flow->remote.port == 0) {
        return count; // lost, as on any network
    }
    hp_addr_to_sockaddr(&flow->remote, &remote);
    if (has_local) {
        hp_addr_to_sockaddr(&flow->local, &local);
    }
    return hp_gso_send(&udp->gso, fd, has_local ? &local : NULL, &remote, segments, count);
}

static void
stop_source(struct waiters *waiters)
{
    if (waiters->source != NULL) {
        g_source_destroy(waiters->source);
        g_source_unref(waiters->source);
        waiters->source = NULL;
    }
}

static gboolean
on_room(gpointer arg)
{
    struct waiters *waiters = arg;
    stop_source(waiters);
    hp_waits_tell(&waiters->waits);
    return G_SOURCE_REMOVE;
}

static struct waiters *
find_waiters(struct hp_udp *udp, const struct hp_worker *worker, unsigned family)
{
    for (unsigned i = 0; i < udp->worker_count; i++) {
        if (udp->waiters[i][family].worker == worker) {
            return &udp->waiters[i][family];
        }
    }
    return NULL;
}

static gboolean
dispatch_room(GSource *source, GSourceFunc callback, gpointer arg)
{
    (void) source;
    return callback(arg);
}

static GSourceFuncs room_funcs = { .dispatch = dispatch_room };

static void
start_source(struct waiters *waiters, int fd)
{
    if (waiters->source != NULL) {
        return;
    }
    waiters->source = g_source_new(&room_funcs, sizeof(GSource));
    g_source_add_unix_fd(waiters->source, fd, G_IO_OUT);
    g_source_set_callback(waiters->source, on_room, waiters, NULL);
    g_source_attach(waiters->source, hp_worker_context(waiters->worker));
}

static void
await(struct hp_carrier *carrier, const struct hp_flow *flow, struct hp_flow_wait *wait)
{
    struct hp_udp *udp = (struct hp_udp *) carrier;
    unsigned family = hp_addr_is_ipv4(&flow->remote) ? IPV4 : IPV6;
    struct waiters *waiters = find_waiters(udp, wait->worker, family);
    assert(waiters != NULL && hp_worker_is_current(wait->worker));
    if (!wait->is_waiting) {
        hp_waits_add(&waiters->waits, wait);
        start_source(waiters, udp->fds[family]);
    }
}

static void
cancel(struct hp_carrier *carrier, struct hp_flow_wait *wait)
{
    struct hp_udp *udp = (struct hp_udp *) carrier;
    for (unsigned family = 0; wait->is_waiting && family < HP_UDP_SOCKETS; family++) {
        struct waiters *waiters = find_waiters(udp, wait->worker, family);
        if (!hp_waits_has(&waiters->waits, wait)) {
            continue;
        }
        hp_waits_remove(&waiters->waits, wait);
        if (waiters->waits.first == NULL) {
            stop_source(waiters);
        }
    }
}

static const struct hp_carrier_ops carrier_ops = {
    .send_run = send_run,
    .await = await,
    .cancel = cancel,
};

// ---- opening ----

// A size beyond the system's limit needs a privilege; without it the limit is what we get.
static void
set_buffer(int fd, int forced, int plain)
{
    int size = BUFFER_SIZE;
    if (setsockopt(fd, SOL_SOCKET, forced, &size, sizeof(size)) != 0) {
        setsockopt(fd, SOL_SOCKET, plain, &size, sizeof(size));
    }
}

static bool
set_options(int fd, bool is_ipv4)
{
    int one = 1;
    set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
    set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
    (void) setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof(one)); // a figure only
    if (is_ipv4) {
        return setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)) == 0;
    }
    return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) == 0
            && setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one)) == 0;
}

// Opens one family; -1: errno tells why.
static int
open_socket(bool is_ipv4, uint16_t port)
{
    struct hp_addr any;
    struct sockaddr_storage address;
    hp_addr_parse(&any, is_ipv4 ? "0.0.0.0" : "::", port);
    socklen_t size = hp_addr_to_sockaddr(&any, &address);
    int fd = socket(is_ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if (!set_options(fd, is_ipv4) || bind(fd, (struct sockaddr *) &address, size) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static uint16_t
bound_port(int fd)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);
    struct hp_addr addr = { 0 };
    if (getsockname(fd, (struct sockaddr *) &address, &size) == 0) {
        hp_addr_from_sockaddr(&addr, &address);
    }
    return addr.port;
}

static void
close_sockets(struct hp_udp *udp)
{
    for (unsigned i = 0; i < HP_UDP_SOCKETS; i++) {
        if (udp->fds[i] >= 0) {
            close(udp->fds[i]);
            udp->fds[i] = -1;
        }
    }
}

// A family that the host does not have is no failure; a port that is taken is one.
static bool
open_sockets(struct hp_udp *udp, uint16_t port)
{
    udp->fds[IPV4] = open_socket(true, port);
    if (udp->fds[IPV4] < 0 && errno == EADDRINUSE) {
        return false;
    }
    udp->port = udp->fds[IPV4] >= 0 ? bound_port(udp->fds[IPV4]) : port;
    udp->fds[IPV6] = open_socket(false, udp->port);
    if (udp->fds[IPV6] < 0 && (errno == EADDRINUSE || udp->fds[IPV4] < 0)) {
        return false;
    }
    udp->port = udp->fds[IPV4] >= 0 ? udp->port : bound_port(udp->fds[IPV6]);
    return true;
}

static bool
open_port(struct hp_udp *udp, uint16_t port)
{
    unsigned tries = port == 0 ? FREE_PORT_TRIES : 1;
    for (unsigned i = 0; i < tries; i++) {
        if (open_sockets(udp, port)) {
            return true;
        }
        int error = errno;
        close_sockets(udp);
        errno = error;
    }
    return false;
}

static void
init_slots(struct hp_udp *udp)
{
    for (unsigned i = 0; i < HP_UDP_BATCH; i++) {
        udp->iovs[i] = (struct iovec){ .iov_base = udp->slots[i].data, .iov_len = SLOT_SIZE };
        udp->messages[i].msg_hdr = (struct msghdr){
            .msg_name = &udp->slots[i].from,
            .msg_iov = &udp->iovs[i],
            .msg_iovlen = 1,
            .msg_control = udp->slots[i].control.data,
        };
    }
}

struct hp_udp *
hp_udp_create(struct hp_worker *const *workers, unsigned worker_count, uint16_t port)
{
    struct hp_udp *udp = g_new0(struct hp_udp, 1);
    udp->carrier = (struct hp_carrier){ .ops = &carrier_ops, .kind = HP_PATH_UDP };
    udp->fds[IPV4] = udp->fds[IPV6] = -1;
    udp->worker_count = worker_count;
    udp->waiters = g_malloc0_n(worker_count, sizeof(*udp->waiters));
    for (unsigned i = 0; i < worker_count; i++) {
        udp->waiters[i][IPV4].worker = udp->waiters[i][IPV6].worker = workers[i];
    }
    init_slots(udp);
    udp->used_count = HP_UDP_BATCH;
    if (!open_port(udp, port)) {
        int error = errno;
        hp_udp_destroy(udp);
        errno = error;
        return NULL;
    }
    return udp;
}

void
hp_udp_destroy(struct hp_udp *udp)
{
    if (udp == NULL) {
        return;
    }
    for (unsigned i = 0; i < udp->worker_count; i++) {
        stop_source(&udp->waiters[i][IPV4]);
        stop_source(&udp->waiters[i][IPV6]);
    }
    close_sockets(udp);
    g_free(udp->waiters);
    g_free(udp);
}

struct hp_carrier *
hp_udp_carrier(struct hp_udp *udp)
{
    return &udp->carrier;
}

uint16_t
hp_udp_port(const struct hp_udp *udp)
{
    return udp->port;
}

int
hp_udp_fd(const struct hp_udp *udp, unsigned i)
{
    return udp->fds[i];
}

// ---- reading ----

uint64_t
hp_udp_lost(const struct hp_udp *udp)
{
    return (uint64_t) udp->lost[IPV4] + udp->lost[IPV6];
}

// The address of ours that a datagram came to, and how many were lost before it.
static void
read_control(struct msghdr *message, struct hp_addr *local, uint32_t *lost)
{
    struct sockaddr_storage address = { 0 };
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
            header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(header), sizeof(info));
            address.ss_family = AF_INET;
            ((struct sockaddr_in *) &address)->sin_addr = info.ipi_addr;
        } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(header), sizeof(info));
            address.ss_family = AF_INET6;
            ((struct sockaddr_in6 *) &address)->sin6_addr = info.ipi6_addr;
        } else if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SO_RXQ_OVFL) {
            memcpy(lost, CMSG_DATA(header), sizeof(*lost));
        }
    }
    hp_addr_from_sockaddr(local, &address);
}

unsigned
hp_udp_read(struct hp_udp *udp, unsigned i,
        void (*on_datagram)(
                void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size),
        void *arg)
{
    for (unsigned k = 0; k < udp->used_count; k++) {
        udp->messages[k].msg_hdr.msg_namelen = sizeof(struct sockaddr_storage);
        udp->messages[k].msg_hdr.msg_controllen = CONTROL_SIZE;
    }
    int count = recvmmsg(udp->fds[i], udp->messages, HP_UDP_BATCH, MSG_DONTWAIT, NULL);
    udp->used_count = count > 0 ? (unsigned) count : 0;
    for (int k = 0; k < count; k++) {
        struct slot *slot = &udp->slots[k];
        size_t size = udp->messages[k].msg_len;
        struct hp_flow flow = { .carrier = &udp->carrier };
        read_control(&udp->messages[k].msg_hdr, &flow.local, &udp->lost[i]);
        flow.local.port = udp->port;
        memset(&slot->data[size], 0, HP_SERVICE_SPARE);
        if (hp_addr_from_sockaddr(&flow.remote, &slot->from)) {
            on_datagram(arg, &flow, slot->data, size);
        }
    }
    return count > 0 ? (unsigned) count : 0;
}
