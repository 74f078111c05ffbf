// Tests of plugin/module.c: shared objects, loaded as the server loads them.
#include "plugin/module.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/plugins.h"
#include "plugin/rows.h"
#include "stage.h"

// One that reads a member behind the end of the table calls what lies there.
static void
a_module_whose_table_ends_with_stop_runs(void **state)
{
    char *reason;
    struct hp_module *module = hp_module_load(MODULE_DIR, "oldest", &reason);
    static int a_session;
    struct hp_session *session = (struct hp_session *) (void *) &a_session;
    struct hp_plugin_screen screen = { .size = sizeof(screen), .width = 8, .height = 6 };
    (void) state;
    assert_non_null(module);
    const struct hp_plugin *plugin = hp_module_plugin(module);
    assert_string_equal(plugin->name, "oldest");
    assert_int_equal(plugin->size, offsetof(struct hp_plugin, stop) + sizeof(plugin->stop));
    assert_true(hp_plugins_start(stage.plugins, plugin, NULL));
    stage_expect("screen 4x3\n");
    hp_plugins_open_session(stage.plugins, session);
    hp_plugins_tell_control(stage.plugins, session);
    hp_plugins_handle_input(stage.plugins, session, &(struct hp_input){ .kind = HP_INPUT_MOVE });
    hp_plugins_handle_data(stage.plugins, session, "oldest", "x", 1);
    assert_false(hp_plugins_handle_message(stage.plugins, session, "oldest/hello", NULL));
    assert_false(hp_plugins_set_screen(stage.plugins, &screen));
    hp_plugins_close_session(stage.plugins, session);
    stage_expect("");
    stage_close();
    stage_expect("screen 1x1\n"); // what its stop() says
    hp_module_unload(module);
}

static void
assert_not_loaded(const char *dir, const char *name, const char *expected)
{
    char *reason = NULL;
    assert_null(hp_module_load(dir, name, &reason));
    assert_non_null(strstr(reason, expected));
    g_free(reason);
}

static void
a_module_of_another_abi_is_refused(void **state)
{
    (void) state;
    assert_not_loaded(MODULE_DIR, "foreign", "another version");
}

static void
an_object_without_a_table_is_refused(void **state)
{
    (void) state;
    assert_not_loaded(MODULE_DIR, "mute", "does not export hp_plugin");
}

static void
a_name_cannot_lead_out_of_the_folder(void **state)
{
    (void) state;
    assert_not_loaded(MODULE_DIR, "../.libs/oldest", "expected a name");
    assert_not_loaded(MODULE_DIR "/..", ".libs/oldest", "expected a name");
    assert_not_loaded(MODULE_DIR, "", "expected a name");
    assert_not_loaded("/nonexistent", "oldest", "/nonexistent/oldest.so");
}

static void
assert_refused(const struct hp_plugin *plugin, const char *expected)
{
    char *reason = NULL;
    assert_null(hp_module_check(plugin, &reason));
    assert_non_null(strstr(reason, expected));
    g_free(reason);
}

static void
tables_that_do_not_fit_are_refused_with_a_reason(void **state)
{
    char *reason = NULL;
    struct hp_plugin table = stage_plugin;
    (void) state;
    table.size = offsetof(struct hp_plugin, stop) + sizeof(table.stop);
    table.options_size = HP_ROWS_SPACE_MAX;
    struct hp_option *rows = hp_module_check(&table, &reason);
    assert_non_null(rows);
    assert_null(reason);
    g_free(rows);
    table.options_size++;
    assert_refused(&table, "expected at most 65536");
    table = stage_plugin;
    table.abi = HP_PLUGIN_ABI - 1;
    assert_refused(&table, "another version");
    table = stage_plugin;
    table.size = offsetof(struct hp_plugin, stop) + sizeof(table.stop) - 1;
    assert_refused(&table, "shorter than the first version");
    table = stage_plugin;
    table.name = NULL;
    assert_refused(&table, "lacks name, start or stop");
    table = stage_plugin;
    table.start = NULL;
    assert_refused(&table, "lacks name, start or stop");
    table = stage_plugin;
    table.stop = NULL;
    assert_refused(&table, "lacks name, start or stop");
    table = stage_plugin;
    table.name = "a/b";
    assert_refused(&table, "empty or has a slash");
    table.name = "";
    assert_refused(&table, "empty or has a slash");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                a_module_whose_table_ends_with_stop_runs, stage_setup, stage_teardown),
        cmocka_unit_test(a_module_of_another_abi_is_refused),
        cmocka_unit_test(an_object_without_a_table_is_refused),
        cmocka_unit_test(a_name_cannot_lead_out_of_the_folder),
        cmocka_unit_test(tables_that_do_not_fit_are_refused_with_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
