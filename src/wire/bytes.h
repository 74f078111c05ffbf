// bytes.h - reads and writes numbers at any address: big-endian, with _le little-endian. Pure.
#pragma once

#include <stdint.h>

static inline uint16_t
hp_bytes_u16(const uint8_t *data)
{
    return (uint16_t) (data[0] << 8 | data[1]);
}

static inline uint32_t
hp_bytes_u24(const uint8_t *data)
{
    return (uint32_t) data[0] << 16 | (uint32_t) data[1] << 8 | data[2];
}

static inline uint32_t
hp_bytes_u32(const uint8_t *data)
{
    return (uint32_t) hp_bytes_u16(data) << 16 | hp_bytes_u16(data + 2);
}

static inline uint64_t
hp_bytes_u64(const uint8_t *data)
{
    return (uint64_t) hp_bytes_u32(data) << 32 | hp_bytes_u32(data + 4);
}

static inline uint16_t
hp_bytes_u16_le(const uint8_t *data)
{
    return (uint16_t) (data[1] << 8 | data[0]);
}

static inline uint64_t
hp_bytes_u64_le(const uint8_t *data)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--) {
        value = value << 8 | data[i];
    }
    return value;
}

static inline void
hp_bytes_put_u16(uint8_t *data, uint16_t value)
{
    data[0] = (uint8_t) (value >> 8);
    data[1] = (uint8_t) value;
}

static inline void
hp_bytes_put_u24(uint8_t *data, uint32_t value)
{
    data[0] = (uint8_t) (value >> 16);
    hp_bytes_put_u16(data + 1, (uint16_t) value);
}

static inline void
hp_bytes_put_u32(uint8_t *data, uint32_t value)
{
    hp_bytes_put_u16(data, (uint16_t) (value >> 16));
    hp_bytes_put_u16(data + 2, (uint16_t) value);
}

static inline void
hp_bytes_put_u64(uint8_t *data, uint64_t value)
{
    hp_bytes_put_u32(data, (uint32_t) (value >> 32));
    hp_bytes_put_u32(data + 4, (uint32_t) value);
}
