// ice_service.h - what browsers are told to ask for a path to us, and the STUN and TURN service of
// our own that answers them: the list of servers, the service on the shared port, and the
// credentials that both agree on. Main thread.
#pragma once

#include <jansson.h>

#include "nat/service.h"
#include "relay/relay.h"

struct hp_config;
struct hp_ice_service;
struct hp_ingress;
struct hp_room;
struct hp_session;
struct hp_worker;

// Knows the configured servers only, until it is opened. Never NULL. The configuration is borrowed.
struct hp_ice_service *hp_ice_service_create(const struct hp_config *config);

// Tells browsers of the service on the shared port, and of that over TCP on the page's port, if the
// configuration wants them, and returns it for the ports; zeroed: none. `worker` is the one that
// reads the shared port. What is relayed for a session ends with it.
struct hp_service hp_ice_service_open(struct hp_ice_service *service, struct hp_ingress *ingress,
        struct hp_worker *worker, struct hp_room *room, uint16_t page_port);

// The servers for the browser of a session: a new JSON array. Opens the second port for STUN if
// that browser is the first one to need it.
json_t *hp_ice_service_list(struct hp_ice_service *service, const struct hp_session *session);

// On the worker that reads the shared port: what the service has counted; zeroed: there is none.
struct hp_relay_counters hp_ice_service_counters(const struct hp_ice_service *service);

// After all workers have ended. NULL is fine.
void hp_ice_service_destroy(struct hp_ice_service *service);
