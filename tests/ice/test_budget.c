// Tests of ice/budget.c.
#include "ice/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <glib.h>

#include <cmocka.h>

enum {
    STEP_US = 50 * 1000,
    SPAN_US = 60 * 1000 * 1000,
    SECOND_US = 1000 * 1000,
    BEGIN_US = 7 * SECOND_US,
    CHECKS_MAX = 2000,
};

struct log {
    int64_t times_us[CHECKS_MAX];
    unsigned count;
    unsigned passed;
    int64_t last_pass_us;
};

static void
note(struct log *log, int64_t begin_us, unsigned pairs)
{
    static const int64_t times_us[] = { 0, 500000, 1500000, 3500000 };
    log->passed++;
    log->last_pass_us = begin_us;
    for (unsigned i = 0; i < G_N_ELEMENTS(times_us); i++) {
        for (unsigned j = 0; j < pairs; j++) {
            assert_true(log->count < CHECKS_MAX);
            log->times_us[log->count++] = begin_us + times_us[i];
        }
    }
}

// The most checks in any second.
static unsigned
fullest_second(const struct log *log)
{
    unsigned most = 0;
    for (unsigned i = 0; i < log->count; i++) {
        unsigned count = 0;
        for (unsigned j = 0; j < log->count; j++) {
            int64_t age_us = log->times_us[i] - log->times_us[j];
            count += age_us >= 0 && age_us < SECOND_US;
        }
        most = MAX(most, count);
    }
    return most;
}

// As many candidates as pass, for a minute.
static struct log
flood(unsigned pairs)
{
    struct log log = { 0 };
    struct hp_ice_budget budget = { 0 };
    for (int64_t now_us = BEGIN_US; now_us < BEGIN_US + SPAN_US; now_us += STEP_US) {
        while (hp_ice_budget_take(&budget, now_us, pairs, NULL)) {
            note(&log, now_us, pairs);
        }
    }
    return log;
}

static void
no_second_has_more_than_five_checks_not_even_the_first(void **state)
{
    (void) state;
    for (unsigned pairs = 1; pairs <= 2; pairs++) {
        struct log log = flood(pairs);
        print_message("# FIGURE %u pairs a candidate: %u checks in the fullest second, %u in 60 s\n",
                pairs, fullest_second(&log), log.count);
        assert_in_range(fullest_second(&log), 3, 5);
        assert_true(log.passed >= 12);
    }
}

static void
two_candidates_pass_at_once(void **state)
{
    (void) state;
    struct hp_ice_budget budget = { 0 };
    assert_true(hp_ice_budget_take(&budget, BEGIN_US, 1, NULL));
    assert_true(hp_ice_budget_take(&budget, BEGIN_US, 1, NULL));
    assert_false(hp_ice_budget_take(&budget, BEGIN_US, 1, NULL));
}

static void
a_host_with_many_addresses_gets_through(void **state)
{
    (void) state;
    struct log log = flood(8);
    assert_int_equal(fullest_second(&log), 16); // what one candidate needs
    struct hp_ice_budget budget = { 0 };
    int64_t now_us = BEGIN_US;
    assert_true(hp_ice_budget_take(&budget, now_us, 8, NULL));
    while (!hp_ice_budget_take(&budget, now_us, 8, NULL)) {
        now_us += STEP_US;
    }
    assert_true(now_us - BEGIN_US <= 5 * SECOND_US);
}

// Each quarter of a second the agent of the session is a new one, and the old one's later checks
// never go out.
static void
a_session_that_asks_again_in_a_loop_gets_no_more_checks(void **state)
{
    (void) state;
    struct log log = { 0 };
    struct hp_ice_budget budget = { 0 };
    for (int64_t now_us = BEGIN_US; now_us < BEGIN_US + SPAN_US; now_us += STEP_US) {
        while (hp_ice_budget_take(&budget, now_us, 1, &log)) {
            log.times_us[log.count++] = now_us;
        }
        if ((now_us - BEGIN_US) % (SECOND_US / 4) == 0) {
            hp_ice_budget_end(&budget, now_us, &log);
        }
    }
    print_message("# FIGURE an agent each 250 ms: %u checks in the fullest second, %u in 60 s\n",
            fullest_second(&log), log.count);
    assert_in_range(fullest_second(&log), 3, 5);
    assert_true(log.count > 60);
}

static void
what_an_agent_that_has_ended_would_send_is_free_again(void **state)
{
    (void) state;
    struct hp_ice_budget budget = { 0 };
    static const int agents[2];
    int64_t later_us = BEGIN_US + 1200 * 1000;
    assert_true(hp_ice_budget_take(&budget, BEGIN_US, 5, &agents[0]));
    hp_ice_budget_end(&budget, BEGIN_US, &agents[1]); // another one's end changes nothing
    assert_false(hp_ice_budget_take(&budget, later_us, 5, &agents[1]));
    hp_ice_budget_end(&budget, BEGIN_US, &agents[0]);
    assert_true(hp_ice_budget_take(&budget, later_us, 5, &agents[1]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_second_has_more_than_five_checks_not_even_the_first),
        cmocka_unit_test(two_candidates_pass_at_once),
        cmocka_unit_test(a_host_with_many_addresses_gets_through),
        cmocka_unit_test(a_session_that_asks_again_in_a_loop_gets_no_more_checks),
        cmocka_unit_test(what_an_agent_that_has_ended_would_send_is_free_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
