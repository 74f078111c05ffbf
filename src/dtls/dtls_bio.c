// dtls_bio.c - connects OpenSSL's DTLS with the network: one datagram in, a short queue out.
// Owner: hp_dtls.  Thread: the peer's worker, always.
#include "dtls/dtls_bio.h"

#include <string.h>

#include <openssl/bio.h>

static int
write_datagram(BIO *handle, const char *data, int size)
{
    struct hp_dtls_bio *bio = BIO_get_data(handle);
    BIO_clear_retry_flags(handle);
    if (size <= 0 || (size_t) size > bio->mtu) {
        return -1;
    }
    if (g_queue_get_length(&bio->out) < HP_DTLS_BIO_WAITING_MAX) {
        g_queue_push_tail(&bio->out, g_bytes_new(data, (size_t) size));
    }
    return size;
}

static int
read_datagram(BIO *handle, char *data, int capacity)
{
    struct hp_dtls_bio *bio = BIO_get_data(handle);
    BIO_clear_retry_flags(handle);
    if (bio->in == NULL || capacity <= 0) {
        BIO_set_retry_read(handle);
        return -1;
    }
    // the rest of the datagram is lost, as with recv()
    size_t size = MIN(bio->in_size, (size_t) capacity);
    memcpy(data, bio->in, size);
    bio->in = NULL;
    return (int) size;
}

static long
control(BIO *handle, int command, long number, void *pointer)
{
    const struct hp_dtls_bio *bio = BIO_get_data(handle);
    (void) number;
    (void) pointer;
    switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU: return (long) bio->mtu;
    default: return 0; // no overhead, nothing pending, no timeouts here
    }
}

static int
begin(BIO *handle)
{
    BIO_set_init(handle, 1);
    return 1;
}

BIO_METHOD *
hp_dtls_bio_method_create(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
    if (method == NULL || !BIO_meth_set_write(method, write_datagram)
            || !BIO_meth_set_read(method, read_datagram) || !BIO_meth_set_ctrl(method, control)
            || !BIO_meth_set_create(method, begin)) {
        BIO_meth_free(method);
        return NULL;
    }
    return method;
}

void
hp_dtls_bio_init(struct hp_dtls_bio *bio, size_t mtu)
{
    *bio = (struct hp_dtls_bio){ .mtu = mtu };
    g_queue_init(&bio->out);
}

void
hp_dtls_bio_finish(struct hp_dtls_bio *bio)
{
    GBytes *datagram;
    while ((datagram = hp_dtls_bio_pop(bio)) != NULL) {
        g_bytes_unref(datagram);
    }
}

BIO *
hp_dtls_bio_new(struct hp_dtls_bio *bio, const BIO_METHOD *method)
{
    BIO *handle = BIO_new(method);
    if (handle != NULL) {
        BIO_set_data(handle, bio);
    }
    return handle;
}

GBytes *
hp_dtls_bio_pop(struct hp_dtls_bio *bio)
{
    return g_queue_pop_head(&bio->out);
}
