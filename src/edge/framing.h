// framing.h - where a request ends (RFC 9112 section 6). Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct hp_request;
struct lws;

// What is wrong with the head's framing: a status, 0: nothing. content_length is in bytes.
int hp_framing_check(
        struct hp_request *request, struct lws *wsi, size_t *content_length, bool *has_length);
