// Tests of member/tries.c: log-ins per address, and per address and name, by the test's clock.
#include "member/tries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib.h>

#include "base/clock.h"

enum {
    NAME_FAILURES = 10, // that are free
    ADDRESS_FAILURES = 60,
    SITE_FAILURES = 600,
    MAX_ADDRESSES = 4096,
    MAX_NAMES = 16384,
    SECOND_US = 1000000,
};

static int64_t fake_now_us;

static int64_t
now_us(void)
{
    return fake_now_us;
}

static int
begin(void **state)
{
    fake_now_us = 1000 * (int64_t) SECOND_US;
    hp_clock_fake(now_us);
    *state = hp_tries_create();
    return 0;
}

static int
end(void **state)
{
    hp_tries_destroy(*state);
    hp_clock_fake(NULL);
    return 0;
}

// The seconds to wait; 0: the verdict is another one.
static unsigned
wait_of(struct hp_tries *tries, const char *address, const char *name)
{
    const struct hp_tries_login login = { address, name, "a guess" };
    unsigned wait_s = 0;
    hp_tries_judge(tries, &login, &wait_s);
    return wait_s;
}

static enum hp_tries_verdict
judge(struct hp_tries *tries, const char *address, const char *name)
{
    const struct hp_tries_login login = { address, name, "a guess" };
    unsigned wait_s;
    return hp_tries_judge(tries, &login, &wait_s);
}

// Failures under one name, or (NULL) each under a name of its own.
static void
fail_often(struct hp_tries *tries, const char *address, const char *name, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char other[16];
        g_snprintf(other, sizeof(other), "n%u", i);
        hp_tries_add_failure(tries, address, name != NULL ? name : other);
    }
}

// One failure of each of so many addresses.
static void
fill(struct hp_tries *tries, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char address[32];
        g_snprintf(address, sizeof(address), "10.0.%u.%u", i / 256, i % 256);
        hp_tries_add_failure(tries, address, "a");
    }
}

static void
ten_failures_of_a_name_are_free_and_one_comes_back_each_six_seconds(void **state)
{
    struct hp_tries *tries = *state;
    fail_often(tries, "192.0.2.1", "ann", NAME_FAILURES - 1);
    assert_int_equal(judge(tries, "192.0.2.1", "ann"), HP_TRIES_NOW);
    hp_tries_add_failure(tries, "192.0.2.1", "ann");
    assert_int_equal(judge(tries, "192.0.2.1", "ann"), HP_TRIES_REFUSED);
    assert_int_equal(wait_of(tries, "192.0.2.1", "ann"), 6);
    assert_int_equal(judge(tries, "192.0.2.1", "bob"), HP_TRIES_NOW);
    assert_int_equal(judge(tries, "192.0.2.2", "ann"), HP_TRIES_NOW);
    fake_now_us += 5 * SECOND_US + 1;
    assert_int_equal(wait_of(tries, "192.0.2.1", "ann"), 1);
    fake_now_us += SECOND_US;
    assert_int_equal(judge(tries, "192.0.2.1", "ann"), HP_TRIES_NOW);
}

static void
an_address_that_fails_under_many_names_is_slowed_down(void **state)
{
    struct hp_tries *tries = *state;
    fail_often(tries, "192.0.2.1", NULL, ADDRESS_FAILURES - 1);
    assert_int_equal(judge(tries, "192.0.2.1", "ann"), HP_TRIES_NOW);
    hp_tries_add_failure(tries, "192.0.2.1", "one more");
    assert_int_equal(judge(tries, "192.0.2.1", "ann"), HP_TRIES_SLOWLY);
    assert_int_equal(judge(tries, "192.0.2.2", "ann"), HP_TRIES_NOW);
    fake_now_us += SECOND_US;
    assert_int_equal(judge(tries, "192.0.2.1", "ann"), HP_TRIES_NOW);
}

static void
slow_tries_of_an_address_are_bounded(void **state)
{
    struct hp_tries *tries = *state;
    for (int i = 0; i < 32; i++) {
        assert_true(hp_tries_begin_wait(tries, "192.0.2.1"));
    }
    assert_false(hp_tries_begin_wait(tries, "192.0.2.1"));
    assert_true(hp_tries_begin_wait(tries, "192.0.2.2"));
    hp_tries_end_wait(tries, "192.0.2.1");
    assert_true(hp_tries_begin_wait(tries, "192.0.2.1"));
}

static void
turn_away(struct hp_tries *tries, const char *address, const char *name, const char *password)
{
    hp_tries_turn_away(tries, &(struct hp_tries_login){ address, name, password });
}

// Each under a name of its own: all are turned away.
static void
turn_many_away(struct hp_tries *tries, const char *address, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char name[16];
        g_snprintf(name, sizeof(name), "n%u", i);
        turn_away(tries, address, name, "a guess");
    }
}

