// prober.h - tells the log which of the configured STUN and TURN servers do not serve us: asks one
// after the other, at the start and every 5 minutes, and tells each change once. Home thread.
#pragma once

#include <stdbool.h>

#include "wire/address.h"

struct hp_ice_prober;
struct hp_ice_server;
struct hp_worker;

struct hp_ice_prober_params {
    struct hp_worker *home;
    const struct hp_ice_server *servers; // borrowed
    unsigned server_count;
    // Copies the address of a host; false: it is not known (yet), which somebody else tells.
    bool (*find_address)(void *arg, const char *host, char address[HP_ADDRESS_TEXT_SIZE]);
    void *arg;
};

// Never NULL. Owner: hp_rtc.
struct hp_ice_prober *hp_ice_prober_create(const struct hp_ice_prober_params *params);
void hp_ice_prober_destroy(struct hp_ice_prober *prober); // NULL is fine

// How many servers did not serve us when they were asked last.
unsigned hp_ice_prober_count_failed(const struct hp_ice_prober *prober);
