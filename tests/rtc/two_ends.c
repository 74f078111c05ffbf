// two_ends.c - test: two transports with DTLS and SRTP up, over paths that are lists in memory.
// Owner: a test.  Thread: the test's.
#include "rtc/two_ends.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { TRIES = 1000, MAX_PAYLOAD = 1200 };

struct datagram {
    struct one_end *to;
    GBytes *bytes;
};

static unsigned
send_run(struct hp_path *path, const struct hp_segment *segments, unsigned count)
{
    struct one_end *end = (struct one_end *) path; // its first member
    if (end->is_blocked) {
        return 0;
    }
    for (unsigned i = 0; i < count; i++) {
        struct datagram *datagram = g_new(struct datagram, 1);
        *datagram = (struct datagram) {
            .to = end->other, .bytes = g_bytes_new(segments[i].data, segments[i].size),
        };
        g_queue_push_tail(&end->ends->under_way, datagram);
    }
    return count;
}

static size_t
max_payload(const struct hp_path *path)
{
    (void) path;
    return MAX_PAYLOAD;
}

static enum hp_path_kind
kind(const struct hp_path *path)
{
    (void) path;
    return HP_PATH_UDP;
}

static const struct hp_path_ops path_ops = {
    .send_run = send_run, .max_payload = max_payload, .kind = kind,
};

static void
on_connected(void *arg)
{
    struct one_end *end = arg;
    end->is_connected = true;
}

static void
on_failed(void *arg, const char *reason)
{
    (void) arg;
    fail_msg("%s", reason);
}

static void
on_closed(void *arg)
{
    (void) arg;
}

static void
keep(GByteArray *last, const uint8_t *data, size_t size)
{
    g_byte_array_set_size(last, 0);
    g_byte_array_append(last, data, (guint) size);
}

static void
on_rtp(void *arg, const uint8_t *data, size_t size)
{
    struct one_end *end = arg;
    end->rtp_count++;
    keep(end->last_rtp, data, size);
    if (end->on_rtp != NULL) {
        end->on_rtp(end->on_rtp_arg, data, size);
    }
}

static void
on_rtcp(void *arg, const uint8_t *data, size_t size)
{
    struct one_end *end = arg;
    end->rtcp_count++;
    keep(end->last_rtcp, data, size);
}

static void
on_data(void *arg, const uint8_t *data, size_t size)
{
    struct one_end *end = arg;
    (void) data;
    (void) size;
    end->data_count++;
}

static void
on_writable(void *arg)
{
    (void) arg;
}

static const struct hp_transport_cbs cbs = {
    .on_connected = on_connected,
    .on_failed = on_failed,
    .on_closed = on_closed,
    .on_rtp = on_rtp,
    .on_rtcp = on_rtcp,
    .on_data = on_data,
    .on_writable = on_writable,
};

static void
init_end(struct one_end *end, struct one_end *other, struct two_ends *ends, const char *id)
{
    *end = (struct one_end) { .path = { .ops = &path_ops }, .ends = ends, .other = other };
    end->last_rtp = g_byte_array_new();
    end->last_rtcp = g_byte_array_new();
    struct hp_transport_params params = {
        .id = id, .worker = ends->worker, .dtls_context = ends->context, .path = &end->path,
    };
    end->transport = hp_transport_create(&params, &cbs, end);
}

static void
finish_end(struct one_end *end)
{
    hp_transport_destroy(end->transport);
    g_byte_array_unref(end->last_rtp);
    g_byte_array_unref(end->last_rtcp);
}

static void
free_datagram(void *arg)
{
    struct datagram *datagram = arg;
    g_bytes_unref(datagram->bytes);
    g_free(datagram);
}

void
two_ends_deliver(struct two_ends *ends)
{
    struct datagram *datagram;
    while ((datagram = g_queue_pop_head(&ends->under_way)) != NULL) {
        size_t size;
        const uint8_t *data = g_bytes_get_data(datagram->bytes, &size);
        datagram->to->path.cbs->on_packet(datagram->to->path.cbs_arg, data, size);
        free_datagram(datagram);
    }
}

void
two_ends_init(struct two_ends *ends)
{
    *ends = (struct two_ends) { .worker = hp_worker_create_main() };
    g_queue_init(&ends->under_way);
    ends->cert = hp_cert_create();
    ends->context = hp_dtls_context_create(ends->cert);
    init_end(&ends->a, &ends->b, ends, "a");
    init_end(&ends->b, &ends->a, ends, "b");
    const char *fingerprint = hp_cert_fingerprint(ends->cert);
    assert_true(hp_transport_start(ends->a.transport, HP_DTLS_CLIENT, fingerprint));
    assert_true(hp_transport_start(ends->b.transport, HP_DTLS_SERVER, fingerprint));
    hp_transport_open(ends->b.transport);
    hp_transport_open(ends->a.transport);
    for (unsigned i = 0; i < TRIES && !(ends->a.is_connected && ends->b.is_connected); i++) {
        two_ends_deliver(ends);
    }
    assert_true(ends->a.is_connected && ends->b.is_connected);
}

void
two_ends_finish(struct two_ends *ends)
{
    finish_end(&ends->a);
    finish_end(&ends->b);
    g_queue_clear_full(&ends->under_way, free_datagram);
    hp_dtls_context_destroy(ends->context);
    hp_cert_destroy(ends->cert);
    hp_worker_destroy(ends->worker);
}
