// tls_context.h - what all TLS connections of the server share: its certificate and key. Main
// thread.
#pragma once

#include <stdbool.h>

#include <openssl/ssl.h>

struct hp_tls_context;

// Reads the two PEM files, whose paths are copied. NULL: they cannot be used, and the reason has
// been logged. Owner: http.
struct hp_tls_context *hp_tls_context_create(const char *cert, const char *key);
void hp_tls_context_destroy(struct hp_tls_context *tls); // NULL is fine

// A connection to be accepted; the caller owns it.
SSL *hp_tls_context_open(const struct hp_tls_context *tls);

// Have the files changed since they were read, and not since the last call? Programs that renew a
// certificate write two files, one after the other.
bool hp_tls_context_is_stale(struct hp_tls_context *tls);
// Reads the files again, each once, for new connections; the present ones keep what they have.
// False: they do not fit together, cannot be read or have expired, which has been logged, and the
// certificate in use stays.
bool hp_tls_context_reload(struct hp_tls_context *tls);
