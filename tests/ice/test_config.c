// Tests of ice/config.c.
#include "ice/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct hp_ice_config
config_for(const char *viewer)
{
    struct hp_ice_config config = {
        .with_loopback = true,
        .public_count = 1,
        .public_addresses = { "198.51.100.9" },
    };
    hp_ice_config_set_viewer(&config, viewer);
    return config;
}

static void
only_a_browser_on_this_host_gets_loopback(void **state)
{
    (void) state;
    assert_true(config_for("127.0.0.1").with_loopback);
    assert_true(config_for("::1").with_loopback);
    assert_true(config_for(NULL).with_loopback);
    assert_false(config_for("192.168.1.7").with_loopback);
    assert_false(config_for("198.51.100.7").with_loopback);
    assert_false(config_for("?").with_loopback);
    struct hp_ice_config without = { .with_loopback = false };
    hp_ice_config_set_viewer(&without, "127.0.0.1");
    assert_false(without.with_loopback);
}

static void
a_browser_with_a_public_address_is_far(void **state)
{
    (void) state;
    assert_true(config_for("198.51.100.7").is_far);
    assert_true(config_for("9.9.9.9").is_far);
    assert_true(config_for("2001:4860::1").is_far);
    assert_false(config_for("127.0.0.1").is_far);
    assert_false(config_for("192.168.1.7").is_far);
    assert_false(config_for("100.64.0.7").is_far);
    assert_false(config_for("fd00::7").is_far);
    assert_false(config_for(NULL).is_far);
    assert_false(config_for("198.51.100.9").is_far); // the LAN, as our own router shows it
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_browser_on_this_host_gets_loopback),
        cmocka_unit_test(a_browser_with_a_public_address_is_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
