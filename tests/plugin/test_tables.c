// Tests of plugin/host.c with plugins that were built for an older or a newer plugin.h.
#include "plugin/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stage.h"

// Sizes of the first version, in bytes, on machines with pointers of eight. They never change.
enum {
    FIRST_PLUGIN = 112,
    FIRST_HOST_TABLE = 152,
    FIRST_SOURCE = 32,
    FIRST_CURSOR = 32,
    FIRST_SCREEN = 16,
    FIRST_DESKTOP = 32,
    FIRST_OPTION = 80,
    FIRST_INPUT = 48,
};

// A copy that ends where an older version ends: to read on is an error that ASan sees.
static void *
copy_first(const void *now, size_t size)
{
    uint8_t *copy = g_memdup2(now, size);
    uint32_t old_size = (uint32_t) size;
    memcpy(copy, &old_size, sizeof(old_size));
    return copy;
}

static void *
copy_plugin(uint32_t size)
{
    uint8_t *copy = g_memdup2(&stage_plugin, size);
    memcpy(copy + offsetof(struct hp_plugin, size), &size, sizeof(size));
    return copy;
}

static void
the_first_version_is_where_it_was(void **state)
{
    (void) state;
    if (sizeof(void *) != 8) {
        skip();
    }
    assert_int_equal(offsetof(struct hp_plugin, set_screen) + sizeof(void *), FIRST_PLUGIN);
    assert_int_equal(offsetof(struct hp_host_table, route_add), FIRST_HOST_TABLE);
    assert_int_equal(offsetof(struct hp_plugin_source, is_damage_driven), FIRST_SOURCE - 8);
    assert_int_equal(offsetof(struct hp_plugin_cursor, png_size), FIRST_CURSOR - 8);
    assert_int_equal(offsetof(struct hp_plugin_screen, rate), FIRST_SCREEN - 4);
    assert_int_equal(offsetof(struct hp_plugin_desktop, sound_server), FIRST_DESKTOP - 8);
    assert_int_equal(offsetof(struct hp_option, is_secret), FIRST_OPTION - 8);
    assert_int_equal(offsetof(struct hp_input, unused), FIRST_INPUT - 8);
    assert_int_equal(HP_INPUT_RELEASE_ALL, 10);
}

static void
the_table_says_how_large_an_input_is(void **state)
{
    (void) state;
    assert_true(stage_start());
    assert_int_equal(stage.table->size, sizeof(struct hp_host_table));
    assert_int_equal(stage.table->input_size, sizeof(struct hp_input));
}

static void
say_everything_as_at_first(void)
{
    struct hp_plugin_source source = { .name = "s", .head = "h" };
    struct hp_plugin_screen screen = { .width = 4, .height = 3, .rate = 1 };
    struct hp_plugin_cursor cursor = { .width = 8, .height = 9 };
    struct hp_plugin_desktop desktop = { .display = ":1" };
    void *old_source = copy_first(&source, FIRST_SOURCE);
    void *old_screen = copy_first(&screen, FIRST_SCREEN);
    void *old_cursor = copy_first(&cursor, FIRST_CURSOR);
    void *old_desktop = copy_first(&desktop, FIRST_DESKTOP);
    assert_true(stage.table->source_add(stage.host, old_source));
    stage.table->set_screen(stage.host, old_screen);
    stage.table->set_cursor(stage.host, old_cursor);
    stage.table->set_desktop(stage.host, old_desktop);
    g_free(old_source);
    g_free(old_screen);
    g_free(old_cursor);
    g_free(old_desktop);
}

static void
a_plugin_of_the_first_version_runs(void **state)
{
    void *old = copy_plugin(FIRST_PLUGIN);
    (void) state;
    stage.in_start = say_everything_as_at_first;
    assert_true(hp_plugins_start(stage.plugins, old, NULL));
    stage_expect("source s\nscreen 4x3\ncursor 8x9\ndesktop :1\n");
    assert_int_equal(stage.screen.size, sizeof(stage.screen));
    hp_plugins_tell_control(stage.plugins, NULL);
    stage_expect("control\n");
    stage_close();
    g_free(old);
}

static void
a_larger_table_of_a_newer_plugin_runs(void **state)
{
    struct {
        struct hp_plugin known;
        void *unknown[4];
    } newer = { .known = stage_plugin, .unknown = { &stage, &stage, &stage, &stage } };
    (void) state;
    newer.known.size = sizeof(newer);
    assert_true(hp_plugins_start(stage.plugins, &newer.known, NULL));
    hp_plugins_tell_control(stage.plugins, NULL);
    stage_expect("control\n");
}

static void
half_a_member_counts_as_none(void **state)
{
    struct hp_plugin cut = stage_plugin;
    (void) state;
    cut.size = offsetof(struct hp_plugin, set_screen) + 4;
    assert_true(hp_plugins_start(stage.plugins, &cut, NULL));
    struct hp_plugin_screen screen = { .width = 1 };
    assert_false(hp_plugins_set_screen(stage.plugins, &screen));
}

static void
larger_structs_are_taken_and_smaller_ones_refused(void **state)
{
    struct {
        struct hp_plugin_screen known;
        int unknown;
    } newer = { .known = { .size = sizeof(newer), .width = 5, .height = 6 }, .unknown = 7 };
    (void) state;
    assert_true(stage_start());
    stage.table->set_screen(stage.host, &newer.known);
    stage_expect("screen 5x6\n");
    newer.known.size = offsetof(struct hp_plugin_screen, rate);
    stage.table->set_screen(stage.host, &newer.known);
    struct hp_plugin_source source = { .size = 8, .name = "s", .head = "h" };
    assert_false(stage.table->source_add(stage.host, &source));
    struct hp_plugin_cursor cursor = { .size = 0 };
    stage.table->set_cursor(stage.host, &cursor);
    struct hp_plugin_desktop desktop = { .size = 24 };
    stage.table->set_desktop(stage.host, &desktop);
    struct hp_plugin_frames frames = { .size = 8 };
    assert_int_equal(stage.table->frames_open(stage.host, HP_SOURCE_VIDEO, &frames, NULL), 0);
    stage_expect("");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_version_is_where_it_was),
        TEST(a_plugin_of_the_first_version_runs),
        TEST(a_larger_table_of_a_newer_plugin_runs),
        TEST(half_a_member_counts_as_none),
        TEST(larger_structs_are_taken_and_smaller_ones_refused),
        TEST(the_table_says_how_large_an_input_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
