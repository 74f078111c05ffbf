// stun.c - connectivity checks.
// Owner: nobody.  Thread: any.
// RFC 8489 (STUN), RFC 8445 section 7. libnice's STUN library builds and verifies. Its agent knows
// the transactions under way in a table of 12 KiB; so none is kept, and an agent is made for each
// message.
#include "nat/stun.h"

#include <stdio.h>
#include <string.h>

#include <stun/stunagent.h>
#include <stun/usages/ice.h>

#include "base/ident.h"

enum {
    HEADER_SIZE = 20,
    COOKIE_AT = 4,
    ID_AT = 8,
    HANDLE_SIZE = 4,
    USERNAME_MAX = 2 * HP_STUN_UFRAG_MAX + 1,
};

static const uint8_t cookie[] = { 0x21, 0x12, 0xa4, 0x42 };

static void
init_agent(StunAgent *agent)
{
    stun_agent_init(agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
            STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
}

// A check is for the part of USERNAME before the colon.
static bool
read_username(const StunMessage *message, struct hp_stun_peek *peek)
{
    uint16_t size = 0;
    const char *name = stun_message_find(message, STUN_ATTRIBUTE_USERNAME, &size);
    const char *colon = name == NULL || size == 0 ? NULL : memchr(name, ':', size);
    if (colon == NULL) {
        return false;
    }
    peek->ufrag = name;
    peek->ufrag_size = (size_t) (colon - name);
    peek->remote_ufrag = colon + 1;
    peek->remote_ufrag_size = size - peek->ufrag_size - 1;
    return peek->ufrag_size > 0 && peek->ufrag_size <= HP_STUN_UFRAG_MAX;
}

static enum hp_stun_kind
read_kind(const StunMessage *message, struct hp_stun_peek *peek)
{
    if (stun_message_get_method(message) != STUN_BINDING) {
        return HP_STUN_OTHER;
    }
    switch (stun_message_get_class(message)) {
    case STUN_REQUEST: return read_username(message, peek) ? HP_STUN_CHECK : HP_STUN_OTHER;
    case STUN_INDICATION: return HP_STUN_INDICATION;
    case STUN_RESPONSE:
    case STUN_ERROR: return HP_STUN_ANSWER;
    }
    return HP_STUN_OTHER;
}

bool
hp_stun_peek(const uint8_t *data, size_t size, struct hp_stun_peek *peek)
{
    *peek = (struct hp_stun_peek){ .kind = HP_STUN_OTHER };
    if (size < HEADER_SIZE || size > UINT16_MAX || data[0] > 3
            || memcmp(&data[COOKIE_AT], cookie, sizeof(cookie)) != 0
            || stun_message_validate_buffer_length(data, size, true) != (int) size) {
        return false;
    }
    StunMessage message = { .buffer = (uint8_t *) (uintptr_t) data, .buffer_len = size };
    peek->id = &data[ID_AT];
    peek->kind = read_kind(&message, peek);
    return true;
}

void
hp_stun_make_id(uint8_t *id, uint32_t handle)
{
    memcpy(id, &handle, HANDLE_SIZE);
    hp_ident_random(&id[HANDLE_SIZE], HP_STUN_ID_SIZE - HANDLE_SIZE);
}

uint32_t
hp_stun_id_handle(const uint8_t *id)
{
    uint32_t handle;
    memcpy(&handle, id, HANDLE_SIZE);
    return handle;
}

// Begins a request; libnice gives it an id of its own, which ours takes the place of.
static bool
begin_request(StunAgent *agent, StunMessage *message, uint8_t *data, const uint8_t *id)
{
    init_agent(agent);
    if (!stun_agent_init_request(agent, message, data, HP_STUN_MESSAGE_MAX, STUN_BINDING)) {
        return false;
    }
    memcpy(&data[ID_AT], id, HP_STUN_ID_SIZE);
    return true;
}

static size_t
finish(StunAgent *agent, StunMessage *message, const char *password)
{
    return stun_agent_finish_message(
            agent, message, (const uint8_t *) password, strlen(password));
}

static bool
append_attributes(StunMessage *message, const struct hp_stun_check *check, const char *username)
{
    StunAttribute role = check->is_controlling ? STUN_ATTRIBUTE_ICE_CONTROLLING
                                               : STUN_ATTRIBUTE_ICE_CONTROLLED;
    return stun_message_append_bytes(message, STUN_ATTRIBUTE_USERNAME, username, strlen(username))
            == STUN_MESSAGE_RETURN_SUCCESS
            && stun_message_append32(message, STUN_ATTRIBUTE_PRIORITY, check->priority)
                    == STUN_MESSAGE_RETURN_SUCCESS
            && stun_message_append64(message, role, check->tie) == STUN_MESSAGE_RETURN_SUCCESS
            && (!check->nominates
                    || stun_message_append_flag(message, STUN_ATTRIBUTE_USE_CANDIDATE)
                            == STUN_MESSAGE_RETURN_SUCCESS);
}

size_t
hp_stun_write_check(const struct hp_stun_check *check, uint8_t *data)
{
    StunAgent agent;
    StunMessage message;
    char username[USERNAME_MAX + 1];
    int length = snprintf(
            username, sizeof(username), "%s:%s", check->remote_ufrag, check->ufrag);
    if (length < 0 || (size_t) length >= sizeof(username)
            || !begin_request(&agent, &message, data, check->id)
            || !append_attributes(&message, check, username)) {
        return 0;
    }
    return finish(&agent, &message, check->remote_password);
}

// Is the USERNAME ours, a colon, and the browser's?
static bool
is_for_us(const struct hp_stun_local *local, const uint8_t *username, size_t size)
{
    size_t ufrag_size = strlen(local->ufrag);
    if (size <= ufrag_size || memcmp(username, local->ufrag, ufrag_size) != 0
            || username[ufrag_size] != ':') {
        return false;
    }
    if (local->remote_ufrag == NULL) {
        return true;
    }
    size_t rest = size - ufrag_size - 1;
    return rest == strlen(local->remote_ufrag)
            && memcmp(&username[ufrag_size + 1], local->remote_ufrag, rest) == 0;
}

static bool
find_password(StunAgent *agent, StunMessage *message, uint8_t *username, uint16_t username_size,
        uint8_t **password, size_t *password_size, void *arg)
{
    const struct hp_stun_local *local = arg;
    (void) agent;
    (void) message;
    if (username == NULL || !is_for_us(local, username, username_size)) {
        return false;
    }
    *password = (uint8_t *) (uintptr_t) local->password;
    *password_size = strlen(local->password);
    return true;
}

static enum hp_stun_verdict
answer(const struct hp_stun_local *local, bool *is_controlling, StunAgent *agent,
        StunMessage *message, const struct hp_addr *source, struct hp_stun_request *request,
        uint8_t *data)
{
    StunMessage reply;
    struct sockaddr_storage address;
    socklen_t address_size = hp_addr_to_sockaddr(source, &address);
    size_t size = HP_STUN_MESSAGE_MAX;
    bool was_controlling = *is_controlling;
    StunUsageIceReturn result = stun_usage_ice_conncheck_create_reply(agent, message, &reply, data,
            &size, &address, address_size, is_controlling, local->tie,
            STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    request->answer_size = size;
    request->priority = stun_usage_ice_conncheck_priority(message);
    request->nominates = stun_usage_ice_conncheck_use_candidate(message);
    if (result == STUN_USAGE_ICE_RETURN_SUCCESS) {
        return HP_STUN_GOOD;
    }
    if (result != STUN_USAGE_ICE_RETURN_ROLE_CONFLICT) {
        return HP_STUN_REFUSED;
    }
    return *is_controlling == was_controlling ? HP_STUN_ROLE_CONFLICT : HP_STUN_GOOD;
}

enum hp_stun_verdict
hp_stun_answer_check(const struct hp_stun_local *local, bool *is_controlling, const uint8_t *data,
        size_t size, const struct hp_addr *source, struct hp_stun_request *request,
        uint8_t *answer_data)
{
    StunAgent agent;
    StunMessage message;
    *request = (struct hp_stun_request){ 0 };
    init_agent(&agent);
    StunValidationStatus status = stun_agent_validate(
            &agent, &message, data, size, find_password, (void *) (uintptr_t) local);
    if (status == STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE) {
        StunMessage reply;
        request->answer_size = stun_agent_build_unknown_attributes_error(
                &agent, &reply, answer_data, HP_STUN_MESSAGE_MAX, &message);
        return HP_STUN_REFUSED;
    }
    if (status != STUN_VALIDATION_SUCCESS || stun_message_get_class(&message) != STUN_REQUEST
            || !stun_message_has_attribute(&message, STUN_ATTRIBUTE_MESSAGE_INTEGRITY)) {
        return HP_STUN_FORGED;
    }
    return answer(local, is_controlling, &agent, &message, source, request, answer_data);
}

enum hp_stun_verdict
hp_stun_verify_answer(
        const uint8_t *id, const char *remote_password, const uint8_t *data, size_t size)
{
    StunAgent agent;
    StunMessage message;
    uint8_t request[HP_STUN_MESSAGE_MAX];
    // The agent learns the transaction from a request that is not sent.
    if (!begin_request(&agent, &message, request, id)
            || finish(&agent, &message, remote_password) == 0
            || stun_agent_validate(&agent, &message, data, size, NULL, NULL)
                    != STUN_VALIDATION_SUCCESS
            || !stun_message_has_attribute(&message, STUN_ATTRIBUTE_MESSAGE_INTEGRITY)) {
        return HP_STUN_FORGED;
    }
    struct sockaddr_storage mapped;
    socklen_t mapped_size = sizeof(mapped);
    switch (stun_usage_ice_conncheck_process(
            &message, &mapped, &mapped_size, STUN_USAGE_ICE_COMPATIBILITY_RFC5245)) {
    case STUN_USAGE_ICE_RETURN_SUCCESS: return HP_STUN_GOOD;
    case STUN_USAGE_ICE_RETURN_ROLE_CONFLICT: return HP_STUN_ROLE_CONFLICT;
    case STUN_USAGE_ICE_RETURN_ERROR:
    case STUN_USAGE_ICE_RETURN_NO_MAPPED_ADDRESS:
    case STUN_USAGE_ICE_RETURN_INVALID_REQUEST:
    case STUN_USAGE_ICE_RETURN_INVALID_METHOD:
    case STUN_USAGE_ICE_RETURN_MEMORY_ERROR:
    case STUN_USAGE_ICE_RETURN_INVALID_ADDRESS:
    case STUN_USAGE_ICE_RETURN_INVALID: break;
    }
    return HP_STUN_REFUSED;
}
