// Fuzzes hp_tunnel_read(), with the input that a tunnel's message may carry.
#include "wire/tunnel.h"

#include <stdlib.h>

#include "wire/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hp_tunnel_message message;
    struct hp_input input;
    if (!hp_tunnel_read(data, size, &message)) {
        return 0;
    }
    bool is_sane = message.body == data + 1 && message.size == size - 1
            && size <= HP_TUNNEL_HELLO_MAX && message.type < HP_TUNNEL_WELCOME;
    if (!is_sane) {
        abort();
    }
    if (message.type == HP_TUNNEL_DATA) {
        hp_input_parse(HP_DIALECT_V3, message.body, message.size, &input);
    }
    return 0;
}
