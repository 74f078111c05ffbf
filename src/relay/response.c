// response.c - builds answers with libnice.
// Owner: whoever answers.  Thread: its owner's.
// RFC 8489 section 6.3.
#include "relay/response.h"

#include <assert.h>
#include <string.h>

#include "nat/addr.h"
#include "relay/auth.h"
#include "relay/message.h"
#include "wire/bytes.h"

enum {
    ID_POSITION = 4,
    REASONLESS_SIZE = 4, // ERROR-CODE without a phrase
};

void
hp_response_begin(struct hp_response *reply, struct hp_auth *auth, const struct hp_message *request,
        StunClass kind, const struct hp_auth_grant *grant)
{
    memset(&reply->stun, 0, sizeof(reply->stun));
    if (grant != NULL) {
        reply->stun = grant->stun; // its keys
    }
    reply->size = 0;
    reply->is_signed = grant != NULL;
    reply->agent = hp_auth_agent(auth, request);
    reply->stun.agent = reply->agent;
    reply->stun.buffer = reply->data;
    reply->stun.buffer_len = sizeof(reply->data);
    StunTransactionId id;
    memcpy(id, request->data + ID_POSITION, sizeof(id));
    stun_message_init(&reply->stun, kind, request->method, id);
}

void
hp_response_begin_error(struct hp_response *reply, struct hp_auth *auth,
        const struct hp_message *request, StunError code, const struct hp_auth_grant *grant)
{
    const uint8_t value[REASONLESS_SIZE] = { 0, 0, (uint8_t) (code / 100), (uint8_t) (code % 100) };
    hp_response_begin(reply, auth, request, STUN_ERROR, grant);
    if (grant != NULL) {
        stun_message_append_error(&reply->stun, code);
    } else {
        stun_message_append_bytes(&reply->stun, STUN_ATTRIBUTE_ERROR_CODE, value, sizeof(value));
    }
}

void
hp_response_add_xor_addr(struct hp_response *reply, uint16_t type, const struct hp_addr *addr)
{
    struct sockaddr_storage to;
    socklen_t size = hp_addr_to_sockaddr(addr, &to);
    stun_message_append_xor_addr(&reply->stun, (StunAttribute) type, &to, size);
}

void
hp_response_add_addr(struct hp_response *reply, uint16_t type, const struct hp_addr *addr)
{
    struct sockaddr_storage to;
    socklen_t size = hp_addr_to_sockaddr(addr, &to);
    stun_message_append_addr(&reply->stun, (StunAttribute) type, (struct sockaddr *) &to, size);
}

void
hp_response_add_u32(struct hp_response *reply, uint16_t type, uint32_t value)
{
    stun_message_append32(&reply->stun, (StunAttribute) type, value);
}

void
hp_response_add_u64(struct hp_response *reply, uint16_t type, uint64_t value)
{
    stun_message_append64(&reply->stun, (StunAttribute) type, value);
}

void
hp_response_add_text(struct hp_response *reply, uint16_t type, const char *text)
{
    stun_message_append_string(&reply->stun, (StunAttribute) type, text);
}

void
hp_response_add_unknown(struct hp_response *reply, const struct hp_message *request)
{
    uint8_t types[2 * HP_MESSAGE_UNKNOWN_MAX];
    for (unsigned i = 0; i < request->unknown_count; i++) {
        hp_bytes_put_u16(types + 2 * i, request->unknown[i]);
    }
    stun_message_append_bytes(&reply->stun, STUN_ATTRIBUTE_UNKNOWN_ATTRIBUTES, types,
            2 * (size_t) request->unknown_count);
}

void
hp_response_end(struct hp_response *reply)
{
    reply->size = stun_agent_finish_message(reply->agent, &reply->stun, NULL, 0);
    assert(reply->size > 0); // HP_RESPONSE_SIZE holds any answer of ours
}
