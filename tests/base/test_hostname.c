// Tests of base/hostname.c.
#include "base/hostname.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

static bool
is_good(const char *text)
{
    return hp_hostname_is_good(text, strlen(text));
}

static void
names_and_addresses_are_good(void **state)
{
    (void) state;
    const char *const good[] = { "a", "localhost", "desk.example.org", "desk.example.org.",
        "3com.example", "my_container", "xn--bcher-kva.example", "192.0.2.1", "1.2.3.4a" };
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        if (!is_good(good[i])) {
            fail_msg("%s is refused", good[i]);
        }
    }
}

static void
a_name_without_a_label_or_with_a_wrong_one_is_bad(void **state)
{
    (void) state;
    const char *const bad[] = { "", ".", "..", "example..com", ".example", "example..", "-a.example",
        "a-.example", "a b", "a/b", "a:1", "a@b", "*", "b\xc3\xbc.example" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        if (is_good(bad[i])) {
            fail_msg("\"%s\" is accepted", bad[i]);
        }
    }
}

static void
a_name_that_ends_in_a_number_has_to_be_an_address(void **state)
{
    (void) state;
    assert_false(is_good("256.1.1.1"));
    assert_false(is_good("1.2.3"));
    assert_false(is_good("example.1"));
    assert_false(is_good("7"));
}

static void
labels_and_names_have_a_longest_size(void **state)
{
    (void) state;
    char *label = g_strnfill(63, 'a');
    char *long_label = g_strnfill(64, 'a');
    char *name = g_strdup_printf("%s.%s.%s.%.61s", label, label, label, label);
    char *long_name = g_strconcat(name, "a", NULL);
    assert_true(is_good(label));
    assert_false(is_good(long_label));
    assert_int_equal(strlen(name), HP_HOSTNAME_MAX);
    assert_true(is_good(name));
    assert_false(is_good(long_name));
    g_free(label);
    g_free(long_label);
    g_free(name);
    g_free(long_name);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_addresses_are_good),
        cmocka_unit_test(a_name_without_a_label_or_with_a_wrong_one_is_bad),
        cmocka_unit_test(a_name_that_ends_in_a_number_has_to_be_an_address),
        cmocka_unit_test(labels_and_names_have_a_longest_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
