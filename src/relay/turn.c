// turn.c - TURN's requests.
// Owner: hp_relay.  Thread: worker 0.
// RFC 8656 sections 5 to 13; RFC 8489 section 9.2.4 (401, 438).
#include "relay/turn.h"

#include <string.h>

#include "base/clock.h"
#include "nat/flow.h"
#include "relay/message.h"
#include "relay/response.h"

enum {
    UDP_PROTOCOL = 17,
    ID_POSITION = 8, // of the transaction id, behind the cookie
    SWEEP_US = 10000000,
    // RFC 8656 section 18.13; libnice lacks the name
    FAMILY_MISMATCH = 443,
    NO_ERROR = 0,
};

// One request on its way to its answer.
struct turn_request {
    struct hp_turn *turn;
    const struct hp_message *message;
    const struct hp_flow *from;
    struct hp_allocation *allocation; // of the client; NULL: none
    struct hp_auth_grant grant;
    int64_t now_us;
};

void
hp_turn_init(struct hp_turn *turn, const char *secret, uint16_t media_port)
{
    hp_auth_init(&turn->auth, secret);
    hp_allocations_init(&turn->allocations);
    turn->peers.count = 0;
    turn->media_port = media_port;
    turn->swept_us = 0;
}

void
hp_turn_finish(struct hp_turn *turn)
{
    hp_allocations_finish(&turn->allocations);
    hp_auth_finish(&turn->auth);
}

// Says which credentials are wanted, to a client that may be anybody.
static void
challenge(struct turn_request *request, struct hp_response *reply, StunError code)
{
    struct hp_auth *auth = &request->turn->auth;
    char nonce[HP_NONCE_TEXT_SIZE];
    hp_nonce_write(&auth->nonce, &request->from->remote, request->now_us, nonce);
    hp_response_begin_error(reply, auth, request->message, code, NULL);
    hp_response_add_text(reply, STUN_ATTRIBUTE_REALM, HP_AUTH_REALM);
    hp_response_add_text(reply, STUN_ATTRIBUTE_NONCE, nonce);
    hp_response_end(reply);
}

static void
refuse(struct turn_request *request, struct hp_response *reply, StunError code)
{
    hp_response_begin_error(reply, &request->turn->auth, request->message, code, &request->grant);
    if (code == STUN_ERROR_UNKNOWN_ATTRIBUTE) {
        hp_response_add_unknown(reply, request->message);
    }
    hp_response_end(reply);
}

static void
begin_success(struct turn_request *request, struct hp_response *reply)
{
    hp_response_begin(
            reply, &request->turn->auth, request->message, STUN_RESPONSE, &request->grant);
}

static void
accept_allocate(struct turn_request *request, struct hp_response *reply)
{
    const struct hp_allocation *allocation = request->allocation;
    begin_success(request, reply);
    hp_response_add_xor_addr(reply, STUN_ATTRIBUTE_XOR_RELAYED_ADDRESS, &allocation->relayed);
    hp_response_add_xor_addr(reply, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &request->from->remote);
    hp_response_add_u32(reply, STUN_ATTRIBUTE_LIFETIME, allocation->lifetime_s);
    if (allocation->token != 0) {
        hp_response_add_u64(reply, STUN_ATTRIBUTE_RESERVATION_TOKEN, allocation->token);
    }
    hp_response_end(reply);
}

static const uint8_t *
transaction_of(const struct hp_message *message)
{
    return message->data + ID_POSITION;
}

// IPv4 where nothing else is asked for, as RFC 8656 section 7.2 says, but not if we have no such
// address.
static bool
wants_ipv6(const struct turn_request *request)
{
    const struct hp_peers *peers = &request->turn->peers;
    return request->message->family == HP_MESSAGE_FAMILY_IPV6
            || (request->message->family == 0 && peers->count > 0 && !hp_peers_has_ipv4(peers));
}

// What is wrong with an Allocate request (RFC 8656 section 7.2). NO_ERROR: nothing.
static int
find_allocate_fault(const struct hp_message *message)
{
    if (message->transport == 0) {
        return STUN_ERROR_BAD_REQUEST;
    }
    if (message->transport != UDP_PROTOCOL) {
        return STUN_ERROR_UNSUPPORTED_TRANSPORT;
    }
    if (message->token != 0 && (message->wants_even || message->family != 0)) {
        return STUN_ERROR_BAD_REQUEST;
    }
    return message->family > HP_MESSAGE_FAMILY_IPV6 ? STUN_ERROR_UNSUPPORTED_FAMILY : NO_ERROR;
}

