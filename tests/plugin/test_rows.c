// Tests of plugin/rows.c: rows that a plugin must not declare, and rows of other versions.
#include "plugin/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <glib.h>

#include "base/plugin.h"

struct values {
    bool is_on;
    int64_t number;
    char *text;
    char **list;
};

static const struct hp_option good_rows[] = {
    { .name = "p.on", .type = HP_OPTION_BOOL, .offset = 0, .help = "h" },
    { .name = "p.number", .type = HP_OPTION_INT, .offset = 8, .help = "h", .max = 3 },
    { .name = "p.text", .type = HP_OPTION_STRING, .offset = 16, .help = "h" },
    { .name = "p.list", .type = HP_OPTION_LIST, .offset = 24, .help = "h" },
    { 0 },
};

static struct hp_plugin
make_plugin(const struct hp_option *rows)
{
    return (struct hp_plugin){
        .abi = HP_PLUGIN_ABI,
        .size = sizeof(struct hp_plugin),
        .name = "p",
        .options = rows,
        .options_size = sizeof(struct values),
        .option_size = sizeof(struct hp_option),
    };
}

static void
expect_refusal(const struct hp_plugin *plugin, const char *reason)
{
    char *found = NULL;
    assert_null(hp_rows_copy(plugin, &found));
    assert_string_equal(found, reason);
    g_free(found);
}

// The good rows with the second one replaced.
static void
expect_row_refusal(const struct hp_option *row, const char *reason)
{
    struct hp_option rows[G_N_ELEMENTS(good_rows)];
    memcpy(rows, good_rows, sizeof(rows));
    rows[1] = *row;
    struct hp_plugin plugin = make_plugin(rows);
    expect_refusal(&plugin, reason);
}

static void
expect_good_copy(const struct hp_plugin *plugin)
{
    char *reason = NULL;
    struct hp_option *rows = hp_rows_copy(plugin, &reason);
    assert_null(reason);
    assert_string_equal(rows[0].name, "p.on");
    assert_int_equal(rows[1].max, 3);
    assert_string_equal(rows[3].name, "p.list");
    assert_null(rows[4].name);
    g_free(rows);
}

static void
good_rows_are_copied(void **state)
{
    struct hp_plugin plugin = make_plugin(good_rows);
    (void) state;
    expect_good_copy(&plugin);
}

static void
a_plugin_may_have_no_options(void **state)
{
    struct hp_plugin plugin = make_plugin(NULL);
    char *reason = NULL;
    (void) state;
    struct hp_option *rows = hp_rows_copy(&plugin, &reason);
    assert_null(reason);
    assert_null(rows[0].name);
    g_free(rows);
}

static void
an_options_struct_that_is_too_large_is_refused(void **state)
{
    struct hp_plugin plugin = make_plugin(good_rows);
    (void) state;
    plugin.options_size = HP_ROWS_SPACE_MAX;
    expect_good_copy(&plugin);
    plugin.options_size = 1000000;
    expect_refusal(&plugin, "options_size of plugin \"p\" is 1000000: expected at most 65536");
}

static void
a_value_beyond_the_options_struct_is_refused(void **state)
{
    struct hp_option row = good_rows[1];
    (void) state;
    row.offset = 32;
    expect_row_refusal(&row, "row \"p.number\" of plugin \"p\": its value of 8 bytes is at offset 32: "
                             "expected a place within options_size, which is 32");
    row.offset = 900000;
    expect_row_refusal(&row, "row \"p.number\" of plugin \"p\": its value of 8 bytes is at offset "
                             "900000: expected a place within options_size, which is 32");
    row.offset = SIZE_MAX - 7; // the sum overflows
    char *reason = NULL;
    struct hp_option rows[2] = { row, { 0 } };
    struct hp_plugin plugin = make_plugin(rows);
    assert_null(hp_rows_copy(&plugin, &reason));
    g_free(reason);
}

static void
a_value_that_is_not_aligned_is_refused(void **state)
{
    struct hp_option row = good_rows[1];
    (void) state;
    row.offset = 9;
    expect_row_refusal(&row, "row \"p.number\" of plugin \"p\": it is at offset 9: expected a "
                             "multiple of 8");
}

static void
a_name_that_is_not_the_plugins_own_is_refused(void **state)
{
    static const char *const names[] = { "server.bind", "p", "p.", "pq.number", "" };
    struct hp_option row = good_rows[1];
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        char *reason = g_strdup_printf(
                "row \"%s\" of plugin \"p\": expected a name like \"p.key\"", names[i]);
        row.name = names[i];
        expect_row_refusal(&row, reason);
        g_free(reason);
    }
}

