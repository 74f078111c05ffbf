// auth.h - long-term credentials of TURN requests (RFC 8489 section 9.2), which nobody stores: the
// password follows from the user name (relay/credentials.h). libnice verifies and signs. Part of
// another object, on its owner's thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <stun/stunagent.h>

#include "relay/credentials.h"
#include "relay/holders.h"
#include "relay/nonce.h"

struct hp_addr;
struct hp_message;

// Short, since an answer to a stranger has to be small (RFC 8489 section 9.2.3.1).
#define HP_AUTH_REALM "hp"

enum hp_auth_result {
    HP_AUTH_GOOD,
    HP_AUTH_MALFORMED, // 400
    HP_AUTH_REFUSED, // 401: no credentials, wrong or expired ones, or of an ended session
    HP_AUTH_STALE, // 438: another nonce is needed
};

struct hp_auth {
    char *secret;
    struct hp_nonce nonce;
    struct hp_holders holders; // the sessions whose credentials are good
    StunAgent plain, marked; // marked: with FINGERPRINT
    StunAgent open; // checks FINGERPRINT only
};

// Who sent a request, as verified; signs the answer. A fixed place: `stun` points into it.
struct hp_auth_grant {
    StunMessage stun;
    char name[HP_CREDENTIALS_NAME_SIZE];
    char password[HP_CREDENTIALS_PASSWORD_SIZE];
};

void hp_auth_init(struct hp_auth *auth, const char *secret); // copied
void hp_auth_finish(struct hp_auth *auth);

// Verifies a request of a client. `is_new`: for something new, for which expired credentials are
// refused; what began in time goes on with them.
enum hp_auth_result hp_auth_check(struct hp_auth *auth, const struct hp_message *message,
        const struct hp_addr *client, bool is_new, struct hp_auth_grant *grant);

// Is the FINGERPRINT, if there is one, right (RFC 8489 section 14.7)?
bool hp_auth_is_whole(struct hp_auth *auth, const struct hp_message *message);

// The agent that signs an answer to the message.
StunAgent *hp_auth_agent(struct hp_auth *auth, const struct hp_message *message);
