// networks.h - a list of addresses and networks ("192.0.2.1", "10.0.0.0/8", "fd00::/8"). Pure.
#pragma once

#include <stdbool.h>

#include "nat/addr.h"

enum { HP_NETWORKS_MAX = 32 };

struct hp_networks {
    unsigned count;
    struct {
        struct hp_addr addr;
        unsigned bits; // of the 128 of an address
    } items[HP_NETWORKS_MAX];
};

// Adds one. False: the text is none, or the list is full. Any thread.
bool hp_networks_add(struct hp_networks *networks, const char *text);

// Is the address in one of them? Any thread.
bool hp_networks_have(const struct hp_networks *networks, const struct hp_addr *addr);
