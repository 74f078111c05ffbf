// yaml.h - YAML text to JSON values.
#pragma once

#include <stddef.h>

#include <jansson.h>

// Parses one YAML document of at most 1 MiB, depth 32 and 20,000 nodes, without aliases. Plain
// true, false and whole numbers become JSON booleans and integers, all other scalars strings, and
// an empty document an empty object. NULL with `*error` set (g_free it) when the document is
// malformed. Any thread.
json_t *hp_yaml_parse(const char *text, size_t size, char **error);
