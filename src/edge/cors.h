// cors.h - the origins of other pages that may ask this server. Main thread.
#pragma once

#include <stdbool.h>

struct hp_request;
struct hp_vhost;

bool hp_cors_is_listed(const struct hp_vhost *vhost, const char *origin);
bool hp_cors_is_same_origin(struct hp_request *request, const char *origin);
// Adds what the Fetch standard asks for to the answer.
void hp_cors_add_headers(struct hp_request *request, const struct hp_vhost *vhost);
