// mapping.h - a mapping of our UDP port at the router in front, or a hole in its firewall for IPv6:
// asked for in a job, kept alive, asked for again when the network changes, taken back at the end.
// Home thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire/address.h"

struct hp_jobs;
struct hp_mapper_request;
struct hp_mapper_result;
struct hp_mapping;
struct hp_worker;

struct hp_mapping_params {
    struct hp_worker *home;
    struct hp_jobs *jobs; // one thread is enough, and nobody else should wait behind it
    // Asks the router: hp_mapper_run(), or a fake. In a job.
    void (*run)(const struct hp_mapper_request *request, struct hp_mapper_result *result);
    void (*on_change)(void *arg); // the mapping has been granted, has changed or is gone
    void *arg;
};

// Never NULL. Owner: hp_reach.
struct hp_mapping *hp_mapping_create(const struct hp_mapping_params *params);
// After on_closed. A router that is still being asked is not waited for. NULL is fine.
void hp_mapping_destroy(struct hp_mapping *mapping);

// The router, our address in its network and the index of our interface there. IPv4: both are
// private, and the port is mapped. IPv6: our address is public, and the router is asked to let
// through what comes for the port; its own address may be link-local. Else, and with "", nobody is
// asked. Asks at once when something differs.
void hp_mapping_set_network(struct hp_mapping *mapping, const char *gateway, const char *own,
        unsigned interface, uint16_t port);

// Asks for the mapping that there is at once: the router has forgotten, perhaps.
void hp_mapping_renew(struct hp_mapping *mapping);

// The address and port outside. False: there is no mapping.
bool hp_mapping_get(const struct hp_mapping *mapping, char address[HP_ADDRESS_TEXT_SIZE],
        uint16_t *port);

// Takes the mapping back; on_closed comes when that is done, perhaps before this returns, and at
// most a second later: a router that does not answer forgets the mapping by itself.
void hp_mapping_close(struct hp_mapping *mapping, void (*on_closed)(void *arg), void *arg);
