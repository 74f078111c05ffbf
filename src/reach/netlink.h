// netlink.h - asks the kernel about its network by rtnetlink. Any thread; one socket on one thread.
// RFC 3549.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

// Calls on_message for all objects of a kind: `request` is RTM_GETLINK, RTM_GETADDR or
// RTM_GETROUTE. The kernel answers at once. False: it did not, which has been logged.
bool hp_netlink_dump(uint16_t request,
        void (*on_message)(void *arg, const struct nlmsghdr *message), void *arg);

// Opens a socket that becomes readable when links, addresses or routes change. -1: the kernel gives
// none, which has been logged. The caller closes it.
int hp_netlink_open_news(void);
// Reads what has come, and forgets it: whoever wants to know asks again.
void hp_netlink_forget_news(int fd);

// The attribute of that type among those from `attributes` on, which are `size` bytes; NULL: there
// is none. The value of one that is found has at least `min_size` bytes.
const void *hp_netlink_find(
        const struct rtattr *attributes, size_t size, unsigned short type, size_t min_size);
