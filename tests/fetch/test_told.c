// Tests of fetch/told.c.
#include "fetch/told.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

static void
white_space_around_one_public_address_is_that_address(void **state)
{
    (void) state;
    static const struct {
        const char *body, *address;
    } rows[] = {
        { "198.51.100.9", "198.51.100.9" },
        { " 198.51.100.9\r\n", "198.51.100.9" },
        { "2001:DB8:0::9\n", "2001:db8::9" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char address[HP_ADDRESS_TEXT_SIZE];
        assert_true(hp_told_parse(rows[i].body, strlen(rows[i].body), address));
        assert_string_equal(address, rows[i].address);
    }
}

static void
anything_else_is_no_address(void **state)
{
    (void) state;
    static const char *const bodies[] = { "", "\n", "<html>198.51.100.9</html>",
        "198.51.100.9 198.51.100.10", "198.51.100.9:80", "198.51.100", "198.51.100.09x",
        "[2001:db8::9]", "fe80::1%eth0", "desk.example", "{\"ip\": \"198.51.100.9\"}" };
    char address[HP_ADDRESS_TEXT_SIZE];
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        assert_false(hp_told_parse(bodies[i], strlen(bodies[i]), address));
        assert_string_equal(address, "");
    }
    assert_false(hp_told_parse("198.51.100.9\0x", 14, address));
}

static void
an_address_that_is_not_public_is_refused(void **state)
{
    (void) state;
    static const char *const bodies[] = { "127.0.0.1", "10.0.0.9", "192.168.1.2", "169.254.169.254",
        "0.0.0.0", "224.0.0.1", "100.64.0.9", "::1", "::", "fe80::1", "fd00::9", "ff02::1",
        "::ffff:10.0.0.9" };
    char address[HP_ADDRESS_TEXT_SIZE];
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        assert_false(hp_told_parse(bodies[i], strlen(bodies[i]), address));
        assert_string_equal(address, "");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(white_space_around_one_public_address_is_that_address),
        cmocka_unit_test(anything_else_is_no_address),
        cmocka_unit_test(an_address_that_is_not_public_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
