// Fuzzes hp_depacketize(): the first byte chooses the codec, then come payloads, each behind its
// size in two bytes. The result keeps to its bound and to the room
// that it is given.
#include "wire/depacketize.h"

#include <stdlib.h>
#include <string.h>

#include "wire/bytes.h"

enum {
    MAX_PACKETS = 64,
    MAX_SIZE = 64 * 1024
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct hp_frame *frame =
            hp_frame_create((enum hp_codec)(data[0] % HP_CODECS), MAX_PACKETS, MAX_SIZE);
    data++;
    size--;
    while (size > 2) {
        size_t part = hp_bytes_u16(data);
        data += 2;
        size -= 2;
        part = part < size ? part : size;
        uint8_t *payload = hp_frame_add_packet(frame, part);
        if (payload == NULL) {
            break;
        }
        memcpy(payload, data, part);
        data += part;
        size -= part;
    }
    size_t bound = hp_depacketize_bound(frame);
    uint8_t *result = malloc(bound + 1);
    size_t whole = hp_depacketize(frame, result, bound);
    bool is_fine = whole <= bound
            && (whole == 0 || hp_depacketize(frame, result, whole) == whole)
            && (whole == 0 || hp_depacketize(frame, result, whole - 1) == 0);
    free(result);
    hp_frame_unref(frame);
    if (!is_fine) {
        abort();
    }
    return 0;
}
