// message.c - reads STUN and TURN messages into a bounded struct.
// Owner: nobody.  Thread: any.
// RFC 8489 section 5 and 14, RFC 8656 section 18.
#include "relay/message.h"

#include <string.h>

#include "wire/bytes.h"

enum {
    ATTRIBUTE_HEADER_SIZE = 4,
    FIRST_OPTIONAL = 0x8000, // attributes from here on may be ignored
    INTEGRITY_SIZE = 20,
    FINGERPRINT_SIZE = 4,
    COOKIE = 0x2112a442,
    REQUESTED_ADDRESS_FAMILY = 0x0017, // RFC 8656 section 18.6
    NEXT_PORT = 0x80, // RFC 8656 section 18.7: R
};

static bool
read_text(struct hp_message_value *value, const uint8_t *data, uint16_t size)
{
    if (size > HP_MESSAGE_TEXT_MAX) {
        return false;
    }
    if (value->data == NULL) {
        *value = (struct hp_message_value){ data, size };
    }
    return true;
}

// XOR-PEER-ADDRESS (RFC 8489 section 14.2): the address is masked with the cookie, and behind its
// first 4 bytes with the transaction id.
static bool
read_peer(struct hp_message *message, const uint8_t *data, uint16_t size)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    if (size < 4 || message->peer_count == HP_MESSAGE_PEERS_MAX) {
        return false;
    }
    uint8_t family = data[1];
    size_t length = family == HP_MESSAGE_FAMILY_IPV4 ? 4 : 16;
    if (size != 4 + length
            || (family != HP_MESSAGE_FAMILY_IPV4 && family != HP_MESSAGE_FAMILY_IPV6)) {
        return false;
    }
    struct hp_addr *peer = &message->peers[message->peer_count++];
    memcpy(peer->ip, mapped, sizeof(mapped));
    uint8_t *ip = &peer->ip[16 - length];
    for (size_t i = 0; i < length; i++) {
        ip[i] = data[4 + i] ^ message->data[4 + i];
    }
    peer->port = hp_bytes_u16(data + 2) ^ (COOKIE >> 16);
    return true;
}

static bool
read_number(uint32_t *number, const uint8_t *data, uint16_t size)
{
    if (size != 4) {
        return false;
    }
    *number = hp_bytes_u32(data);
    return true;
}

static bool
read_lifetime(struct hp_message *message, const uint8_t *data, uint16_t size)
{
    message->has_lifetime = true;
    return read_number(&message->lifetime_s, data, size);
}

static bool
read_change(struct hp_message *message, const uint8_t *data, uint16_t size)
{
    message->has_change = true;
    return read_number(&message->change, data, size);
}

// A number in the first byte of four.
static bool
read_first_byte(uint8_t *number, const uint8_t *data, uint16_t size)
{
    if (size != 4) {
        return false;
    }
    *number = data[0];
    return true;
}

static bool
read_even_port(struct hp_message *message, const uint8_t *data, uint16_t size)
{
    message->wants_even = true;
    message->wants_next = size == 1 && (data[0] & NEXT_PORT) != 0;
    return size == 1;
}

static bool
read_token(struct hp_message *message, const uint8_t *data, uint16_t size)
{
    if (size != 8 || hp_bytes_u64(data) == 0) {
        return false;
    }
    message->token = hp_bytes_u64(data);
    return true;
}

static bool
read_channel(struct hp_message *message, const uint8_t *data, uint16_t size)
{
    if (size != 4) {
        return false;
    }
    message->channel = hp_bytes_u16(data);
    return true;
}

static void
note_unknown(struct hp_message *message, uint16_t type)
{
    if (type < FIRST_OPTIONAL && message->unknown_count < HP_MESSAGE_UNKNOWN_MAX) {
        message->unknown[message->unknown_count++] = type;
    }
}

