// fields.c - the JSON that a profile and the rules share: flags, and what plugins keep there.
// Owner: nobody.  Thread: main.
#include "room/fields.h"

bool
hp_fields_are_right(const struct hp_field *fields, const json_t *partial)
{
    if (!json_is_object(partial)) {
        return false;
    }
    for (const struct hp_field *field = fields; field->key != NULL; field++) {
        const json_t *value = json_object_get(partial, field->key);
        if (value != NULL && !json_is_boolean(value)) {
            return false;
        }
    }
    const json_t *plugins = json_object_get(partial, "plugins");
    return plugins == NULL || json_is_null(plugins) || json_is_object(plugins);
}

void
hp_fields_merge(const struct hp_field *fields, void *base, json_t **plugins, const json_t *partial)
{
    for (const struct hp_field *field = fields; field->key != NULL; field++) {
        const json_t *value = json_object_get(partial, field->key);
        if (value != NULL) {
            *(bool *) ((char *) base + field->offset) = json_is_true(value);
        }
    }
    const json_t *news = json_object_get(partial, "plugins");
    if (!json_is_object(news)) {
        return;
    }
    if (*plugins == NULL) {
        *plugins = json_object();
    }
    json_t *copy = json_deep_copy(news);
    json_object_update(*plugins, copy);
    json_decref(copy);
}

void
hp_fields_write(
        const struct hp_field *fields, const void *base, const json_t *plugins, json_t *object)
{
    for (const struct hp_field *field = fields; field->key != NULL; field++) {
        bool value = *(const bool *) ((const char *) base + field->offset);
        json_object_set_new(object, field->key, json_boolean(value));
    }
    json_object_set_new(object, "plugins", plugins == NULL ? json_null() : json_deep_copy(plugins));
}
