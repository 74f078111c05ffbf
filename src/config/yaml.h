// yaml.h - YAML text to JSON values.
#pragma once

#include <stddef.h>

#include <jansson.h>

// Parses one YAML document of at most 1 MiB, depth 32 and 20,000 nodes; aliases are refused. Plain
// true, false and whole numbers become JSON booleans and integers, all other scalars strings, an
// empty document an empty object. NULL with `*error` set (g_free it) when it is malformed.
json_t *hp_yaml_parse(const char *text, size_t size, char **error);
