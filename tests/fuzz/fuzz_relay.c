// Fuzzes the STUN and TURN service: datagrams of a stranger, and requests of a client with an
// allocation, signed as they have to be. What it relays goes to our own media only.
#include "relay/relay.h"

#include <stdlib.h>
#include <string.h>

#include "relay/client.h"
#include "relay/discovery.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER_SIZE = 20, ROOM = 600, TRANSPORT_UDP = 17 << 24, PAUSE_S = 7200 };

static struct client client;
static struct hp_addr media;

static unsigned
send_run(struct hp_carrier *carrier, const struct hp_flow *flow, const struct hp_segment *segments,
        unsigned count)
{
    (void) carrier;
    (void) flow;
    client_read(&client, segments[0].data, segments[0].size);
    return count;
}

static const struct hp_carrier_ops udp_ops = { .send_run = send_run };
static struct hp_carrier udp = { &udp_ops, HP_PATH_UDP };
static struct hp_carrier annex = { &udp_ops, HP_PATH_UDP };

static void
inject(void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    (void) arg;
    const struct hp_segment segment = { data, size };
    if (!hp_addr_equal(&flow->local, &media)) {
        abort();
    }
    flow->carrier->ops->send_run(flow->carrier, flow, &segment, 1);
}

static void
give(const struct hp_service *service)
{
    service->ops->on_datagram(service->arg, &client.flow, client.data, client.size);
}

static void
allocate(const struct hp_service *service)
{
    for (int i = 0; i < 2; i++) {
        client_begin(&client, STUN_ALLOCATE);
        client_add_u32(&client, STUN_ATTRIBUTE_REQUESTED_TRANSPORT, TRANSPORT_UDP);
        client_end(&client);
        give(service);
    }
}

// A request with these attributes, which libnice signs; junk that it cannot sign is left out.
static void
give_signed(const struct hp_service *service, const uint8_t *data, size_t size)
{
    static const StunMethod methods[] = { STUN_ALLOCATE, STUN_REFRESH, STUN_CREATEPERMISSION,
        STUN_CHANNELBIND };
    size_t rest = size & ~(size_t) 3;
    client_begin(&client, methods[rest % 16 / 4]);
    memcpy(client.data + HEADER_SIZE, data, rest);
    client.data[2] = (uint8_t) (rest >> 8);
    client.data[3] = (uint8_t) rest;
    if (stun_message_validate_buffer_length(client.data, HEADER_SIZE + rest, true) < 0
            || stun_message_has_attribute(&client.stun, STUN_ATTRIBUTE_USERNAME)
            || stun_message_has_attribute(&client.stun, STUN_ATTRIBUTE_REALM)) {
        return;
    }
    client_end(&client);
    give(service);
}

static struct hp_relay *
create_relay(void)
{
    static const char *const addresses[] = { "10.0.0.1", "10.0.0.2", NULL };
    struct hp_discovery discovery = { .carriers = { &udp, &annex }, .ports = { 8080, 3478 } };
    struct hp_relay_params params = { .secret = "secret",
        .with_turn = true,
        .with_classic = true,
        .discovery = &discovery,
        .inject = inject };
    hp_discovery_read(&discovery, addresses);
    client_clock_begin();
    media = client_addr("10.0.0.1", 8080);
    return hp_relay_create(&params);
}

// One relay serves all inputs, since making it costs far more than they do: its limits are large
// tables. So much time passes between two of them that all which one has left is over, and no limit
// hides what is behind it.
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hp_relay *relay;
    if (size == 0 || size > ROOM) {
        return 0;
    }
    if (relay == NULL) {
        relay = create_relay();
    }
    client_clock_pass_s(PAUSE_S);
    client_init(&client, "secret");
    client.flow.carrier = (data[0] & 4) != 0 ? &annex : &udp;
    struct hp_service service = hp_relay_service(relay);
    if ((data[0] & 1) != 0) {
        allocate(&service);
    }
    if ((data[0] & 2) != 0) {
        give_signed(&service, data + 1, size - 1);
    } else {
        memset(client.data, 0, sizeof(client.data));
        memcpy(client.data, data + 1, size - 1);
        client.size = size - 1;
        give(&service);
    }
    return 0;
}
