// reach.h - by which addresses a browser can reach this server: knows the interfaces, the addresses
// of a router in front, and the names that browsers use, follows them while they change, and makes
// of them the offer for one browser. Home thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_fetch_result;
struct hp_jobs;
struct hp_mdns_search;
struct hp_offer;
struct hp_reach;
struct hp_reflexive_link;
struct hp_worker;
struct sockaddr_storage;

struct hp_reach_params {
    struct hp_worker *home;
    struct hp_jobs *jobs;       // for look-ups of the names below
    struct hp_jobs *host_jobs;  // for look-ups of the names that visitors say
    // Addresses and names of a router in front, with the port there where it is another one than
    // the shared port ("192.0.2.1:9000"), see hp_host_split_outside(); NULL: none; copied.
    char *const *nat1to1;
    // STUN servers, "host:port", asked where neither nat1to1 nor an interface has a public address;
    // NULL: none; copied
    char *const *stun_servers;
    // An HTTP server that tells our public address where nothing else does; NULL, "": none; copied.
    const char *retrieval_url;
    // Asks that server: hp_fetch_run(); see hp_retrieval_params.
    void (*fetch)(const char *url, int64_t timeout_us, struct hp_fetch_result *result);
    bool with_loopback;         // offer 127.0.0.1 to a browser on this host
    bool with_mdns;             // look up the names of browsers in our networks
    bool with_mapping;          // ask the router in front to forward the shared port
};

// Never NULL. Owner: app, which destroys it after the rtc that uses it.
struct hp_reach *hp_reach_create(const struct hp_reach_params *params);
void hp_reach_destroy(struct hp_reach *reach); // NULL is fine

// All browsers share that UDP port from now on: it is asked for a mapping, and what servers outside
// see of it is offered with its port. `link`: copied.
void hp_reach_share(
        struct hp_reach *reach, uint16_t port, const struct hp_reflexive_link *link);
// An answer of STUN that nobody else waits for has come to that port.
void hp_reach_recv(struct hp_reach *reach, const struct sockaddr_storage *from,
        const uint8_t *data, size_t size);

// Calls on_change whenever an offer may have become another one: an interface, a public address or
// a mapping came or went.
struct hp_reach_watcher {
    void (*on_change)(void *arg); // neither watches nor unwatches
    void *arg;
};
void hp_reach_watch(struct hp_reach *reach, struct hp_reach_watcher *watcher); // kept
void hp_reach_unwatch(struct hp_reach *reach, struct hp_reach_watcher *watcher);

// Takes back what the router has granted; on_closed comes when that is done, perhaps before this
// returns. Before hp_reach_destroy(), unless nothing is shared.
void hp_reach_close(struct hp_reach *reach, void (*on_closed)(void *arg), void *arg);

// A person who has logged in has opened the page by this host ("desk.example:8080", "[::1]"): looks
// the name up, so that offers to who uses it know its addresses, for as long as the socket `id` of
// `client` (an address; NULL: unknown) lives. An authority that is no host is ignored.
void hp_reach_note_host(
        struct hp_reach *reach, uint64_t id, const char *client, const char *authority);
void hp_reach_forget_host(struct hp_reach *reach, uint64_t id); // an unknown one is fine

// Makes the offer for a browser by what is known now. `address`: where its signaling comes from;
// NULL: unknown. `authority`: of the page, as in hp_reach_note_host(); without a port that of the
// sockets is meant; NULL: unknown. An address of that host is in no other browser's offer: whoever
// sends the request chooses it.
void hp_reach_offer(const struct hp_reach *reach, const char *address, const char *authority,
        struct hp_offer *offer);

// Finds the address of a browser in our networks by its name, see hp_mdns_find(). NULL also without
// with_mdns.
struct hp_mdns_search *hp_reach_find_name(struct hp_reach *reach, const char *asker,
        const char *name, void (*on_found)(void *arg, const char *address), void *arg);
void hp_reach_cancel(struct hp_mdns_search *search); // before on_found
