// gso.c - sends runs of datagrams to one address by one system call (UDP_SEGMENT).
// Owner: hp_ice_path.  Thread: the peer's worker.
#include "ice/gso.h"

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

static bool
send_segmented(int fd, const struct sockaddr_storage *address, const struct hp_segment *segments,
        unsigned run)
{
    struct iovec iovs[MAX_SEGMENTS];
    for (unsigned i = 0; i < run; i++) {
        set_iov(&iovs[i], &segments[i]);
    }
    union {
        char data[CMSG_SPACE(sizeof(uint16_t))];
        struct cmsghdr align;
    } control = { 0 };
    struct msghdr message = {
        .msg_name = (void *) (uintptr_t) address,
        .msg_namelen = address_size(address),
        .msg_iov = iovs,
        .msg_iovlen = run,
    };
    if (run > 1) {
        message.msg_control = control.data;
        message.msg_controllen = sizeof(control.data);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_UDP;
        header->cmsg_type = UDP_SEGMENT;
        header->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        uint16_t size = (uint16_t) segments[0].size;
        memcpy(CMSG_DATA(header), &size, sizeof(size));
    }
    return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

// Sends one datagram a message. Returns how many were sent; -1: none, see errno.
static int
send_singly(int fd, const struct sockaddr_storage *address, const struct hp_segment *segments,
        unsigned run)
{
    struct iovec iovs[MAX_SEGMENTS];
    struct mmsghdr messages[MAX_SEGMENTS];
    memset(messages, 0, sizeof(messages));
    for (unsigned i = 0; i < run; i++) {
        set_iov(&iovs[i], &segments[i]);
        messages[i].msg_hdr.msg_name = (void *) (uintptr_t) address;
        messages[i].msg_hdr.msg_namelen = address_size(address);
        messages[i].msg_hdr.msg_iov = &iovs[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    return sendmmsg(fd, messages, run, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool
is_full(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

// Does the error come from the device or the kernel rather than from the network?
static bool
means_no_gso(int error)
{
    return error == EIO || error == EINVAL || error == EOPNOTSUPP || error == EMSGSIZE
            || error == ENOPROTOOPT;
}

static unsigned
send_some(struct hp_gso *gso, int fd, const struct sockaddr_storage *address,
        const struct hp_segment *segments, unsigned count)
{
    unsigned run = measure_run(segments, count);
    if (!gso->is_refused) {
        if (send_segmented(fd, address, segments, run)) {
            return run;
        }
        if (is_full(errno)) {
            return 0;
        }
        if (run == 1 || !means_no_gso(errno)) {
            return run; // the run is lost, as on any network
        }
        log_debug("datagrams are sent one by one, the kernel cannot segment here: %s",
                strerror(errno));
        gso->is_refused = true;
    }
    int sent = send_singly(fd, address, segments, run);
    if (sent > 0) {
        return (unsigned) sent;
    }
    return is_full(errno) ? 0 : 1; // not full: the first datagram is lost
}

unsigned
hp_gso_send(struct hp_gso *gso, int fd, const struct sockaddr_storage *address,
        const struct hp_segment *segments, unsigned count)
{
    unsigned done = 0;
    while (done < count) {
        unsigned sent = send_some(gso, fd, address, &segments[done], count - done);
        if (sent == 0) {
            break;
        }
        done += sent;
    }
    return done;
}
