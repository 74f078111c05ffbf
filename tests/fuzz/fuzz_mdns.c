// Fuzzes hp_mdns_parse_answer(): what it tells is a browser's name, with bytes of the message.
#include "reach/mdns_message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct message {
    const uint8_t *data;
    size_t size;
};

static void
on_record(void *arg, const struct hp_mdns_record *record)
{
    const struct message *message = arg;
    size_t size = record->is_ipv6 ? 16 : 4;
    if (!hp_mdns_is_browser_name(record->name) || record->bytes < message->data
            || record->bytes + size > message->data + message->size) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message message = { data, size };
    hp_mdns_parse_answer(data, size, on_record, &message);
    return 0;
}
