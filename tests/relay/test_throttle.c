// Tests of relay/throttle.c.
#include "relay/throttle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "relay/client.h"

static unsigned
admitted(struct hp_throttle *throttle, const char *ip, unsigned count)
{
    unsigned good = 0;
    for (unsigned i = 0; i < count; i++) {
        struct hp_addr client = client_addr(ip, (uint16_t) (1024 + i));
        good += hp_throttle_admit(throttle, &client);
    }
    return good;
}

static void
a_network_has_a_limit_of_its_own(void **state)
{
    struct hp_throttle throttle;
    client_clock_begin();
    hp_throttle_init(&throttle);
    assert_int_equal(admitted(&throttle, "198.51.100.9", 150), 150);
    assert_int_equal(admitted(&throttle, "198.51.100.200", 100), HP_THROTTLE_NETWORK_BURST - 150);
    assert_int_equal(admitted(&throttle, "198.51.101.9", 100), 100);
    client_clock_pass_s(1);
    assert_int_equal(admitted(&throttle, "198.51.100.9", 100), HP_THROTTLE_NETWORK_PER_S);
    hp_throttle_finish(&throttle);
    client_clock_end();
}

static void
a_home_of_ipv6_is_one_network(void **state)
{
    struct hp_throttle throttle;
    client_clock_begin();
    hp_throttle_init(&throttle);
    assert_int_equal(admitted(&throttle, "2001:db8:1:100::1", 300), HP_THROTTLE_NETWORK_BURST);
    assert_int_equal(admitted(&throttle, "2001:db8:1:1ff::1", 300), 0);
    assert_int_equal(admitted(&throttle, "2001:db8:1:200::1", 10), 10);
    hp_throttle_finish(&throttle);
    client_clock_end();
}

static void
all_networks_together_have_a_limit(void **state)
{
    struct hp_throttle throttle;
    unsigned good = 0;
    client_clock_begin();
    hp_throttle_init(&throttle);
    for (unsigned i = 0; i < 250; i++) {
        char ip[32];
        snprintf(ip, sizeof(ip), "203.%u.1.1", i);
        good += admitted(&throttle, ip, 10);
    }
    assert_int_equal(good, HP_THROTTLE_TOTAL_PER_S);
    hp_throttle_finish(&throttle);
    client_clock_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_has_a_limit_of_its_own),
        cmocka_unit_test(a_home_of_ipv6_is_one_network),
        cmocka_unit_test(all_networks_together_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
