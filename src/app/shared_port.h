// shared_port.h - the port that all viewers share, and what stands on it: our STUN and TURN
// service, the questions to servers outside, and the guests (media by TCP). Main thread.
#pragma once

struct hp_config;
struct hp_http;
struct hp_ice_service;
struct hp_reach;
struct hp_room;
struct hp_rtc;
struct hp_shared_port;
struct hp_worker;

// Borrowed. The workers may have ended when the port is destroyed, and http and reach when it is
// detached; the rest lives longer.
struct hp_shared_port_params {
    const struct hp_config *config;
    struct hp_worker *main;
    struct hp_worker *const *workers;
    unsigned worker_count;
    struct hp_ice_service *ice_service;
    struct hp_reach *reach;
    struct hp_rtc *rtc; // told which port its peers share
    struct hp_room *room;
    struct hp_http *http;
};

// NULL: nothing is shared, each viewer gets a port of webrtc.epr. Either that is configured, or the
// port cannot be had, of which a warning has told. Owner: app.
struct hp_shared_port *hp_shared_port_create(const struct hp_shared_port_params *params);

void hp_shared_port_detach(struct hp_shared_port *port); // before http is destroyed; NULL is fine

// After main and all workers have ended. NULL is fine.
void hp_shared_port_destroy(struct hp_shared_port *port);
