// retrieval.h - our public address as an HTTP server outside sees it: the last resort, where nobody
// else can tell. Asked in a job, after STUN servers had their chance, again when that fails, and
// every hour. Home thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire/address.h"

struct hp_fetch_result;
struct hp_jobs;
struct hp_retrieval;
struct hp_worker;

struct hp_retrieval_params {
    struct hp_worker *home;
    struct hp_jobs *jobs; // nobody else should wait behind it
    const char *url;      // copied
    // Asks the server: hp_fetch_run(), or a fake. In a job.
    void (*run)(const char *url, int64_t timeout_us, struct hp_fetch_result *result);
    void (*on_change)(void *arg); // an address has become known or has changed
    void *arg;
};

// Asks nobody yet. Never NULL. Owner: hp_reach.
struct hp_retrieval *hp_retrieval_create(const struct hp_retrieval_params *params);
void hp_retrieval_destroy(struct hp_retrieval *retrieval); // NULL is fine

// Is nothing else known? False: forgets the address, and asks nobody.
void hp_retrieval_want(struct hp_retrieval *retrieval, bool is_wanted);

// The network has changed: forgets the address, which was of the one before, and begins anew, if an
// address is wanted.
void hp_retrieval_renew(struct hp_retrieval *retrieval);

// False: none is known.
bool hp_retrieval_get(
        const struct hp_retrieval *retrieval, char address[HP_ADDRESS_TEXT_SIZE]);
