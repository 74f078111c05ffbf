// relay.c - the server's own STUN and TURN service on the shared port.
// Owner: hp_app.  Thread: worker 0; the carrier's ops on every worker.
// RFC 8489, RFC 8656, RFC 5780. Amplification: an answer by UDP to a stranger is at most twice the
// request. The exceptions are Binding answers: over IPv6, of 44 bytes to 20; and few in a second
// that tell of another address of ours, of 56 bytes to 20 (92 over IPv6). Nobody repeats a request
// over a connection (RFC 8489 section 6.2.2), so what is not answered there ends the connection.
#include "relay/relay.h"

#include <assert.h>
#include <string.h>

#include <glib.h>

#include "base/clock.h"
#include "base/worker.h"
#include "relay/binding.h"
#include "relay/discovery.h"
#include "relay/message.h"
#include "relay/networks.h"
#include "relay/response.h"
#include "relay/throttle.h"
#include "relay/turn.h"
#include "relay/wrapper.h"

enum {
    FIRST_CHANNEL_BYTE = 0x40, // RFC 7983
    RUN_MAX = 16, // datagrams that are wrapped at once
    DATAGRAM_MAX = 1600, // with its envelope; media's are smaller
    AMPLIFICATION_MAX = 2,
    CHANNEL_BITS = 16, // of a flow's id; above them: that of the client's flow
    CHANNEL_MASK = 0xffff,
};

// The carrier of flows to clients that come by UDP, or by connections.
struct way {
    struct hp_carrier carrier; // must be first
    // Of the clients' own flows, from the first datagram that is relayed on. Other workers see it
    // by the queue that brings them the datagram.
    struct hp_carrier *client;
};

struct hp_relay {
    struct way udp, tcp;
    struct hp_turn turn;
    struct hp_throttle throttle;
    struct hp_networks listen; // empty: all
    struct hp_discovery discovery;
    struct hp_worker *home;
    bool with_turn, with_classic;
    hp_relay_inject_fn inject;
    void *inject_arg;
    struct hp_relay_counters counters;
};

// Word of a session.
struct word {
    struct hp_relay *relay;
    char *id;
};

static void
send_one(const struct hp_flow *to, const uint8_t *data, size_t size)
{
    const struct hp_segment segment = { data, size };
    to->carrier->ops->send_run(to->carrier, to, &segment, 1); // a lost answer is asked for again
}

static bool
is_by_connection(const struct hp_flow *flow)
{
    return flow->carrier->kind == HP_PATH_TCP;
}

// What a Binding request from there may learn of our other address; NULL: nothing.
static const struct hp_discovery *
choose_discovery(struct hp_relay *relay, const struct hp_flow *from)
{
    struct hp_flow same;
    bool is_known = hp_discovery_turn(&relay->discovery, from, 0, &same)
            && hp_throttle_admit(&relay->throttle, HP_THROTTLE_DISCOVERY, &from->remote);
    return is_known ? &relay->discovery : NULL;
}

// False: there is no answer.
static bool
answer(struct hp_relay *relay, const struct hp_flow *from, const struct hp_message *message)
{
    struct hp_response reply;
    struct hp_flow via = *from;
    if (message->method == STUN_BINDING) {
        const struct hp_binding binding = {
            .auth = &relay->turn.auth,
            .discovery = choose_discovery(relay, from),
            .with_classic = relay->with_classic,
        };
        hp_binding_answer(&binding, &reply, message, &via);
    } else {
        hp_turn_answer(&relay->turn, &reply, message, from);
    }
    if (reply.size == 0) {
        return false;
    }
    bool is_to_a_stranger = !reply.is_signed && message->method != STUN_BINDING
            && !is_by_connection(from);
    if (is_to_a_stranger && reply.size > AMPLIFICATION_MAX * message->size) {
        relay->counters.oversized++;
        return false;
    }
    relay->counters.answered++;
    send_one(&via, reply.data, reply.size);
    return true;
}

// Gives what the client sends to that peer, which is an address of ours, to our own media.
static bool
relay_datagram(struct hp_relay *relay, struct hp_allocation *allocation,
        const struct hp_addr *peer, uint16_t channel, const uint8_t *data, size_t size)
{
    if (!hp_peers_has(&relay->turn.peers, peer)
            || !hp_bucket_take(&allocation->bytes, (double) size)) {
        return false;
    }
    const struct hp_flow *client = &allocation->client;
    struct way *way = is_by_connection(client) ? &relay->tcp : &relay->udp;
    if (way->client == NULL) {
        way->client = client->carrier;
    }
    const struct hp_flow flow = {
        .carrier = &way->carrier,
        .local = *peer,
        .remote = allocation->relayed,
        .via_local = client->local,
        .via_remote = client->remote,
        .id = client->id << CHANNEL_BITS | channel,
    };
    relay->counters.relayed++;
    relay->inject(relay->inject_arg, &flow, data, size);
    return true;
}

