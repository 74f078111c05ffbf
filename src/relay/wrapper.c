// wrapper.c - what TURN puts around a datagram for its client.
// Owner: nobody.  Thread: any.
// Written by hand, since this is done for each packet of a relayed viewer: Firefox binds no
// channels.
#include "relay/wrapper.h"

#include <string.h>

#include "base/ident.h"
#include "nat/addr.h"
#include "wire/bytes.h"

enum {
    DATA_INDICATION = 0x0017,
    COOKIE = 0x2112a442,
    STUN_HEADER_SIZE = 20,
    ID_POSITION = 8,
    ID_SIZE = 12,
    ATTRIBUTE_HEADER_SIZE = 4,
    XOR_PEER_ADDRESS = 0x0012,
    DATA = 0x0013,
    FAMILY_IPV4 = 1,
    FAMILY_IPV6 = 2,
};

static size_t
padded(size_t size)
{
    return (size + 3) & ~(size_t) 3;
}

// XOR-PEER-ADDRESS (RFC 8489 section 14.2), masked with the cookie and the transaction id.
static size_t
write_peer(uint8_t *at, const uint8_t *head, const struct hp_addr *peer)
{
    bool is_ipv4 = hp_addr_is_ipv4(peer);
    size_t length = is_ipv4 ? 4 : 16;
    const uint8_t *ip = &peer->ip[16 - length];
    hp_bytes_put_u16(at, XOR_PEER_ADDRESS);
    hp_bytes_put_u16(at + 2, (uint16_t) (4 + length));
    at[4] = 0;
    at[5] = is_ipv4 ? FAMILY_IPV4 : FAMILY_IPV6;
    hp_bytes_put_u16(at + 6, (uint16_t) (peer->port ^ (COOKIE >> 16)));
    for (size_t i = 0; i < length; i++) {
        at[8 + i] = ip[i] ^ head[4 + i];
    }
    return ATTRIBUTE_HEADER_SIZE + 4 + length;
}

void
hp_wrapper_init(struct hp_wrapper *wrapper, uint16_t channel, const struct hp_addr *peer)
{
    uint8_t *head = wrapper->head;
    wrapper->is_channel = channel != 0;
    if (wrapper->is_channel) {
        hp_bytes_put_u16(head, channel);
        wrapper->head_size = HP_WRAPPER_CHANNEL_SIZE;
        return;
    }
    hp_bytes_put_u16(head, DATA_INDICATION);
    hp_bytes_put_u32(head + 4, COOKIE);
    hp_ident_random(head + ID_POSITION, ID_SIZE);
    size_t size = STUN_HEADER_SIZE + write_peer(head + STUN_HEADER_SIZE, head, peer);
    hp_bytes_put_u16(head + size, DATA);
    wrapper->head_size = size + ATTRIBUTE_HEADER_SIZE;
}

size_t
hp_wrapper_write(struct hp_wrapper *wrapper, const uint8_t *data, size_t size, uint8_t *to,
        size_t room)
{
    size_t inner = wrapper->is_channel ? size : padded(size);
    size_t whole = wrapper->head_size + inner;
    if (whole > room || whole > UINT16_MAX) {
        return 0;
    }
    memcpy(to, wrapper->head, wrapper->head_size);
    memcpy(to + wrapper->head_size, data, size);
    hp_bytes_put_u16(to + wrapper->head_size - 2, (uint16_t) size);
    if (!wrapper->is_channel) {
        hp_bytes_put_u16(to + 2, (uint16_t) (whole - STUN_HEADER_SIZE));
        memset(to + wrapper->head_size + size, 0, inner - size);
    }
    return whole;
}

bool
hp_wrapper_read_channel(const uint8_t *message, size_t message_size, uint16_t *channel,
        const uint8_t **data, size_t *size)
{
    if (message_size < HP_WRAPPER_CHANNEL_SIZE) {
        return false;
    }
    *channel = hp_bytes_u16(message);
    *size = hp_bytes_u16(message + 2);
    *data = message + HP_WRAPPER_CHANNEL_SIZE;
    return *size <= message_size - HP_WRAPPER_CHANNEL_SIZE;
}
