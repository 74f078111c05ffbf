// Fuzzes hp_told_parse(): an answer that is taken names an address; one that is refused names none.
#include "fetch/told.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char address[HP_ADDRESS_TEXT_SIZE];
    if (hp_told_parse((const char *) data, size, address) != (address[0] != '\0')) {
        abort();
    }
    return 0;
}
