// dispatch.h - finds the answer to a request: a route, a file, or an error. Main thread.
#pragma once

struct hp_request;

// The head has come. Answers, opens an exchange, or leaves body_left bytes to be read first.
void hp_dispatch_request(struct hp_request *request);
// The body has come too.
void hp_dispatch_whole(struct hp_request *request);
