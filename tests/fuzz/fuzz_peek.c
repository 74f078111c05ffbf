// Fuzzes hp_peek_classify() and hp_remote_normalise(): a verdict that was given stands when more
// bytes come, and an address is read back as itself.
#include "port/peek.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "port/remote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_peek(const uint8_t *data, size_t size)
{
    enum hp_peek verdict = HP_PEEK_MORE;
    for (size_t i = 0; i <= size; i++) {
        enum hp_peek next = hp_peek_classify(data, i);
        if ((verdict != HP_PEEK_MORE && next != verdict)
                || (i >= HP_PEEK_SIZE && next == HP_PEEK_MORE)) {
            abort();
        }
        verdict = next;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char address[HP_REMOTE_SIZE];
    char again[HP_REMOTE_SIZE];
    char *text = g_strndup((const char *) data, size);
    check_peek(data, MIN(size, 64));
    if (hp_remote_normalise(text, address)) {
        hp_remote_is_trusted(address, NULL);
        if (!hp_remote_normalise(address, again) || strcmp(address, again) != 0) {
            abort();
        }
    }
    g_free(text);
    return 0;
}
