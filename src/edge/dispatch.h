// dispatch.h - finds what answers a request: a route, a file, or an error. Main thread.
#pragma once

struct hp_request;

// The head is there. Answers, opens an exchange, or leaves body_left bytes to be read first.
void hp_dispatch_request(struct hp_request *request);
// The body is there too.
void hp_dispatch_whole(struct hp_request *request);
