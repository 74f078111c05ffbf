// Tests of plugin/plugins.c, plugin/host.c and the checks of plugin/module.c.
#include "plugin/plugins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <glib.h>

#include "base/clock.h"
#include "base/worker.h"
#include "plugin/module.h"

static const struct hp_host_table *table;
static struct hp_host *host;
static unsigned fired;
static bool is_closed, will_start;
static int64_t fake_now_us;

static int64_t
now_us(void)
{
    return fake_now_us;
}

static void
pump(void)
{
    for (int i = 0; i < 16; i++) {
        g_main_context_iteration(NULL, FALSE);
    }
}

static void
on_fired(void *arg)
{
    (void) arg;
    fired++;
}

static void *
start(struct hp_host *given_host, const struct hp_host_table *given, const void *options)
{
    (void) options;
    host = given_host;
    table = given;
    return will_start ? &table : NULL;
}

static void
stop(void *self)
{
    (void) self;
    table->post(host, on_fired, NULL); // too late: must never arrive
}

static const struct hp_plugin plugin = {
    .abi = HP_PLUGIN_ABI, .size = sizeof(plugin), .name = "p", .start = start, .stop = stop
};
static const struct hp_host_cbs cbs;

static void
on_closed(void *arg)
{
    (void) arg;
    is_closed = true;
}

static void
timers_and_posts_arrive_until_stop_and_never_later(void **state)
{
    struct hp_worker *main_worker = hp_worker_create_main();
    struct hp_plugins *plugins = hp_plugins_create(main_worker, NULL, &cbs, NULL);
    (void) state;
    fake_now_us = 1000000;
    hp_clock_fake(now_us);
    will_start = true;
    fired = 0;
    assert_true(hp_plugins_start(plugins, &plugin, NULL));
    assert_false(hp_plugins_start(plugins, &plugin, NULL)); // it runs
    assert_false(table->channel_bind(host, "late"));
    table->post(host, on_fired, NULL);
    uint32_t stopped = table->timer_start(host, 5, on_fired, NULL);
    assert_int_not_equal(table->timer_start(host, 5, on_fired, NULL), 0);
    table->timer_stop(host, stopped);
    table->timer_stop(host, 0);
    fake_now_us += 10000;
    pump();
    assert_int_equal(fired, 2);
    table->timer_start(host, 5, on_fired, NULL);
    table->post(host, on_fired, NULL);
    hp_plugins_close(plugins, on_closed, NULL);
    fake_now_us += 10000;
    pump();
    assert_int_equal(fired, 2);
    assert_true(is_closed);
    hp_worker_destroy(main_worker);
    hp_clock_fake(NULL);
}

static void
timers_of_a_plugin_are_bounded(void **state)
{
    struct hp_worker *main_worker = hp_worker_create_main();
    struct hp_plugins *plugins = hp_plugins_create(main_worker, NULL, &cbs, NULL);
    (void) state;
    will_start = true;
    assert_true(hp_plugins_start(plugins, &plugin, NULL));
    for (int i = 0; i < 64; i++) {
        assert_int_not_equal(table->timer_start(host, 1000000, on_fired, NULL), 0);
    }
    assert_int_equal(table->timer_start(host, 1000000, on_fired, NULL), 0);
    hp_plugins_close(plugins, on_closed, NULL);
    pump();
    hp_worker_destroy(main_worker);
}

static void
a_plugin_that_does_not_start_is_left_alone(void **state)
{
    struct hp_worker *main_worker = hp_worker_create_main();
    struct hp_plugins *plugins = hp_plugins_create(main_worker, NULL, &cbs, NULL);
    (void) state;
    will_start = false;
    assert_false(hp_plugins_start(plugins, &plugin, NULL));
    assert_false(hp_plugins_handle_message(plugins, NULL, "p/hello", NULL));
    hp_plugins_tell_control(plugins, NULL);
    hp_plugins_close(plugins, on_closed, NULL);
    pump();
    hp_worker_destroy(main_worker);
}

static bool
is_taken(const struct hp_plugin *candidate)
{
    char *reason = NULL;
    struct hp_option *rows = hp_module_check(candidate, &reason);
    assert_true((rows == NULL) == (reason != NULL));
    bool is_good = rows != NULL;
    g_free(rows);
    g_free(reason);
    return is_good;
}

static void
tables_that_do_not_fit_are_refused_with_a_reason(void **state)
{
    struct hp_plugin bad = plugin;
    (void) state;
    assert_true(is_taken(&plugin));
    bad.abi = HP_PLUGIN_ABI + 1;
    assert_false(is_taken(&bad));
    bad = plugin;
    bad.size = 8;
    assert_false(is_taken(&bad));
    bad = plugin;
    bad.stop = NULL;
    assert_false(is_taken(&bad));
    bad = plugin;
    bad.name = "a/b";
    assert_false(is_taken(&bad));
}

static void
an_older_shorter_table_is_taken(void **state)
{
    struct hp_worker *main_worker = hp_worker_create_main();
    struct hp_plugins *plugins = hp_plugins_create(main_worker, NULL, &cbs, NULL);
    struct hp_plugin old = plugin;
    (void) state;
    will_start = true;
    old.size = offsetof(struct hp_plugin, session_open);
    old.on_control = (void (*)(void *, struct hp_session *))(uintptr_t) 8; // beyond its end
    assert_true(hp_plugins_start(plugins, &old, NULL));
    hp_plugins_tell_control(plugins, NULL);
    hp_plugins_close(plugins, on_closed, NULL);
    pump();
    hp_worker_destroy(main_worker);
}

static void
what_is_not_there_cannot_be_loaded(void **state)
{
    (void) state;
    assert_null(hp_module_load("/nonexistent", "desktop"));
    assert_null(hp_module_load("/nonexistent", "../desktop"));
    assert_null(hp_module_load("/nonexistent", ""));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_and_posts_arrive_until_stop_and_never_later),
        cmocka_unit_test(timers_of_a_plugin_are_bounded),
        cmocka_unit_test(a_plugin_that_does_not_start_is_left_alone),
        cmocka_unit_test(tables_that_do_not_fit_are_refused_with_a_reason),
        cmocka_unit_test(an_older_shorter_table_is_taken),
        cmocka_unit_test(what_is_not_there_cannot_be_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