static void
who_was_turned_away_and_comes_back_has_a_way_that_new_names_do_not_take(void **state)
{
    struct hp_tries *tries = *state;
    fail_often(tries, "192.0.2.1", NULL, 2 * ADDRESS_FAILURES);
    turn_away(tries, "192.0.2.1", "ann", "a guess");
    turn_many_away(tries, "192.0.2.1", 300);
    assert_int_equal(judge(tries, "192.0.2.1", "ann"), HP_TRIES_SLOWLY); // too early
    fake_now_us += SECOND_US;
    fail_often(tries, "192.0.2.1", NULL, 2 * ADDRESS_FAILURES);
    assert_int_equal(judge(tries, "192.0.2.1", "somebody new"), HP_TRIES_SLOWLY);
    assert_int_equal(judge(tries, "192.0.2.1", "ann"), HP_TRIES_NOW);
    assert_int_equal(judge(tries, "192.0.2.1", "ann"), HP_TRIES_SLOWLY); // once
}

// Somebody guesses under her name, or comes back with many names and another password each time.
static void
guesses_that_come_back_with_other_passwords_take_no_way_of_a_neighbour(void **state)
{
    struct hp_tries *tries = *state;
    char guess[16];
    fail_often(tries, "192.0.2.1", "ann", NAME_FAILURES);
    turn_away(tries, "192.0.2.1", "ann", "right");
    fake_now_us += SECOND_US;
    for (int i = 0; i < 1000; i++) {
        unsigned wait_s;
        g_snprintf(guess, sizeof(guess), "guess %d", i);
        const struct hp_tries_login login = { "192.0.2.1", "ann", guess };
        assert_int_equal(hp_tries_judge(tries, &login, &wait_s), HP_TRIES_REFUSED);
        hp_tries_turn_away(tries, &login);
    }
    unsigned wait_s;
    const struct hp_tries_login right = { "192.0.2.1", "ann", "right" };
    assert_int_equal(hp_tries_judge(tries, &right, &wait_s), HP_TRIES_NOW);
    assert_int_equal(hp_tries_judge(tries, &right, &wait_s), HP_TRIES_REFUSED); // once
}

static void
returns_of_an_address_are_limited(void **state)
{
    struct hp_tries *tries = *state;
    unsigned looks = 0;
    fail_often(tries, "192.0.2.1", NULL, 10 * ADDRESS_FAILURES);
    turn_many_away(tries, "192.0.2.1", 300);
    fake_now_us += SECOND_US;
    hp_tries_add_failure(tries, "192.0.2.1", "it goes on");
    for (unsigned i = 0; i < 300; i++) {
        char name[16];
        g_snprintf(name, sizeof(name), "n%u", i + 100); // those that have not failed themselves
        looks += judge(tries, "192.0.2.1", name) == HP_TRIES_NOW;
    }
    assert_int_equal(looks, 20);
    fake_now_us += SECOND_US / 20;
    assert_int_equal(judge(tries, "192.0.2.1", "n299"), HP_TRIES_NOW);
}

// A failure of each of so many networks of one site.
static void
fail_all_over(struct hp_tries *tries, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char address[40];
        g_snprintf(address, sizeof(address), "2001:db8:1:%x::1", i);
        hp_tries_add_failure(tries, address, "ann");
    }
}

static void
a_site_that_fails_from_many_networks_is_slowed_down(void **state)
{
    struct hp_tries *tries = *state;
    fail_all_over(tries, SITE_FAILURES - 1);
    assert_int_equal(judge(tries, "2001:db8:1:ffff::1", "ann"), HP_TRIES_NOW);
    fail_all_over(tries, 2 * MAX_ADDRESSES); // more networks than are remembered
    assert_int_equal(judge(tries, "2001:db8:1:ffff::1", "ann"), HP_TRIES_SLOWLY);
    assert_int_equal(judge(tries, "2001:db8:2:ffff::1", "ann"), HP_TRIES_NOW);
    fake_now_us += 60 * (int64_t) SECOND_US;
    assert_int_equal(judge(tries, "2001:db8:1:ffff::1", "ann"), HP_TRIES_NOW);
}

static void
slow_tries_of_a_site_are_bounded(void **state)
{
    struct hp_tries *tries = *state;
    char address[40];
    for (int i = 0; i < 128; i++) {
        g_snprintf(address, sizeof(address), "2001:db8:1:%x::1", i);
        assert_true(hp_tries_begin_wait(tries, address));
    }
    assert_false(hp_tries_begin_wait(tries, "2001:db8:1:ffff::1"));
    assert_true(hp_tries_begin_wait(tries, "2001:db8:2:ffff::1"));
    hp_tries_end_wait(tries, address);
    assert_true(hp_tries_begin_wait(tries, "2001:db8:1:ffff::1"));
}

