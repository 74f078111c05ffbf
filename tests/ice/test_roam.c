// Tests of ice/roam.c.
#include "ice/roam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fixture/fake_time.h"
#include "fixture/noting_ice.h"

struct scene {
    struct hp_worker *worker;
    struct noting_ice noting;
    struct hp_roam roam;
    int64_t silent_since_us, last_proof_us;
    unsigned refreshes;
};

static int64_t
silent_since_us(void *arg)
{
    const struct scene *scene = arg;
    return scene->silent_since_us;
}

static int64_t
last_proof_us(void *arg)
{
    const struct scene *scene = arg;
    return scene->last_proof_us;
}

static void
refresh(void *arg)
{
    struct scene *scene = arg;
    scene->refreshes++;
}

static const struct hp_roam_cbs cbs = {
    .silent_since_us = silent_since_us, .last_proof_us = last_proof_us, .refresh = refresh,
};

static int
begin(void **state)
{
    static struct scene scene;
    scene = (struct scene) { .worker = hp_worker_create_main() };
    fake_time_begin(scene.worker);
    noting_ice_init(&scene.noting, "ours");
    hp_roam_init(&scene.roam, scene.worker, &scene.noting.ice, &cbs, &scene);
    *state = &scene;
    return 0;
}

static int
end(void **state)
{
    struct scene *scene = *state;
    hp_roam_stop(&scene->roam);
    noting_ice_finish(&scene->noting);
    hp_worker_destroy(scene->worker);
    fake_time_end();
    return 0;
}

static void
the_old_address_is_kept_while_the_browser_hears_us_there(void **state)
{
    struct scene *scene = *state;
    hp_roam_begin(&scene->roam);
    fake_time_pass_ms(4000);
    noting_ice_expect(&scene->noting, "");
    assert_false(hp_timer_is_running(&scene->roam.timer));
}

static void
after_600_ms_of_silence_the_new_address_gets_the_media(void **state)
{
    struct scene *scene = *state;
    scene->silent_since_us = hp_clock_now_us();
    hp_roam_begin(&scene->roam);
    fake_time_pass_ms(600);
    noting_ice_expect(&scene->noting, "");
    fake_time_pass_ms(200);
    noting_ice_expect(&scene->noting, "roam; ");
    assert_int_equal(scene->refreshes, 1);
}

static void
switch_over(struct scene *scene)
{
    scene->silent_since_us = hp_clock_now_us();
    hp_roam_begin(&scene->roam);
    fake_time_pass_ms(800);
    noting_ice_expect(&scene->noting, "roam; ");
}

static void
a_browser_that_hears_us_at_the_new_address_is_followed(void **state)
{
    struct scene *scene = *state;
    switch_over(scene);
    scene->last_proof_us = hp_clock_now_us();
    fake_time_pass_ms(3000);
    noting_ice_expect(&scene->noting, "");
    assert_int_equal(scene->refreshes, 2);
    assert_false(hp_timer_is_running(&scene->roam.timer));
}

static void
a_new_address_where_we_are_not_heard_is_left_after_the_trial(void **state)
{
    struct scene *scene = *state;
    scene->last_proof_us = hp_clock_now_us(); // of the old address: does not count
    switch_over(scene);
    fake_time_pass_ms(1300);
    noting_ice_expect(&scene->noting, "");
    fake_time_pass_ms(400);
    noting_ice_expect(&scene->noting, "back; ");
    assert_int_equal(scene->refreshes, 1);
    assert_false(hp_timer_is_running(&scene->roam.timer));
}

static void
silence_that_begins_after_3_s_does_not_move_the_path(void **state)
{
    struct scene *scene = *state;
    hp_roam_begin(&scene->roam);
    fake_time_pass_ms(3200);
    scene->silent_since_us = hp_clock_now_us();
    fake_time_pass_ms(2000);
    noting_ice_expect(&scene->noting, "");
}

static void
a_path_that_cannot_roam_ends_the_roam(void **state)
{
    struct scene *scene = *state;
    scene->noting.can_roam = false;
    scene->silent_since_us = hp_clock_now_us();
    hp_roam_begin(&scene->roam);
    fake_time_pass_ms(2000);
    noting_ice_expect(&scene->noting, "roam; "); // asked once
    assert_int_equal(scene->refreshes, 0);
    assert_false(hp_timer_is_running(&scene->roam.timer));
}

static void
a_flood_of_addresses_moves_the_path_once(void **state)
{
    struct scene *scene = *state;
    scene->silent_since_us = hp_clock_now_us();
    for (unsigned i = 0; i < 100; i++) {
        hp_roam_begin(&scene->roam);
        fake_time_pass_ms(10);
    }
    noting_ice_expect(&scene->noting, "roam; ");
}

static void
after_stop_nothing_follows(void **state)
{
    struct scene *scene = *state;
    scene->silent_since_us = hp_clock_now_us();
    hp_roam_begin(&scene->roam);
    hp_roam_stop(&scene->roam);
    fake_time_pass_ms(4000);
    noting_ice_expect(&scene->noting, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                the_old_address_is_kept_while_the_browser_hears_us_there, begin, end),
        cmocka_unit_test_setup_teardown(
                after_600_ms_of_silence_the_new_address_gets_the_media, begin, end),
        cmocka_unit_test_setup_teardown(
                a_browser_that_hears_us_at_the_new_address_is_followed, begin, end),
        cmocka_unit_test_setup_teardown(
                a_new_address_where_we_are_not_heard_is_left_after_the_trial, begin, end),
        cmocka_unit_test_setup_teardown(
                silence_that_begins_after_3_s_does_not_move_the_path, begin, end),
        cmocka_unit_test_setup_teardown(a_path_that_cannot_roam_ends_the_roam, begin, end),
        cmocka_unit_test_setup_teardown(a_flood_of_addresses_moves_the_path_once, begin, end),
        cmocka_unit_test_setup_teardown(after_stop_nothing_follows, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
