// yaml.c - converts YAML text to JSON values.
// Owner: nobody.  Thread: any.
#include "config/yaml.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <yaml.h>

#include "config/yaml_fault.h"

enum {
    MAX_SIZE = 1024 * 1024,
    MAX_DEPTH = 32,
    MAX_NODES = 20000
};

struct reader {
    yaml_document_t document;
    unsigned node_count;
    const char *problem; // static text
    yaml_mark_t place; // of the problem
};

static json_t *
read_scalar(const yaml_node_t *node)
{
    const char *text = (const char *) node->data.scalar.value;
    size_t length = node->data.scalar.length;
    if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
        if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
            return json_boolean(text[0] == 't');
        }
        if (length == 0 || strcmp(text, "null") == 0 || strcmp(text, "~") == 0) {
            return json_null();
        }
        char *end;
        long long number = strtoll(text, &end, 10);
        char canonical[32];
        g_snprintf(canonical, sizeof(canonical), "%lld", number);
        if (*end == '\0' && strcmp(canonical, text) == 0) {
            return json_integer(number);
        }
    }
    return json_stringn(text, length);
}

static json_t *read_node(struct reader *reader, int index, int depth);

static json_t *
read_sequence(struct reader *reader, const yaml_node_t *node, int depth)
{
    json_t *list = json_array();
    yaml_node_item_t *item = node->data.sequence.items.start;
    for (; item < node->data.sequence.items.top; item++) {
        json_t *value = read_node(reader, *item, depth + 1);
        if (value == NULL) {
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, value);
    }
    return list;
}

// The first problem counts.
static void
note_problem(struct reader *reader, const yaml_node_t *node, const char *problem)
{
    if (reader->problem == NULL) {
        reader->problem = problem;
        reader->place = node == NULL ? (yaml_mark_t){ 0 } : node->start_mark;
    }
}

// Says why a key is refused. A value that is refused has said so itself.
static void
note_key_problem(struct reader *reader, const yaml_node_t *key, bool is_name, bool is_new)
{
    if (!is_name) {
        note_problem(reader, key, "a key is no text: expected a name");
    } else if (!is_new) {
        note_problem(reader, key, "a key is there twice: expected it once");
    }
}

static json_t *
read_mapping(struct reader *reader, const yaml_node_t *node, int depth)
{
    json_t *object = json_object();
    yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(&reader->document, pair->key);
        bool is_name = key != NULL && key->type == YAML_SCALAR_NODE;
        bool is_new = is_name
                && json_object_get(object, (const char *) key->data.scalar.value) == NULL;
        json_t *value = is_new ? read_node(reader, pair->value, depth + 1) : NULL;
        if (value == NULL) {
            note_key_problem(reader, key, is_name, is_new);
            json_decref(object);
            return NULL;
        }
        json_object_set_new(object, (const char *) key->data.scalar.value, value);
    }
    return object;
}

// A text that begins with "!" and has no quotes is a tag, which libyaml takes away: a password
// would become another one.
static bool
has_own_tag(const yaml_node_t *node)
{
    const char *tag = (const char *) node->tag;
    return tag != NULL && !g_str_has_prefix(tag, "tag:yaml.org,2002:");
}

static json_t *
read_node(struct reader *reader, int index, int depth)
{
    const yaml_node_t *node = yaml_document_get_node(&reader->document, index);
    reader->node_count++;
    if (node == NULL || depth > MAX_DEPTH || reader->node_count > MAX_NODES) {
        // an alias to its own parent ends here too
        note_problem(reader, node, "expected at most 32 levels and 20000 values");
        return NULL;
    }
    if (has_own_tag(node)) {
        note_problem(
                reader, node, "a tag, which nothing reads: expected quotes around a text with !");
        return NULL;
    }
    json_t *value = NULL;
    switch (node->type) {
    case YAML_SCALAR_NODE: value = read_scalar(node); break;
    case YAML_SEQUENCE_NODE: value = read_sequence(reader, node, depth); break;
    case YAML_MAPPING_NODE: value = read_mapping(reader, node, depth); break;
    case YAML_NO_NODE: break;
    }
    if (value == NULL) {
        note_problem(reader, node, "a text is not UTF-8: save the file as UTF-8");
    }
    return value;
}

json_t *
hp_yaml_parse(const char *text, size_t size, char **error)
{
    *error = NULL;
    if (size > MAX_SIZE) {
        *error = g_strdup_printf("expected at most %d bytes", MAX_SIZE);
        return NULL;
    }
    struct reader reader = { 0 };
    yaml_parser_t parser;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *) text, size);
    if (!yaml_parser_load(&parser, &reader.document)) {
        *error = hp_yaml_fault_describe(&parser, text, size);
        yaml_parser_delete(&parser);
        return NULL;
    }
    const yaml_node_t *root = yaml_document_get_root_node(&reader.document);
    json_t *value = root == NULL ? json_object() : read_node(&reader, 1, 0);
    if (value == NULL) {
        *error = g_strdup_printf("line %zu, column %zu: %s", reader.place.line + 1,
                reader.place.column + 1, reader.problem);
    }
    yaml_document_delete(&reader.document);
    yaml_parser_delete(&parser);
    return value;
}
