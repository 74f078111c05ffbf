// Fuzzes hp_iceservers_parse(): what is taken is taken again from its own text, errors are one line.
#include "config/iceservers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = g_strndup((const char *) data, size);
    char *error = NULL;
    json_t *servers = hp_iceservers_parse(text, &error);
    if ((servers == NULL) == (error == NULL)) {
        abort();
    }
    if (error != NULL && strchr(error, '\n') != NULL) {
        abort();
    }
    if (servers != NULL) {
        char *dump = json_dumps(servers, JSON_COMPACT);
        json_t *again = hp_iceservers_parse(dump, &error);
        if (!json_equal(servers, again)) {
            abort();
        }
        json_decref(again);
        free(dump);
    }
    json_decref(servers);
    g_free(error);
    g_free(text);
    return 0;
}
