// poller.h - tells which of many descriptors are ready, by one source of the loop: idle connections
// cost the loop nothing. All calls on the worker's thread.
#pragma once

#include <stdint.h>

#include <sys/epoll.h>

struct hp_poller;
struct hp_worker;

// `events`: EPOLLIN and others. It may finish any watch, its own one too.
typedef void (*hp_poller_fn)(void *arg, uint32_t events);

// Part of another object.
struct hp_poller_watch {
    struct hp_poller *poller;
    int fd;
    uint32_t events; // 0: not watched at all
    hp_poller_fn fn;
    void *arg;
};

struct hp_poller *hp_poller_create(struct hp_worker *worker); // never NULL. Owner: http
void hp_poller_destroy(struct hp_poller *poller); // after all of its watches have ended

void hp_poller_init_watch(struct hp_poller_watch *watch, struct hp_poller *poller, int fd,
        hp_poller_fn fn, void *arg);
// Replaces the events to be told. EPOLLHUP and EPOLLERR always come, except with 0: then nothing
// comes.
void hp_poller_set(struct hp_poller_watch *watch, uint32_t events);
// To be called before the descriptor is closed; a watch that is only zeroed is fine.
void hp_poller_finish_watch(struct hp_poller_watch *watch);
