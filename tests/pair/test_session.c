// Tests of pair/session.c.
#include "pair/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/ice.h"

#define PASSWORD "0123456789012345678901"

static void
credentials_are_new_each_time_and_of_the_letters_of_ice(void **state)
{
    (void) state;
    static const char letters[] =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
    struct hp_session first, second;
    hp_session_init(&first);
    hp_session_init(&second);
    assert_int_equal(strspn(first.ufrag, letters), HP_SESSION_UFRAG_SIZE - 1);
    assert_int_equal(strspn(first.password, letters), HP_SESSION_PASSWORD_SIZE - 1);
    assert_string_not_equal(first.ufrag, second.ufrag);
    assert_string_not_equal(first.password, second.password);
}

static void
credentials_that_are_none_are_refused(void **state)
{
    (void) state;
    char long_text[HP_ICE_TEXT_MAX + 2];
    struct hp_session session;
    memset(long_text, 'a', sizeof(long_text));
    long_text[sizeof(long_text) - 1] = '\0';
    hp_session_init(&session);
    assert_false(hp_session_set_remote(&session, "abc", PASSWORD));
    assert_false(hp_session_set_remote(&session, "th:em", PASSWORD));
    assert_false(hp_session_set_remote(&session, "them", "012345678901234567890"));
    assert_false(hp_session_set_remote(&session, long_text, PASSWORD));
    assert_false(hp_session_set_remote(&session, "them", long_text));
    assert_null(session.remote_ufrag);
    assert_true(hp_session_set_remote(&session, "them", PASSWORD));
    assert_string_equal(session.remote_ufrag, "them");
    hp_session_finish(&session);
}

static void
a_name_is_ours_as_a_whole_only(void **state)
{
    (void) state;
    struct hp_session session;
    hp_session_init(&session);
    assert_true(hp_session_is_for(&session, session.ufrag, HP_SESSION_UFRAG_SIZE - 1));
    assert_false(hp_session_is_for(&session, session.ufrag, HP_SESSION_UFRAG_SIZE - 2));
    assert_false(hp_session_is_for(&session, "abcdefg:", HP_SESSION_UFRAG_SIZE - 1));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credentials_are_new_each_time_and_of_the_letters_of_ice),
        cmocka_unit_test(credentials_that_are_none_are_refused),
        cmocka_unit_test(a_name_is_ours_as_a_whole_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
