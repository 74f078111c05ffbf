// yaml_fault.c - what is wrong with a text that libyaml does not read, in words for whoever wrote
// it: libyaml names the state of its parser.
// Owner: nobody, pure.  Thread: any.
#include "config/yaml_fault.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

struct fault {
    const char *part; // of libyaml's text
    const char *expected;
    bool is_begun_earlier; // the place where that began helps more than the one where it broke
};

static const struct fault faults[] = {
    { "did not find expected key",
            "expected the next name at the column of those before it, or nothing more here" },
    { "did not find expected '-' indicator",
            "expected the next \"- item\" at the column of those before it" },
    { "did not find expected ',' or ']'",
            "expected \",\" or \"]\" in the list that begins here", true },
    { "did not find expected ',' or '}'",
            "expected \",\" or \"}\" in the braces that begin here", true },
    { "did not find expected node content", "expected a value" },
    { "did not find expected <document start>",
            "expected one document: names, each with its value" },
    { "found incompatible YAML document", "expected YAML 1.1 or 1.2" },
    { "could not find expected ':'", "expected \": \" and a value behind the name" },
    { "mapping values are not allowed",
            "expected one name in a line: a text with \": \" needs quotes" },
    { "mapping keys are not allowed", "expected a name without \"?\" before it" },
    { "sequence entries are not allowed", "expected \"- item\" in a line of its own" },
    { "cannot start any token",
            "expected a name or a value: no tab before it, and quotes around a text that begins "
            "with % @ or `" },
    { "found a tab character", "expected spaces instead of the tab" },
    { "found unexpected end of stream",
            "expected the closing quote of the text that begins here", true },
    { "found unexpected document indicator",
            "expected the closing quote of the text that begins here", true },
    { "found unknown escape character",
            "expected \\\\ for a backslash in double quotes, or single quotes" },
    { "did not find expected hexdecimal number",
            "expected hexadecimal digits behind the backslash, or single quotes" },
    { "did not find expected alphabetic or numeric character",
            "expected a name behind & or *, or quotes around the text" },
    { "found unexpected ':'", "expected quotes around a text with \":\"" },
    { "found undefined alias",
            "expected quotes around a text that begins with *, or the name of an anchor above" },
    { "found duplicate anchor", "expected each &anchor once" },
    { "found undefined tag handle", "expected quotes around a text that begins with !" },
    { "did not find expected comment or line break",
            "expected the end of the line, or \" #\" before a comment" },
    { "did not find expected whitespace or line break", "expected a space" },
    { "indentation indicator equal to 0", "expected an indentation from 1 to 9" },
};

static const char unknown[] = "expected names and values of YAML, like \"server:\" with "
                              "\"bind: ..\" below it, two spaces further in";

static char *
describe_at(size_t line, size_t column, const char *expected)
{
    return g_strdup_printf("line %zu, column %zu: %s", line + 1, column + 1, expected);
}

// libyaml tells the byte at which the letters are wrong, not the line.
static char *
describe_letters(const yaml_parser_t *parser, const char *text, size_t size)
{
    size_t line = 0, column = 0;
    for (size_t i = 0; i < MIN(size, parser->problem_offset); i++) {
        bool is_end = text[i] == '\n';
        bool is_first_byte = ((unsigned char) text[i] & 0xc0) != 0x80;
        line += is_end;
        column = is_end ? 0 : column + is_first_byte;
    }
    bool is_control = strstr(parser->problem, "control characters") != NULL;
    return describe_at(line, column,
            is_control ? "expected no control character, write it as \"\\x..\" in double quotes"
                       : "expected UTF-8: save the file as UTF-8");
}

char *
hp_yaml_fault_describe(const yaml_parser_t *parser, const char *text, size_t size)
{
    const char *problem = parser->problem == NULL ? "" : parser->problem;
    const yaml_mark_t *mark = &parser->problem_mark;
    if (parser->error == YAML_READER_ERROR) {
        return describe_letters(parser, text, size);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        if (strstr(problem, faults[i].part) != NULL) {
            mark = faults[i].is_begun_earlier ? &parser->context_mark : mark;
            return describe_at(mark->line, mark->column, faults[i].expected);
        }
    }
    return describe_at(mark->line, mark->column, unknown);
}
