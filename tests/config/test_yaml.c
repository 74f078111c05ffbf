// Tests of config/yaml.c.
#include "config/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

static void
assert_reads_as(const char *yaml, const char *json)
{
    char *error = NULL;
    json_t *value = hp_yaml_parse(yaml, strlen(yaml), &error);
    if (value == NULL) {
        fail_msg("%s", error);
    }
    char *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_string_equal(dump, json);
    free(dump);
    json_decref(value);
}

static void
assert_refused(const char *yaml, size_t size)
{
    char *error = NULL;
    assert_null(hp_yaml_parse(yaml, size, &error));
    assert_non_null(error);
    g_free(error);
}

static void
scalars_keep_their_kind(void **state)
{
    (void) state;
    assert_reads_as("a: 1\nb: true\nc: \"1\"\nd: 007\ne: ~\nf: 1.10\ng: |\n  x\n  y\n",
            "{\"a\":1,\"b\":true,\"c\":\"1\",\"d\":\"007\",\"e\":null,\"f\":\"1.10\",\"g\":"
            "\"x\\ny\\n\"}");
    assert_reads_as("", "{}");
    assert_reads_as("- a\n- [b, {c: d}]\n", "[\"a\",[\"b\",{\"c\":\"d\"}]]");
}

static void
bombs_are_refused(void **state)
{
    (void) state;
    const char *laughs = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                         "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                         "e: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
    assert_refused(laughs, strlen(laughs));
    assert_refused("a: &a [*a]\n", strlen("a: &a [*a]\n"));
    char *deep = g_strnfill(500, '[');
    assert_refused(deep, 500);
    g_free(deep);
    char *huge = g_strnfill(2000000, 'a');
    assert_refused(huge, 2000000);
    g_free(huge);
    assert_refused("a: \xff\xfe", 5);
    assert_refused("? [a]\n: b\n", strlen("? [a]\n: b\n"));
}

static void
a_key_that_is_there_twice_is_refused_with_its_place(void **state)
{
    (void) state;
    const char *yaml = "a:\n  b: 1\n  c: 2\n  b: 3\n";
    char *error = NULL;
    assert_null(hp_yaml_parse(yaml, strlen(yaml), &error));
    assert_string_equal(error, "line 4, column 3: a key is there twice: expected it once");
    g_free(error);
    assert_reads_as("a: {b: 1}\nc: {b: 1}\n", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}");
}

static void
a_text_that_yaml_takes_for_a_tag_is_refused_with_its_place(void **state)
{
    (void) state;
    static const char *const refused[] = { "a:\n  b: !x\n", "a:\n  b: !x y\n", "a:\n  b: !x [c]\n",
        "a:\n  b: !<x> {}\n" };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        char *error = NULL;
        assert_null(hp_yaml_parse(refused[i], strlen(refused[i]), &error));
        assert_string_equal(error,
                "line 2, column 6: a tag, which nothing reads: expected quotes around a text "
                "with !");
        g_free(error);
    }
    assert_reads_as("a: \"!x\"\nb: !!str x\nc: x!\n", "{\"a\":\"!x\",\"b\":\"x\",\"c\":\"x!\"}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_keep_their_kind),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(a_key_that_is_there_twice_is_refused_with_its_place),
        cmocka_unit_test(a_text_that_yaml_takes_for_a_tag_is_refused_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
