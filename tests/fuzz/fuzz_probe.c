// Fuzzes hp_probe_take(): an answer to an open request, whose id stands in it; what is told is an
// address. Neither a request that is open nor one that is closed is taken twice.
#include "reach/probe.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hp_probe probe;
    uint8_t request[HP_PROBE_SIZE];
    uint8_t *answer = malloc(size + 1);
    char address[HP_ADDRESS_TEXT_SIZE];
    uint16_t port;
    memcpy(answer, data, size);
    hp_probe_init(&probe);
    size_t request_size = hp_probe_begin(&probe, request);
    if (size >= request_size) {
        memcpy(answer + 4, request + 4, 16);
    }
    bool is_taken = hp_probe_take(&probe, answer, size, address, &port);
    if (is_taken && hp_probe_take(&probe, answer, size, address, &port)) {
        abort();
    }
    if (!is_taken && address[0] != '\0') {
        abort();
    }
    free(answer);
    return 0;
}
