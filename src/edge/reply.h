// reply.h - answers a request: the headers of each answer. Main thread. See also request.h.
#pragma once

#include <stdint.h>

#include <glib.h>

struct hp_request;

// Makes the head of an answer. `length` -1: the body ends with its last chunk, or the connection.
void hp_reply_begin(
        struct hp_request *request, int status, const char *content_type, int64_t length);
// Like hp_request_reply(), with a body that is shared instead of copied.
void hp_reply_bytes(
        struct hp_request *request, int status, const char *content_type, GBytes *body);
// Writes an answer, a short one, at once and frees the request; the caller closes the connection.
void hp_reply_refuse(struct hp_request *request, int status, const char *message);
