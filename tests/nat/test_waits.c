// Tests of nat/waits.c.
#include "nat/waits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nat/flow.h"

enum { COUNT = 4 };

static struct scene {
    struct hp_waits waits;
    struct hp_flow_wait all[COUNT];
    unsigned told[2 * COUNT]; // the indices in their order
    unsigned told_count;
    bool waits_again;
} scene;

static void
on_writable(void *arg)
{
    struct hp_flow_wait *wait = arg;
    assert_false(wait->is_waiting);
    scene.told[scene.told_count++] = (unsigned) (wait - scene.all);
    if (scene.waits_again) {
        hp_waits_add(&scene.waits, wait);
    }
}

static int
setup(void **state)
{
    (void) state;
    scene = (struct scene){ .told_count = 0 };
    for (unsigned i = 0; i < COUNT; i++) {
        scene.all[i] = (struct hp_flow_wait){ .on_writable = on_writable, .arg = &scene.all[i] };
        hp_waits_add(&scene.waits, &scene.all[i]);
    }
    return 0;
}

static void
check_told(const unsigned *indices, unsigned count)
{
    assert_int_equal(scene.told_count, count);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(scene.told[i], indices[i]);
    }
}

static void
the_oldest_is_told_first_and_once(void **state)
{
    (void) state;
    hp_waits_tell(&scene.waits);
    check_told((const unsigned[]){ 0, 1, 2, 3 }, 4);
    hp_waits_tell(&scene.waits);
    assert_int_equal(scene.told_count, COUNT);
}

static void
one_that_waits_again_is_told_next_time(void **state)
{
    (void) state;
    scene.waits_again = true;
    hp_waits_tell(&scene.waits);
    check_told((const unsigned[]){ 0, 1, 2, 3 }, 4);
    hp_waits_tell(&scene.waits);
    check_told((const unsigned[]){ 0, 1, 2, 3, 0, 1, 2, 3 }, 8);
}

static void
who_has_left_is_not_told_wherever_in_the_list(void **state)
{
    static const unsigned left[COUNT][COUNT - 1] = {
        { 1, 2, 3 }, { 0, 2, 3 }, { 0, 1, 3 }, { 0, 1, 2 }
    };
    for (unsigned i = 0; i < COUNT; i++) {
        setup(state);
        hp_waits_remove(&scene.waits, &scene.all[i]);
        assert_false(hp_waits_has(&scene.waits, &scene.all[i]));
        hp_waits_tell(&scene.waits);
        check_told(left[i], COUNT - 1);
    }
}

static void
who_comes_after_the_last_has_left_is_told_last(void **state)
{
    (void) state;
    hp_waits_remove(&scene.waits, &scene.all[3]);
    hp_waits_remove(&scene.waits, &scene.all[0]);
    hp_waits_add(&scene.waits, &scene.all[3]);
    hp_waits_add(&scene.waits, &scene.all[0]);
    assert_true(hp_waits_has(&scene.waits, &scene.all[0]));
    hp_waits_tell(&scene.waits);
    check_told((const unsigned[]){ 1, 2, 3, 0 }, 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_oldest_is_told_first_and_once, setup),
        cmocka_unit_test_setup(one_that_waits_again_is_told_next_time, setup),
        cmocka_unit_test_setup(who_has_left_is_not_told_wherever_in_the_list, setup),
        cmocka_unit_test_setup(who_comes_after_the_last_has_left_is_told_last, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