// Adds the allocation of a request that is good.
static int
add_allocation(struct turn_request *request)
{
    const struct hp_message *message = request->message;
    struct hp_allocations *all = &request->turn->allocations;
    struct hp_relayed_wish wish = { .is_ipv6 = wants_ipv6(request),
        .is_even = message->wants_even };
    if (message->token != 0) {
        wish.port = hp_reservations_take(&all->reservations, message->token, request->now_us);
        if (wish.port == 0) {
            return STUN_ERROR_INSUFFICIENT_CAPACITY;
        }
    }
    struct hp_allocation *allocation = hp_allocations_add(
            all, request->from, request->grant.name, &wish, request->now_us);
    if (allocation == NULL) {
        return STUN_ERROR_ALLOCATION_QUOTA_REACHED;
    }
    if (message->wants_next) {
        allocation->token = hp_reservations_add(
                &all->reservations, allocation->relayed.port + 1, request->now_us);
    }
    memcpy(allocation->transaction, transaction_of(message), HP_ALLOCATION_ID_SIZE);
    hp_allocation_refresh(
            allocation, message->has_lifetime ? message->lifetime_s : 0, request->now_us);
    request->allocation = allocation;
    return NO_ERROR;
}

// The answer may have been lost: the same request has the same answer.
static bool
is_repeated_allocate(const struct turn_request *request)
{
    return memcmp(request->allocation->transaction, transaction_of(request->message),
                   HP_ALLOCATION_ID_SIZE)
            == 0;
}

// Where the client finds us is ours: our media is there, too.
static void
add_place(struct hp_turn *turn, const struct hp_flow *from)
{
    struct hp_addr place = from->local;
    place.port = turn->media_port != 0 ? turn->media_port : place.port;
    hp_peers_add(&turn->peers, &place);
}

static int
allocate(struct turn_request *request, struct hp_response *reply)
{
    struct hp_turn *turn = request->turn;
    if (request->allocation != NULL) {
        if (!is_repeated_allocate(request)) {
            return STUN_ERROR_ALLOCATION_MISMATCH;
        }
        accept_allocate(request, reply);
        return NO_ERROR;
    }
    int fault = find_allocate_fault(request->message);
    if (fault != NO_ERROR) {
        return fault;
    }
    add_place(turn, request->from);
    fault = add_allocation(request);
    if (fault != NO_ERROR) {
        return fault;
    }
    accept_allocate(request, reply);
    return NO_ERROR;
}

static bool
is_family_of(const struct hp_allocation *allocation, uint8_t family)
{
    bool is_ipv4 = hp_addr_is_ipv4(&allocation->relayed);
    return family == (is_ipv4 ? HP_MESSAGE_FAMILY_IPV4 : HP_MESSAGE_FAMILY_IPV6);
}

static int
refresh(struct turn_request *request, struct hp_response *reply)
{
    const struct hp_message *message = request->message;
    struct hp_allocation *allocation = request->allocation;
    uint32_t lifetime_s = 0;
    if (message->family != 0 && !is_family_of(allocation, message->family)) {
        return FAMILY_MISMATCH;
    }
    if (message->has_lifetime && message->lifetime_s == 0) {
        hp_allocations_remove(&request->turn->allocations, allocation);
    } else {
        hp_allocation_refresh(
                allocation, message->has_lifetime ? message->lifetime_s : 0, request->now_us);
        lifetime_s = allocation->lifetime_s;
    }
    begin_success(request, reply);
    hp_response_add_u32(reply, STUN_ATTRIBUTE_LIFETIME, lifetime_s);
    hp_response_end(reply);
    return NO_ERROR;
}

// May the client talk to that address? A permission is for an address, so a client may leave the
// port open; any other port than our media's is refused all the same.
static int
find_peer_fault(const struct turn_request *request, const struct hp_addr *peer)
{
    const struct hp_peers *peers = &request->turn->peers;
    bool is_ours = peer->port == 0 ? hp_peers_has_ip(peers, peer) : hp_peers_has(peers, peer);
    if (!is_ours) {
        return STUN_ERROR_FORBIDDEN;
    }
    bool is_ipv4 = hp_addr_is_ipv4(&request->allocation->relayed);
    return hp_addr_is_ipv4(peer) == is_ipv4 ? NO_ERROR : FAMILY_MISMATCH;
}

