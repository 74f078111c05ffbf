// Tests of reach/mdns_message.c. The answer is one that Chromium sends.
#include "reach/mdns_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#define NAME "0e21ce97-23a8-4b01-bd8c-5d1dba10d5d4.local"
#define WIRE_NAME "\x24" "0e21ce97-23a8-4b01-bd8c-5d1dba10d5d4" "\x05" "local" "\x00"
#define ANSWER_HEAD(records) "\x00\x00\x84\x00\x00\x00\x00" records "\x00\x00\x00\x00"
#define A_RECORD WIRE_NAME "\x00\x01\x80\x01\x00\x00\x00\x78\x00\x04\xc0\xa8\x01\x14"

static void
note(void *arg, const struct hp_mdns_record *record)
{
    g_string_append_printf(arg, "%s %s %u;", record->name, record->is_ipv6 ? "AAAA" : "A",
            record->bytes[record->is_ipv6 ? 15 : 3]);
}

// What an answer tells, behind "ok" or "bad".
static void
assert_tells(const char *bytes, size_t size, const char *expected)
{
    GString *told = g_string_new(NULL);
    uint8_t *exact = g_memdup2(bytes, size); // so that a sanitizer sees each byte too much
    bool is_good = hp_mdns_parse_answer(exact, size, note, told);
    g_string_append(told, is_good ? "ok" : "bad");
    assert_string_equal(told->str, expected);
    g_free(exact);
    g_string_free(told, TRUE);
}

static void
names_of_browsers_are_known(void **state)
{
    (void) state;
    assert_true(hp_mdns_is_browser_name(NAME));
    assert_true(hp_mdns_is_browser_name("0E21CE97-23A8-4B01-BD8C-5D1DBA10D5D4.LOCAL"));
    static const char *const bad[] = { "", "printer.local", "0e21ce97", NAME ".",
        "0e21ce97-23a8-4b01-bd8c-5d1dba10d5d4", "0e21ce97-23a8-4b01-bd8c-5d1dba10d5d4.locale",
        "0e21ce97x23a8-4b01-bd8c-5d1dba10d5d4.local", "0e21ce97-23a8-4b01-bd8c-5d1dba10d5dg.local",
        "0e21ce97-23a8-4b01-bd8c-5d1dba10d5d4a.local" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_false(hp_mdns_is_browser_name(bad[i]));
    }
}

static void
a_query_asks_one_question(void **state)
{
    (void) state;
    uint8_t query[HP_MDNS_QUERY_SIZE];
    static const char expected[] =
            "\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00" WIRE_NAME "\x00\x01\x00\x01";
    assert_int_equal(sizeof(expected) - 1, HP_MDNS_QUERY_SIZE);
    hp_mdns_write_query(NAME, false, query);
    assert_memory_equal(query, expected, HP_MDNS_QUERY_SIZE);
    hp_mdns_write_query(NAME, true, query);
    assert_int_equal(query[HP_MDNS_QUERY_SIZE - 3], 28);
}

static void
an_answer_tells_the_address(void **state)
{
    (void) state;
    static const char answer[] = ANSWER_HEAD("\x01") A_RECORD;
    assert_tells(answer, sizeof(answer) - 1, NAME " A 20;ok");
    static const char six[] = ANSWER_HEAD("\x01") WIRE_NAME
            "\x00\x1c\x80\x01\x00\x00\x00\x78\x00\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07";
    assert_tells(six, sizeof(six) - 1, NAME " AAAA 7;ok");
}

static void
a_name_that_points_back_is_read(void **state)
{
    (void) state;
    static const char answer[] = ANSWER_HEAD("\x02") A_RECORD
            "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x78\x00\x04\x0a\x00\x00\x09";
    assert_tells(answer, sizeof(answer) - 1, NAME " A 20;" NAME " A 9;ok");
}

static void
a_name_that_points_at_itself_or_ahead_is_refused(void **state)
{
    (void) state;
    static const char itself[] =
            ANSWER_HEAD("\x01") "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x78\x00\x04\x0a\x00\x00\x09";
    static const char ahead[] = ANSWER_HEAD("\x01") "\xc0\x1c"
            "\x00\x01\x00\x01\x00\x00\x00\x78\x00\x04\x0a\x00\x00\x09" WIRE_NAME;
    assert_tells(itself, sizeof(itself) - 1, "bad");
    assert_tells(ahead, sizeof(ahead) - 1, "bad");
}

static void
other_records_and_names_are_skipped(void **state)
{
    (void) state;
    static const char answer[] = ANSWER_HEAD("\x04")
            "\x07printer\x05local\x00\x00\x01\x00\x01\x00\x00\x00\x78\x00\x04\x0a\x00\x00\x09"
            WIRE_NAME "\x00\x10\x00\x01\x00\x00\x00\x78\x00\x04\x0a\x00\x00\x09" // TXT
            WIRE_NAME "\x00\x01\x00\x01\x00\x00\x00\x78\x00\x03\x0a\x00\x00"     // too short
            A_RECORD;
    assert_tells(answer, sizeof(answer) - 1, NAME " A 20;ok");
}

static void
queries_and_refusals_are_no_answers(void **state)
{
    (void) state;
    char answer[] = ANSWER_HEAD("\x01") A_RECORD;
    answer[2] = 0x00; // a query
    assert_tells(answer, sizeof(answer) - 1, "bad");
    answer[2] = (char) 0x84;
    answer[3] = 0x03; // no such name
    assert_tells(answer, sizeof(answer) - 1, "bad");
}

static void
an_answer_that_is_cut_short_is_refused_at_each_byte(void **state)
{
    (void) state;
    static const char answer[] = ANSWER_HEAD("\x01") A_RECORD;
    for (size_t size = 0; size < sizeof(answer) - 1; size++) {
        assert_tells(answer, size, "bad");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_browsers_are_known),
        cmocka_unit_test(a_query_asks_one_question),
        cmocka_unit_test(an_answer_tells_the_address),
        cmocka_unit_test(a_name_that_points_back_is_read),
        cmocka_unit_test(a_name_that_points_at_itself_or_ahead_is_refused),
        cmocka_unit_test(other_records_and_names_are_skipped),
        cmocka_unit_test(queries_and_refusals_are_no_answers),
        cmocka_unit_test(an_answer_that_is_cut_short_is_refused_at_each_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
