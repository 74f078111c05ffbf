// Tests of room/profile.c, room/members.c and room/rules.c.
#include "member/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <glib.h>

#include "member/members.h"
#include "member/plugin_settings.h"
#include "member/rules.h"

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
names_can_be_seen_and_leave_the_text_around_them_alone(void **state)
{
    static const char *const bad[] = { "a\xc2\x85", // C1
        "a\xc2\x9b" "31m", "a\xe2\x80\xa8" "b", "a\xe2\x80\xa9" "b", // lines
        "a\xe2\x80\xae" "b", "\xe2\x81\xa6" "a", "a\xe2\x80\x8f", "a\xd8\x9c", // directions
        "a\xe2\x80\x8b", "a\xef\xbb\xbf", "\xc2\xad" "a", "a\xf3\xa0\x80\x81", // invisible
        "a\x7f", " ", "\xe3\x80\x80", "\xe2\x80\x8d" };
    static const char *const good[] = { "a b", "O'Neill <x>",
        "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae", // Persian needs U+200C
        "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb" }; // an emoji with U+200D
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_false(hp_profile_is_name(bad[i]));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        assert_true(hp_profile_is_name(good[i]));
    }
}

static void
a_name_with_what_shows_nothing_is_refused(void **state)
{
    static const char *const fillers[] = { "\u3164", "\uffa0", "\u115f", "\u1160", "\u2800",
        "\u034f", "\ufe00", "\ufe0f", "\u180b", "\u17b4", "\U000e0100", "\U000e01ef",
        "\xef\xb7\x90", "\xef\xb7\xaf", "\xef\xbf\xbe", "\xf0\x9f\xbf\xbf" };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(fillers); i++) {
        char *name = g_strconcat("a", fillers[i], "n", NULL);
        assert_false(hp_profile_is_name(fillers[i]));
        assert_false(hp_profile_is_name(name));
        assert_false(hp_profile_is_name(name + 1));
        g_free(name);
    }
}

static void
a_selector_stands_behind_what_it_shapes(void **state)
{
    (void) state;
    assert_true(hp_profile_is_name("\u2764\ufe0f\u200d\U0001f525"));
    assert_true(hp_profile_is_name("\u182d\u180b"));
    assert_false(hp_profile_is_name("\u2764\ufe0f\ufe0f"));
    assert_false(hp_profile_is_name("\u2764\u180b"));
    assert_false(hp_profile_is_name("\u182d\ufe0f"));
    assert_false(hp_profile_is_name("\u2764\ufe00"));
}

static void
emoji_and_ideographs_of_several_characters_are_names(void **state)
{
    static const char *const good[] = { "1\ufe0f\u20e3", "Ann #\ufe0f\u20e3*\ufe0f\u20e3",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f Ann",
        "\u845b\U000e0100\u98fe", "\u203c\ufe0f", "\u2139\ufe0f", "\u2194\ufe0f",
        "\u303d\ufe0f", "\u00a9\ufe0f" };
    static const char *const bad[] = { "1\ufe0f", "a\ufe0f\u20e3", "1\ufe0f\u20e3\ufe0f",
        "1\ufe0f\u20e3\u0301", "\U0001f3f4\U000e0067\U000e0062\U000e007f",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067", // no end
        "Ann\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f\U000e007f",
        "a\U000e0100", "\u30ab\U000e0100", "\u845b\U000e0100\U000e0100", "\u845b\ufe0f" };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        assert_true(hp_profile_is_name(good[i]));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_false(hp_profile_is_name(bad[i]));
    }
    char *look = hp_profile_name_look("\u845b\U000e0100");
    assert_string_equal(look, "\u845b");
    g_free(look);
}

static void
a_character_carries_at_most_four_marks(void **state)
{
    (void) state;
    assert_true(hp_profile_is_name("a\u0300\u0301\u0302\u0303" "b\u0300\u0301\u0302\u0303"));
    assert_false(hp_profile_is_name("a\u0300\u0301\u0302\u0303\u0304"));
    assert_false(hp_profile_is_name("a\u0300\u0301\u200d\u0302\u0303\u3164\u0304"));
    assert_false(hp_profile_is_name("a\u20dd\u20dd\u20dd\u20dd\u20dd")); // circles around it
}

static void
the_look_of_a_name_has_nothing_that_is_not_seen(void **state)
{
    static const char *const same[] = { "ann\ufe0f", "ann\u034f", "ann\u3164", "ann\u2800",
        "a\u115fnn", "ann\U000e0100", "ann\u180b", "\u17b4" "ann", "ann\uffa0" };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(same); i++) {
        char *look = hp_profile_name_look(same[i]);
        assert_string_equal(look, "ann");
        g_free(look);
    }
}

static void
expect_same_look(const char *first, const char *second)
{
    char *looks[] = { hp_profile_name_look(first), hp_profile_name_look(second) };
    assert_string_equal(looks[0], looks[1]);
    g_free(looks[0]);
    g_free(looks[1]);
}

