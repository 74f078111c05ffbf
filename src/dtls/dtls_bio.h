// dtls_bio.h - OpenSSL's way to the network for DTLS: one datagram in at a time, datagrams out into
// a short queue, so that nothing is called back from inside OpenSSL. On the peer's worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

struct bio_method_st; // OpenSSL's BIO_METHOD
struct bio_st; // OpenSSL's BIO

enum {
    HP_DTLS_BIO_WAITING_MAX = 64
}; // datagrams; what comes on top is lost, as on a network

// Embedded in hp_dtls.
struct hp_dtls_bio {
    size_t mtu;
    const uint8_t *in; // the datagram that is being read; NULL when it was taken
    size_t in_size;
    GQueue out; // of GBytes
};

// The method table, one for all; freed with BIO_meth_free. NULL without memory.
struct bio_method_st *hp_dtls_bio_method_create(void);

void hp_dtls_bio_init(struct hp_dtls_bio *bio, size_t mtu);
void hp_dtls_bio_finish(struct hp_dtls_bio *bio);

// Makes the BIO that stands for it; OpenSSL owns that one. NULL without memory.
struct bio_st *hp_dtls_bio_new(struct hp_dtls_bio *bio, const struct bio_method_st *method);

// The oldest datagram that OpenSSL wrote, NULL when there is none. The caller unrefs it.
GBytes *hp_dtls_bio_pop(struct hp_dtls_bio *bio);
