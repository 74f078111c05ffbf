// head.h - the head of an HTTP request, read strictly: what two readers could understand
// differently is refused. RFC 9112 sections 2 to 6. Pure. Any thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

enum {
    HP_HEAD_MAX = 16384, // bytes of a whole head
    HP_HEAD_LINE_MAX = 8192, // bytes of its first line
    HP_HEAD_MAX_FIELDS = 128,
    HP_HEAD_MAX_PARAMS = 64, // of the query
};

struct hp_head {
    char *method; // never NULL; "?" if it could not be read
    char *target; // a path with its query, as it came; "" if it could not be read
    GHashTable *fields; // lower case name -> value; lines of one name are joined by ", "
    GPtrArray *names; // of the fields, in their order; the hash table owns them
    bool is_old; // HTTP/1.0
    bool has_length;
    size_t length; // bytes of the body
    int status; // 0: the head is valid, or the status of the refusal
    const char *message; // of the refusal: static
};

// Looks for the end of the head. Returns its size; 0: it has not come yet, or *status is not 0 any
// more, since no more bytes can make the head valid.
size_t hp_head_find_end(const char *data, size_t size, int *status);
const char *hp_head_message(int status); // what to tell about a status of hp_head_find_end()

// Reads a whole head, with the empty line at its end. Never NULL. The caller frees it with
// hp_head_destroy().
struct hp_head *hp_head_parse(const char *data, size_t size);
void hp_head_destroy(struct hp_head *head);

// Does it ask for a WebSocket (RFC 6455 section 4.2.1)? Any other upgrade is ignored (RFC 9110
// section 7.8).
bool hp_head_is_upgrade(const struct hp_head *head);
// Writes a valid head again, for a reader that is less strict: one line for each name, no upgrade
// but that to a WebSocket, and a length wherever a body could be expected. Fields of names that
// may_pass (NULL: all may) does not like are left out.
void hp_head_write(
        const struct hp_head *head, bool (*may_pass)(const char *name), GByteArray *out);
