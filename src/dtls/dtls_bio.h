// dtls_bio.h - connects OpenSSL's DTLS with the network: one datagram in at a time, datagrams out
// into a short queue, so that no callback runs inside OpenSSL. On the peer's worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

struct bio_method_st; // OpenSSL's BIO_METHOD
struct bio_st; // OpenSSL's BIO

enum {
    HP_DTLS_BIO_WAITING_MAX = 64
}; // datagrams; further ones are lost, as on a network

// Embedded in hp_dtls.
struct hp_dtls_bio {
    size_t mtu;
    const uint8_t *in; // the datagram that is being read; NULL once OpenSSL has taken it
    size_t in_size;
    GQueue out; // of GBytes
};

// The method table, one for all connections; freed with BIO_meth_free(). NULL: out of memory.
struct bio_method_st *hp_dtls_bio_method_create(void);

void hp_dtls_bio_init(struct hp_dtls_bio *bio, size_t mtu);
void hp_dtls_bio_finish(struct hp_dtls_bio *bio);

// Makes OpenSSL's object for it; OpenSSL owns that object. NULL: out of memory.
struct bio_st *hp_dtls_bio_new(struct hp_dtls_bio *bio, const struct bio_method_st *method);

// Takes the oldest datagram that OpenSSL wrote; NULL: there is none. The caller unrefs it.
GBytes *hp_dtls_bio_pop(struct hp_dtls_bio *bio);
