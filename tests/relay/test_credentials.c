// Tests of relay/credentials.c.
#include "relay/credentials.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
a_password_is_that_of_the_rest_convention(void **state)
{
    // printf 1433895918:user | openssl dgst -binary -sha1 -hmac north | base64
    char password[HP_CREDENTIALS_PASSWORD_SIZE];
    hp_credentials_password(password, "north", "1433895918:user");
    assert_string_equal(password, "/gk4t5tUc08OpM3NjrVjHSFVNmY=");
}

static void
a_name_tells_its_expiry_and_its_session(void **state)
{
    struct hp_credentials credentials;
    char password[HP_CREDENTIALS_PASSWORD_SIZE];
    hp_credentials_make(&credentials, "north", "abc", 1433895918);
    assert_string_equal(credentials.name, "1433895918:abc");
    hp_credentials_password(password, "north", credentials.name);
    assert_string_equal(credentials.password, password);
}

static void
a_long_id_is_cut(void **state)
{
    struct hp_credentials credentials;
    hp_credentials_make(&credentials, "s", "0123456789012345678901234567890123456789", 1);
    assert_string_equal(credentials.name, "1:01234567890123456789012345678901");
}

static void
an_expiry_is_read_from_names_of_that_form_only(void **state)
{
    assert_int_equal(hp_credentials_expiry("1433895918:user", 15), 1433895918);
    assert_int_equal(hp_credentials_expiry("1433895918", 10), 1433895918);
    assert_int_equal(hp_credentials_expiry("", 0), 0);
    assert_int_equal(hp_credentials_expiry(":user", 5), 0);
    assert_int_equal(hp_credentials_expiry("user:1433895918", 15), 0);
    assert_int_equal(hp_credentials_expiry("-1:user", 7), 0);
    assert_int_equal(hp_credentials_expiry("9999999999999:u", 15), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_is_that_of_the_rest_convention),
        cmocka_unit_test(a_name_tells_its_expiry_and_its_session),
        cmocka_unit_test(a_long_id_is_cut),
        cmocka_unit_test(an_expiry_is_read_from_names_of_that_form_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
