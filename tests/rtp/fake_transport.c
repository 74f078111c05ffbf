// fake_transport.c - test: an RTP transport that shows each packet to the test and remembers it.
// Owner: a test.  Thread: main.
#include "rtp/fake_transport.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { PACKET_MAX = 1500 };

static bool
is_connected(const struct hp_rtp_transport *rtp)
{
    return ((const struct fake_transport *) rtp)->is_connected;
}

// The bytes of a packet that SRTP makes its number of: sequence number and SSRC.
static int64_t
number_of(const uint8_t *data)
{
    int64_t key = 0;
    memcpy(&key, data + 8, 4);
    memcpy((uint8_t *) &key + 4, data + 2, 2);
    return key;
}

static void
remember(struct fake_transport *transport, const uint8_t *data, size_t size)
{
    int64_t number = number_of(data);
    GBytes *bytes = g_bytes_new(data, size);
    const GBytes *before = g_hash_table_lookup(transport->packets, &number);
    transport->is_same = before != NULL;
    if (before != NULL) {
        assert_true(g_bytes_equal(before, bytes));
        transport->same_count++;
    }
    g_hash_table_replace(transport->packets, g_memdup2(&number, sizeof(number)), bytes);
}

static void
send_one(struct fake_transport *transport, const struct hp_rtp_packet *packet)
{
    uint8_t data[PACKET_MAX];
    size_t size = packet->header_size + packet->prefix_size + packet->payload_size;
    assert_in_range(size, 12, sizeof(data));
    memcpy(data, packet->header, packet->header_size);
    if (packet->prefix_size > 0) {
        memcpy(data + packet->header_size, packet->prefix, packet->prefix_size);
    }
    memcpy(data + packet->header_size + packet->prefix_size, packet->payload, packet->payload_size);
    remember(transport, data, size);
    transport->packet_count++;
    if (transport->on_rtp != NULL) {
        transport->on_rtp(transport->arg, data, size);
    }
}

static unsigned
send_rtp(struct hp_rtp_transport *rtp, const struct hp_rtp_packet *packets, unsigned count)
{
    struct fake_transport *transport = (struct fake_transport *) rtp; // its first member
    unsigned taken = MIN(count, transport->room);
    transport->calls++;
    transport->room -= taken;
    for (unsigned i = 0; i < taken; i++) {
        send_one(transport, &packets[i]);
    }
    return taken;
}

static void
send_rtcp(struct hp_rtp_transport *rtp, const uint8_t *data, size_t size)
{
    struct fake_transport *transport = (struct fake_transport *) rtp; // its first member
    transport->rtcp_count++;
    g_clear_pointer(&transport->last_rtcp, g_bytes_unref);
    transport->last_rtcp = g_bytes_new(data, size);
}

static const struct hp_rtp_transport_ops ops = {
    .is_connected = is_connected,
    .send_rtp = send_rtp,
    .send_rtcp = send_rtcp,
};

void
fake_transport_init(struct fake_transport *transport)
{
    *transport = (struct fake_transport){
        .rtp = { .ops = &ops },
        .is_connected = true,
        .room = UINT_MAX,
    };
    transport->packets = g_hash_table_new_full(
            g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_bytes_unref);
}

void
fake_transport_finish(struct fake_transport *transport)
{
    g_hash_table_destroy(transport->packets);
    g_clear_pointer(&transport->last_rtcp, g_bytes_unref);
}
