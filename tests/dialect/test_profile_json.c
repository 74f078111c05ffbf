// Tests of dialect/profile_json.c.
#include "dialect/profile_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib.h>

#include "member/plugin_settings.h"
#include "member/profile.h"
#include "member/rules.h"

static json_t *
load(const char *text)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    return json;
}

static bool
merge(struct hp_profile *profile, const char *text)
{
    return hp_profile_json_merge_text(profile, text);
}

static void
a_partial_profile_keeps_the_rest_and_plugins_merge_by_key(void **state)
{
    struct hp_profile profile;
    (void) state;
    hp_profile_init(&profile, false);
    assert_true(merge(&profile, "{\"can_host\":false,\"plugins\":{\"a\":1},\"unknown\":[]}"));
    assert_true(merge(&profile, "{\"name\":\"Ann\",\"plugins\":{\"b\":2}}"));
    assert_false(profile.can_host);
    assert_true(profile.can_watch);
    assert_string_equal(profile.name, "Ann");
    assert_string_equal(hp_plugin_settings_get(profile.plugins, "a"), "1");
    assert_string_equal(hp_plugin_settings_get(profile.plugins, "b"), "2");
    json_t *json = json_object();
    hp_profile_json_write(&profile, json);
    assert_int_equal(json_object_size(json), 11);
    assert_true(json_is_false(json_object_get(json, "can_host")));
    assert_int_equal(json_object_size(json_object_get(json, "plugins")), 2);
    json_decref(json);
    hp_profile_finish(&profile);
}

static void
wrong_types_change_nothing(void **state)
{
    static const char *const bad[] = { "[]", "7", "null",
        "{\"can_host\":false,\"can_watch\":\"no\"}", "{\"is_admin\":1}", "{\"is_admin\":null}",
        "{\"name\":7}", "{\"name\":\"a\\nb\"}", "{\"plugins\":[]}" };
    struct hp_profile profile;
    (void) state;
    hp_profile_init(&profile, false);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_false(merge(&profile, bad[i]));
    }
    assert_true(profile.can_host);
    assert_false(profile.is_admin);
    hp_profile_finish(&profile);
}

static void
a_text_is_taken_whole_or_not_at_all(void **state)
{
    static const char *const bad[] = { "{", "[]", "{\"can_host\":\"yes\"}",
        "{\"can_host\":true,\"can_host\":false}" };
    struct hp_profile profile;
    (void) state;
    hp_profile_init(&profile, false);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_false(hp_profile_json_merge_text(&profile, bad[i]));
    }
    assert_true(profile.can_host);
    assert_true(hp_profile_json_merge_text(&profile, ""));
    assert_true(hp_profile_json_merge_text(&profile, "{\"can_host\":false}"));
    assert_false(profile.can_host);
    hp_profile_finish(&profile);
}

static void
rules_have_nekos_keys(void **state)
{
    struct hp_rules rules;
    json_t *json = json_object();
    (void) state;
    hp_rules_init(&rules);
    rules.private_mode = true;
    rules.heartbeat_interval = 30;
    hp_profile_json_write_rules(&rules, json);
    json_t *expected = load("{\"private_mode\":true,\"locked_logins\":false,"
                            "\"locked_controls\":false,\"control_protection\":false,"
                            "\"implicit_hosting\":false,\"inactive_cursors\":false,"
                            "\"merciful_reconnect\":true,\"heartbeat_interval\":30,"
                            "\"plugins\":null}");
    assert_true(json_equal(json, expected));
    json_decref(expected);
    json_decref(json);
    hp_rules_finish(&rules);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_partial_profile_keeps_the_rest_and_plugins_merge_by_key),
        cmocka_unit_test(wrong_types_change_nothing),
        cmocka_unit_test(a_text_is_taken_whole_or_not_at_all),
        cmocka_unit_test(rules_have_nekos_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
