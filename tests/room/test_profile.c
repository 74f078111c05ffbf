// Tests of room/profile.c, room/members.c and room/rules.c.
#include "room/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <glib.h>

#include "room/members.h"
#include "room/rules.h"

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
    json_t *partial = load(text);
    bool is_merged = hp_profile_merge(profile, partial);
    json_decref(partial);
    return is_merged;
}

static void
defaults_are_nekos(void **state)
{
    struct hp_profile user, admin;
    (void) state;
    hp_profile_init(&user, false);
    hp_profile_init(&admin, true);
    assert_false(user.is_admin);
    assert_false(user.can_see_inactive_cursors);
    assert_true(user.can_host && user.can_watch && user.can_login && user.sends_inactive_cursor);
    assert_true(admin.is_admin && admin.can_see_inactive_cursors);
    hp_profile_finish(&user);
    hp_profile_finish(&admin);
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
    assert_int_equal(json_object_size(profile.plugins), 2);
    json_t *json = hp_profile_to_json(&profile);
    assert_int_equal(json_object_size(json), 11);
    assert_true(json_is_false(json_object_get(json, "can_host")));
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
names_are_bounded_text(void **state)
{
    char *longest = g_strnfill(HP_NAME_MAX, 'x');
    char *too_long = g_strnfill(HP_NAME_MAX + 1, 'x');
    (void) state;
    assert_true(hp_profile_is_name(longest));
    assert_false(hp_profile_is_name(too_long));
    assert_true(hp_profile_is_name("\xc3\x84nne \xe6\x9d\x8e"));
    assert_false(hp_profile_is_name(""));
    assert_false(hp_profile_is_name("\x1b[31m"));
    assert_false(hp_profile_is_name("\xc3"));
    g_free(longest);
    g_free(too_long);
}

static void
the_admin_password_is_compared_first(void **state)
{
    const struct hp_members_params params = { .provider = "multiuser",
        .user_password = "same",
        .admin_password = "same",
        .user_profile = "{\"can_host\":false}" };
    struct hp_members *members = hp_members_create(&params);
    struct hp_profile profile;
    (void) state;
    assert_true(hp_members_login(members, "ann", "same", &profile));
    assert_true(profile.is_admin);
    assert_string_equal(profile.name, "ann");
    hp_profile_finish(&profile);
    hp_members_destroy(members);
}

static void
an_empty_admin_password_makes_nobody_an_admin(void **state)
{
    const struct hp_members_params params = { .user_password = "", .admin_password = "" };
    struct hp_members *members = hp_members_create(&params);
    struct hp_profile profile;
    (void) state;
    assert_true(hp_members_login(members, "ann", "", &profile));
    assert_false(profile.is_admin);
    hp_profile_finish(&profile);
    hp_members_destroy(members);
}

static void
noauth_makes_everyone_an_admin(void **state)
{
    const struct hp_members_params params = { .provider = "noauth" };
    struct hp_members *members = hp_members_create(&params);
    struct hp_profile profile;
    (void) state;
    assert_true(hp_members_login(members, "ann", "whatever", &profile));
    assert_true(profile.is_admin);
    hp_profile_finish(&profile);
    hp_members_destroy(members);
}

static void
nobody_logs_in_by_a_provider_that_is_not_there(void **state)
{
    const struct hp_members_params params = {
        .provider = "file", .user_password = "neko", .admin_password = "admin"
    };
    struct hp_members *members = hp_members_create(&params);
    struct hp_profile profile;
    (void) state;
    assert_false(hp_members_are_known(members));
    assert_false(hp_members_login(members, "ann", "neko", &profile));
    assert_false(hp_members_login(members, "ann", "admin", &profile));
    assert_false(hp_members_login(members, "ann", "", &profile));
    hp_members_destroy(members);
}

static void
bad_templates_make_no_members(void **state)
{
    static const char *const bad[] = { "{", "[]", "{\"can_host\":\"yes\"}" };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const struct hp_members_params params = { .user_profile = bad[i] };
        assert_null(hp_members_create(&params));
    }
}

static void
rules_are_taken_whole_or_not_at_all(void **state)
{
    static const char *const bad[] = { "[]", "{\"private_mode\":true,\"locked_logins\":1}",
        "{\"heartbeat_interval\":-1}", "{\"heartbeat_interval\":1.5}", "{\"plugins\":7}" };
    struct hp_rules rules;
    (void) state;
    hp_rules_init(&rules);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        json_t *partial = load(bad[i]);
        assert_false(hp_rules_merge(&rules, partial));
        json_decref(partial);
    }
    assert_false(rules.private_mode);
    json_t *partial = load("{\"private_mode\":true,\"heartbeat_interval\":30}");
    assert_true(hp_rules_merge(&rules, partial));
    json_decref(partial);
    json_t *json = json_object();
    hp_rules_write(&rules, json);
    assert_int_equal(json_object_size(json), 9);
    assert_true(json_is_true(json_object_get(json, "private_mode")));
    assert_int_equal(json_integer_value(json_object_get(json, "heartbeat_interval")), 30);
    json_decref(json);
    hp_rules_finish(&rules);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_nekos),
        cmocka_unit_test(a_partial_profile_keeps_the_rest_and_plugins_merge_by_key),
        cmocka_unit_test(wrong_types_change_nothing),
        cmocka_unit_test(names_are_bounded_text),
        cmocka_unit_test(the_admin_password_is_compared_first),
        cmocka_unit_test(an_empty_admin_password_makes_nobody_an_admin),
        cmocka_unit_test(noauth_makes_everyone_an_admin),
        cmocka_unit_test(nobody_logs_in_by_a_provider_that_is_not_there),
        cmocka_unit_test(bad_templates_make_no_members),
        cmocka_unit_test(rules_are_taken_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
