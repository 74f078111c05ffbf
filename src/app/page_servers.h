// page_servers.h - the STUN and TURN servers that a viewer's browser is told: those of the
// configuration, and this server's own service on the shared port, which is always among them, so
// that no configured server takes the place of STUN. Credentials are new ones for each viewer, and
// end. Main thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

struct hp_page_servers {
    json_t *configured; // an array, checked
    char *secret; // of the credentials
    int64_t lifetime_s;
};

// `configured`: a checked JSON array; copied, and so is the secret. The secret is for configured
// turn: servers without credentials; "": there are none.
void hp_page_servers_init(struct hp_page_servers *servers, const char *configured,
        const char *secret, int64_t lifetime_s);
void hp_page_servers_finish(struct hp_page_servers *servers);

// The list for the browser of a session; the caller owns it.
json_t *hp_page_servers_make(const struct hp_page_servers *servers, const char *session_id);
