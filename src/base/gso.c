// gso.c - sends runs of datagrams to one address by one system call (UDP_SEGMENT), and volleys of
// single ones to many addresses (sendmmsg).
// Owner: what owns the socket; each thread has a volley of its own.  Thread: any.
#include "base/gso.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <string.h>

#define LOG_TAG "gso"
#include "base/log.h"
#include "base/path.h"

enum {
    MAX_SEGMENTS = 40,  // the kernel takes 64; more packets than a frame has would gain nothing
    MAX_RUN = 60 * 1000, // bytes; the kernel takes what fits into one IP datagram
    VOLLEY_MAX = 32, // datagrams that are collected: the first of them should not wait for long
    VOLLEY_SIZE_MAX = 1400, // bytes of one
};

static socklen_t
address_size(const struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                          : sizeof(struct sockaddr_in);
}

static void
set_iov(struct iovec *iov, const struct hp_segment *segment)
{
    iov->iov_base = (void *) (uintptr_t) segment->data; // sendmsg does not write
    iov->iov_len = segment->size;
}

// How many segments fit into one call: all of equal size, only the last may be shorter.
static unsigned
measure_run(const struct hp_segment *segments, unsigned count)
{
    size_t total = segments[0].size;
    unsigned run = 1;
    while (run < count && run < MAX_SEGMENTS && segments[run].size <= segments[0].size
            && segments[run - 1].size == segments[0].size
            && total + segments[run].size <= MAX_RUN) {
        total += segments[run].size;
        run++;
    }
    return run;
}

// Where a datagram goes, and the control messages that travel with it.
struct route {
    const struct sockaddr_storage *address;
    const struct sockaddr_storage *local; // NULL: the kernel chooses
};

struct control {
    // A union with a header would be of variable size for clang.
    _Alignas(struct cmsghdr) char
            data[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint16_t))];
};

static void
append(struct msghdr *message, struct control *control, int level, int type, const void *data,
        size_t size)
{
    struct cmsghdr *header =
            (struct cmsghdr *) (void *) &control->data[message->msg_controllen];
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), data, size);
    message->msg_control = control->data;
    message->msg_controllen += CMSG_SPACE(size);
}

