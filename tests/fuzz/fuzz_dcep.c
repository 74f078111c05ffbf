// Fuzzes hp_dcep_parse_open(): what is taken is written byte for byte.
#include "wire/dcep.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hp_dcep_open open;
    uint8_t again[HP_DCEP_OPEN_SIZE_MAX];
    hp_dcep_parse_ack(data, size);
    ssize_t consumed = hp_dcep_parse_open(data, size, &open);
    if (consumed < 0) {
        return 0;
    }
    ssize_t written = hp_dcep_write_open(again, sizeof(again), &open);
    if (written != consumed || memcmp(again, data, (size_t) written) != 0) {
        abort();
    }
    return 0;
}