static void
names_that_are_composed_differently_have_the_same_look(void **state)
{
    (void) state;
    expect_same_look("\u00c1nn", "a\u0301nn");
    expect_same_look("\u1ea5", "a\u0302\u034f\u0301");
    expect_same_look("\U0001d400nn", "ann"); // a mathematical bold A
}

static void
letters_of_other_alphabets_that_look_latin_have_their_look(void **state)
{
    (void) state;
    expect_same_look("\u0410\u0430\u0412\u0415\u0435\u041a\u041c\u041d\u041e\u043e", "aabeekmhoo");
    expect_same_look("\u0420\u0440\u0421\u0441\u0422\u0425\u0445\u0443", "ppcctxxy");
    expect_same_look("\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c", "abezhikm");
    expect_same_look("\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf", "noptyxo");
    expect_same_look("\u041d\u0418\u041d\u0410", "\u043d\u0438\u043d\u0430"); // case as ever
    expect_same_look("\u0386", "\u00c1"); // with an accent
    char *look = hp_profile_name_look("\u0418");
    assert_string_equal(look, "\u0438");
    g_free(look);
}

static void
the_look_of_a_name_has_no_case_width_or_blanks(void **state)
{
    static const char *const same[] = { "ann lee", "Ann  Lee", " ANNLEE ", "ann\xc2\xa0lee",
        "\xef\xbc\xa1nn lee", "an\xe2\x80\x8dn lee" };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(same); i++) {
        char *look = hp_profile_name_look(same[i]);
        assert_string_equal(look, "annlee");
        g_free(look);
    }
}

static void
the_admin_password_is_compared_first(void **state)
{
    const struct hp_members_params params = { .provider = "multiuser",
        .user_password = "same",
        .admin_password = "same" };
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
a_template_is_copied_and_the_name_is_the_one_of_the_login(void **state)
{
    struct hp_profile template, profile;
    (void) state;
    hp_profile_init(&template, false);
    template.can_host = false;
    hp_plugin_settings_set(&template.plugins, "files", "{\"quota\":1}");
    struct hp_members *members = hp_members_create(&(struct hp_members_params){
            .user_password = "neko", .admin_password = "boss", .user = &template });
    hp_profile_finish(&template);
    assert_true(hp_members_login(members, "ann", "neko", &profile));
    assert_false(profile.can_host);
    assert_true(profile.can_watch);
    assert_string_equal(hp_plugin_settings_get(profile.plugins, "files"), "{\"quota\":1}");
    assert_string_equal(profile.name, "ann");
    hp_profile_finish(&profile);
    assert_true(hp_members_login(members, "root", "boss", &profile));
    assert_true(profile.is_admin && profile.can_host);
    hp_profile_finish(&profile);
    hp_members_destroy(members);
}

static void
rights_are_those_of_the_profile(void **state)
{
    static const enum hp_session_right rights[] = { HP_RIGHT_ADMIN, HP_RIGHT_WATCH, HP_RIGHT_HOST,
        HP_RIGHT_SHARE_MEDIA, HP_RIGHT_ACCESS_CLIPBOARD };
    struct hp_profile profile;
    (void) state;
    hp_profile_init(&profile, false);
    bool *const flags[] = { &profile.is_admin, &profile.can_watch, &profile.can_host,
        &profile.can_share_media, &profile.can_access_clipboard };
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(flags); j++) {
            *flags[j] = i == j;
        }
        for (size_t j = 0; j < G_N_ELEMENTS(rights); j++) {
            assert_int_equal(hp_profile_has_right(&profile, rights[j]), i == j);
        }
    }
    hp_profile_finish(&profile);
}

static void
an_empty_password_lets_nobody_in(void **state)
{
    const struct hp_members_params params = { .user_password = "", .admin_password = "" };
    struct hp_members *members = hp_members_create(&params);
    struct hp_profile profile;
    (void) state;
    assert_false(hp_members_login(members, "ann", "", &profile));
    assert_false(hp_members_login(members, "ann", "x", &profile));
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_nekos),
        cmocka_unit_test(names_are_bounded_text),
        cmocka_unit_test(names_can_be_seen_and_leave_the_text_around_them_alone),
        cmocka_unit_test(a_name_with_what_shows_nothing_is_refused),
        cmocka_unit_test(a_selector_stands_behind_what_it_shapes),
        cmocka_unit_test(emoji_and_ideographs_of_several_characters_are_names),
        cmocka_unit_test(a_character_carries_at_most_four_marks),
        cmocka_unit_test(the_look_of_a_name_has_nothing_that_is_not_seen),
        cmocka_unit_test(names_that_are_composed_differently_have_the_same_look),
        cmocka_unit_test(letters_of_other_alphabets_that_look_latin_have_their_look),
        cmocka_unit_test(the_look_of_a_name_has_no_case_width_or_blanks),
        cmocka_unit_test(the_admin_password_is_compared_first),
        cmocka_unit_test(a_template_is_copied_and_the_name_is_the_one_of_the_login),
        cmocka_unit_test(rights_are_those_of_the_profile),
        cmocka_unit_test(an_empty_password_lets_nobody_in),
        cmocka_unit_test(noauth_makes_everyone_an_admin),
        cmocka_unit_test(nobody_logs_in_by_a_provider_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
