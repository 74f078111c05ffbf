// page_servers.h - the STUN and TURN servers that a viewer's browser is told: those of the
// configuration, and this server's own service where turn.public says that it is found, or where
// a browser that came by IPv6 has found the page. Credentials are new ones for each viewer, and
// end. Main thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

enum { HP_PAGE_SERVERS_ID_SIZE = 19 }; // with a NUL

// Copied.
struct hp_page_servers_params {
    const char *configured; // a checked JSON array
    const char *secret; // of credentials, see turn.secret; "": a random one is made
    int64_t lifetime_s; // of credentials
    const char *public_host; // host or host:port of our own service; "": nobody is told of it
};

// Our own service. The ports count where public_host names none.
struct hp_page_servers_own {
    uint16_t udp_port;
    bool with_turn; // else STUN only
    uint16_t tcp_port, tls_port; // of TURN; 0: there is none
    bool is_tcp_at_page; // tcp_port is the page's, under whatever number others find that
};

struct hp_page_servers {
    json_t *configured;
    char *secret, *public_host;
    int64_t lifetime_s;
    bool with_own; // our own service is there
    struct hp_page_servers_own own;
};

void hp_page_servers_init(
        struct hp_page_servers *servers, const struct hp_page_servers_params *params);
void hp_page_servers_finish(struct hp_page_servers *servers);

// The secret that makes all credentials. Borrowed.
const char *hp_page_servers_secret(const struct hp_page_servers *servers);

// Our own service is there, and is told if there is a public_host. Copied.
void hp_page_servers_add_own(
        struct hp_page_servers *servers, const struct hp_page_servers_own *own);

// Where one browser finds our own service, if turn.public does not say it.
struct hp_page_servers_way {
    const char *page_host; // by which it has opened the page, with the port if that leads to us
    uint16_t stun_port; // of STUN over UDP, where no media is; 0: there is none
};

// The list for the browser of a session; the caller owns it. `way`: borrowed; NULL: none.
json_t *hp_page_servers_make(const struct hp_page_servers *servers, const char *session_id,
        const struct hp_page_servers_way *way);

// By what name the credentials of a session are made: it tells nobody the name of the person, which
// is part of the session's, since user names of TURN are not encrypted on the wire.
void hp_page_servers_id(const struct hp_page_servers *servers, const char *session_id,
        char id[HP_PAGE_SERVERS_ID_SIZE]);
