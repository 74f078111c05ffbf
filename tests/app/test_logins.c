// Tests of app/logins.c; what it tells is in check-options.
#include "app/logins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "config/config.h"

static bool
are_weak(const char *provider, const char *user, const char *admin)
{
    struct hp_config config = { 0 };
    config.member.provider = (char *) (uintptr_t) provider;
    config.member.user_password = (char *) (uintptr_t) user;
    config.member.admin_password = (char *) (uintptr_t) admin;
    return hp_logins_are_weak(&config);
}

static void
passwords_that_anyone_guesses_are_weak(void **state)
{
    (void) state;
    assert_true(are_weak("noauth", "north", "south"));
    assert_true(are_weak("multiuser", "neko", "south"));
    assert_true(are_weak("multiuser", "north", "admin"));
    assert_true(are_weak("multiuser", "admin", "south"));
    assert_true(are_weak("multiuser", "north", "changeme"));
    assert_false(are_weak("multiuser", "north", "south"));
    assert_false(are_weak("multiuser", "", "south")); // an empty one lets nobody in
    assert_false(are_weak("file", "neko", "admin"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords_that_anyone_guesses_are_weak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
