// site.h - the server of some tests: a page, routes that echo, tell and keep requests.
#pragma once

#include "edge/client.h"

enum {
    MAX_BODY = 1024
};

extern struct hp_request *site_kept; // by GET or POST of /api/later, for the test to answer

int site_setup(void **state); // a struct server
int site_teardown(void **state);
uint16_t site_start(struct server *server);

void site_echo(void *arg, struct hp_request *request); // POST /api/echo
bool site_has_kept(void *arg);

bool site_body_is(const struct answer *answer, const char *text);

// Sends raw text and returns the status of the answer; 0: closed without one. Checks that the
// server closes afterwards and has not answered twice.
int site_refusal(uint16_t port, const char *text);

// Whether the loop comes to rest: of many looks at it, one after another, few find something to do. A
// spinning loop always has something, on a busy machine too.
bool site_rests(void);
