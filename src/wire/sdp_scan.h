// sdp_scan.h - words, numbers and errors for the parts of the SDP parser. Internal to sdp_*.c.
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
    struct hp_sdp_media *media; // that the line belongs to, NULL: the session
    struct hp_sdp_media *session; // attributes of the session level: each m-line begins with them
};

// Notes the reason in sdp->error; always false.
bool hp_sdp_fail(struct hp_sdp_parser *parser, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

// Reads a number at *text and moves *text behind it. False: no digit, or above max.
bool hp_sdp_take_number(char **text, uint64_t max, uint64_t *number);

// Cuts the next word off *text. NULL: there is none.
char *hp_sdp_take_word(char **text);

char *hp_sdp_skip_spaces(char *text);

// Index in a table of names, -1: not there.
int hp_sdp_find_name(const char *const *names, int count, const char *name);

// Takes the text of an a= line, which is kept and cut in place. Lives in sdp_attributes.c.
bool hp_sdp_parse_attribute(struct hp_sdp_parser *parser, char *text);
