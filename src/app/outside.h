// outside.h - lets reach ask servers outside by the port that all browsers share. Main thread.
#pragma once

#include <stdint.h>

struct hp_ingress;
struct hp_outside;
struct hp_reach;
struct hp_service;
struct hp_worker;

// From now on reach uses the shared port, and what comes to that port for no peer and is no answer
// goes to `next`, which is copied; with ops of NULL it is dropped. All outlive it, but reach, see
// hp_outside_detach(). Never NULL. Owner: app.
struct hp_outside *hp_outside_create(struct hp_worker *home, struct hp_ingress *ingress,
        struct hp_reach *reach, const struct hp_service *next);
void hp_outside_detach(struct hp_outside *outside); // before reach is destroyed; NULL is fine
void hp_outside_destroy(struct hp_outside *outside); // after all workers have ended; NULL is fine
