// binding.c - answers STUN Binding requests.
// Owner: hp_relay.  Thread: its owner's.
// RFC 8489 section 6.3.1; RFC 5780 section 6.1; RFC 3489 section 8.1. What lets anybody aim answers
// at another address or port (RESPONSE-ADDRESS of RFC 3489, RESPONSE-PORT of RFC 5780) or have long
// ones (PADDING) is an unknown attribute here.
#include "relay/binding.h"

#include <stddef.h>

#include "nat/flow.h"
#include "relay/auth.h"
#include "relay/discovery.h"
#include "relay/message.h"
#include "relay/response.h"

static void
refuse_unknown(struct hp_response *reply, struct hp_auth *auth, const struct hp_message *message)
{
    hp_response_begin_error(reply, auth, message, STUN_ERROR_UNKNOWN_ATTRIBUTE, NULL);
    hp_response_add_unknown(reply, message);
    hp_response_end(reply);
}

// Sets the flow that the answer goes out by, and the address and port that are both others than the
// asked ones. False: there are none.
static bool
find_ways(const struct hp_binding *binding, const struct hp_message *message,
        const struct hp_flow *from, struct hp_flow *via, struct hp_addr *other)
{
    const uint32_t both = HP_DISCOVERY_CHANGE_ADDRESS | HP_DISCOVERY_CHANGE_PORT;
    struct hp_flow opposite;
    *via = *from;
    if (binding->discovery == NULL
            || !hp_discovery_turn(binding->discovery, from, both, &opposite)) {
        return false;
    }
    *other = opposite.local;
    return hp_discovery_turn(binding->discovery, from, message->change & both, via);
}

// RFC 3489 has no words for an answer from elsewhere that cannot be had: a client that gets any
// answer believes that it came from there. So it gets none.
static void
answer_classic(const struct hp_binding *binding, struct hp_response *reply,
        const struct hp_message *message, struct hp_flow *flow)
{
    struct hp_flow via;
    struct hp_addr other;
    bool has_other = find_ways(binding, message, flow, &via, &other);
    if (!binding->with_classic || (message->change != 0 && !has_other)) {
        return;
    }
    if (message->unknown_count > 0) {
        refuse_unknown(reply, binding->auth, message);
        return;
    }
    hp_response_begin(reply, binding->auth, message, STUN_RESPONSE, NULL);
    hp_response_add_addr(reply, STUN_ATTRIBUTE_MAPPED_ADDRESS, &flow->remote);
    if (has_other) {
        hp_response_add_addr(reply, STUN_ATTRIBUTE_SOURCE_ADDRESS, &via.local);
        hp_response_add_addr(reply, STUN_ATTRIBUTE_CHANGED_ADDRESS, &other);
    }
    hp_response_end(reply);
    *flow = via;
}

static void
answer_now(const struct hp_binding *binding, struct hp_response *reply,
        const struct hp_message *message, struct hp_flow *flow)
{
    struct hp_flow via;
    struct hp_addr other;
    bool has_other = find_ways(binding, message, flow, &via, &other);
    if (message->unknown_count > 0 || (message->change != 0 && !has_other)) {
        struct hp_message refused = *message;
        if (refused.unknown_count == 0) {
            refused.unknown[refused.unknown_count++] = STUN_ATTRIBUTE_CHANGE_REQUEST;
        }
        refuse_unknown(reply, binding->auth, &refused);
        return;
    }
    hp_response_begin(reply, binding->auth, message, STUN_RESPONSE, NULL);
    hp_response_add_xor_addr(reply, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &flow->remote);
    if (has_other) {
        hp_response_add_addr(reply, HP_MESSAGE_RESPONSE_ORIGIN, &via.local);
        hp_response_add_addr(reply, HP_MESSAGE_OTHER_ADDRESS, &other);
    }
    hp_response_end(reply);
    *flow = via;
}

void
hp_binding_answer(const struct hp_binding *binding, struct hp_response *reply,
        const struct hp_message *message, struct hp_flow *flow)
{
    reply->size = 0;
    if (message->is_malformed || !hp_auth_is_whole(binding->auth, message)) {
        return;
    }
    if (message->is_classic) {
        answer_classic(binding, reply, message, flow);
    } else {
        answer_now(binding, reply, message, flow);
    }
}
