// Tests of config/iceservers.c: what people paste.
#include "config/iceservers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

static const char two[] = "[{\"urls\":[\"stun:a.example:3478\"]},"
                          "{\"urls\":[\"turn:b.example:3478?transport=udp\",\"turns:b.example\"],"
                          "\"username\":\"me\",\"credential\":\"pa ss\"}]";

static void
assert_reads_as(const char *text, const char *expected)
{
    char *error = NULL;
    json_t *servers = hp_iceservers_parse(text, &error);
    if (servers == NULL) {
        fail_msg("%s", error);
    }
    char *dump = json_dumps(servers, JSON_COMPACT);
    assert_string_equal(dump, expected);
    free(dump);
    json_decref(servers);
}

static void
assert_refused(const char *text, const char *part)
{
    char *error = NULL;
    json_t *servers = hp_iceservers_parse(text, &error);
    assert_null(servers);
    assert_non_null(error);
    if (strstr(error, part) == NULL || strchr(error, '\n') != NULL
            || strstr(error, "S3cret") != NULL) {
        fail_msg("%s", error);
    }
    g_free(error);
}

static void
json_arrays_and_single_objects_are_read(void **state)
{
    (void) state;
    assert_reads_as(two, two);
    assert_reads_as("{\"urls\": \"stun:a:1\"}", "[{\"urls\":[\"stun:a:1\"]}]");
    assert_reads_as("[]", "[]");
    assert_reads_as("  \n", "[]");
    assert_reads_as("null", "[]"); // a script that found none
    assert_reads_as("~", "[]");
    assert_reads_as("[\"stun:a:1\"]", "[{\"urls\":[\"stun:a:1\"]}]");
    assert_reads_as("[{\"url\": \"stun:[2001:db8::1]:3478\", \"credentialType\": \"password\"}]",
            "[{\"urls\":[\"stun:[2001:db8::1]:3478\"]}]");
}

static void
newlines_quotes_and_yaml_are_read(void **state)
{
    (void) state;
    assert_reads_as("[\n  {\n    \"urls\": \"stun:a.example:3478\"\n  },\n"
                    "  {\n    \"urls\": [ \"turn:b.example:3478?transport=udp\",\n"
                    "              \"turns:b.example\" ],\n"
                    "    \"username\": \"me\",\n    \"credential\": \"pa ss\"\n  }\n]\n",
            two);
    assert_reads_as("'[{\"urls\":\"stun:a:1\"}]'", "[{\"urls\":[\"stun:a:1\"]}]");
    assert_reads_as("- urls: stun:a.example:3478\n"
                    "- urls:\n    - turn:b.example:3478?transport=udp\n    - turns:b.example\n"
                    "  username: me\n  credential: pa ss\n",
            two);
    assert_reads_as("stun:a:1 stun:b:2", "[{\"urls\":[\"stun:a:1\"]},{\"urls\":[\"stun:b:2\"]}]");
}

static void
a_mistake_is_shown_where_it_stands(void **state)
{
    (void) state;
    assert_refused("[{\"urls\": \"stun:a:1\"", "line 1, column");
    assert_refused("stun:a..example:1", "expected stun:host[:port]");
    assert_refused("[\n {\"urls\": \"stun:a:1\",}\n]", "line 2, column");
    assert_refused("[{\"urls\": \"turn:a:1\", \"username\": \"u\" \"credential\": \"S3cret\"}]",
            "expected \",\" or \"}\"");
    assert_refused("[{urls: \"stun:a:1\"}]", "double quotes");
    assert_refused("[{\"urls\": 'stun:a:1'}]", "double quotes");
    assert_refused("[{\"urls\": \"turn:a\", \"username\": \"u\", \"credential\": \"S3cret\"}",
            "ends too early");
    assert_refused("[{\"urls\": \"turn:a\", \"credential\": \"S3cret\"}]",
            "entry 1: a turn: server lacks \"username\"");
    assert_refused("[{\"urls\": \"stun:a\"}, {\"urls\": []}]", "entry 2:");
    assert_refused("[{\"urls\": \"http://a\"}]", "expected stun:host[:port]");
    assert_refused("[{\"urls\": \"stun:a:99999\"}]", "is no server address");
    assert_refused("[{\"urls\": \"turn:a?transport=sctp\"}]",
            "\"turn:a\" with \"?\" is no server address");
    assert_refused("[1]", "expected an object");
    assert_refused("nonsense", "expected [{");
}

