// Tests of member/returns.c: who is known, for how long, and how many.
#include "member/returns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib.h>

#include "base/worker.h"
#include "fixture/fake_time.h"

enum { WAIT_MS = 700, FORGET_MS = 30000 };

struct scene {
    struct hp_worker *home;
    struct hp_returns *returns;
};

static int
begin(void **state)
{
    static struct scene scene;
    scene.home = hp_worker_create_main();
    fake_time_begin(scene.home);
    scene.returns = hp_returns_create();
    *state = &scene;
    return 0;
}

static int
end(void **state)
{
    struct scene *scene = *state;
    hp_returns_destroy(scene->returns);
    fake_time_end();
    hp_worker_destroy(scene->home);
    return 0;
}

static void
who_is_turned_away_has_waited_after_700_ms_and_for_30_s(void **state)
{
    struct hp_returns *returns = ((struct scene *) *state)->returns;
    assert_false(hp_returns_has_waited(returns, "ann"));
    hp_returns_note(returns, "ann");
    fake_time_jump_ms(WAIT_MS - 1);
    assert_false(hp_returns_has_waited(returns, "ann"));
    fake_time_jump_ms(1);
    assert_true(hp_returns_has_waited(returns, "ann"));
    assert_false(hp_returns_has_waited(returns, "bob"));
    hp_returns_note(returns, "ann"); // keeps the earlier time
    assert_true(hp_returns_has_waited(returns, "ann"));
    fake_time_jump_ms(FORGET_MS - WAIT_MS);
    assert_false(hp_returns_has_waited(returns, "ann"));
}

static void
a_turn_that_has_been_is_over(void **state)
{
    struct hp_returns *returns = ((struct scene *) *state)->returns;
    hp_returns_note(returns, "ann");
    hp_returns_note(returns, "bob");
    fake_time_jump_ms(WAIT_MS);
    hp_returns_forget(returns, "ann");
    hp_returns_forget(returns, "nobody");
    assert_false(hp_returns_has_waited(returns, "ann"));
    assert_true(hp_returns_has_waited(returns, "bob"));
}

// As many as a guesser makes up within a second take few of the places of people.
static void
new_names_leave_most_of_the_others_known(void **state)
{
    struct hp_returns *returns = ((struct scene *) *state)->returns;
    unsigned known = 0;
    char key[16];
    for (int i = 0; i < 100; i++) {
        g_snprintf(key, sizeof(key), "person %d", i);
        hp_returns_note(returns, key);
    }
    for (int i = 0; i < 300; i++) {
        g_snprintf(key, sizeof(key), "guess %d", i);
        hp_returns_note(returns, key);
    }
    fake_time_jump_ms(WAIT_MS);
    for (int i = 0; i < 100; i++) {
        g_snprintf(key, sizeof(key), "person %d", i);
        known += hp_returns_has_waited(returns, key);
    }
    assert_in_range(known, 85, 100); // 98 of 100 are to be expected
}

#define RETURNS_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        RETURNS_TEST(who_is_turned_away_has_waited_after_700_ms_and_for_30_s),
        RETURNS_TEST(a_turn_that_has_been_is_over),
        RETURNS_TEST(new_names_leave_most_of_the_others_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
