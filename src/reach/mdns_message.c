// mdns_message.c - writes and reads the few messages of multicast DNS that finding a browser needs.
// Owner: none, pure.  Thread: any.
// RFC 1035 section 4, RFC 6762 section 18 (what a multicast message looks like).
#include "reach/mdns_message.h"

#include <string.h>

#include <glib.h>

#include "wire/bytes.h"

enum {
    UUID_LENGTH = 36,
    HEAD_SIZE = 12,
    QUESTION_REST = 4, // type and class
    RECORD_REST = 10,  // type, class, time to live, size
    TYPE_A = 1,
    TYPE_AAAA = 28,
    CLASS_IN = 1,
    CLASS_MASK = 0x7fff, // the first bit is RFC 6762 section 10.2's: forget what you knew
    FLAG_ANSWER = 0x8000,
    CODE_MASK = 0x780f,   // opcode and result; both are 0 (RFC 6762 sections 18.3, 18.11)
    LABEL_POINTER = 0xc0, // RFC 1035 section 4.1.4
    NAME_MAX_BYTES = 255,
    RECORDS_MAX = 256,
};

static const char local_end[] = ".local";

bool
hp_mdns_is_browser_name(const char *name)
{
    for (unsigned i = 0; i < UUID_LENGTH; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? name[i] != '-' : !g_ascii_isxdigit(name[i])) {
            return false; // also at the end of a short name
        }
    }
    return g_ascii_strcasecmp(name + UUID_LENGTH, local_end) == 0;
}

void
hp_mdns_write_query(const char *name, bool is_ipv6, uint8_t query[HP_MDNS_QUERY_SIZE])
{
    static const uint8_t local_label[] = { 5, 'l', 'o', 'c', 'a', 'l', 0 };
    uint8_t *at = query + HEAD_SIZE;
    memset(query, 0, HP_MDNS_QUERY_SIZE); // the id of a multicast query is 0
    hp_bytes_put_u16(query + 4, 1);
    *at++ = UUID_LENGTH;
    memcpy(at, name, UUID_LENGTH);
    at += UUID_LENGTH;
    memcpy(at, local_label, sizeof(local_label));
    at += sizeof(local_label);
    hp_bytes_put_u16(at, is_ipv6 ? TYPE_AAAA : TYPE_A);
    hp_bytes_put_u16(at + 2, CLASS_IN);
}

// Where a message is read.
struct reader {
    const uint8_t *data;
    size_t size, at;
};

// Appends a label to the name while there is room; a name that is too long is no browser's.
static void
append_label(char name[HP_MDNS_NAME_SIZE], size_t *length, const uint8_t *label, size_t size)
{
    size_t dot = *length > 0;
    if (*length + dot + size >= HP_MDNS_NAME_SIZE) {
        *length = HP_MDNS_NAME_SIZE; // no more fits, and it does not compare
        return;
    }
    if (dot) {
        name[(*length)++] = '.';
    }
    for (size_t i = 0; i < size; i++) {
        name[(*length)++] = g_ascii_tolower((char) label[i]);
    }
}

// Reads a name, and the names that it points to, which must stand before it: so none points in a
// circle. `name` is "" if it is too long for a browser's.
static bool
read_name(struct reader *reader, char name[HP_MDNS_NAME_SIZE])
{
    size_t at = reader->at;
    size_t limit = at; // a pointer leads to before here
    size_t length = 0, bytes = 0;
    bool has_jumped = false;
    for (;;) {
        if (at >= reader->size) {
            return false;
        }
        uint8_t head = reader->data[at];
        size_t used = (head & LABEL_POINTER) == LABEL_POINTER ? 2 : 1 + (size_t) head;
        if (at + used > reader->size || (head > 63 && used != 2)) {
            return false;
        }
        if (!has_jumped) {
            reader->at = at + used;
        }
        if (head == 0) {
            break;
        }
        if (used == 2 && head > 63) {
            size_t target = hp_bytes_u16(reader->data + at) & 0x3fff;
            if (target >= limit) {
                return false;
            }
            at = limit = target;
            has_jumped = true;
            continue;
        }
        bytes += used;
        if (bytes > NAME_MAX_BYTES) {
            return false;
        }
        append_label(name, &length, reader->data + at + 1, head);
        at += used;
    }
    name[length < HP_MDNS_NAME_SIZE ? length : 0] = '\0';
    return true;
}

static bool
skip_questions(struct reader *reader, unsigned count)
{
    char name[HP_MDNS_NAME_SIZE];
    for (unsigned i = 0; i < count; i++) {
        if (!read_name(reader, name) || reader->size - reader->at < QUESTION_REST) {
            return false;
        }
        reader->at += QUESTION_REST;
    }
    return true;
}

static bool
read_record(struct reader *reader,
        void (*on_record)(void *arg, const struct hp_mdns_record *record), void *arg)
{
    struct hp_mdns_record record;
    if (!read_name(reader, record.name) || reader->size - reader->at < RECORD_REST) {
        return false;
    }
    const uint8_t *rest = reader->data + reader->at;
    uint16_t type = hp_bytes_u16(rest);
    uint16_t class = hp_bytes_u16(rest + 2) & CLASS_MASK;
    size_t size = hp_bytes_u16(rest + 8);
    reader->at += RECORD_REST;
    if (reader->size - reader->at < size) {
        return false;
    }
    record.bytes = reader->data + reader->at;
    record.is_ipv6 = type == TYPE_AAAA;
    reader->at += size;
    bool is_address = (type == TYPE_A && size == 4) || (type == TYPE_AAAA && size == 16);
    if (is_address && class == CLASS_IN && hp_mdns_is_browser_name(record.name)) {
        on_record(arg, &record);
    }
    return true;
}

bool
hp_mdns_parse_answer(const uint8_t *data, size_t size,
        void (*on_record)(void *arg, const struct hp_mdns_record *record), void *arg)
{
    if (size < HEAD_SIZE) {
        return false;
    }
    uint16_t flags = hp_bytes_u16(data + 2);
    unsigned questions = hp_bytes_u16(data + 4);
    unsigned records = (unsigned) hp_bytes_u16(data + 6) + hp_bytes_u16(data + 8)
            + hp_bytes_u16(data + 10);
    struct reader reader = { .data = data, .size = size, .at = HEAD_SIZE };
    if ((flags & FLAG_ANSWER) == 0 || (flags & CODE_MASK) != 0 || questions > RECORDS_MAX
            || records > RECORDS_MAX || !skip_questions(&reader, questions)) {
        return false;
    }
    for (unsigned i = 0; i < records; i++) {
        if (!read_record(&reader, on_record, arg)) {
            return false;
        }
    }
    return true;
}
