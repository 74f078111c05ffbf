// stun.c - parses and writes the binding requests and answers of ICE.
// Owner: nobody.  Thread: any.
#include "stun.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <zlib.h>

#include "wire/bytes.h"

enum {
    HEADER_SIZE = 20,
    ATTRIBUTE_HEADER_SIZE = 4,
    INTEGRITY_SIZE = 20,
    COOKIE = 0x2112a442,
    FINGERPRINT_XOR = 0x5354554e,
    MESSAGE_MAX = 1500,
};

enum message_type {
    TYPE_REQUEST = 0x0001,
    TYPE_SUCCESS = 0x0101
};

enum attribute {
    ATTRIBUTE_USERNAME = 0x0006,
    ATTRIBUTE_INTEGRITY = 0x0008,
    ATTRIBUTE_XOR_MAPPED_ADDRESS = 0x0020,
    ATTRIBUTE_PRIORITY = 0x0024,
    ATTRIBUTE_USE_CANDIDATE = 0x0025,
    ATTRIBUTE_FINGERPRINT = 0x8028,
    ATTRIBUTE_CONTROLLED = 0x8029,
    ATTRIBUTE_CONTROLLING = 0x802a,
};

// The HMAC over the bytes before MESSAGE-INTEGRITY; the header's length includes that attribute
// already.
static void
sign(const uint8_t *data, size_t size, const char *password, uint8_t digest[INTEGRITY_SIZE])
{
    unsigned length = INTEGRITY_SIZE;
    HMAC(EVP_sha1(), password, (int) strlen(password), data, size, digest, &length);
}

static bool
is_authentic(const uint8_t *data, size_t offset, const char *password)
{
    uint8_t signed_part[MESSAGE_MAX];
    uint8_t digest[INTEGRITY_SIZE];
    memcpy(signed_part, data, offset);
    hp_bytes_put_u16(signed_part + 2,
            (uint16_t) (offset + ATTRIBUTE_HEADER_SIZE + INTEGRITY_SIZE - HEADER_SIZE));
    sign(signed_part, offset, password, digest);
    return CRYPTO_memcmp(digest, data + offset + ATTRIBUTE_HEADER_SIZE, INTEGRITY_SIZE) == 0;
}

ssize_t
bench_stun_parse(const uint8_t *data, size_t size, const char *password, struct bench_stun *stun)
{
    if (size < HEADER_SIZE || size > MESSAGE_MAX || hp_bytes_u32(data + 4) != COOKIE
            || (size_t) hp_bytes_u16(data + 2) + HEADER_SIZE != size) {
        return -1;
    }
    uint16_t type = hp_bytes_u16(data);
    stun->kind = type == TYPE_REQUEST ? BENCH_STUN_REQUEST
            : type == TYPE_SUCCESS    ? BENCH_STUN_SUCCESS
                                      : BENCH_STUN_OTHER;
    memcpy(stun->id, data + 8, BENCH_STUN_ID_SIZE);
    stun->is_nominating = false;
    for (size_t offset = HEADER_SIZE; offset + ATTRIBUTE_HEADER_SIZE <= size;) {
        uint16_t attribute = hp_bytes_u16(data + offset);
        size_t length = hp_bytes_u16(data + offset + 2);
        if (offset + ATTRIBUTE_HEADER_SIZE + length > size) {
            return -1;
        }
        if (attribute == ATTRIBUTE_USE_CANDIDATE) {
            stun->is_nominating = true;
        }
        if (attribute == ATTRIBUTE_INTEGRITY) {
            bool is_valid = length == INTEGRITY_SIZE && is_authentic(data, offset, password);
            return is_valid ? (ssize_t) size : -1;
        }
        offset += ATTRIBUTE_HEADER_SIZE + (length + 3) / 4 * 4;
    }
    return -1;
}

static size_t
begin(uint8_t *data, enum message_type type, const uint8_t *id)
{
    hp_bytes_put_u16(data, (uint16_t) type);
    hp_bytes_put_u32(data + 4, COOKIE);
    memcpy(data + 8, id, BENCH_STUN_ID_SIZE);
    return HEADER_SIZE;
}

static size_t
add(uint8_t *data, size_t offset, enum attribute attribute, const void *value, size_t length)
{
    size_t padded = (length + 3) / 4 * 4;
    hp_bytes_put_u16(data + offset, (uint16_t) attribute);
    hp_bytes_put_u16(data + offset + 2, (uint16_t) length);
    memset(data + offset + ATTRIBUTE_HEADER_SIZE, 0, padded);
    if (length > 0) {
        memcpy(data + offset + ATTRIBUTE_HEADER_SIZE, value, length);
    }
    offset += ATTRIBUTE_HEADER_SIZE + padded;
    hp_bytes_put_u16(data + 2, (uint16_t) (offset - HEADER_SIZE));
    return offset;
}

static size_t
finish(uint8_t *data, size_t offset, const char *password)
{
    uint8_t digest[INTEGRITY_SIZE] = { 0 };
    size_t end = add(data, offset, ATTRIBUTE_INTEGRITY, digest, sizeof(digest));
    sign(data, offset, password, digest);
    memcpy(data + offset + ATTRIBUTE_HEADER_SIZE, digest, sizeof(digest));
    uint8_t sum[4] = { 0 };
    size_t whole = add(data, end, ATTRIBUTE_FINGERPRINT, sum, sizeof(sum));
    uint32_t crc = (uint32_t) crc32(0, data, (unsigned) end) ^ FINGERPRINT_XOR;
    hp_bytes_put_u32(data + end + ATTRIBUTE_HEADER_SIZE, crc);
    return whole;
}

size_t
bench_stun_write_request(uint8_t data[BENCH_STUN_SIZE_MAX], const uint8_t id[BENCH_STUN_ID_SIZE],
        const struct bench_stun_check *check, const char *password)
{
    uint8_t number[8];
    size_t offset = begin(data, TYPE_REQUEST, id);
    size_t length = strnlen(check->username, 128);
    offset = add(data, offset, ATTRIBUTE_USERNAME, check->username, length);
    hp_bytes_put_u32(number, check->priority);
    offset = add(data, offset, ATTRIBUTE_PRIORITY, number, 4);
    hp_bytes_put_u64(number, check->tie_breaker);
    offset = add(data, offset, check->is_controlling ? ATTRIBUTE_CONTROLLING : ATTRIBUTE_CONTROLLED,
            number, 8);
    if (check->is_controlling) {
        offset = add(data, offset, ATTRIBUTE_USE_CANDIDATE, NULL, 0);
    }
    return finish(data, offset, password);
}

size_t
bench_stun_write_success(uint8_t data[BENCH_STUN_SIZE_MAX], const uint8_t id[BENCH_STUN_ID_SIZE],
        const struct sockaddr_in *from, const char *password)
{
    uint8_t address[8] = { 0, 1 };
    hp_bytes_put_u16(address + 2, ntohs(from->sin_port) ^ (COOKIE >> 16));
    hp_bytes_put_u32(address + 4, ntohl(from->sin_addr.s_addr) ^ (uint32_t) COOKIE);
    size_t offset = begin(data, TYPE_SUCCESS, id);
    offset = add(data, offset, ATTRIBUTE_XOR_MAPPED_ADDRESS, address, sizeof(address));
    return finish(data, offset, password);
}