static int
create_permission(struct turn_request *request, struct hp_response *reply)
{
    const struct hp_message *message = request->message;
    if (message->peer_count == 0) {
        return STUN_ERROR_BAD_REQUEST;
    }
    for (unsigned i = 0; i < message->peer_count; i++) {
        int fault = find_peer_fault(request, &message->peers[i]);
        if (fault != NO_ERROR) {
            return fault; // all or none (RFC 8656 section 10.2)
        }
    }
    for (unsigned i = 0; i < message->peer_count; i++) {
        if (!hp_allocation_permit(request->allocation, &message->peers[i], request->now_us)) {
            return STUN_ERROR_INSUFFICIENT_CAPACITY;
        }
    }
    begin_success(request, reply);
    hp_response_end(reply);
    return NO_ERROR;
}

static int
bind_channel(struct turn_request *request, struct hp_response *reply)
{
    const struct hp_message *message = request->message;
    if (message->peer_count != 1 || message->channel < HP_ALLOCATION_FIRST_CHANNEL
            || message->channel > HP_ALLOCATION_LAST_CHANNEL) {
        return STUN_ERROR_BAD_REQUEST;
    }
    const struct hp_addr *peer = &message->peers[0];
    int fault = peer->port == 0 ? STUN_ERROR_FORBIDDEN : find_peer_fault(request, peer);
    if (fault != NO_ERROR) {
        return fault;
    }
    switch (hp_allocation_bind(request->allocation, message->channel, peer, request->now_us)) {
    case HP_CHANNEL_CONFLICT: return STUN_ERROR_BAD_REQUEST;
    case HP_CHANNEL_FULL: return STUN_ERROR_INSUFFICIENT_CAPACITY;
    case HP_CHANNEL_BOUND: break;
    }
    begin_success(request, reply);
    hp_response_end(reply);
    return NO_ERROR;
}

// Answers a request of somebody with credentials. NO_ERROR: answered.
static int
serve(struct turn_request *request, struct hp_response *reply)
{
    const struct hp_message *message = request->message;
    struct hp_allocation *allocation = request->allocation;
    if (message->unknown_count > 0) {
        return STUN_ERROR_UNKNOWN_ATTRIBUTE;
    }
    if (allocation != NULL && strcmp(allocation->name, request->grant.name) != 0) {
        return STUN_ERROR_WRONG_CREDENTIALS;
    }
    if (message->method == STUN_ALLOCATE) {
        return allocate(request, reply);
    }
    if (allocation == NULL) {
        return STUN_ERROR_ALLOCATION_MISMATCH;
    }
    if (message->method == STUN_REFRESH) {
        return refresh(request, reply);
    }
    return message->method == STUN_CREATEPERMISSION ? create_permission(request, reply)
                                                    : bind_channel(request, reply);
}

// A client asks too often. It does not repeat a request over a connection, which ends soon without
// its allocation.
static void
drop_excess(const struct turn_request *request)
{
    if (request->from->carrier->kind == HP_PATH_TCP) {
        hp_allocations_remove(&request->turn->allocations, request->allocation);
    }
}

static bool
is_method_of_turn(StunMethod method)
{
    return method == STUN_ALLOCATE || method == STUN_REFRESH || method == STUN_CREATEPERMISSION
            || method == STUN_CHANNELBIND;
}

void
hp_turn_answer(struct hp_turn *turn, struct hp_response *reply, const struct hp_message *message,
        const struct hp_flow *from)
{
    struct turn_request request = { .turn = turn,
        .message = message,
        .from = from,
        .now_us = hp_clock_now_us() };
    reply->size = 0;
    if (message->is_classic || !is_method_of_turn(message->method)) {
        return;
    }
    if (request.now_us - turn->swept_us > SWEEP_US) {
        hp_allocations_sweep(&turn->allocations, request.now_us);
        turn->swept_us = request.now_us;
    }
    request.allocation = hp_allocations_find(&turn->allocations, from, request.now_us);
    if (request.allocation != NULL && !hp_bucket_take(&request.allocation->requests, 1)) {
        drop_excess(&request);
        return;
    }
    bool is_new = message->method == STUN_ALLOCATE && request.allocation == NULL;
    switch (hp_auth_check(&turn->auth, message, &from->remote, is_new, &request.grant)) {
    case HP_AUTH_MALFORMED:
        hp_response_begin_error(reply, &turn->auth, message, STUN_ERROR_BAD_REQUEST, NULL);
        hp_response_end(reply);
        return;
    case HP_AUTH_REFUSED: challenge(&request, reply, STUN_ERROR_UNAUTHORIZED); return;
    case HP_AUTH_STALE: challenge(&request, reply, STUN_ERROR_STALE_NONCE); return;
    case HP_AUTH_GOOD: break;
    }
    int fault = serve(&request, reply);
    if (fault != NO_ERROR) {
        refuse(&request, reply, (StunError) fault);
    }
}