static void
a_type_that_is_not_known_is_refused(void **state)
{
    struct hp_option row = good_rows[1];
    (void) state;
    int type = 99;
    memcpy(&row.type, &type, sizeof(type));
    expect_row_refusal(&row, "row \"p.number\" of plugin \"p\": its type is 99: expected one of enum "
                             "hp_option_type");
}

static void
two_values_in_one_place_are_refused(void **state)
{
    struct hp_option row = good_rows[1];
    (void) state;
    row.offset = 0;
    expect_row_refusal(&row, "row \"p.number\" of plugin \"p\": expected a name and a place of its "
                             "own, apart from those of \"p.on\"");
    row = good_rows[1];
    row.name = "p.on";
    expect_row_refusal(&row, "row \"p.on\" of plugin \"p\": expected a name and a place of its own, "
                             "apart from those of \"p.on\"");
}

static void
a_choice_without_choices_is_refused(void **state)
{
    struct hp_option row = good_rows[1];
    (void) state;
    row.type = HP_OPTION_CHOICE;
    expect_row_refusal(&row, "row \"p.number\" of plugin \"p\": it is a choice: expected `choices` "
                             "like \"a|b\"");
}

static void
a_row_without_help_gets_an_empty_one(void **state)
{
    struct hp_option bare[2] = { { .name = "p.on", .type = HP_OPTION_BOOL }, { 0 } };
    struct hp_plugin plugin = make_plugin(bare);
    char *reason = NULL;
    (void) state;
    struct hp_option *rows = hp_rows_copy(&plugin, &reason);
    assert_null(reason);
    assert_string_equal(rows[0].help, "");
    g_free(rows);
}

static void
rows_of_the_first_version_are_read_when_no_size_is_given(void **state)
{
    enum { STRIDE = offsetof(struct hp_option, is_secret) + sizeof(void *) };
    _Alignas(struct hp_option) char old[G_N_ELEMENTS(good_rows) * STRIDE];
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(good_rows); i++) {
        memcpy(old + i * STRIDE, &good_rows[i], STRIDE);
    }
    struct hp_plugin plugin = make_plugin((const struct hp_option *) (const void *) old);
    plugin.option_size = 0;
    expect_good_copy(&plugin);
    plugin.size = offsetof(struct hp_plugin, option_size);
    plugin.option_size = 12345; // beyond its end
    expect_good_copy(&plugin);
}

static void
larger_rows_of_a_newer_plugin_are_read_by_their_size(void **state)
{
    struct {
        struct hp_option known;
        void *unknown[2];
    } newer[G_N_ELEMENTS(good_rows)];
    (void) state;
    memset(newer, 0xff, sizeof(newer));
    for (size_t i = 0; i < G_N_ELEMENTS(good_rows); i++) {
        newer[i].known = good_rows[i];
    }
    struct hp_plugin plugin = make_plugin(&newer[0].known);
    plugin.option_size = sizeof(newer[0]);
    expect_good_copy(&plugin);
}

static void
rows_smaller_than_the_first_version_are_refused(void **state)
{
    struct hp_plugin plugin = make_plugin(good_rows);
    (void) state;
    plugin.option_size = 72;
    expect_refusal(&plugin, "option_size of plugin \"p\" is 72: expected sizeof(struct hp_option), "
                            "which is at least 80");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_rows_are_copied),
        cmocka_unit_test(a_plugin_may_have_no_options),
        cmocka_unit_test(an_options_struct_that_is_too_large_is_refused),
        cmocka_unit_test(a_value_beyond_the_options_struct_is_refused),
        cmocka_unit_test(a_value_that_is_not_aligned_is_refused),
        cmocka_unit_test(a_name_that_is_not_the_plugins_own_is_refused),
        cmocka_unit_test(a_type_that_is_not_known_is_refused),
        cmocka_unit_test(two_values_in_one_place_are_refused),
        cmocka_unit_test(a_choice_without_choices_is_refused),
        cmocka_unit_test(a_row_without_help_gets_an_empty_one),
        cmocka_unit_test(rows_of_the_first_version_are_read_when_no_size_is_given),
        cmocka_unit_test(larger_rows_of_a_newer_plugin_are_read_by_their_size),
        cmocka_unit_test(rows_smaller_than_the_first_version_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
