// token.c - the header names that libwebsockets knows.
// Owner: none, it has no state.  Thread: main.
#include "edge/token.h"

#include <string.h>

#include <glib.h>
#include <libwebsockets.h>

static const char *
text_of(int token)
{
    const char *text = (const char *) lws_token_to_string((enum lws_token_indexes) token);
    return text == NULL ? "" : text; // "host:", "get ", ...
}

int
hp_token_find(const char *name)
{
    size_t size = strlen(name);
    for (int token = 0; token < WSI_TOKEN_COUNT; token++) {
        const char *text = text_of(token);
        if (strncmp(text, name, size) == 0 && strcmp(text + size, ":") == 0) {
            return token;
        }
    }
    return -1;
}

bool
hp_token_is_readable(const char *name)
{
    size_t size = strlen(name);
    if (hp_token_find(name) >= 0) {
        return true;
    }
    for (int token = 0; token < WSI_TOKEN_COUNT; token++) {
        if (g_ascii_strncasecmp(text_of(token), name, size) == 0) {
            return false;
        }
    }
    return true;
}
