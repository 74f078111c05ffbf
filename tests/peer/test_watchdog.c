// Tests of peer/watchdog.c.
#include "peer/watchdog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"

enum { TIMEOUT_MS = 80, SILENCE_MS = 40, GIVE_UP_MS = 120 };

struct scene {
    struct hp_worker *worker;
    struct hp_watchdog watchdog;
    enum hp_peer_state state, awaited;
    enum hp_status status;
    bool is_awaiting, quits_on_restart;
    unsigned changes, restarts, consents_lost;
    int64_t last_packet_us, silent_since_us, last_proof_us;
};

static void
on_state(void *arg, enum hp_peer_state state, enum hp_status status)
{
    struct scene *scene = arg;
    scene->state = state;
    scene->status = status;
    scene->changes++;
    if (scene->is_awaiting && state == scene->awaited) {
        hp_worker_quit(scene->worker);
    }
}

static void
on_restart(void *arg)
{
    struct scene *scene = arg;
    scene->restarts++;
    if (scene->quits_on_restart) {
        scene->quits_on_restart = false;
        hp_worker_quit(scene->worker);
    }
}

static void
on_consent_lost(void *arg)
{
    struct scene *scene = arg;
    scene->consents_lost++;
}

static int64_t
last_packet_us(void *arg)
{
    const struct scene *scene = arg;
    return scene->last_packet_us;
}

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

static const struct hp_watchdog_cbs cbs = {
    .on_state = on_state,
    .on_restart = on_restart,
    .on_consent_lost = on_consent_lost,
    .last_packet_us = last_packet_us,
    .silent_since_us = silent_since_us,
    .last_proof_us = last_proof_us,
};

static int
begin(void **state)
{
    static struct scene scene;
    scene = (struct scene) { .worker = hp_worker_create_main() };
    struct hp_watchdog_timeouts timeouts = {
        .connect_ms = TIMEOUT_MS,
        .disconnect_ms = SILENCE_MS,
        .give_up_ms = GIVE_UP_MS,
    };
    hp_watchdog_init(&scene.watchdog, scene.worker, &timeouts, &cbs, &scene);
    *state = &scene;
    return 0;
}

static int
end(void **state)
{
    struct scene *scene = *state;
    hp_watchdog_stop(&scene->watchdog);
    hp_worker_destroy(scene->worker);
    return 0;
}

static void
await(struct scene *scene, enum hp_peer_state state)
{
    scene->awaited = state;
    scene->is_awaiting = true;
    hp_worker_run(scene->worker);
    assert_int_equal(scene->state, state);
}

static void
connect_both(struct scene *scene)
{
    hp_watchdog_start(&scene->watchdog);
    hp_watchdog_set_ice(&scene->watchdog, HP_ICE_CONNECTED);
    hp_watchdog_set_dtls_up(&scene->watchdog);
    assert_int_equal(scene->state, HP_PEER_CONNECTED);
}

static void
it_takes_both_ice_and_dtls_to_be_connected(void **state)
{
    struct scene *scene = *state;
    hp_watchdog_start(&scene->watchdog);
    hp_watchdog_set_ice(&scene->watchdog, HP_ICE_CONNECTED);
    assert_int_equal(scene->state, HP_PEER_CONNECTING);
    hp_watchdog_set_dtls_up(&scene->watchdog);
    assert_int_equal(scene->state, HP_PEER_CONNECTED);
}

static void
without_a_path_it_is_a_timeout(void **state)
{
    struct scene *scene = *state;
    hp_watchdog_start(&scene->watchdog);
    await(scene, HP_PEER_FAILED);
    assert_int_equal(scene->status, HP_STATUS_ICE_TIMEOUT);
}

static void
silence_means_disconnected_and_a_packet_means_back(void **state)
{
    struct scene *scene = *state;
    scene->silent_since_us = hp_clock_now_us();
    connect_both(scene);
    await(scene, HP_PEER_DISCONNECTED);
    scene->silent_since_us = 0;
    scene->last_packet_us = hp_clock_now_us() + 1;
    await(scene, HP_PEER_CONNECTED);
}

