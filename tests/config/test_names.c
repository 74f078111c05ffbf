// Tests of config/names.c: what is told of variables; more are in test_settings.c.
#include "config/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "config/config.h"
#include "config/settings.h"

static struct hp_settings *settings;
static struct hp_config config;

static int
set_up(void **state)
{
    (void) state;
    settings = hp_settings_create();
    hp_settings_add(settings, hp_config_rows, &config);
    return 0;
}

static int
tear_down(void **state)
{
    (void) state;
    hp_settings_destroy(settings);
    return 0;
}

// The notes of these variables. Free them with g_free().
static char *
notes_of(const char *first, const char *second, const char *third)
{
    char *environment[] = { (char *) (uintptr_t) first, (char *) (uintptr_t) second,
        (char *) (uintptr_t) third, NULL };
    struct hp_settings_input input = { .environment = environment };
    assert_null(hp_settings_load(settings, &input, HP_SETTINGS_STRICT));
    return g_strjoinv("\n", hp_settings_get_notes(settings));
}

static void
a_switch_that_is_false_for_neko_is_told(void **state)
{
    (void) state;
    char *notes = notes_of(
            "NEKO_SERVER_PROXY=yes", "NEKO_CONTROL_PROTECTION=True", "HAIRPIN_LOG_JSON=on");
    assert_true(config.server.proxy);
    assert_true(config.log.json);
    assert_string_equal(notes,
            "NEKO_SERVER_PROXY = yes is true here, and false for Neko: write true or false");
    g_free(notes);
}

static void
a_switch_that_is_off_for_both_is_not_told(void **state)
{
    (void) state;
    char *notes = notes_of("NEKO_SERVER_PROXY=off", "NEKO_CONTROL_PROTECTION=no", NULL);
    assert_string_equal(notes, "");
    g_free(notes);
}

static void
a_word_of_neko_locks_that_is_no_lock_is_told(void **state)
{
    (void) state;
    char *notes = notes_of("NEKO_LOCKS=control login foo,bar file_transfer", NULL, NULL);
    assert_true(config.session.locked_controls);
    assert_string_equal(notes, "NEKO_LOCKS: foo, bar has no effect, expected control or login");
    g_free(notes);
}

static void
an_option_of_a_plugin_that_is_not_loaded_names_it(void **state)
{
    (void) state;
    char *notes = notes_of("HAIRPIN_PATTERN_FPS=3", "NEKO_SCREEN=1280x720", "NEKO_FOO=1");
    assert_non_null(strstr(notes,
            "NEKO_SCREEN has no effect: the plugin desktop has no such option, or is not in "
            "plugins.load"));
    assert_non_null(strstr(notes, "HAIRPIN_PATTERN_FPS has no effect: the plugin pattern"));
    assert_non_null(strstr(notes, "NEKO_FOO is no option"));
    g_free(notes);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_switch_that_is_false_for_neko_is_told),
        TEST(a_switch_that_is_off_for_both_is_not_told),
        TEST(a_word_of_neko_locks_that_is_no_lock_is_told),
        TEST(an_option_of_a_plugin_that_is_not_loaded_names_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
