// framing.h - the end of a request (RFC 9112 section 6). Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct hp_request;
struct lws;

// Checks the framing of the head. Returns the status of the error, 0: none. content_length is in
// bytes.
int hp_framing_check(
        struct hp_request *request, struct lws *wsi, size_t *content_length, bool *has_length);