static void
append_local(
        struct msghdr *message, struct control *control, const struct sockaddr_storage *local)
{
    if (local->ss_family == AF_INET6) {
        struct in6_pktinfo info = {
            .ipi6_addr = ((const struct sockaddr_in6 *) local)->sin6_addr,
        };
        append(message, control, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
    } else {
        struct in_pktinfo info = { .ipi_spec_dst = ((const struct sockaddr_in *) local)->sin_addr };
        append(message, control, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
    }
}

static struct msghdr
make_message(const struct route *route, struct iovec *iovs, unsigned count, struct control *control)
{
    struct msghdr message = {
        .msg_name = (void *) (uintptr_t) route->address,
        .msg_namelen = address_size(route->address),
        .msg_iov = iovs,
        .msg_iovlen = count,
    };
    if (route->local != NULL) {
        append_local(&message, control, route->local);
    }
    return message;
}

static bool
send_segmented(
        int fd, const struct route *route, const struct hp_segment *segments, unsigned run)
{
    struct iovec iovs[MAX_SEGMENTS];
    for (unsigned i = 0; i < run; i++) {
        set_iov(&iovs[i], &segments[i]);
    }
    struct control control = { 0 };
    struct msghdr message = make_message(route, iovs, run, &control);
    if (run > 1) {
        uint16_t size = (uint16_t) segments[0].size;
        append(&message, &control, SOL_UDP, UDP_SEGMENT, &size, sizeof(size));
    }
    return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

// Sends one datagram a message. Returns how many were sent; -1: none, see errno.
static int
send_singly(int fd, const struct route *route, const struct hp_segment *segments, unsigned run)
{
    struct iovec iovs[MAX_SEGMENTS];
    struct mmsghdr messages[MAX_SEGMENTS];
    struct control control = { 0 }; // the same for all
    memset(messages, 0, sizeof(messages));
    for (unsigned i = 0; i < run; i++) {
        set_iov(&iovs[i], &segments[i]);
        messages[i].msg_hdr = make_message(route, &iovs[i], 1, &control);
    }
    return sendmmsg(fd, messages, run, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool
is_full(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

// Can the error come from the device or the kernel rather than from the network?
static bool
may_mean_no_gso(int error)
{
    return error == EIO || error == EINVAL || error == EOPNOTSUPP || error == EMSGSIZE
            || error == ENOPROTOOPT;
}

// Does it come from the device or the kernel for sure? The others may be due to one address: a
// small MTU on the way, a local address that has gone.
static bool
means_no_gso(int error)
{
    return error == EIO || error == EOPNOTSUPP || error == ENOPROTOOPT;
}

static unsigned
send_some(struct hp_gso *gso, int fd, const struct route *route,
        const struct hp_segment *segments, unsigned count)
{
    unsigned run = measure_run(segments, count);
    if (!atomic_load_explicit(&gso->is_refused, memory_order_relaxed)) {
        if (send_segmented(fd, route, segments, run)) {
            return run;
        }
        if (is_full(errno)) {
            return 0;
        }
        if (run == 1 || !may_mean_no_gso(errno)) {
            return run; // the run is lost, as on any network
        }
        if (means_no_gso(errno)) {
            log_debug("datagrams are sent one by one, the kernel cannot segment here: %s",
                    strerror(errno));
            atomic_store_explicit(&gso->is_refused, true, memory_order_relaxed);
        }
    }
    int sent = send_singly(fd, route, segments, run);
    if (sent > 0) {
        return (unsigned) sent;
    }
    return is_full(errno) ? 0 : 1; // not full: the first datagram is lost
}

// ---- volleys ----

// A datagram that waits for the end of the volley.
struct shot {
    struct sockaddr_storage address, local;
    bool has_local;
    struct control control;
    size_t size;
    uint8_t data[VOLLEY_SIZE_MAX];
};

static _Thread_local struct {
    unsigned depth; // 0: none is open
    int fd; // of all shots
    unsigned count;
    struct shot shots[VOLLEY_MAX];
} volley;

static void
fire(void)
{
    struct iovec iovs[VOLLEY_MAX];
    struct mmsghdr messages[VOLLEY_MAX];
    unsigned count = volley.count;
    volley.count = 0;
    memset(messages, 0, count * sizeof(messages[0]));
    for (unsigned i = 0; i < count; i++) {
        struct shot *shot = &volley.shots[i];
        struct route route = {
            .address = &shot->address,
            .local = shot->has_local ? &shot->local : NULL,
        };
        iovs[i] = (struct iovec){ .iov_base = shot->data, .iov_len = shot->size };
        messages[i].msg_hdr = make_message(&route, &iovs[i], 1, &shot->control);
    }
    for (unsigned done = 0; done < count;) {
        int sent = sendmmsg(volley.fd, &messages[done], count - done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && is_full(errno)) {
            return;
        }
        done += sent > 0 ? (unsigned) sent : 1; // that one cannot be delivered
    }
}

// False: the segment is to be sent at once.
static bool
collect(int fd, const struct route *route, const struct hp_segment *segment)
{
    if (volley.depth == 0 || segment->size > VOLLEY_SIZE_MAX) {
        return false;
    }
    if (volley.count == VOLLEY_MAX || (volley.count > 0 && volley.fd != fd)) {
        fire();
    }
    struct shot *shot = &volley.shots[volley.count++];
    volley.fd = fd;
    shot->address = *route->address;
    shot->has_local = route->local != NULL;
    if (shot->has_local) {
        shot->local = *route->local;
    }
    shot->size = segment->size;
    memcpy(shot->data, segment->data, segment->size);
    return true;
}

void
hp_gso_begin_volley(void)
{
    volley.depth++;
}

void
hp_gso_end_volley(void)
{
    assert(volley.depth > 0);
    if (--volley.depth == 0 && volley.count > 0) {
        fire();
    }
}

unsigned
hp_gso_send(struct hp_gso *gso, int fd, const struct sockaddr_storage *local,
        const struct sockaddr_storage *address, const struct hp_segment *segments, unsigned count)
{
    struct route route = { .address = address, .local = local };
    unsigned done = 0;
    if (count == 1 && collect(fd, &route, segments)) {
        return 1;
    }
    if (volley.count > 0) {
        fire(); // what follows comes behind
    }
    while (done < count) {
        unsigned sent = send_some(gso, fd, &route, &segments[done], count - done);
        if (sent == 0) {
            break;
        }
        done += sent;
    }
    return done;
}
