// Tests of base/log.c: what reaches stderr.
#include "base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>
#include <jansson.h>

#include <cmocka.h>

#define LOG_TAG "test"

static char captured[8192];

// Runs `write_lines` with stderr in a pipe.
static const char *
capture(void (*write_lines)(void))
{
    int ends[2];
    int saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    write_lines();
    dup2(saved, STDERR_FILENO);
    close(saved);
    size_t size = 0;
    ssize_t count;
    while ((count = read(ends[0], captured + size, sizeof(captured) - 1 - size)) > 0) {
        size += (size_t) count;
    }
    captured[size] = '\0';
    close(ends[0]);
    return captured;
}

static void
write_levels(void)
{
    log_info("one");
    log_debug("two");
    log_warn("three %d", 3);
}

static void
write_nasty(void)
{
    log_warn("a\nb\x1b[31m\"\\ \xff %s", "\x7f");
}

// C1, DEL, the separators of lines, a direction, an invisible character beyond 16 bits; and what has
// to stay as it is.
static void
write_invisible(void)
{
    log_warn("[\xc2\x85 \xc2\x9b \x7f \xe2\x80\xa8 \xe2\x80\xa9 \xe2\x80\xae \xf3\xa0\x80\x81 "
             "\xc3\xa4 \xe6\x9d\x8e \xf0\x9f\x98\x80]");
}

static void
write_long(void)
{
    char *text = g_strnfill(100000, 'x');
    log_warn("%s", text);
    g_free(text);
}

static void
lower_levels_are_left_out(void **state)
{
    (void) state;
    const char *text = capture(write_levels);
    assert_non_null(strstr(text, "info  test: one\n"));
    assert_null(strstr(text, "two"));
    assert_non_null(strstr(text, "warn  test: three 3\n"));
    hp_log_set_level(HP_LOG_ERROR);
    assert_string_equal(capture(write_levels), "");
    hp_log_set_level(HP_LOG_DEBUG);
    assert_non_null(strstr(capture(write_levels), "two"));
    hp_log_set_level(HP_LOG_INFO);
}

static void
a_text_cannot_forge_a_line(void **state)
{
    (void) state;
    const char *text = capture(write_nasty);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    assert_null(strchr(text, '\x1b'));
    assert_true(g_utf8_validate(text, -1, NULL));
}

static void
what_harms_a_terminal_or_turns_the_text_is_escaped(void **state)
{
    (void) state;
    assert_non_null(strstr(capture(write_invisible),
            "[\\x85 \\x9b \\x7f \\u2028 \\u2029 \\u202e \\U000e0001 "
            "\xc3\xa4 \xe6\x9d\x8e \xf0\x9f\x98\x80]"));
    hp_log_set_json(true);
    const char *text = capture(write_invisible);
    hp_log_set_json(false);
    assert_non_null(strstr(text,
            "[\\u0085 \\u009b \\u007f \\u2028 \\u2029 \\u202e \\udb40\\udc01 "));
    json_t *line = json_loads(text, 0, NULL);
    assert_non_null(line);
    json_decref(line);
}

static void
a_text_between_quotes_of_ours_keeps_its_letters(void **state)
{
    (void) state;
    char *quoted = hp_log_quote("1024\xc3\x97" "576 \"\\\n\xe2\x80\xae", 99);
    assert_string_equal(quoted, "1024\xc3\x97" "576 \\\"\\\\\\x0a\\u202e");
    g_free(quoted);
    quoted = hp_log_quote("\xc3\xa4\xc3\xb6\xc3\xbc", 2);
    assert_string_equal(quoted, "\xc3\xa4\xc3\xb6..");
    g_free(quoted);
    char *escaped = hp_log_escape("\"\xc3\xa4\"\x1b");
    assert_string_equal(escaped, "\"\xc3\xa4\"\\x1b");
    g_free(escaped);
}

static void
json_lines_are_json(void **state)
{
    (void) state;
    hp_log_set_json(true);
    const char *text = capture(write_nasty);
    hp_log_set_json(false);
    json_t *line = json_loads(text, 0, NULL);
    assert_non_null(line);
    assert_string_equal(json_string_value(json_object_get(line, "area")), "test");
    assert_string_equal(json_string_value(json_object_get(line, "level")), "warn");
    assert_ptr_equal(strstr(json_string_value(json_object_get(line, "text")), "a\nb\x1b[31m\"\\ "),
            json_string_value(json_object_get(line, "text")));
    json_decref(line);
}

static void
long_lines_are_cut(void **state)
{
    (void) state;
    assert_in_range(strlen(capture(write_long)), 1000, 2200);
}

static void
a_reader_that_is_stuck_stops_nobody(void **state)
{
    int ends[2], saved = dup(STDERR_FILENO);
    char *text = g_strnfill(1000, 'x');
    (void) state;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    for (int i = 0; i < 1000; i++) {
        log_warn("%s", text); // a pipe takes 64 KB
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    while (read(ends[0], captured, sizeof(captured)) > 0) {
        ;
    }
    log_warn("again");
    dup2(saved, STDERR_FILENO);
    close(ends[1]);
    ssize_t size = read(ends[0], captured, sizeof(captured) - 1);
    captured[MAX(size, 0)] = '\0';
    assert_non_null(strstr(captured, " lines were dropped, stderr was full\n"));
    assert_non_null(strstr(captured, "test: again\n"));
    close(ends[0]);
    close(saved);
    g_free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lower_levels_are_left_out),
        cmocka_unit_test(a_text_cannot_forge_a_line),
        cmocka_unit_test(a_text_between_quotes_of_ours_keeps_its_letters),
        cmocka_unit_test(json_lines_are_json),
        cmocka_unit_test(what_harms_a_terminal_or_turns_the_text_is_escaped),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(a_reader_that_is_stuck_stops_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
