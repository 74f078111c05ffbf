// netlink.c - asks the kernel about its network by rtnetlink.
// Owner: hp_interfaces.  Thread: any.
// RFC 3549.
#include "reach/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#define LOG_TAG "reach"
#include "base/log.h"

enum {
    ANSWER_MAX = 64 * 1024, // what the kernel fills at most in one answer is 32 KiB
    NEWS_GROUPS = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE
            | RTMGRP_IPV6_ROUTE,
};

static int
open_socket(unsigned groups)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
    if (fd >= 0 && bind(fd, (struct sockaddr *) &address, sizeof(address)) != 0) {
        close(fd);
        fd = -1;
    }
    if (fd < 0) {
        log_warn("the kernel does not tell the addresses of this host: %s", strerror(errno));
    }
    return fd;
}

static bool
send_request(int fd, uint16_t type)
{
    struct {
        struct nlmsghdr header;
        struct rtgenmsg message;
    } request = {
        .header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)),
                .nlmsg_type = type,
                .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
        .message = { .rtgen_family = AF_UNSPEC },
    };
    return send(fd, &request, request.header.nlmsg_len, 0) > 0;
}

// What follows a message or an attribute of that length; both begin at multiples of four.
static const void *
next(const void *item, size_t *size, size_t length)
{
    size_t step = MIN(NLMSG_ALIGN(length), *size);
    *size -= step;
    return (const char *) item + step;
}

// 1: more follows, 0: that was all, -1: the kernel refuses.
static int
read_answer(const char *data, size_t size,
        void (*on_message)(void *arg, const struct nlmsghdr *message), void *arg)
{
    const struct nlmsghdr *message = (const struct nlmsghdr *) (const void *) data;
    for (; NLMSG_OK(message, size); message = next(message, &size, message->nlmsg_len)) {
        if (message->nlmsg_type == NLMSG_DONE) {
            return 0;
        }
        if (message->nlmsg_type == NLMSG_ERROR) {
            return -1;
        }
        on_message(arg, message);
    }
    return 1;
}

bool
hp_netlink_dump(uint16_t request,
        void (*on_message)(void *arg, const struct nlmsghdr *message), void *arg)
{
    static _Thread_local char answer[ANSWER_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
    int fd = open_socket(0);
    if (fd < 0) {
        return false;
    }
    int more = send_request(fd, request) ? 1 : -1;
    while (more == 1) {
        ssize_t size = recv(fd, answer, sizeof(answer), 0);
        more = size <= 0 ? -1 : read_answer(answer, (size_t) size, on_message, arg);
    }
    if (more < 0) {
        log_warn("the kernel does not tell the addresses of this host: %s", strerror(errno));
    }
    close(fd);
    return more == 0;
}

int
hp_netlink_open_news(void)
{
    return open_socket(NEWS_GROUPS);
}

void
hp_netlink_forget_news(int fd)
{
    char data[4096];
    while (recv(fd, data, sizeof(data), MSG_TRUNC) > 0 || errno == ENOBUFS) {
        errno = 0;
    }
}

const void *
hp_netlink_find(
        const struct rtattr *attributes, size_t size, unsigned short type, size_t min_size)
{
    const struct rtattr *at = attributes;
    for (; RTA_OK(at, size); at = next(at, &size, at->rta_len)) {
        if ((at->rta_type & NLA_TYPE_MASK) == type && RTA_PAYLOAD(at) >= min_size) {
            return RTA_DATA(at);
        }
    }
    return NULL;
}
