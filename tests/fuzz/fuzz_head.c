// Fuzzes the parsers of edge: hp_head_parse() and hp_ws_frame_read().
#include "edge/head.h"

#include <stdlib.h>
#include <string.h>

#include "wire/ws_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_head(const struct hp_head *head)
{
    if (head->status != 0) {
        return;
    }
    const char *length = hp_head_field(head, "content-length");
    if (strstr(head->path, "/../") != NULL || strlen(head->path) == 0
            || (length != NULL) != head->has_length
            || (!head->is_old && !g_hash_table_contains(head->fields, "host"))
            || g_hash_table_contains(head->fields, "transfer-encoding")) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int status;
    size_t head_size = hp_head_find_end((const char *) data, size, &status);
    if (head_size > size || head_size > HP_HEAD_MAX || (head_size > 0 && status != 0)) {
        abort();
    }
    if (head_size > 0) {
        struct hp_head *head = hp_head_parse((const char *) data, head_size);
        check_head(head);
        hp_head_destroy(head);
    }
    struct hp_ws_frame frame;
    if (hp_ws_frame_read(data, size, &frame) == 1
            && (frame.head_size > size || frame.head_size > HP_WS_FRAME_HEAD_MAX)) {
        abort();
    }
    return 0;
}
