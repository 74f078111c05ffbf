// Tests of base/strangers.c.
#include "base/strangers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>
#include <sys/socket.h>
#include <arpa/inet.h>

#include <cmocka.h>

enum { SECOND_US = 1000 * 1000, BEGIN_US = 5 * SECOND_US, STEP_US = 1000 };

struct ip {
    uint8_t bytes[HP_STRANGERS_IP_SIZE];
};

static int
begin(void **state)
{
    *state = hp_strangers_create();
    return 0;
}

static int
end(void **state)
{
    hp_strangers_destroy(*state);
    return 0;
}

static struct ip
parse(const char *text)
{
    struct ip ip;
    char *mapped = strchr(text, ':') == NULL ? g_strconcat("::ffff:", text, NULL) : g_strdup(text);
    assert_int_equal(inet_pton(AF_INET6, mapped, ip.bytes), 1);
    g_free(mapped);
    return ip;
}

// How many checks pass within the time.
static unsigned
flood(struct hp_strangers *strangers, const char *address, int64_t begin_us, int64_t span_us,
        unsigned checks)
{
    struct ip ip = parse(address);
    unsigned passed = 0;
    for (int64_t now_us = begin_us; now_us < begin_us + span_us; now_us += STEP_US) {
        while (hp_strangers_next_us(strangers, ip.bytes, checks, now_us) <= now_us
                && passed < 10000) {
            hp_strangers_note(strangers, ip.bytes, checks, now_us);
            passed += checks;
        }
    }
    return passed;
}

static void
an_address_gets_twenty_checks_a_second_from_all(void **state)
{
    unsigned first = flood(*state, "198.51.100.7", BEGIN_US, SECOND_US, 1);
    unsigned later = flood(*state, "198.51.100.7", BEGIN_US + SECOND_US, 60 * SECOND_US, 1);
    print_message("# FIGURE %u checks in the first second, %.1f a second after it\n", first,
            later / 60.0);
    assert_in_range(first, 40, 60);
    assert_in_range(later, 60 * 19, 60 * 20);
}

static void
an_address_that_has_answered_is_no_stranger_for_two_minutes(void **state)
{
    struct ip ip = parse("198.51.100.7");
    flood(*state, "198.51.100.7", BEGIN_US, STEP_US, 1);
    hp_strangers_meet(*state, ip.bytes, BEGIN_US + STEP_US);
    assert_int_equal(flood(*state, "198.51.100.7", BEGIN_US + STEP_US, STEP_US, 4), 10000);
    assert_int_equal(flood(*state, "198.51.100.8", BEGIN_US, STEP_US, 1), 40); // a neighbour is one
    int64_t later_us = BEGIN_US + 121 * (int64_t) SECOND_US;
    assert_int_equal(flood(*state, "198.51.100.7", later_us, STEP_US, 1), 40);
}

// Whoever has thousands of addresses makes none known but those.
static void
who_answers_from_everywhere_makes_no_other_address_known(void **state)
{
    for (unsigned i = 0; i < 20000; i++) {
        char text[40];
        g_snprintf(text, sizeof(text), "2001:db8:%x:%x::1", i / 256, i % 256);
        struct ip ip = parse(text);
        hp_strangers_meet(*state, ip.bytes, BEGIN_US);
    }
    assert_int_equal(flood(*state, "198.51.100.7", BEGIN_US, STEP_US, 1), 40);
    assert_int_equal(flood(*state, "2001:db9::1", BEGIN_US, STEP_US, 1), 40);
}

static void
the_time_that_is_told_is_when_the_next_one_passes(void **state)
{
    struct ip ip = parse("198.51.100.7");
    flood(*state, "198.51.100.7", BEGIN_US, STEP_US, 1);
    int64_t next_us = hp_strangers_next_us(*state, ip.bytes, 1, BEGIN_US);
    assert_true(next_us > BEGIN_US);
    assert_true(hp_strangers_next_us(*state, ip.bytes, 1, next_us - 1) > next_us - 1);
    assert_true(hp_strangers_next_us(*state, ip.bytes, 1, next_us) == next_us);
}

static void
more_than_a_burst_passes_when_the_address_is_paid_off(void **state)
{
    struct ip ip = parse("198.51.100.7");
    assert_true(hp_strangers_next_us(*state, ip.bytes, 100, BEGIN_US) == BEGIN_US);
    hp_strangers_note(*state, ip.bytes, 100, BEGIN_US);
    assert_true(hp_strangers_next_us(*state, ip.bytes, 100, BEGIN_US) == BEGIN_US + 5 * SECOND_US);
}

static void
another_address_has_its_own_checks(void **state)
{
    flood(*state, "198.51.100.7", BEGIN_US, SECOND_US, 1);
    unsigned free = 0;
    for (unsigned i = 1; i <= 100; i++) {
        char text[32];
        g_snprintf(text, sizeof(text), "203.0.113.%u", i);
        struct ip ip = parse(text);
        free += hp_strangers_next_us(*state, ip.bytes, 1, BEGIN_US) == BEGIN_US;
    }
    assert_in_range(free, 97, 100); // one in 4,096 shares the place
}

static void
an_ipv6_network_counts_as_one(void **state)
{
    flood(*state, "2001:db8:1:2::1", BEGIN_US, STEP_US, 1);
    struct ip same = parse("2001:db8:1:2:ffff::9");
    assert_true(hp_strangers_next_us(*state, same.bytes, 1, BEGIN_US) > BEGIN_US);
}

static void
this_computer_is_no_stranger(void **state)
{
    assert_int_equal(flood(*state, "127.0.0.1", BEGIN_US, STEP_US, 1), 10000);
    assert_int_equal(flood(*state, "::1", BEGIN_US, STEP_US, 1), 10000);
}

static void
a_minute_later_all_is_forgotten(void **state)
{
    unsigned first = flood(*state, "198.51.100.7", BEGIN_US, STEP_US, 1);
    assert_int_equal(flood(*state, "198.51.100.7", BEGIN_US + 60 * SECOND_US, STEP_US, 1), first);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                an_address_that_has_answered_is_no_stranger_for_two_minutes, begin, end),
        cmocka_unit_test_setup_teardown(
                who_answers_from_everywhere_makes_no_other_address_known, begin, end),
        cmocka_unit_test_setup_teardown(an_address_gets_twenty_checks_a_second_from_all, begin, end),
        cmocka_unit_test_setup_teardown(
                the_time_that_is_told_is_when_the_next_one_passes, begin, end),
        cmocka_unit_test_setup_teardown(
                more_than_a_burst_passes_when_the_address_is_paid_off, begin, end),
        cmocka_unit_test_setup_teardown(another_address_has_its_own_checks, begin, end),
        cmocka_unit_test_setup_teardown(an_ipv6_network_counts_as_one, begin, end),
        cmocka_unit_test_setup_teardown(this_computer_is_no_stranger, begin, end),
        cmocka_unit_test_setup_teardown(a_minute_later_all_is_forgotten, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
