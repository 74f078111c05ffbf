// Fuzzes the parsers of the gate: hp_head_parse() and hp_frames_take().
#include "gate/head.h"

#include <stdlib.h>
#include <string.h>

#include "gate/frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// What is written of a head is read as the same head.
static void
check_head(const struct hp_head *head)
{
    if (head->status != 0) {
        return;
    }
    if (head->target[0] != '/' || g_hash_table_size(head->fields) != head->names->len
            || g_hash_table_contains(head->fields, "transfer-encoding")
            || (!head->is_old && !g_hash_table_contains(head->fields, "host"))) {
        abort();
    }
    int status;
    GByteArray *out = g_byte_array_new();
    hp_head_write(head, NULL, out);
    struct hp_head *again = hp_head_parse((const char *) out->data, out->len);
    if (out->len > HP_HEAD_MAX + 512 || again->status != 0 || again->length != head->length
            || strcmp(again->target, head->target) != 0
            || hp_head_is_upgrade(again) != hp_head_is_upgrade(head)
            || (out->len <= HP_HEAD_MAX
                    && hp_head_find_end((const char *) out->data, out->len, &status) != out->len
                    && status != 414)) {
        abort();
    }
    hp_head_destroy(again);
    g_byte_array_free(out, TRUE);
}

// Frames are the same in one piece and byte by byte.
static void
check_frames(const uint8_t *data, size_t size)
{
    struct hp_frames whole = { 0 };
    struct hp_frames single = { 0 };
    ssize_t taken = hp_frames_take(&whole, data, size);
    size_t from = 0;
    for (size_t end = 1; end <= size; end++) {
        ssize_t count = hp_frames_take(&single, data + from, end - from);
        if (count < 0) {
            break;
        }
        from += (size_t) count;
    }
    if (taken > (ssize_t) size || from != (size_t) (taken < 0 ? 0 : taken)
            || whole.is_closed != single.is_closed) {
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
    check_frames(data, size);
    return 0;
}
