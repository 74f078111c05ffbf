// candidate.c - parses and writes ICE candidates.
// Owner: none, pure.  Thread: any.
// RFC 8839 section 5.1:
//
//    candidate:FOUNDATION COMPONENT TRANSPORT PRIORITY ADDRESS PORT typ TYPE *(NAME VALUE)
#include "wire/candidate.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "wire/address.h"

enum {
    FIXED_WORDS = 8,
    COMPONENT_MAX = 256
};

static const char *const type_names[] = {
    [HP_CANDIDATE_HOST] = "host",
    [HP_CANDIDATE_SRFLX] = "srflx",
    [HP_CANDIDATE_PRFLX] = "prflx",
    [HP_CANDIDATE_RELAY] = "relay",
};

static const char *const transport_names[] = {
    [HP_CANDIDATE_UDP] = "udp",
    [HP_CANDIDATE_TCP] = "tcp",
};

static const char *const tcp_type_names[] = {
    [HP_CANDIDATE_TCP_NONE] = "",
    [HP_CANDIDATE_TCP_ACTIVE] = "active",
    [HP_CANDIDATE_TCP_PASSIVE] = "passive",
    [HP_CANDIDATE_TCP_SO] = "so",
};

// Index of a name in a table; -1: the table lacks it.
static int
find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcasecmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

static bool
parse_number(const char *word, uint32_t max, uint32_t *number)
{
    uint64_t value = 0;
    size_t digits = strspn(word, "0123456789");
    if (digits == 0 || digits > 10 || word[digits] != '\0') {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + (uint64_t) (word[i] - '0');
    }
    *number = (uint32_t) value;
    return value <= max;
}

static bool
copy_word(char *to, size_t to_size, const char *word)
{
    size_t length = strlen(word);
    if (length == 0 || length >= to_size) {
        return false;
    }
    memcpy(to, word, length + 1);
    return true;
}

static bool
copy_address(char *to, const char *word)
{
    return hp_address_classify(word) != HP_ADDRESS_INVALID
            && copy_word(to, HP_CANDIDATE_ADDRESS_MAX + 1, word);
}

static bool
parse_port(const char *word, uint16_t *port)
{
    uint32_t number;
    if (!parse_number(word, UINT16_MAX, &number)) {
        return false;
    }
    *port = (uint16_t) number;
    return true;
}

// Reads one of the NAME VALUE pairs. False: the name is known, but its value is malformed.
static bool
parse_pair(const char *name, const char *value, struct hp_candidate *candidate)
{
    if (strcmp(name, "raddr") == 0) {
        return copy_address(candidate->related_address, value);
    }
    if (strcmp(name, "rport") == 0) {
        return parse_port(value, &candidate->related_port);
    }
    if (strcmp(name, "tcptype") == 0) {
        int tcp_type = find_name(tcp_type_names, HP_CANDIDATE_TCP_SO + 1, value);
        candidate->tcp_type = (enum hp_candidate_tcp_type) tcp_type;
        return tcp_type > HP_CANDIDATE_TCP_NONE;
    }
    if (strcmp(name, "generation") == 0) {
        candidate->has_generation = true;
        return parse_number(value, UINT32_MAX, &candidate->generation);
    }
    if (strcmp(name, "ufrag") == 0) {
        return copy_word(candidate->ufrag, sizeof(candidate->ufrag), value);
    }
    if (strcmp(name, "network-id") == 0) {
        return parse_number(value, UINT32_MAX, &candidate->network_id);
    }
    if (strcmp(name, "network-cost") == 0) {
        return parse_number(value, UINT32_MAX, &candidate->network_cost);
    }
    return true;
}

static bool
parse_fixed(char *const words[FIXED_WORDS], struct hp_candidate *candidate)
{
    uint32_t component;
    int transport = find_name(transport_names, HP_CANDIDATE_TCP + 1, words[2]);
    int type = find_name(type_names, HP_CANDIDATE_RELAY + 1, words[7]);
    bool is_fine = transport >= 0 && type >= 0 && strcmp(words[6], "typ") == 0
            && copy_word(candidate->foundation, sizeof(candidate->foundation), words[0])
            && parse_number(words[1], COMPONENT_MAX, &component) && component > 0
            && parse_number(words[3], UINT32_MAX, &candidate->priority)
            && copy_address(candidate->address, words[4]) && parse_port(words[5], &candidate->port);
    if (!is_fine) {
        return false;
    }
    candidate->component = component;
    candidate->transport = (enum hp_candidate_transport) transport;
    candidate->type = (enum hp_candidate_type) type;
    return true;
}

