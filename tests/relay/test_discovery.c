// Tests of relay/discovery.c.
#include "relay/discovery.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SHARED = 8080, ANNEX = 3478 };

static struct hp_carrier shared, annex, other;
static struct hp_discovery discovery;

static struct hp_addr
addr(const char *ip, uint16_t port)
{
    struct hp_addr addr;
    assert_true(hp_addr_parse(&addr, ip, port));
    return addr;
}

static int
set_up(void **state)
{
    static const char *const addresses[] = { "192.0.2.1", "2001:db8::1", "192.0.2.2",
        "2001:db8::2", NULL };
    (void) state;
    discovery = (struct hp_discovery){ .carriers = { &shared, &annex }, .ports = { SHARED, ANNEX } };
    assert_true(hp_discovery_read(&discovery, addresses));
    assert_int_equal(discovery.pair_count, 2);
    return 0;
}

static void
assert_way(struct hp_carrier *asked, const char *ip, uint32_t change, struct hp_carrier *carrier,
        const char *answers_ip, uint16_t port)
{
    struct hp_flow to;
    const struct hp_flow from = { .carrier = asked,
        .local = addr(ip, asked == &shared ? SHARED : ANNEX),
        .remote = addr("198.51.100.9", 5000) };
    const struct hp_addr local = addr(answers_ip, port);
    assert_true(hp_discovery_turn(&discovery, &from, change, &to));
    assert_ptr_equal(to.carrier, carrier);
    assert_true(hp_addr_equal(&to.local, &local));
    assert_true(hp_addr_equal(&to.remote, &from.remote));
}

static void
an_answer_leaves_by_the_address_and_port_that_were_asked_for(void **state)
{
    assert_way(&shared, "192.0.2.1", 0, &shared, "192.0.2.1", SHARED);
    assert_way(&shared, "192.0.2.1", 2, &annex, "192.0.2.1", ANNEX);
    assert_way(&shared, "192.0.2.1", 4, &shared, "192.0.2.2", SHARED);
    assert_way(&shared, "192.0.2.1", 6, &annex, "192.0.2.2", ANNEX);
    assert_way(&annex, "192.0.2.2", 2, &shared, "192.0.2.2", SHARED);
    assert_way(&annex, "192.0.2.2", 4, &annex, "192.0.2.1", ANNEX);
    assert_way(&annex, "2001:db8::2", 6, &shared, "2001:db8::1", SHARED);
}

static void
assert_no_way(struct hp_carrier *asked, const char *ip)
{
    struct hp_flow to;
    const struct hp_flow from = { .carrier = asked, .local = addr(ip, SHARED) };
    assert_false(hp_discovery_turn(&discovery, &from, 0, &to));
    assert_false(hp_discovery_turn(&discovery, &from, 6, &to));
}

static void
another_address_or_a_connection_has_no_other_way(void **state)
{
    assert_no_way(&shared, "192.0.2.3");
    assert_no_way(&other, "192.0.2.1");
    discovery.carriers[1] = NULL;
    assert_no_way(&shared, "192.0.2.1");
}

static void
assert_unreadable(const char *first, const char *second, const char *third)
{
    const char *const addresses[] = { first, second, third, NULL };
    struct hp_discovery none = { 0 };
    assert_false(hp_discovery_read(&none, addresses));
}

static void
what_is_no_pair_of_a_family_is_refused(void **state)
{
    assert_unreadable("192.0.2.1", NULL, NULL);
    assert_unreadable("192.0.2.1", "192.0.2.1", NULL);
    assert_unreadable("192.0.2.1", "2001:db8::1", NULL);
    assert_unreadable("192.0.2.1", "192.0.2.2", "192.0.2.3");
    assert_unreadable("192.0.2.1", "192.0.2.2", "2001:db8::1");
    assert_unreadable("desk.example", "192.0.2.2", NULL);
    assert_true(hp_discovery_read(&(struct hp_discovery){ 0 }, NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(
                an_answer_leaves_by_the_address_and_port_that_were_asked_for, set_up),
        cmocka_unit_test_setup(another_address_or_a_connection_has_no_other_way, set_up),
        cmocka_unit_test(what_is_no_pair_of_a_family_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