static void
consent_that_runs_out_after_the_silence_is_told(void **state)
{
    struct scene *scene = *state;
    scene->silent_since_us = hp_clock_now_us();
    connect_both(scene);
    await(scene, HP_PEER_DISCONNECTED);
    assert_int_equal(scene->consents_lost, 0);
    hp_watchdog_set_ice(&scene->watchdog, HP_ICE_FAILED);
    assert_int_equal(scene->consents_lost, 1);
    assert_int_equal(scene->state, HP_PEER_DISCONNECTED);
}

static void
one_who_talks_but_does_not_hear_us_is_not_back(void **state)
{
    struct scene *scene = *state;
    scene->silent_since_us = hp_clock_now_us();
    connect_both(scene);
    await(scene, HP_PEER_DISCONNECTED);
    scene->last_packet_us = hp_clock_now_us() + 1;
    await(scene, HP_PEER_FAILED);
}

static void
silence_leaves_time_for_a_check_before_the_restart(void **state)
{
    struct scene *scene = *state;
    scene->silent_since_us = hp_clock_now_us();
    connect_both(scene);
    await(scene, HP_PEER_DISCONNECTED);
    int64_t down_us = hp_clock_now_us();
    assert_int_equal(scene->restarts, 0);
    scene->quits_on_restart = true;
    hp_worker_run(scene->worker);
    assert_int_equal(scene->restarts, 1);
    assert_int_equal(scene->state, HP_PEER_DISCONNECTED);
    assert_true(hp_clock_now_us() - down_us >= SILENCE_MS * 1000 / 10);
}

static void
silence_of_one_who_need_not_speak_is_nothing(void **state)
{
    struct scene *scene = *state;
    connect_both(scene);
    // The deadline of a second one is the clock.
    struct scene other = { .worker = scene->worker, .awaited = HP_PEER_FAILED,
        .is_awaiting = true };
    struct hp_watchdog_timeouts timeouts = { .connect_ms = 3 * SILENCE_MS,
        .disconnect_ms = SILENCE_MS, .give_up_ms = GIVE_UP_MS };
    hp_watchdog_init(&other.watchdog, scene->worker, &timeouts, &cbs, &other);
    hp_watchdog_start(&other.watchdog);
    hp_worker_run(scene->worker);
    assert_int_equal(other.state, HP_PEER_FAILED);
    assert_int_equal(scene->state, HP_PEER_CONNECTED);
}

static void
a_failed_path_is_restarted_and_then_given_up(void **state)
{
    struct scene *scene = *state;
    connect_both(scene);
    hp_watchdog_set_ice(&scene->watchdog, HP_ICE_FAILED);
    assert_int_equal(scene->state, HP_PEER_DISCONNECTED);
    await(scene, HP_PEER_FAILED);
    assert_int_equal(scene->status, HP_STATUS_ICE_FAILED);
    assert_true(scene->restarts >= 1);
    unsigned changes = scene->changes;
    hp_watchdog_fail(&scene->watchdog, HP_STATUS_CLOSED);
    assert_int_equal(scene->changes, changes); // told once
}

static void
a_failed_path_of_one_who_hears_us_is_restarted_quietly(void **state)
{
    struct scene *scene = *state;
    connect_both(scene);
    scene->last_proof_us = hp_clock_now_us();
    hp_watchdog_set_ice(&scene->watchdog, HP_ICE_FAILED);
    assert_int_equal(scene->state, HP_PEER_CONNECTED);
    scene->quits_on_restart = true;
    hp_worker_run(scene->worker);
    assert_int_equal(scene->restarts, 1);
    await(scene, HP_PEER_DISCONNECTED); // when no more proof comes
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_takes_both_ice_and_dtls_to_be_connected, begin, end),
        cmocka_unit_test_setup_teardown(without_a_path_it_is_a_timeout, begin, end),
        cmocka_unit_test_setup_teardown(
                silence_means_disconnected_and_a_packet_means_back, begin, end),
        cmocka_unit_test_setup_teardown(one_who_talks_but_does_not_hear_us_is_not_back, begin, end),
        cmocka_unit_test_setup_teardown(consent_that_runs_out_after_the_silence_is_told, begin, end),
        cmocka_unit_test_setup_teardown(
                silence_leaves_time_for_a_check_before_the_restart, begin, end),
        cmocka_unit_test_setup_teardown(silence_of_one_who_need_not_speak_is_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_failed_path_is_restarted_and_then_given_up, begin, end),
        cmocka_unit_test_setup_teardown(
                a_failed_path_of_one_who_hears_us_is_restarted_quietly, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
