// piece.c - bytes under way.
// Owner: the gate.  Thread: any.
#include "gate/piece.h"

size_t
hp_piece_size(const GByteArray *piece)
{
    return piece == NULL ? 0 : piece->len;
}

void
hp_piece_append(GByteArray **piece, const void *data, size_t size)
{
    if (*piece == NULL) {
        *piece = g_byte_array_sized_new((guint) size);
    }
    g_byte_array_append(*piece, data, (guint) size);
}

void
hp_piece_drop(GByteArray **piece, size_t size)
{
    if (size == hp_piece_size(*piece)) {
        hp_piece_clear(piece);
    } else {
        g_byte_array_remove_range(*piece, 0, (guint) size);
    }
}

void
hp_piece_clear(GByteArray **piece)
{
    g_clear_pointer(piece, g_byte_array_unref);
}
