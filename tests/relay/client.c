// client.c - test: a TURN client that builds its requests with libnice.
// Owner: a test.  Thread: main.
#include "relay/client.h"

#include <string.h>

#include "base/clock.h"
#include "base/ident.h"

enum { SECOND_US = 1000000 };

static int64_t now_us;

static int64_t
tell_time(void)
{
    return now_us;
}

void
client_clock_begin(void)
{
    now_us = 1000 * (int64_t) SECOND_US;
    hp_clock_fake(tell_time);
}

void
client_clock_end(void)
{
    hp_clock_fake(NULL);
}

void
client_clock_pass_s(unsigned seconds)
{
    now_us += (int64_t) seconds * SECOND_US;
}

int64_t
client_expiry(int seconds)
{
    return hp_clock_wall_us(hp_clock_now_us()) / SECOND_US + seconds;
}

struct hp_addr
client_addr(const char *ip, uint16_t port)
{
    struct hp_addr addr;
    hp_addr_parse(&addr, ip, port);
    return addr;
}

void
client_init(struct client *client, const char *secret)
{
    memset(client, 0, sizeof(*client));
    stun_agent_init(&client->agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
            STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS);
    client->flow.local = client_addr("10.0.0.1", 8080);
    client->flow.remote = client_addr("198.51.100.9", 5000);
    hp_credentials_make(&client->credentials, secret, "someone", client_expiry(3600));
}

void
client_begin(struct client *client, StunMethod method)
{
    memset(client->data, 0, sizeof(client->data));
    stun_agent_init_request(
            &client->agent, &client->stun, client->data, sizeof(client->data) - 64, method);
}

void
client_add_peer(struct client *client, const char *ip, uint16_t port)
{
    struct sockaddr_storage to;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *) &to;
    struct hp_addr addr = client_addr(ip, port);
    socklen_t size = hp_addr_to_sockaddr(&addr, &to);
    if (strchr(ip, ':') != NULL) { // a mapped address stays one
        memset(ipv6, 0, sizeof(*ipv6));
        ipv6->sin6_family = AF_INET6;
        ipv6->sin6_port = htons(port);
        memcpy(&ipv6->sin6_addr, addr.ip, sizeof(addr.ip));
        size = sizeof(*ipv6);
    }
    stun_message_append_xor_addr(&client->stun, STUN_ATTRIBUTE_XOR_PEER_ADDRESS, &to, size);
}

void
client_add_u32(struct client *client, uint16_t type, uint32_t value)
{
    stun_message_append32(&client->stun, (StunAttribute) type, value);
}

void
client_end(struct client *client)
{
    const uint8_t *key = NULL;
    size_t key_size = 0;
    if (client->nonce[0] != '\0') {
        stun_message_append_string(
                &client->stun, STUN_ATTRIBUTE_USERNAME, client->credentials.name);
        stun_message_append_string(&client->stun, STUN_ATTRIBUTE_REALM, client->realm);
        stun_message_append_string(&client->stun, STUN_ATTRIBUTE_NONCE, client->nonce);
        key = (const uint8_t *) client->credentials.password;
        key_size = strlen(client->credentials.password);
    }
    client->size = stun_agent_finish_message(&client->agent, &client->stun, key, key_size);
}

void
client_build_send(struct client *client, const char *ip, uint16_t port, const char *data)
{
    memset(client->data, 0, sizeof(client->data));
    stun_agent_init_indication(
            &client->agent, &client->stun, client->data, sizeof(client->data) - 64, STUN_IND_SEND);
    client_add_peer(client, ip, port);
    stun_message_append_bytes(&client->stun, STUN_ATTRIBUTE_DATA, data, strlen(data));
    client->size = stun_agent_finish_message(&client->agent, &client->stun, NULL, 0);
}

int
client_read(struct client *client, const uint8_t *reply, size_t size)
{
    StunMessage stun;
    int code = 0;
    uint8_t copy[CLIENT_DATA_SIZE] = { 0 };
    memcpy(copy, reply, size);
    StunValidationStatus status =
            stun_agent_validate(&client->agent, &stun, copy, size, NULL, NULL);
    if (status != STUN_VALIDATION_SUCCESS) {
        return -1;
    }
    if (stun_message_get_class(&stun) == STUN_ERROR) {
        stun_message_find_error(&stun, &code);
    }
    stun_message_find_string(&stun, STUN_ATTRIBUTE_REALM, client->realm, sizeof(client->realm));
    stun_message_find_string(&stun, STUN_ATTRIBUTE_NONCE, client->nonce, sizeof(client->nonce));
    return code;
}