// False: the attribute has an impossible size or value.
static bool
read_attribute(struct hp_message *message, uint16_t type, const uint8_t *data, uint16_t size)
{
    switch (type) {
    case STUN_ATTRIBUTE_USERNAME: return read_text(&message->username, data, size);
    case STUN_ATTRIBUTE_REALM: return read_text(&message->realm, data, size);
    case STUN_ATTRIBUTE_NONCE: return read_text(&message->nonce, data, size);
    case STUN_ATTRIBUTE_MESSAGE_INTEGRITY:
        message->integrity = (struct hp_message_value){ data, size };
        return size == INTEGRITY_SIZE;
    case STUN_ATTRIBUTE_FINGERPRINT:
        message->has_fingerprint = true;
        return size == FINGERPRINT_SIZE;
    case STUN_ATTRIBUTE_DATA:
        message->payload = (struct hp_message_value){ data, size };
        return true;
    case STUN_ATTRIBUTE_XOR_PEER_ADDRESS: return read_peer(message, data, size);
    case STUN_ATTRIBUTE_LIFETIME: return read_lifetime(message, data, size);
    case STUN_ATTRIBUTE_CHANGE_REQUEST: return read_change(message, data, size);
    case STUN_ATTRIBUTE_REQUESTED_TRANSPORT:
        return read_first_byte(&message->transport, data, size);
    case REQUESTED_ADDRESS_FAMILY: return read_first_byte(&message->family, data, size);
    case STUN_ATTRIBUTE_CHANNEL_NUMBER: return read_channel(message, data, size);
    case STUN_ATTRIBUTE_EVEN_PORT: return read_even_port(message, data, size);
    case STUN_ATTRIBUTE_RESERVATION_TOKEN: return read_token(message, data, size);
    default: note_unknown(message, type); return true;
    }
}

// Is this attribute one of which only the first counts, and has it been there?
static bool
is_repeated(const struct hp_message *message, uint16_t type)
{
    switch (type) {
    case STUN_ATTRIBUTE_DATA: return message->payload.data != NULL;
    case STUN_ATTRIBUTE_LIFETIME: return message->has_lifetime;
    case STUN_ATTRIBUTE_CHANGE_REQUEST: return message->has_change;
    case STUN_ATTRIBUTE_REQUESTED_TRANSPORT: return message->transport != 0;
    case REQUESTED_ADDRESS_FAMILY: return message->family != 0;
    case STUN_ATTRIBUTE_CHANNEL_NUMBER: return message->channel != 0;
    case STUN_ATTRIBUTE_EVEN_PORT: return message->wants_even;
    case STUN_ATTRIBUTE_RESERVATION_TOKEN: return message->token != 0;
    default: return false;
    }
}

static void
read_attributes(struct hp_message *message)
{
    size_t at = HP_MESSAGE_HEADER_SIZE;
    while (at + ATTRIBUTE_HEADER_SIZE <= message->size) {
        uint16_t type = hp_bytes_u16(message->data + at);
        uint16_t size = hp_bytes_u16(message->data + at + 2);
        at += ATTRIBUTE_HEADER_SIZE;
        if (size > message->size - at) {
            message->is_malformed = true;
            return;
        }
        bool is_covered = message->integrity.data == NULL || type == STUN_ATTRIBUTE_FINGERPRINT;
        if (is_covered && !is_repeated(message, type)
                && !read_attribute(message, type, message->data + at, size)) {
            message->is_malformed = true;
        }
        at += ((size_t) size + 3) & ~(size_t) 3;
    }
}

bool
hp_message_parse(struct hp_message *message, const uint8_t *data, size_t size)
{
    memset(message, 0, sizeof(*message));
    if (size < HP_MESSAGE_HEADER_SIZE || data[0] > 3) {
        return false;
    }
    if (stun_message_validate_buffer_length(data, size, true) != (int) size) {
        return false;
    }
    StunMessage stun = { .buffer = (uint8_t *) data, .buffer_len = size };
    message->data = data;
    message->size = size;
    message->kind = stun_message_get_class(&stun);
    message->method = stun_message_get_method(&stun);
    message->is_classic = !stun_message_has_cookie(&stun);
    read_attributes(message);
    return true;
}
