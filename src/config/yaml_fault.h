// yaml_fault.h - what is wrong with a text that libyaml does not read. Pure.
#pragma once

#include <stddef.h>

#include <yaml.h>

// Where the text breaks and what was expected there: "line 3, column 7: expected ..". For a parser
// that has failed on that text. The caller frees it with g_free().
char *hp_yaml_fault_describe(const yaml_parser_t *parser, const char *text, size_t size);
