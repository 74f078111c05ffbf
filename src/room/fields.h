// fields.h - the JSON that a profile and the rules share: flags, and what plugins keep there.
// Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

// A bool of a struct. A table of them ends with a row without a key.
struct hp_field {
    const char *key;
    size_t offset;
};

// Is it an object, are the flags in it booleans, are its plugins null or an object?
bool hp_fields_are_right(const struct hp_field *fields, const json_t *partial);

// Takes what is there; partial has been found right. *plugins is NULL or an object, merged by key.
void hp_fields_merge(
        const struct hp_field *fields, void *base, json_t **plugins, const json_t *partial);

// Sets the keys in `object`; plugins may be NULL.
void hp_fields_write(
        const struct hp_field *fields, const void *base, const json_t *plugins, json_t *object);
