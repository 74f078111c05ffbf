// names.h - the browser's candidates whose address is a name of multicast DNS: finds the addresses,
// so that checks go to them as to any other candidate. RFC 8838 lets candidates come late. Home
// thread.
#pragma once

#include <stdbool.h>

struct hp_mdns_search;
struct hp_reach;

enum { HP_NAMES_MAX = 6 }; // under way for one browser

struct hp_names;

struct hp_names_search {
    struct hp_names *names;
    char *line; // NULL: this place is free
    struct hp_mdns_search *search;
};

// Part of hp_peer.
struct hp_names {
    struct hp_reach *reach; // NULL: no name is looked up
    const char *id;
    // The candidate, with its address in place of the name.
    void (*on_candidate)(void *arg, const char *line);
    void *arg;
    struct hp_names_search searches[HP_NAMES_MAX];
};

// `reach`, which may be NULL, and `id` outlive the names.
void hp_names_init(struct hp_names *names, struct hp_reach *reach, const char *id,
        void (*on_candidate)(void *arg, const char *line), void *arg);
void hp_names_finish(struct hp_names *names); // no callback follows

// Takes a candidate line ("candidate:...") of the browser. False: it has no such name, or none is
// looked up; on_candidate will not come. True: the name is being looked up; on_candidate comes if
// it is found.
bool hp_names_take(struct hp_names *names, const char *line);

// Takes the candidates of a description.
void hp_names_take_all(struct hp_names *names, const char *sdp);
