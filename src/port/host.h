// host.h - hosts as HTTP names them: "a.example", "a.example:8080", "[::1]:80". Pure, except for
// this machine's own name. Any thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    HP_HOST_SIZE = 254 // of a name at most, with its NUL
};

// Is it a host that no page from elsewhere can have for its own: an address, a name without a dot,
// one of a network at home (.local, .internal, .home.arpa, .localhost), or this machine's name?
bool hp_host_is_inside(const char *authority);

// Is it the host of that origin ("https://a.example")? Each may name the default port or leave it
// out: browsers do, and a proxy may not.
bool hp_host_is_of_origin(const char *authority, const char *origin);
// Is it, whatever the port, the host of one of these origins? "*" is any. NULL is an empty list.
bool hp_host_is_listed(const char *authority, char *const *origins);
// Is it, whatever the port, one of these names? NULL is an empty list.
bool hp_host_is_named(const char *authority, char *const *names);

// Splits "a.example:8080" or "[::1]:80" into the host without brackets and the port, 0 where there
// is none. False: that is no host of a URL.
bool hp_host_split(const char *authority, char host[HP_HOST_SIZE], uint16_t *port);

// The same for a host as an operator names it, whose IPv6 address needs no brackets without a port:
// "2001:db8::1", "192.0.2.1:9000". What follows a slash is left out: Neko names pairs of addresses,
// public/private, and we know our private ones.
bool hp_host_split_outside(const char *text, char host[HP_HOST_SIZE], uint16_t *port);

// The host by which a client has reached us, with the port of ours that it has used: the one of the
// authority, or else the default one. Behind a proxy (not `is_direct`) the port is not ours and is
// left out. The caller frees it with g_free(); NULL: that is no host of a URL.
char *hp_host_copy_reached(const char *authority, bool is_direct, bool is_tls);

// What the browser asked for, by X-Forwarded-Host, of whose items the first counts, and
// X-Forwarded-Port. Both may be NULL. The caller frees it with g_free(); NULL: it is not told.
char *hp_host_copy_forwarded(const char *hosts, const char *port);
