// auth.c - long-term credentials of TURN requests.
// Owner: hp_relay.  Thread: its owner's.
// RFC 8489 section 9.2.4.
//
// libnice 0.1.21 reads beyond an empty REALM when it verifies (priv_trim_var() ignores the length),
// and so beyond a USERNAME of quotes. Both are compared before libnice sees them: the realm is ours
// byte for byte, and a name begins with a digit.
#include "relay/auth.h"

#include <string.h>

#include <glib.h>

#include "base/clock.h"
#include "nat/addr.h"
#include "relay/message.h"

enum { SECOND_US = 1000000 };

static const uint16_t known_attributes[] = {
    STUN_ATTRIBUTE_CHANGE_REQUEST,
    STUN_ATTRIBUTE_USERNAME,
    STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
    STUN_ATTRIBUTE_CHANNEL_NUMBER,
    STUN_ATTRIBUTE_LIFETIME,
    STUN_ATTRIBUTE_XOR_PEER_ADDRESS,
    STUN_ATTRIBUTE_DATA,
    STUN_ATTRIBUTE_REALM,
    STUN_ATTRIBUTE_NONCE,
    STUN_ATTRIBUTE_REQUESTED_ADDRESS_TYPE,
    STUN_ATTRIBUTE_EVEN_PORT,
    STUN_ATTRIBUTE_REQUESTED_TRANSPORT,
    STUN_ATTRIBUTE_RESERVATION_TOKEN,
    0,
};

void
hp_auth_init(struct hp_auth *auth, const char *secret)
{
    auth->secret = g_strdup(secret);
    hp_nonce_init(&auth->nonce);
    hp_holders_init(&auth->holders);
    stun_agent_init(&auth->plain, known_attributes, STUN_COMPATIBILITY_RFC5389,
            STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS);
    stun_agent_init(&auth->marked, known_attributes, STUN_COMPATIBILITY_RFC5389,
            STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    stun_agent_init(&auth->open, known_attributes, STUN_COMPATIBILITY_RFC5389,
            STUN_AGENT_USAGE_IGNORE_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
}

void
hp_auth_finish(struct hp_auth *auth)
{
    hp_holders_finish(&auth->holders);
    g_free(auth->secret);
}

// For libnice: finds the password of the name. The name has been read already.
static bool
find_password(StunAgent *agent, StunMessage *stun, uint8_t *name, uint16_t name_size,
        uint8_t **password, size_t *password_size, void *arg)
{
    (void) agent;
    (void) stun;
    (void) name;
    (void) name_size;
    struct hp_auth_grant *grant = arg;
    *password = (uint8_t *) grant->password;
    *password_size = strlen(grant->password);
    return true;
}

// Copies a name that can be one of ours.
static bool
read_name(struct hp_auth_grant *grant, const struct hp_message_value *name)
{
    if (name->size == 0 || name->size >= sizeof(grant->name) || !g_ascii_isdigit(name->data[0])) {
        return false;
    }
    if (memchr(name->data, '\0', name->size) != NULL) {
        return false;
    }
    memcpy(grant->name, name->data, name->size);
    grant->name[name->size] = '\0';
    return true;
}

static bool
is_our_realm(const struct hp_message_value *realm)
{
    size_t size = strlen(HP_AUTH_REALM);
    return realm->size == size && memcmp(realm->data, HP_AUTH_REALM, size) == 0;
}

enum hp_auth_result
hp_auth_check(struct hp_auth *auth, const struct hp_message *message,
        const struct hp_addr *client, bool is_new, struct hp_auth_grant *grant)
{
    int64_t now_us = hp_clock_now_us();
    if (message->integrity.data == NULL) {
        return HP_AUTH_REFUSED;
    }
    if (message->is_malformed || message->username.data == NULL || message->realm.data == NULL
            || message->nonce.data == NULL) {
        return HP_AUTH_MALFORMED;
    }
    if (!is_our_realm(&message->realm) || !read_name(grant, &message->username)) {
        return HP_AUTH_REFUSED;
    }
    if (!hp_nonce_is_fresh(
                &auth->nonce, client, now_us, message->nonce.data, message->nonce.size)) {
        return HP_AUTH_STALE;
    }
    int64_t expiry_s = hp_credentials_expiry(grant->name, strlen(grant->name));
    if (expiry_s == 0 || (is_new && expiry_s <= hp_clock_wall_us(now_us) / SECOND_US)) {
        return HP_AUTH_REFUSED;
    }
    if (!hp_holders_have(&auth->holders, hp_credentials_id(grant->name))) {
        return HP_AUTH_REFUSED;
    }
    hp_credentials_password(grant->password, auth->secret, grant->name);
    StunValidationStatus status = stun_agent_validate(hp_auth_agent(auth, message), &grant->stun,
            message->data, message->size, find_password, grant);
    bool is_good = status == STUN_VALIDATION_SUCCESS
            || status == STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE; // 420 comes later, signed
    return is_good ? HP_AUTH_GOOD : HP_AUTH_REFUSED;
}

bool
hp_auth_is_whole(struct hp_auth *auth, const struct hp_message *message)
{
    StunMessage stun;
    if (!message->has_fingerprint) {
        return true;
    }
    StunValidationStatus status = stun_agent_validate(
            &auth->open, &stun, message->data, message->size, NULL, NULL);
    return status == STUN_VALIDATION_SUCCESS || status == STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE;
}

StunAgent *
hp_auth_agent(struct hp_auth *auth, const struct hp_message *message)
{
    return message->has_fingerprint ? &auth->marked : &auth->plain;
}
