// cors.h - the origins of other pages that may ask this server. Main thread.
#pragma once

#include <stdbool.h>

struct hp_request;
struct hp_vhost;

// The server's host in the browser's address bar, borrowed; NULL: it is not known.
const char *hp_cors_host(struct hp_request *request);
// The same as hp_host_copy_reached() makes it. The caller frees it with g_free().
char *hp_cors_copy_reached(struct hp_request *request);
// The name that may be a foreign page's, under which it has brought a visitor from inside to this
// server while anyone who gets that far gets in, borrowed. NULL: there is none.
const char *hp_cors_find_rebound(struct hp_request *request);
// Adds what the Fetch standard asks for to the answer.
void hp_cors_add_headers(struct hp_request *request, const struct hp_vhost *vhost);
