// Fuzzes hp_candidate_parse(): what is taken can be written, and is then read the same.
#include "wire/candidate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hp_candidate candidate;
    struct hp_candidate again;
    char text[2 * HP_CANDIDATE_TEXT_MAX];
    char text_again[sizeof(text)];
    ssize_t consumed = hp_candidate_parse((const char *) data, size, &candidate);
    if (consumed < 0) {
        return 0;
    }
    ssize_t length = hp_candidate_write(&candidate, text, sizeof(text));
    if ((size_t) consumed > size || length < 0) {
        abort();
    }
    if (length >= HP_CANDIDATE_TEXT_MAX) {
        return 0; // parts that stood there twice, or in a shorter way, may make it too long
    }
    if (hp_candidate_parse(text, (size_t) length, &again) != length) {
        abort();
    }
    hp_candidate_write(&again, text_again, sizeof(text_again));
    if (strcmp(text, text_again) != 0) {
        abort();
    }
    return 0;
}
