// Tests of base/ident.c and base/status.c.
#include "base/ident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"

static void
tokens_are_of_their_alphabet_and_differ(void **state)
{
    (void) state;
    char one[65], two[65];
    hp_ident_token(one, 64);
    hp_ident_token(two, 64);
    assert_int_equal(strlen(one), 64);
    assert_int_equal(
            strspn(one, "_-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), 64);
    assert_string_not_equal(one, two);
}

static void
equal_compares_whole_texts(void **state)
{
    (void) state;
    assert_true(hp_ident_equal("secret", "secret"));
    assert_true(hp_ident_equal("", ""));
    assert_false(hp_ident_equal("secre", "secret"));
    assert_false(hp_ident_equal("secretsecret", "secret"));
    assert_false(hp_ident_equal("secret", "secretsecret"));
    assert_false(hp_ident_equal("", "secret"));
    assert_false(hp_ident_equal("secret", ""));
    assert_false(hp_ident_equal("Secret", "secret"));
}

static void
every_status_has_a_name_and_a_sentence(void **state)
{
    (void) state;
    for (int i = HP_STATUS_OK; i <= HP_STATUS_CLOSED; i++) {
        const char *name = hp_status_name((enum hp_status) i);
        const char *text = hp_status_text((enum hp_status) i);
        assert_true(
                strlen(name) > 1 && strlen(name) == strspn(name, "abcdefghijklmnopqrstuvwxyz-"));
        assert_int_equal(text[strlen(text) - 1], '.');
    }
    assert_string_equal(hp_status_name(HP_STATUS_ICE_TIMEOUT), "ice-timeout");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_of_their_alphabet_and_differ),
        cmocka_unit_test(equal_compares_whole_texts),
        cmocka_unit_test(every_status_has_a_name_and_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