static bool
take_channel_data(
        struct hp_relay *relay, const struct hp_flow *from, const uint8_t *data, size_t size)
{
    int64_t now_us = hp_clock_now_us();
    uint16_t number;
    const uint8_t *inner;
    size_t inner_size;
    struct hp_allocation *allocation =
            hp_allocations_find(&relay->turn.allocations, from, now_us);
    if (allocation == NULL || !hp_wrapper_read_channel(data, size, &number, &inner, &inner_size)) {
        return false;
    }
    const struct hp_channel *channel = hp_allocation_find_number(allocation, number, now_us);
    return channel != NULL && hp_allocation_permits(allocation, &channel->peer, now_us)
            && relay_datagram(relay, allocation, &channel->peer, number, inner, inner_size);
}

// A Send indication (RFC 8656 section 11.2).
static bool
take_send(struct hp_relay *relay, const struct hp_flow *from, const struct hp_message *message)
{
    int64_t now_us = hp_clock_now_us();
    struct hp_allocation *allocation =
            hp_allocations_find(&relay->turn.allocations, from, now_us);
    const struct hp_addr *peer = &message->peers[0];
    if (allocation == NULL || message->is_malformed || message->unknown_count > 0
            || message->peer_count != 1 || message->payload.data == NULL
            || !hp_allocation_permits(allocation, peer, now_us)) {
        return false;
    }
    const struct hp_channel *channel = hp_allocation_find_peer(allocation, peer, now_us);
    return relay_datagram(relay, allocation, peer, channel == NULL ? 0 : channel->number,
            message->payload.data, message->payload.size);
}

static bool
take_stun(struct hp_relay *relay, const struct hp_flow *from, const struct hp_message *message)
{
    switch (message->kind) {
    case STUN_INDICATION:
        return relay->with_turn && message->method == STUN_IND_SEND
                && take_send(relay, from, message);
    case STUN_REQUEST: break;
    case STUN_RESPONSE:
    case STUN_ERROR: return false;
    }
    if (message->method != STUN_BINDING && !relay->with_turn) {
        return false;
    }
    return answer(relay, from, message);
}

// A nonce of ours was sent to the client's address, so whoever has it gets what is sent there.
static enum hp_throttle_lane
choose_lane(const struct hp_relay *relay, const struct hp_flow *from,
        const struct hp_message *message)
{
    const struct hp_message_value *nonce = &message->nonce;
    if (nonce->data != NULL
            && hp_nonce_is_fresh(&relay->turn.auth.nonce, &from->remote, hp_clock_now_us(),
                    nonce->data, nonce->size)) {
        return HP_THROTTLE_PROVEN;
    }
    return is_by_connection(from) ? HP_THROTTLE_CONNECTION : HP_THROTTLE_STRANGER;
}

// Is a message of a client without an allocation looked at?
static bool
may_enter(struct hp_relay *relay, const struct hp_flow *from, const struct hp_message *message)
{
    bool is_inside = relay->listen.count == 0 || hp_networks_have(&relay->listen, &from->local);
    return is_inside
            && hp_throttle_admit(
                    &relay->throttle, choose_lane(relay, from, message), &from->remote);
}

static bool
has_client(void *arg, const struct hp_flow *from)
{
    struct hp_relay *relay = arg;
    return hp_allocations_find(&relay->turn.allocations, from, hp_clock_now_us()) != NULL;
}

static bool
on_datagram(void *arg, const struct hp_flow *from, const uint8_t *data, size_t size)
{
    struct hp_relay *relay = arg;
    struct hp_message message;
    bool is_channel_data = size > 0 && data[0] >= FIRST_CHANNEL_BYTE;
    bool is_stun = !is_channel_data && hp_message_parse(&message, data, size);
    if (is_stun && !has_client(relay, from) && !may_enter(relay, from, &message)) {
        relay->counters.refused_early++;
        return false;
    }
    bool is_taken = is_channel_data ? take_channel_data(relay, from, data, size)
                                    : is_stun && take_stun(relay, from, &message);
    relay->counters.dropped += !is_taken;
    return is_taken;
}

// The client's way, for a flow by this carrier.
static struct hp_flow
flow_to_client(const struct hp_carrier *carrier, const struct hp_flow *flow)
{
    return (struct hp_flow){ .carrier = ((const struct way *) carrier)->client,
        .local = flow->via_local,
        .remote = flow->via_remote,
        .id = flow->id >> CHANNEL_BITS };
}

static unsigned
send_run(struct hp_carrier *carrier, const struct hp_flow *flow, const struct hp_segment *segments,
        unsigned count)
{
    const struct hp_flow client = flow_to_client(carrier, flow);
    uint8_t wrapped[RUN_MAX][DATAGRAM_MAX];
    struct hp_segment run[RUN_MAX];
    struct hp_wrapper wrapper;
    hp_wrapper_init(&wrapper, flow->id & CHANNEL_MASK, &flow->local);
    for (unsigned first = 0; first < count; first += RUN_MAX) {
        unsigned part = MIN(count - first, RUN_MAX), sent;
        unsigned filled = 0;
        for (unsigned i = 0; i < part; i++) {
            const struct hp_segment *segment = &segments[first + i];
            size_t size = hp_wrapper_write(
                    &wrapper, segment->data, segment->size, wrapped[filled], DATAGRAM_MAX);
            run[filled] = (struct hp_segment){ wrapped[filled], size };
            filled += size > 0; // what is too large for any network is lost
        }
        sent = client.carrier->ops->send_run(client.carrier, &client, run, filled);
        if (sent < filled) {
            return first + sent;
        }
    }
    return count;
}

