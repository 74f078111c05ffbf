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
    HP_HEAD_MAX_PARAMS = 64, // of the query; later ones are dropped
};

struct hp_head {
    char *method; // never NULL; "?" if it could not be read
    char *path; // decoded, without the query; "" if it could not be read
    GHashTable *query; // name -> value, decoded
    GHashTable *fields; // lower case name -> value; lines of one name are joined by ", "
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
// A head of which nothing could be read.
struct hp_head *hp_head_create_refused(int status, const char *message);
void hp_head_destroy(struct hp_head *head);

// NULL: there is no such field, or it is empty. `name` in lower case.
const char *hp_head_field(const struct hp_head *head, const char *name);
// Does the list of that field have this item, for instance "close"? Compares without case.
bool hp_head_lists(const struct hp_head *head, const char *name, const char *item);
