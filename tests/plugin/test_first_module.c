// Tests of plugin/module.c with a real module, which was built with the first plugin.h.
#include "plugin/module.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stage.h"

static int a_session; // never looked into

static void
a_module_of_the_first_version_runs(void **state)
{
    struct hp_session *session = (struct hp_session *) (void *) &a_session;
    (void) state;
    char *reason;
    struct hp_module *module = hp_module_load(FIRST_MODULE_DIR, "first", &reason);
    assert_non_null(module);
    const struct hp_plugin *plugin = hp_module_plugin(module);
    assert_true(plugin->size < sizeof(struct hp_plugin));
    void *options = stage_make_options(module);
    assert_true(hp_plugins_start(stage.plugins, plugin, options));
    stage_expect("screen 7x0\nsource noise\n");
    assert_int_equal(hp_plugins_find_channel(stage.plugins, "first"), 0);
    hp_plugins_open_session(stage.plugins, session);
    hp_plugins_handle_input(stage.plugins, session,
            &(struct hp_input){ .kind = HP_INPUT_KEY_DOWN, .x = -1, .y = 2, .keysym = 97 });
    hp_plugins_close_session(stage.plugins, session);
    stage_expect("send first/open -\n"
                 "send first/input {\"kind\":2,\"x\":-1,\"y\":2,\"key\":97}\n"
                 "broadcast first/close -\n");
    stage_close();
    stage_expect("broadcast first/stop -\n");
    stage_free_options(module, options);
    hp_module_unload(module);
}

static void
the_options_of_a_module_are_in_rows_of_this_version(void **state)
{
    (void) state;
    char *reason;
    struct hp_module *module = hp_module_load(FIRST_MODULE_DIR, "first", &reason);
    assert_non_null(module);
    const struct hp_option *rows = hp_module_options(module);
    assert_string_equal(rows[0].name, "first.on");
    assert_string_equal(rows[2].fallback, "noise");
    assert_null(rows[3].name);
    hp_module_unload(module);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_module_of_the_first_version_runs),
        TEST(the_options_of_a_module_are_in_rows_of_this_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