static void
newcomers_do_not_pay_for_failures_from_thousands_of_networks(void **state)
{
    struct hp_tries *tries = *state;
    for (unsigned i = 0; i < MAX_ADDRESSES + 200; i++) {
        char address[32];
        g_snprintf(address, sizeof(address), "2001:db8:%x::1", i);
        hp_tries_add_failure(tries, address, "a");
        hp_tries_add_failure(tries, address, "b");
    }
    for (int i = 0; i < 32; i++) {
        assert_true(hp_tries_begin_wait(tries, "2001:db8:ffff::1"));
    }
    assert_int_equal(judge(tries, "192.0.2.3", "admin"), HP_TRIES_NOW);
    assert_true(hp_tries_begin_wait(tries, "192.0.2.3"));
}

static void
a_full_memory_keeps_those_who_failed_last(void **state)
{
    struct hp_tries *tries = *state;
    fail_often(tries, "192.0.2.1", NULL, 2 * ADDRESS_FAILURES);
    fail_often(tries, "192.0.2.2", NULL, 2 * ADDRESS_FAILURES);
    fill(tries, MAX_ADDRESSES - 2);
    hp_tries_add_failure(tries, "192.0.2.1", "again");
    hp_tries_add_failure(tries, "192.0.2.3", "ann"); // takes the place of 192.0.2.2
    assert_int_equal(judge(tries, "192.0.2.1", "ann"), HP_TRIES_SLOWLY);
    assert_int_equal(judge(tries, "192.0.2.2", "ann"), HP_TRIES_NOW);
}

static void
an_address_with_a_slow_try_under_way_is_not_forgotten(void **state)
{
    struct hp_tries *tries = *state;
    fail_often(tries, "192.0.2.1", NULL, ADDRESS_FAILURES);
    assert_true(hp_tries_begin_wait(tries, "192.0.2.1"));
    fill(tries, 2 * MAX_ADDRESSES);
    assert_int_equal(judge(tries, "192.0.2.1", "ann"), HP_TRIES_SLOWLY);
    hp_tries_end_wait(tries, "192.0.2.1");
    fill(tries, 2 * MAX_ADDRESSES);
    assert_int_equal(judge(tries, "192.0.2.1", "ann"), HP_TRIES_NOW);
}

static void
names_beyond_the_memory_count_for_their_address(void **state)
{
    struct hp_tries *tries = *state;
    fail_often(tries, "192.0.2.1", NULL, MAX_NAMES);
    fail_often(tries, "192.0.2.2", "ann", NAME_FAILURES);
    assert_int_equal(judge(tries, "192.0.2.2", "ann"), HP_TRIES_NOW);
    fail_often(tries, "192.0.2.2", "ann", ADDRESS_FAILURES);
    assert_int_equal(judge(tries, "192.0.2.2", "ann"), HP_TRIES_SLOWLY);
    fake_now_us += 121 * (int64_t) SECOND_US;
    fail_often(tries, "192.0.2.2", "ann", NAME_FAILURES); // finds room now
    assert_int_equal(judge(tries, "192.0.2.2", "ann"), HP_TRIES_REFUSED);
}

static void
people_who_come_in_from_one_address_are_limited(void **state)
{
    struct hp_tries *tries = *state;
    for (int i = 0; i < 600; i++) {
        assert_true(hp_tries_may_enter(tries, "192.0.2.1"));
        hp_tries_add_entry(tries, "192.0.2.1");
    }
    assert_false(hp_tries_may_enter(tries, "192.0.2.1"));
    assert_true(hp_tries_may_enter(tries, "192.0.2.2"));
    fake_now_us += SECOND_US / 20;
    assert_true(hp_tries_may_enter(tries, "192.0.2.1"));
}

#define TRIES_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TRIES_TEST(ten_failures_of_a_name_are_free_and_one_comes_back_each_six_seconds),
        TRIES_TEST(an_address_that_fails_under_many_names_is_slowed_down),
        TRIES_TEST(slow_tries_of_an_address_are_bounded),
        TRIES_TEST(who_was_turned_away_and_comes_back_has_a_way_that_new_names_do_not_take),
        TRIES_TEST(guesses_that_come_back_with_other_passwords_take_no_way_of_a_neighbour),
        TRIES_TEST(returns_of_an_address_are_limited),
        TRIES_TEST(a_site_that_fails_from_many_networks_is_slowed_down),
        TRIES_TEST(slow_tries_of_a_site_are_bounded),
        TRIES_TEST(newcomers_do_not_pay_for_failures_from_thousands_of_networks),
        TRIES_TEST(a_full_memory_keeps_those_who_failed_last),
        TRIES_TEST(an_address_with_a_slow_try_under_way_is_not_forgotten),
        TRIES_TEST(names_beyond_the_memory_count_for_their_address),
        TRIES_TEST(people_who_come_in_from_one_address_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