static void
await(struct hp_carrier *carrier, const struct hp_flow *flow, struct hp_flow_wait *wait)
{
    const struct hp_flow client = flow_to_client(carrier, flow);
    client.carrier->ops->await(client.carrier, &client, wait);
}

static void
cancel(struct hp_carrier *carrier, struct hp_flow_wait *wait)
{
    struct hp_carrier *client = ((const struct way *) carrier)->client;
    if (client != NULL) {
        client->ops->cancel(client, wait);
    }
}

static const struct hp_carrier_ops carrier_ops = { send_run, await, cancel };

static void
on_end(void *arg, const struct hp_flow *from)
{
    struct hp_relay *relay = arg;
    struct hp_allocation *allocation =
            hp_allocations_find(&relay->turn.allocations, from, hp_clock_now_us());
    if (allocation != NULL) {
        hp_allocations_remove(&relay->turn.allocations, allocation);
    }
}

static const struct hp_service_ops service_ops = { on_datagram, has_client, on_end };

static bool
on_stun_datagram(void *arg, const struct hp_flow *from, const uint8_t *data, size_t size)
{
    struct hp_relay *relay = arg;
    struct hp_message message;
    bool is_request = hp_message_parse(&message, data, size) && message.kind == STUN_REQUEST
            && message.method == STUN_BINDING;
    if (is_request && !may_enter(relay, from, &message)) {
        relay->counters.refused_early++;
        return false;
    }
    bool is_taken = is_request && answer(relay, from, &message);
    relay->counters.dropped += !is_taken;
    return is_taken;
}

static const struct hp_service_ops stun_ops = { .on_datagram = on_stun_datagram };

struct hp_relay *
hp_relay_create(const struct hp_relay_params *params)
{
    struct hp_relay *relay = g_new0(struct hp_relay, 1);
    relay->udp.carrier = (struct hp_carrier){ &carrier_ops, HP_PATH_RELAY };
    relay->tcp.carrier = relay->udp.carrier;
    hp_turn_init(&relay->turn, params->secret, params->media_port);
    hp_throttle_init(&relay->throttle);
    for (unsigned i = 0; i < params->peer_count; i++) {
        hp_peers_add(&relay->turn.peers, &params->peers[i]);
    }
    for (const char *const *text = params->listen; text != NULL && *text != NULL; text++) {
        hp_networks_add(&relay->listen, *text);
    }
    if (params->discovery != NULL) {
        relay->discovery = *params->discovery;
    }
    relay->home = params->home;
    relay->with_turn = params->with_turn;
    relay->with_classic = params->with_classic;
    relay->inject = params->inject;
    relay->inject_arg = params->inject_arg;
    return relay;
}

void
hp_relay_destroy(struct hp_relay *relay)
{
    if (relay == NULL) {
        return;
    }
    hp_throttle_finish(&relay->throttle);
    hp_turn_finish(&relay->turn);
    g_free(relay);
}

struct hp_service
hp_relay_service(struct hp_relay *relay)
{
    return (struct hp_service){ .ops = &service_ops, .arg = relay };
}

struct hp_service
hp_relay_stun_service(struct hp_relay *relay)
{
    return (struct hp_service){ .ops = &stun_ops, .arg = relay };
}

static void
free_word(struct word *word)
{
    g_free(word->id);
    g_free(word);
}

static void
begin_session(void *arg)
{
    struct word *word = arg;
    hp_holders_add(&word->relay->turn.auth.holders, word->id);
    free_word(word);
}

static void
end_session(void *arg)
{
    struct word *word = arg;
    hp_holders_remove(&word->relay->turn.auth.holders, word->id);
    hp_allocations_remove_id(&word->relay->turn.allocations, word->id);
    free_word(word);
}

static void
post_word(struct hp_relay *relay, const char *id, void (*run)(void *arg))
{
    struct word *word = g_new(struct word, 1);
    word->relay = relay;
    word->id = g_strdup(id);
    hp_worker_post(relay->home, run, word);
}

void
hp_relay_begin_session(struct hp_relay *relay, const char *id)
{
    post_word(relay, id, begin_session);
}

void
hp_relay_end_session(struct hp_relay *relay, const char *id)
{
    post_word(relay, id, end_session);
}

struct hp_relay_counters
hp_relay_get_counters(const struct hp_relay *relay)
{
    struct hp_relay_counters counters = relay->counters;
    counters.allocations = hp_allocations_count(&relay->turn.allocations);
    return counters;
}
