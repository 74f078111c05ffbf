// Fuzzes hp_input_parse() in both dialects, a message behind the other.
#include "wire/input.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
parse_all(enum hp_input_dialect dialect, const uint8_t *data, size_t size)
{
    size_t offset = 0;
    while (offset < size) {
        struct hp_input input;
        ssize_t consumed = hp_input_parse(dialect, data + offset, size - offset, &input);
        if (consumed < 0) {
            return;
        }
        bool is_sane = consumed > 0 && abs(input.delta_x) <= 100 && abs(input.delta_y) <= 100
                && input.button <= 255;
        if (!is_sane) {
            abort();
        }
        uint8_t pong[HP_INPUT_PONG_SIZE];
        if (input.kind == HP_INPUT_PING) {
            hp_input_write_pong(pong, data + offset, 1700000000000);
        }
        offset += (size_t) consumed;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    parse_all(HP_DIALECT_V3, data, size);
    parse_all(HP_DIALECT_LEGACY, data, size);
    return 0;
}
