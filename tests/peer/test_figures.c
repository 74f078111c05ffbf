// Tests of peer/figures.c: who asks is answered, also while the worker does not answer.
#include "peer/figures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/worker.h"
#include "fixture/fake_time.h"
#include "peer/peer_cbs.h"
#include "peer/peer_stats.h"

static struct {
    struct hp_worker *home;
    struct hp_figures figures;
    unsigned told, late;
} scene;

static void
note_stats(void *arg, const struct hp_peer_stats *stats)
{
    (void) arg;
    *(stats != NULL ? &scene.told : &scene.late) += 1;
}

static int
begin(void **state)
{
    static const struct hp_peer_cbs cbs = { .on_stats = note_stats };
    (void) state;
    scene.home = hp_worker_create_main();
    fake_time_begin(scene.home);
    hp_figures_init(&scene.figures, scene.home, &cbs, NULL);
    scene.told = scene.late = 0;
    return 0;
}

static int
end(void **state)
{
    (void) state;
    hp_figures_finish(&scene.figures);
    fake_time_end();
    hp_worker_destroy(scene.home);
    return 0;
}

static void
tell(void)
{
    hp_figures_tell(&scene.figures, &(struct hp_peer_stats){ .path = HP_PATH_TCP });
}

static void
figures_that_come_in_time_are_told_once(void **state)
{
    (void) state;
    hp_figures_want(&scene.figures);
    fake_time_pass_ms(90);
    tell();
    fake_time_pass_ms(1000);
    assert_int_equal(scene.told, 1);
    assert_int_equal(scene.late, 0);
}

static void
who_asks_a_worker_that_hangs_is_answered_each_time(void **state)
{
    (void) state;
    for (unsigned i = 1; i <= 3; i++) {
        hp_figures_want(&scene.figures);
        fake_time_pass_ms(60);
        hp_figures_want(&scene.figures); // does not wait longer for that
        fake_time_pass_ms(41);
        assert_int_equal(scene.late, i);
    }
    fake_time_pass_ms(10000);
    assert_int_equal(scene.late, 3);
    tell(); // it goes on
    assert_int_equal(scene.told, 1);
}

static void
a_peer_that_closes_tells_nothing_more(void **state)
{
    (void) state;
    hp_figures_want(&scene.figures);
    hp_figures_finish(&scene.figures);
    hp_figures_want(&scene.figures);
    tell();
    fake_time_pass_ms(1000);
    assert_int_equal(scene.told + scene.late, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(figures_that_come_in_time_are_told_once),
        TEST(who_asks_a_worker_that_hangs_is_answered_each_time),
        TEST(a_peer_that_closes_tells_nothing_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
