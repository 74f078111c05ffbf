// yaml.h - converts YAML text to JSON values.
#pragma once

#include <stddef.h>

#include <jansson.h>

// Parses one YAML document of at most 1 MiB, depth 32 and 20,000 nodes, without aliases. Plain
// true, false and whole numbers become JSON booleans and integers; all other scalars become
// strings; an empty document becomes an empty object. NULL: the document is malformed, and *error
// (free it with g_free()) says why. Any thread.
json_t *hp_yaml_parse(const char *text, size_t size, char **error);