static bool
parse_line(char *line, struct hp_candidate *candidate)
{
    char *words[FIXED_WORDS];
    char *rest = NULL;
    char *word = strtok_r(line, " ", &rest);
    for (int i = 0; i < FIXED_WORDS; i++, word = strtok_r(NULL, " ", &rest)) {
        if (word == NULL) {
            return false;
        }
        words[i] = word;
    }
    if (!parse_fixed(words, candidate)) {
        return false;
    }
    while (word != NULL) {
        const char *value = strtok_r(NULL, " ", &rest);
        if (value == NULL) {
            return true; // a name without a value: no such name is used here
        }
        if (!parse_pair(word, value, candidate)) {
            return false;
        }
        word = strtok_r(NULL, " ", &rest);
    }
    return true;
}

// The length of a prefix at the start of the text; 0: the text does not begin with the prefix.
static size_t
skip_prefix(const char *text, size_t size, const char *prefix)
{
    size_t length = strlen(prefix);
    return size >= length && memcmp(text, prefix, length) == 0 ? length : 0;
}

static bool
has_control_byte(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (iscntrl((unsigned char) text[i]) != 0) {
            return true;
        }
    }
    return false;
}

ssize_t
hp_candidate_parse(const char *text, size_t size, struct hp_candidate *candidate)
{
    *candidate = (struct hp_candidate){ 0 };
    const char *end = memchr(text, '\n', size);
    size_t line_size = end != NULL ? (size_t) (end - text) : size;
    size_t consumed = end != NULL ? line_size + 1 : line_size;
    if (line_size > 0 && text[line_size - 1] == '\r') {
        line_size--;
    }
    size_t offset = skip_prefix(text, line_size, "a=");
    size_t name_size = skip_prefix(text + offset, line_size - offset, "candidate:");
    offset += name_size;
    char line[HP_CANDIDATE_TEXT_MAX];
    bool is_line = name_size > 0 && line_size - offset < sizeof(line)
            && !has_control_byte(text + offset, line_size - offset);
    if (!is_line) {
        return -1;
    }
    memcpy(line, text + offset, line_size - offset);
    line[line_size - offset] = '\0';
    return parse_line(line, candidate) ? (ssize_t) consumed : -1;
}

// Appends to a text of `size` bytes in total. *length reaches `size` when the text is full.
static void __attribute__((format(printf, 4, 5)))
append(char *text, size_t size, size_t *length, const char *format, ...)
{
    if (*length >= size) {
        return;
    }
    va_list args;
    va_start(args, format);
    int written = vsnprintf(text + *length, size - *length, format, args);
    va_end(args);
    *length += written > 0 ? (size_t) written : 0;
}

ssize_t
hp_candidate_write(const struct hp_candidate *candidate, char *text, size_t size)
{
    size_t length = 0;
    append(text, size, &length, "candidate:%s %u %s %u %s %u typ %s", candidate->foundation,
            candidate->component, transport_names[candidate->transport], candidate->priority,
            candidate->address, candidate->port, type_names[candidate->type]);
    if (candidate->related_address[0] != '\0') {
        append(text, size, &length, " raddr %s rport %u", candidate->related_address,
                candidate->related_port);
    }
    if (candidate->tcp_type != HP_CANDIDATE_TCP_NONE) {
        append(text, size, &length, " tcptype %s", tcp_type_names[candidate->tcp_type]);
    }
    if (candidate->has_generation) {
        append(text, size, &length, " generation %u", candidate->generation);
    }
    if (candidate->ufrag[0] != '\0') {
        append(text, size, &length, " ufrag %s", candidate->ufrag);
    }
    if (candidate->network_id != 0) {
        append(text, size, &length, " network-id %u", candidate->network_id);
    }
    if (candidate->network_cost != 0) {
        append(text, size, &length, " network-cost %u", candidate->network_cost);
    }
    return length < size ? (ssize_t) length : -1;
}

const char *
hp_candidate_type_name(enum hp_candidate_type type)
{
    return type_names[type];
}
