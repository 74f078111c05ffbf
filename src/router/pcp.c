// pcp.c - writes and reads the one message of the Port Control Protocol that a mapping needs: MAP.
// Owner: none, pure.  Thread: any.
// RFC 6887 sections 7 (head), 11.1 (MAP), 9 (an older server's answer).
//
//   0 version, 1 R|opcode, 2 reserved, 3 result, 4 lifetime,
//   8 request: client's address (16), answer: epoch (4), reserved (12)
//   24 nonce (12), 36 protocol, 40 internal port, 42 external port, 44 external address (16)
#include "router/pcp.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "wire/bytes.h"

enum {
    PCP_VERSION = 2,
    OPCODE_MAP = 1,
    ANSWER = 0x80,
    PROTOCOL_UDP = 17,
    OLD_ANSWER_SIZE = 8, // of NAT-PMP, that does not know this version (RFC 6886 section 3.5)
    MAPPED_PREFIX = 12,
};

// Of an IPv4 address within an IPv6 address. No address of a family is its zero (section 11.1).
static const uint8_t mapped_prefix[MAPPED_PREFIX] = { [10] = 0xff, [11] = 0xff };

static bool
is_ipv4(const uint8_t address[16])
{
    return memcmp(address, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

void
hp_pcp_write(const struct hp_pcp_request *request, uint8_t message[HP_PCP_SIZE])
{
    memset(message, 0, HP_PCP_SIZE);
    message[0] = PCP_VERSION;
    message[1] = OPCODE_MAP;
    hp_bytes_put_u32(message + 4, request->lifetime_s);
    memcpy(message + 8, request->client, sizeof(request->client));
    memcpy(message + 24, request->nonce, HP_PCP_NONCE_SIZE);
    message[36] = PROTOCOL_UDP;
    hp_bytes_put_u16(message + 40, request->port);
    hp_bytes_put_u16(message + 42, request->suggested_port);
    if (is_ipv4(request->client)) {
        memcpy(message + 44, mapped_prefix, sizeof(mapped_prefix));
    }
}

static void
write_external(const uint8_t at[16], char text[HP_ADDRESS_TEXT_SIZE])
{
    if (is_ipv4(at)) {
        inet_ntop(AF_INET, at + MAPPED_PREFIX, text, HP_ADDRESS_TEXT_SIZE);
    } else {
        inet_ntop(AF_INET6, at, text, HP_ADDRESS_TEXT_SIZE);
    }
}

// A server that does not know MAP, or refuses the version, may answer with less than we asked.
bool
hp_pcp_parse(const struct hp_pcp_request *request, const uint8_t *data, size_t size,
        struct hp_pcp_answer *answer)
{
    *answer = (struct hp_pcp_answer){ 0 };
    if (size < OLD_ANSWER_SIZE || size > HP_PCP_MAX || (data[1] & ANSWER) == 0) {
        return false;
    }
    if (data[0] != PCP_VERSION || data[3] == HP_PCP_UNSUPPORTED_VERSION) {
        answer->result = HP_PCP_UNSUPPORTED_VERSION;
        return true;
    }
    if (size < HP_PCP_SIZE || data[1] != (ANSWER | OPCODE_MAP) || data[36] != PROTOCOL_UDP
            || memcmp(data + 24, request->nonce, HP_PCP_NONCE_SIZE) != 0
            || hp_bytes_u16(data + 40) != request->port) {
        return false;
    }
    answer->result = data[3];
    if (answer->result == HP_PCP_SUCCESS) {
        answer->lifetime_s = hp_bytes_u32(data + 4);
        answer->external_port = hp_bytes_u16(data + 42);
        write_external(data + 44, answer->external_address);
    }
    return true;
}
