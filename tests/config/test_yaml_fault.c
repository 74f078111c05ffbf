// Tests of config/yaml_fault.c, through config/yaml.c.
#include "config/yaml_fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

#include "config/yaml.h"

static void
assert_fault(const char *yaml, const char *expected)
{
    char *error = NULL;
    assert_null(hp_yaml_parse(yaml, strlen(yaml), &error));
    assert_string_equal(error, expected);
    g_free(error);
}

static void
an_indentation_that_is_wrong_is_told_at_its_place(void **state)
{
    (void) state;
    assert_fault("server:\n  bind: a\n cert: b\n",
            "line 3, column 2: expected the next name at the column of those before it, or nothing "
            "more here");
    assert_fault("a:\n\tb: 1\n",
            "line 2, column 1: expected a name or a value: no tab before it, and quotes around a "
            "text that begins with % @ or `");
    assert_fault("a: b: c\n",
            "line 1, column 5: expected one name in a line: a text with \": \" needs quotes");
}

static void
what_is_left_open_is_told_where_it_begins(void **state)
{
    (void) state;
    assert_fault("a: [1, 2\nb: 3\n\n",
            "line 1, column 4: expected \",\" or \"]\" in the list that begins here");
    assert_fault("a: {b: 1\n",
            "line 1, column 4: expected \",\" or \"}\" in the braces that begin here");
    assert_fault("a: 1\nb: \"text\nc: 2\n",
            "line 2, column 4: expected the closing quote of the text that begins here");
}

static void
marks_of_yaml_in_a_plain_text_ask_for_quotes(void **state)
{
    (void) state;
    assert_fault("a: *b\n",
            "line 1, column 4: expected quotes around a text that begins with *, or the name of an "
            "anchor above");
    assert_fault("a: \"\\q\"\n",
            "line 1, column 5: expected \\\\ for a backslash in double quotes, or single quotes");
    assert_fault("a: @b\n",
            "line 1, column 4: expected a name or a value: no tab before it, and quotes around a "
            "text that begins with % @ or `");
}

static void
letters_that_are_no_text_are_told_with_line_and_column(void **state)
{
    (void) state;
    assert_fault("a: 1\nb: \xc3\xa4\xff\n",
            "line 2, column 5: expected UTF-8: save the file as UTF-8");
    assert_fault("a: 1\nb: \x01\n",
            "line 2, column 4: expected no control character, write it as \"\\x..\" in double "
            "quotes");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_indentation_that_is_wrong_is_told_at_its_place),
        cmocka_unit_test(what_is_left_open_is_told_where_it_begins),
        cmocka_unit_test(marks_of_yaml_in_a_plain_text_ask_for_quotes),
        cmocka_unit_test(letters_that_are_no_text_are_told_with_line_and_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
