// Tests of relay/auth.c.
#include "relay/auth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/client.h"
#include "relay/message.h"
#include "relay/vectors.h"

// A client that has been told a nonce.
static void
init(struct hp_auth *auth, struct client *client)
{
    client_clock_begin();
    hp_auth_init(auth, "secret");
    client_init(client, "secret");
    strcpy(client->realm, HP_AUTH_REALM);
    hp_nonce_write(&auth->nonce, &client->flow.remote, 1000000000, client->nonce);
}

static void
finish(struct hp_auth *auth)
{
    hp_auth_finish(auth);
    client_clock_end();
}

static enum hp_auth_result
check(struct hp_auth *auth, struct client *client, bool is_new)
{
    struct hp_message message;
    struct hp_auth_grant grant;
    client_begin(client, STUN_REFRESH);
    client_end(client);
    assert_true(hp_message_parse(&message, client->data, client->size));
    return hp_auth_check(auth, &message, &client->flow.remote, is_new, &grant);
}

static void
good_credentials_are_good(void **state)
{
    struct hp_auth auth;
    struct client client;
    init(&auth, &client);
    assert_int_equal(check(&auth, &client, true), HP_AUTH_GOOD);
    finish(&auth);
}

static void
no_and_wrong_credentials_are_refused(void **state)
{
    struct hp_auth auth;
    struct client client;
    init(&auth, &client);
    hp_credentials_make(&client.credentials, "other", "someone", client_expiry(3600));
    assert_int_equal(check(&auth, &client, true), HP_AUTH_REFUSED);
    client.nonce[0] = '\0';
    assert_int_equal(check(&auth, &client, true), HP_AUTH_REFUSED);
    finish(&auth);
}

static void
a_name_of_another_form_is_refused(void **state)
{
    static const char *const names[] = { "someone", "0:someone", "99999999999999:a" };
    struct hp_auth auth;
    struct client client;
    init(&auth, &client);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        strcpy(client.credentials.name, names[i]);
        hp_credentials_password(client.credentials.password, "secret", names[i]);
        assert_int_equal(check(&auth, &client, false), HP_AUTH_REFUSED);
    }
    finish(&auth);
}

static void
expired_credentials_begin_nothing_new(void **state)
{
    struct hp_auth auth;
    struct client client;
    init(&auth, &client);
    client_clock_pass_s(500);
    hp_credentials_make(&client.credentials, "secret", "someone", client_expiry(-2));
    assert_int_equal(check(&auth, &client, true), HP_AUTH_REFUSED);
    assert_int_equal(check(&auth, &client, false), HP_AUTH_GOOD);
    finish(&auth);
}

static void
an_old_nonce_is_stale(void **state)
{
    struct hp_auth auth;
    struct client client;
    init(&auth, &client);
    client_clock_pass_s(HP_NONCE_LIFETIME_S);
    assert_int_equal(check(&auth, &client, true), HP_AUTH_GOOD);
    client_clock_pass_s(1);
    assert_int_equal(check(&auth, &client, true), HP_AUTH_STALE);
    finish(&auth);
}

static void
a_foreign_realm_is_refused(void **state)
{
    static const char *const realms[] = { "example.org", "h" };
    struct hp_auth auth;
    struct client client;
    init(&auth, &client);
    for (size_t i = 0; i < sizeof(realms) / sizeof(realms[0]); i++) {
        strcpy(client.realm, realms[i]);
        assert_int_equal(check(&auth, &client, true), HP_AUTH_REFUSED);
    }
    finish(&auth);
}

// A request with a signature of nobody. libnice cannot sign these either.
static enum hp_auth_result
check_forged(struct hp_auth *auth, struct client *client, const char *name, const char *realm)
{
    struct hp_message message;
    struct hp_auth_grant grant;
    client_begin(client, STUN_REFRESH);
    stun_message_append_string(&client->stun, STUN_ATTRIBUTE_USERNAME, name);
    stun_message_append_string(&client->stun, STUN_ATTRIBUTE_REALM, realm);
    stun_message_append_string(&client->stun, STUN_ATTRIBUTE_NONCE, client->nonce);
    stun_message_append_bytes(
            &client->stun, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, "01234567890123456789", 20);
    client->size = stun_message_length(&client->stun);
    assert_true(hp_message_parse(&message, client->data, client->size));
    assert_non_null(message.realm.data);
    return hp_auth_check(auth, &message, &client->flow.remote, true, &grant);
}

