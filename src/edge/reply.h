// reply.h - answers a request: which headers the answer carries. Main thread. See also request.h.
#pragma once

#include <stdint.h>

#include <glib.h>

struct hp_request;

// Makes the head of an answer; length: -1: it ends in chunks, or with the connection.
void hp_reply_begin(
        struct hp_request *request, int status, const char *content_type, int64_t length);
// Like hp_request_reply() with a body that is shared.
void hp_reply_bytes(
        struct hp_request *request, int status, const char *content_type, GBytes *body);
// Writes an answer at once and lets go of the request; the caller closes the connection. The answer
// is short.
void hp_reply_refuse(struct hp_request *request, int status, const char *message);
