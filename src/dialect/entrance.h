// entrance.h - log-ins: their limits, and the wait of those that come from an address where many
// have failed. Main thread.
#pragma once

struct hp_entrance;
struct hp_request;
struct hp_room;
struct hp_worker;

// Owner: hp_rest. Never NULL.
struct hp_entrance *hp_entrance_create(struct hp_worker *home, struct hp_room *room);
void hp_entrance_destroy(struct hp_entrance *entrance);

// The room has ended: answers the log-ins that wait. None may be tried from now on.
void hp_entrance_close(struct hp_entrance *entrance);

// Tries a log-in and answers the request, now or after a wait.
void hp_entrance_try(struct hp_entrance *entrance, struct hp_request *request,
        const char *username, const char *password); // both copied
