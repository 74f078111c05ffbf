// sdp_scan.h - reads words and numbers, notes errors, for the SDP parser. Internal to sdp_*.c.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct hp_sdp;
struct hp_sdp_media;

enum {
    HP_SDP_PAYLOAD_TYPE_MAX = 127
};

struct hp_sdp_parser {
    struct hp_sdp *sdp;
    unsigned line; // from 1
    struct hp_sdp_media *media; // the m-line to which the line belongs; NULL: the session
    struct hp_sdp_media *session; // attributes of the session level, with which each m-line begins
};

// Notes the reason in sdp->error; always returns false.
bool hp_sdp_fail(struct hp_sdp_parser *parser, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

// Reads a number at *text and moves *text past it. False: no digit, or above max.
bool hp_sdp_take_number(char **text, uint64_t max, uint64_t *number);

// Cuts the next word off *text. NULL: there is none.
char *hp_sdp_take_word(char **text);

char *hp_sdp_skip_spaces(char *text);

// Index of a name in a table; -1: the table lacks it.
int hp_sdp_find_name(const char *const *names, int count, const char *name);

// Parses the text of an a= line, which is kept and cut in place. Defined in sdp_attributes.c.
bool hp_sdp_parse_attribute(struct hp_sdp_parser *parser, char *text);
