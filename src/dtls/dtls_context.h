// dtls_context.h - what the DTLS connections of a server share, as dtls.c sees it.
#pragma once

#include "dtls/dtls.h"

struct hp_dtls_bio;
struct ssl_st; // OpenSSL's SSL

// Makes OpenSSL's object of one connection on top of that BIO, in that role. Its app data has to be
// the struct hp_fingerprints that the peer's certificate is held against. NULL after logging why.
struct ssl_st *hp_dtls_context_new_ssl(
        const struct hp_dtls_context *context, enum hp_dtls_role role, struct hp_dtls_bio *bio);
