// probe.c - asks a STUN server which address of ours it sees.
// Owner: hp_reflexive.  Thread: home.
// RFC 8489 sections 6 (Binding), 14.2 (XOR-MAPPED-ADDRESS).
#include "reach/probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <glib.h>
#include <stun/usages/bind.h>

enum {
    SPARE_SIZE = 64, // zero bytes behind an answer: libnice may read a little too far
    ID_OFFSET = 4,
};

void
hp_probe_init(struct hp_probe *probe)
{
    // no attribute is unknown that one may ignore; an answer is known by its transaction id
    static const uint16_t known[] = { STUN_ATTRIBUTE_MAPPED_ADDRESS,
        STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, STUN_ATTRIBUTE_ERROR_CODE, 0 };
    memset(probe, 0, sizeof(*probe));
    stun_agent_init(&probe->agent, known, STUN_COMPATIBILITY_RFC5389,
            STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
}

void
hp_probe_give_up(struct hp_probe *probe)
{
    if (probe->is_open) {
        stun_agent_forget_transaction(&probe->agent, probe->id);
        probe->is_open = false;
    }
}

size_t
hp_probe_begin(struct hp_probe *probe, uint8_t request[HP_PROBE_SIZE])
{
    StunMessage message;
    hp_probe_give_up(probe);
    size_t size = stun_usage_bind_create(&probe->agent, &message, request, HP_PROBE_SIZE);
    stun_message_id(&message, probe->id);
    probe->is_open = true;
    return size;
}

static void
write_address(const struct sockaddr_storage *mapped, char address[HP_ADDRESS_TEXT_SIZE],
        uint16_t *port)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *) (const void *) mapped;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *) (const void *) mapped;
    if (mapped->ss_family == AF_INET) {
        inet_ntop(AF_INET, &v4->sin_addr, address, HP_ADDRESS_TEXT_SIZE);
        *port = ntohs(v4->sin_port);
    } else if (mapped->ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &v6->sin6_addr, address, HP_ADDRESS_TEXT_SIZE);
        *port = ntohs(v6->sin6_port);
    }
}

bool
hp_probe_take(struct hp_probe *probe, const uint8_t *data, size_t size,
        char address[HP_ADDRESS_TEXT_SIZE], uint16_t *port)
{
    uint8_t copy[HP_PROBE_MAX + SPARE_SIZE] = { 0 };
    address[0] = '\0';
    *port = 0;
    if (!probe->is_open || size < STUN_MESSAGE_HEADER_LENGTH || size > HP_PROBE_MAX
            || memcmp(data + ID_OFFSET, probe->id, sizeof(probe->id)) != 0) {
        return false;
    }
    memcpy(copy, data, size);
    StunMessage message;
    if (stun_message_validate_buffer_length(copy, size, true) != (int) size
            || stun_agent_validate(&probe->agent, &message, copy, size, NULL, NULL)
                    != STUN_VALIDATION_SUCCESS) {
        return false;
    }
    probe->is_open = false;
    struct sockaddr_storage mapped = { 0 }, other = { 0 };
    socklen_t mapped_size = sizeof(mapped), other_size = sizeof(other);
    if (stun_usage_bind_process(&message, (struct sockaddr *) &mapped, &mapped_size,
                (struct sockaddr *) &other, &other_size)
            == STUN_USAGE_BIND_RETURN_SUCCESS) {
        write_address(&mapped, address, port);
    }
    return true;
}