// One such datagram ends a process that lets libnice 0.1.21 verify it.
static void
an_empty_name_or_realm_is_refused(void **state)
{
    struct hp_auth auth;
    struct client client;
    init(&auth, &client);
    const char *name = client.credentials.name;
    assert_int_equal(check_forged(&auth, &client, name, ""), HP_AUTH_REFUSED);
    assert_int_equal(check_forged(&auth, &client, name, "\""), HP_AUTH_REFUSED);
    assert_int_equal(check_forged(&auth, &client, "", HP_AUTH_REALM), HP_AUTH_REFUSED);
    assert_int_equal(check_forged(&auth, &client, "\"\"", HP_AUTH_REALM), HP_AUTH_REFUSED);
    assert_int_equal(check_forged(&auth, &client, name, HP_AUTH_REALM), HP_AUTH_REFUSED);
    finish(&auth);
}

static void
a_signed_request_without_a_nonce_is_malformed(void **state)
{
    struct hp_auth auth;
    struct client client;
    struct hp_message message;
    struct hp_auth_grant grant;
    init(&auth, &client);
    client_begin(&client, STUN_REFRESH);
    stun_message_append_bytes(
            &client.stun, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, "01234567890123456789", 20);
    client.size = stun_message_length(&client.stun);
    assert_true(hp_message_parse(&message, client.data, client.size));
    assert_int_equal(hp_auth_check(&auth, &message, &client.flow.remote, true, &grant),
            HP_AUTH_MALFORMED);
    finish(&auth);
}

static bool
find_vector_password(StunAgent *agent, StunMessage *stun, uint8_t *name, uint16_t name_size,
        uint8_t **password, size_t *password_size, void *arg)
{
    *password = arg;
    *password_size = strlen(arg);
    return true;
}

static void
our_agent_verifies_the_long_term_request_of_rfc_5769(void **state)
{
    struct hp_auth auth;
    StunMessage stun;
    uint8_t copy[sizeof(vector_long_term_request) + 64] = { 0 };
    memcpy(copy, vector_long_term_request, sizeof(vector_long_term_request));
    hp_auth_init(&auth, "secret");
    assert_int_equal(stun_agent_validate(&auth.plain, &stun, copy, sizeof(copy) - 64,
                             find_vector_password, (void *) VECTOR_LONG_TERM_PASSWORD),
            STUN_VALIDATION_SUCCESS);
    assert_int_equal(stun_agent_validate(&auth.plain, &stun, copy, sizeof(copy) - 64,
                             find_vector_password, (void *) VECTOR_PASSWORD),
            STUN_VALIDATION_UNAUTHORIZED);
    hp_auth_finish(&auth);
}

static void
a_fingerprint_has_to_be_right(void **state)
{
    struct hp_auth auth;
    struct hp_message message;
    uint8_t copy[sizeof(vector_request) + 64] = { 0 };
    memcpy(copy, vector_request, sizeof(vector_request));
    hp_auth_init(&auth, "secret");
    assert_true(hp_message_parse(&message, copy, sizeof(vector_request)));
    assert_true(hp_auth_is_whole(&auth, &message));
    copy[sizeof(vector_request) - 1] ^= 1;
    assert_true(hp_message_parse(&message, copy, sizeof(vector_request)));
    assert_false(hp_auth_is_whole(&auth, &message));
    hp_auth_finish(&auth);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_credentials_are_good),
        cmocka_unit_test(no_and_wrong_credentials_are_refused),
        cmocka_unit_test(a_name_of_another_form_is_refused),
        cmocka_unit_test(expired_credentials_begin_nothing_new),
        cmocka_unit_test(an_old_nonce_is_stale),
        cmocka_unit_test(a_foreign_realm_is_refused),
        cmocka_unit_test(an_empty_name_or_realm_is_refused),
        cmocka_unit_test(a_signed_request_without_a_nonce_is_malformed),
        cmocka_unit_test(our_agent_verifies_the_long_term_request_of_rfc_5769),
        cmocka_unit_test(a_fingerprint_has_to_be_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
