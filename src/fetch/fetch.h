// fetch.h - asks an HTTP server outside by which address it sees us, as services like
// checkip.amazonaws.com tell: the whole body is one address. Blocks: only within a job.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire/address.h"

enum { HP_FETCH_ERROR_SIZE = 160 };

struct hp_fetch_result {
    char address[HP_ADDRESS_TEXT_SIZE]; // public, in its usual form; "": none was told
    char error[HP_FETCH_ERROR_SIZE];    // why not; "" with an address
};

// Is the text a URL that can be fetched: http or https, a host, a port from 1 to 65535 or none, no
// name or password?
bool hp_fetch_is_url(const char *url);

// Fetches, for at most that time once the host's name is known. Redirects are not followed, a
// certificate is verified, and an answer that is more than an address is refused.
void hp_fetch_run(const char *url, int64_t timeout_us, struct hp_fetch_result *result);
