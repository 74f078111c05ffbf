// response.h - builds answers and indications with libnice. Part of another object, on its owner's
// thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stun/stunagent.h>

struct hp_addr;
struct hp_auth;
struct hp_auth_grant;
struct hp_message;

enum { HP_RESPONSE_SIZE = 512 };

struct hp_response {
    uint8_t data[HP_RESPONSE_SIZE];
    size_t size; // 0: there is no answer
    bool is_signed; // to somebody with credentials
    StunMessage stun;
    StunAgent *agent;
};

// Begins an answer. With a grant it is signed; an answer to a stranger has no MESSAGE-INTEGRITY.
// The grant outlives the answer.
void hp_response_begin(struct hp_response *reply, struct hp_auth *auth,
        const struct hp_message *request, StunClass kind, const struct hp_auth_grant *grant);

// Begins an error. To a stranger it has no reason phrase, since such answers have to be small.
void hp_response_begin_error(struct hp_response *reply, struct hp_auth *auth,
        const struct hp_message *request, StunError code, const struct hp_auth_grant *grant);

void hp_response_add_xor_addr(struct hp_response *reply, uint16_t type, const struct hp_addr *addr);
void hp_response_add_addr(struct hp_response *reply, uint16_t type, const struct hp_addr *addr);
void hp_response_add_u32(struct hp_response *reply, uint16_t type, uint32_t value);
void hp_response_add_u64(struct hp_response *reply, uint16_t type, uint64_t value);
void hp_response_add_text(struct hp_response *reply, uint16_t type, const char *text);
// UNKNOWN-ATTRIBUTES (RFC 8489 section 14.13).
void hp_response_add_unknown(struct hp_response *reply, const struct hp_message *request);

// Ends it: sets its size.
void hp_response_end(struct hp_response *reply);
