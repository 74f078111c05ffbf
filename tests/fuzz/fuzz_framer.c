// Fuzzes hp_framer_take(): in whatever pieces a stream comes, it is cut into the same datagrams,
// and each is written back as it came. hp_framer_is_media() reads nothing beyond a datagram.
#include "tcp/framer.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_datagram(const struct hp_framer *framer, const uint8_t *datagram, size_t size)
{
    static const uint8_t zeroes[HP_SERVICE_SPARE];
    uint8_t written[HP_FRAMER_HEAD_MAX + HP_FRAMER_DATAGRAM_MAX];
    uint8_t *copy = g_memdup2(datagram, size); // nothing follows it
    (void) hp_framer_is_media(framer->kind, copy, size);
    g_free(copy);
    size_t whole = hp_framer_write(framer->kind, datagram, size, written, sizeof(written));
    if (size > HP_FRAMER_HEAD_MAX + HP_FRAMER_DATAGRAM_MAX || whole != framer->size
            || memcmp(written, framer->data, whole) != 0
            || memcmp(datagram + size, zeroes, sizeof(zeroes)) != 0) {
        abort();
    }
}

// Adds each datagram to `all`, behind its size. Returns the last verdict.
static enum hp_framer_verdict
cut(const uint8_t *data, size_t size, size_t piece, GByteArray *all)
{
    struct hp_framer framer = { 0 };
    enum hp_framer_verdict verdict = HP_FRAMER_MORE;
    while (size > 0 && verdict != HP_FRAMER_BROKEN) {
        size_t left = MIN(size, piece);
        const uint8_t *datagram;
        size_t datagram_size;
        size -= left;
        while ((verdict = hp_framer_take(&framer, &data, &left, &datagram, &datagram_size))
                == HP_FRAMER_DATAGRAM) {
            check_datagram(&framer, datagram, datagram_size);
            g_byte_array_append(all, (const uint8_t *) &datagram_size, sizeof(datagram_size));
            g_byte_array_append(all, datagram, (guint) datagram_size);
        }
        if (verdict == HP_FRAMER_MORE && left > 0) {
            abort();
        }
    }
    return verdict;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GByteArray *whole = g_byte_array_new();
    GByteArray *pieces = g_byte_array_new();
    size_t piece = size == 0 ? 1 : 1 + data[size - 1] % 16;
    enum hp_framer_verdict one = cut(data, size, MAX(size, 1), whole);
    enum hp_framer_verdict other = cut(data, size, piece, pieces);
    if (one != other || whole->len != pieces->len
            || (whole->len > 0 && memcmp(whole->data, pieces->data, whole->len) != 0)) {
        abort();
    }
    g_byte_array_unref(whole);
    g_byte_array_unref(pieces);
    return 0;
}
