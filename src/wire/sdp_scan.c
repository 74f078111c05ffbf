// sdp_scan.c - words and numbers of a line of a session description.
// Owner: none, pure.  Thread: any.
#include "wire/sdp_scan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "wire/sdp.h"

// Notes the reason; always returns false.
bool
hp_sdp_fail(struct hp_sdp_parser *parser, const char *format, ...)
{
    struct hp_sdp *sdp = parser->sdp;
    int length = snprintf(sdp->error, sizeof(sdp->error), "line %u: ", parser->line);
    va_list args;
    va_start(args, format);
    vsnprintf(sdp->error + length, sizeof(sdp->error) - (size_t) length, format, args);
    va_end(args);
    return false;
}

// Reads a number at *text and moves *text past it. False: no digit, or above max.
bool
hp_sdp_take_number(char **text, uint64_t max, uint64_t *number)
{
    if (!g_ascii_isdigit(**text)) {
        return false;
    }
    uint64_t value = 0;
    for (; g_ascii_isdigit(**text); ++*text) {
        uint64_t digit = (uint64_t) (**text - '0');
        if (value > (max - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

// Cuts the next word off *text. NULL: there is none.
char *
hp_sdp_take_word(char **text)
{
    char *word = *text + strspn(*text, " \t");
    if (*word == '\0') {
        return NULL;
    }
    char *end = word + strcspn(word, " \t");
    *text = end + (*end != '\0');
    *end = '\0';
    return word;
}

char *
hp_sdp_skip_spaces(char *text)
{
    return text + strspn(text, " \t");
}

// Index of a name in a table; -1: the table lacks it.
int
hp_sdp_find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}
