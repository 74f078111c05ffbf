// request.h - one HTTP request: its facts for the route that answers it, and the answer. Main
// thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct hp_connection;
struct hp_request;

// Facts of a request; borrowed until the request is answered (of an exchange: until on_closed).
// NULL: the request does not have it. The body is never NULL, and ends with a NUL that `size` does
// not count.
const char *hp_request_method(const struct hp_request *request); // "GET", "?" for unknown ones
const char *hp_request_path(const struct hp_request *request); // below the prefix, decoded
const char *hp_request_header(struct hp_request *request, const char *name); // lower case name
const char *hp_request_query(const struct hp_request *request, const char *name); // decoded
uint64_t hp_request_length(const struct hp_request *request); // Content-Length; 0: no body
const char *hp_request_body(const struct hp_request *request, size_t *size);
// The client's address, for limits and logs.
const char *hp_request_address(const struct hp_request *request);

// The token of "Authorization: Bearer" or "?token="; NULL: the request has none.
const char *hp_request_token(struct hp_request *request);

// Does the request come from no page, or from one of this server or of server.cors? If not, the log
// names both and what may help, at most once a minute for each origin.
bool hp_request_is_origin_allowed(struct hp_request *request);

// Adds a header to the answer; to be called before the reply. A value with a line end is dropped.
void hp_request_add_header(struct hp_request *request, const char *name, const char *value);

// Answers and ends the request. `content_type` is NULL for an answer without a body, for instance
// 204.
void hp_request_reply(struct hp_request *request, int status, const char *content_type,
        const void *body, size_t size); // body: copied
void hp_request_reply_json(struct hp_request *request, int status, json_t *body); // body: taken
// Answers with {"code": status, "message": message}; copied.
void hp_request_reply_error(struct hp_request *request, int status, const char *message);
// The same for one who asks too often: 429, with the seconds until the next try in Retry-After.
void hp_request_reply_wait(struct hp_request *request, unsigned wait_s, const char *message);

// For the files of the server. `path`: below the prefix, decoded.
struct hp_request *hp_request_create(
        struct hp_connection *connection, const char *method, const char *path);
// Reads the parameters and, if a trusted proxy sends the request, the client's address.
void hp_request_read_head(struct hp_request *request);
// The body is wanted: a client that waits to be asked for it is asked (RFC 9110 section 10.1.1).
void hp_request_invite_body(struct hp_request *request);
// The rest of the body is not read: the connection ends with the answer.
void hp_request_give_up_body(struct hp_request *request);
void hp_request_destroy(struct hp_request *request); // NULL is fine
