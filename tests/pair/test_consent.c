// Tests of pair/consent.c.
#include "pair/consent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <glib.h>

#include <cmocka.h>

enum { SECOND_US = 1000 * 1000, BEGIN_US = 5 * SECOND_US, STEP_US = 10 * 1000, HANDLE = 7 };

struct scene {
    struct hp_consent consent;
    int64_t now_us;
    uint8_t id[HP_STUN_ID_SIZE];
};

// Time until the next check, at most that long.
static int64_t
await_check(struct scene *scene, int64_t longest_us)
{
    int64_t begin_us = scene->now_us;
    while (scene->now_us - begin_us < longest_us) {
        scene->now_us += STEP_US;
        if (hp_consent_take(&scene->consent, scene->now_us, HANDLE, scene->id)) {
            break;
        }
    }
    return scene->now_us - begin_us;
}

static void
begin(struct scene *scene)
{
    *scene = (struct scene){ .now_us = BEGIN_US };
    hp_consent_begin(&scene->consent, scene->now_us);
}

static void
checks_come_every_five_seconds_a_fifth_more_or_less(void **state)
{
    (void) state;
    struct scene scene;
    int64_t shortest_us = INT64_MAX;
    int64_t longest_us = 0;
    begin(&scene);
    for (unsigned i = 0; i < 300; i++) {
        int64_t interval_us = await_check(&scene, 60 * SECOND_US);
        hp_consent_renew(&scene.consent, scene.now_us);
        shortest_us = MIN(shortest_us, interval_us);
        longest_us = MAX(longest_us, interval_us);
    }
    assert_true(shortest_us >= 4 * SECOND_US && shortest_us < 4500 * 1000);
    assert_true(longest_us <= 6 * SECOND_US + STEP_US && longest_us > 5500 * 1000);
}

static void
consent_is_gone_after_thirty_seconds_without_an_answer(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    assert_false(hp_consent_is_over(&scene.consent, BEGIN_US + 30 * SECOND_US - 1));
    assert_true(hp_consent_is_over(&scene.consent, BEGIN_US + 30 * SECOND_US));
    hp_consent_renew(&scene.consent, BEGIN_US + 29 * SECOND_US);
    assert_false(hp_consent_is_over(&scene.consent, BEGIN_US + 58 * SECOND_US));
}

static void
after_ten_silent_seconds_checks_come_every_second(void **state)
{
    (void) state;
    struct scene scene;
    begin(&scene);
    while (scene.now_us - BEGIN_US <= 10 * SECOND_US) {
        await_check(&scene, 60 * SECOND_US);
    }
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(await_check(&scene, 60 * SECOND_US), SECOND_US);
    }
}

// 44 of 100 round trips fail when a quarter of the packets is lost both ways.
static void
a_quarter_of_loss_for_a_minute_keeps_consent(void **state)
{
    (void) state;
    unsigned lost = 0;
    for (unsigned round = 0; round < 200; round++) {
        struct scene scene;
        begin(&scene);
        while (scene.now_us - BEGIN_US < 60 * SECOND_US) {
            await_check(&scene, 60 * SECOND_US);
            if (hp_consent_is_over(&scene.consent, scene.now_us)) {
                lost++;
                break;
            }
            if (g_random_int_range(0, 100) >= 44) {
                hp_consent_renew(&scene.consent, scene.now_us);
            }
        }
    }
    assert_int_equal(lost, 0);
}

static void
only_checks_of_consent_are_known(void **state)
{
    (void) state;
    struct scene scene;
    uint8_t other[HP_STUN_ID_SIZE];
    begin(&scene);
    hp_stun_make_id(other, HANDLE);
    await_check(&scene, 60 * SECOND_US);
    assert_int_equal(hp_stun_id_handle(scene.id), HANDLE);
    assert_true(hp_consent_has(&scene.consent, scene.id));
    assert_false(hp_consent_has(&scene.consent, other));
    hp_consent_begin(&scene.consent, scene.now_us); // another pair
    assert_false(hp_consent_has(&scene.consent, scene.id));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_come_every_five_seconds_a_fifth_more_or_less),
        cmocka_unit_test(consent_is_gone_after_thirty_seconds_without_an_answer),
        cmocka_unit_test(after_ten_silent_seconds_checks_come_every_second),
        cmocka_unit_test(a_quarter_of_loss_for_a_minute_keeps_consent),
        cmocka_unit_test(only_checks_of_consent_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