static void
what_browsers_refuse_is_refused(void **state)
{
    (void) state;
    assert_refused("[\"stun:a.example:3478?transport=udp\"]", "has no part after \"?\"");
    assert_refused("stuns:a.example?transport=tcp", "has no part after \"?\"");
    assert_refused("[{\"urls\":\"turn:a?transport=tls\"}]", "expected ?transport=udp or");
    assert_refused("stun:[::g]", "is no server address");
    assert_refused("stun:user@a.example", "is no server address");
    assert_refused("[{\"urls\":\"turn:a\",\"username\":\"\",\"credential\":\"S3cret\"}]",
            "lacks \"username\"");
    assert_refused("[{\"urls\":\"turn:a\",\"username\":\"u\",\"credential\":\"\"}]",
            "lacks \"credential\"");
    assert_refused("[{\"urls\":\"turn:a\",\"username\":\"u\"}]", "lacks \"credential\"");
    assert_reads_as("turn:a", "[{\"urls\":[\"turn:a\"]}]"); // turn.secret may know more
    assert_reads_as("[{\"urls\":\"stun:a\",\"username\":null,\"credential\":null}]",
            "[{\"urls\":[\"stun:a\"]}]");
    assert_reads_as("stun:[2001:db8::1]", "[{\"urls\":[\"stun:[2001:db8::1]\"]}]");
}

static void
the_true_cause_is_named(void **state)
{
    (void) state;
    assert_refused("[{\"urls\":\"stun:a\",\"urls\":\"stun:b\"}]", "is there twice");
    assert_refused("- urls: stun:a\n  urls: stun:b\n", "is there twice");
    assert_refused("{\"iceServers\":[{\"urls\":\"stun:a\"}]}", "\"iceServers\" is no key");
    assert_refused("[{\"urls\":\"turn:a\",\"username\":7,\"credential\":\"S3cret\"}]",
            "\"username\" is no text");
    assert_refused("[{\"urls\":[7]}]", "expected a text like");
    char *long_text = g_strnfill(1500, 'x');
    char *text = g_strdup_printf(
            "[{\"urls\":\"turn:a\",\"username\":\"u\",\"credential\":\"%s\"}]", long_text);
    assert_refused(text, "\"credential\" is too long: it has 1500 bytes, expected at most 1024");
    g_free(text);
    text = g_strdup_printf(
            "[{\"urls\":\"turn:a\",\"username\":\"%.509s\",\"credential\":\"c\"}]", long_text);
    assert_refused(text, "\"username\" is too long: it has 509 bytes, expected at most 508");
    g_free(text);
    text = g_strdup_printf("stun:%s", long_text);
    assert_refused(text, "it is too long");
    g_free(text);
    g_free(long_text);
}

static void
large_input_is_bounded(void **state)
{
    (void) state;
    GString *text = g_string_new("[");
    for (int i = 0; i < 100; i++) {
        g_string_append(text, i == 0 ? "\"stun:a\"" : ",\"stun:a\"");
    }
    g_string_append(text, "]");
    assert_refused(text->str, "at most 32");
    g_string_free(text, TRUE);
    char *huge = g_strnfill(100000, '[');
    assert_refused(huge, "at most 65536");
    g_free(huge);
    char *deep = g_strnfill(60000, '[');
    assert_refused(deep, "line 1");
    g_free(deep);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_arrays_and_single_objects_are_read),
        cmocka_unit_test(newlines_quotes_and_yaml_are_read),
        cmocka_unit_test(a_mistake_is_shown_where_it_stands),
        cmocka_unit_test(what_browsers_refuse_is_refused),
        cmocka_unit_test(the_true_cause_is_named),
        cmocka_unit_test(large_input_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
