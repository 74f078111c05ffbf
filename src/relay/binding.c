// binding.c - answers STUN Binding requests.
// Owner: hp_relay.  Thread: its owner's.
// RFC 8489 section 6.3.1; RFC 3489 section 8.1. RESPONSE-ADDRESS of RFC 3489, which lets anybody
// aim answers at others, is an unknown attribute here.
#include "relay/binding.h"

#include "nat/flow.h"
#include "relay/auth.h"
#include "relay/message.h"
#include "relay/response.h"

static void
refuse_unknown(struct hp_response *reply, struct hp_auth *auth, const struct hp_message *message)
{
    hp_response_begin_error(reply, auth, message, STUN_ERROR_UNKNOWN_ATTRIBUTE, NULL);
    hp_response_add_unknown(reply, message);
    hp_response_end(reply);
}

// An answer from another address or port than the asked one, which RFC 5780 section 6.1 needs two
// addresses for.
static bool
wants_change(const struct hp_message *message)
{
    return message->has_change && message->change != 0;
}

void
hp_binding_answer(struct hp_response *reply, struct hp_auth *auth, const struct hp_message *message,
        const struct hp_flow *from, bool with_classic)
{
    reply->size = 0;
    if (message->is_malformed || !hp_auth_is_whole(auth, message)) {
        return;
    }
    if (message->is_classic) {
        if (!with_classic) {
            return;
        }
        hp_response_begin(reply, auth, message, STUN_RESPONSE, NULL);
        hp_response_add_addr(reply, STUN_ATTRIBUTE_MAPPED_ADDRESS, &from->remote);
        hp_response_end(reply);
        return;
    }
    if (message->unknown_count > 0 || wants_change(message)) {
        struct hp_message refused = *message;
        if (refused.unknown_count == 0) {
            refused.unknown[refused.unknown_count++] = STUN_ATTRIBUTE_CHANGE_REQUEST;
        }
        refuse_unknown(reply, auth, &refused);
        return;
    }
    hp_response_begin(reply, auth, message, STUN_RESPONSE, NULL);
    hp_response_add_xor_addr(reply, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &from->remote);
    hp_response_end(reply);
}
