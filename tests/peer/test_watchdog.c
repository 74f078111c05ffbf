// Tests of peer/watchdog.c, with a clock that the test moves.
#include "peer/watchdog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fixture/fake_time.h"

// A check every 400 ms, a proof is good for 2 s, restarts begin 800 ms after the silence was noted.
enum { CONNECT_MS = 10000, DISCONNECT_MS = 4000, GIVE_UP_MS = 20000, TICK_MS = 50 };

struct scene {
    struct hp_worker *worker;
    struct hp_watchdog watchdog;
    enum hp_peer_state state;
    enum hp_status status;
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
}

static void
on_restart(void *arg)
{
    struct scene *scene = arg;
    scene->restarts++;
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
    fake_time_begin(scene.worker);
    struct hp_watchdog_timeouts timeouts = {
        .connect_ms = CONNECT_MS, .disconnect_ms = DISCONNECT_MS, .give_up_ms = GIVE_UP_MS,
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
    fake_time_end();
    return 0;
}

static void
expect(const struct scene *scene, enum hp_peer_state state, unsigned changes, unsigned restarts)
{
    assert_int_equal(scene->state, state);
    assert_int_equal(scene->changes, changes);
    assert_int_equal(scene->restarts, restarts);
}

static void
connect_both(struct scene *scene)
{
    hp_watchdog_start(&scene->watchdog);
    hp_watchdog_set_ice(&scene->watchdog, HP_ICE_CONNECTED);
    hp_watchdog_set_dtls_up(&scene->watchdog);
    expect(scene, HP_PEER_CONNECTED, 2, 0);
}

// Silence from now on, until it is noted: 4 s and the check after.
static void
fall_silent(struct scene *scene)
{
    scene->silent_since_us = hp_clock_now_us();
    fake_time_pass_ms(DISCONNECT_MS);
    expect(scene, HP_PEER_CONNECTED, 2, 0);
    fake_time_pass_ms(DISCONNECT_MS / 10 + TICK_MS);
    expect(scene, HP_PEER_DISCONNECTED, 3, 0);
    assert_int_equal(scene->status, HP_STATUS_OK);
}

static void
it_takes_both_ice_and_dtls_to_be_connected(void **state)
{
    struct scene *scene = *state;
    hp_watchdog_start(&scene->watchdog);
    hp_watchdog_set_ice(&scene->watchdog, HP_ICE_CONNECTED);
    expect(scene, HP_PEER_CONNECTING, 1, 0);
    hp_watchdog_set_dtls_up(&scene->watchdog);
    expect(scene, HP_PEER_CONNECTED, 2, 0);
}

static void
a_second_start_changes_nothing(void **state)
{
    struct scene *scene = *state;
    hp_watchdog_start(&scene->watchdog);
    fake_time_pass_ms(CONNECT_MS / 2);
    hp_watchdog_start(&scene->watchdog);
    expect(scene, HP_PEER_CONNECTING, 1, 0);
    fake_time_pass_ms(CONNECT_MS / 2 + TICK_MS);
    expect(scene, HP_PEER_FAILED, 2, 0);
}

static void
without_a_path_it_is_a_timeout(void **state)
{
    struct scene *scene = *state;
    hp_watchdog_start(&scene->watchdog);
    fake_time_pass_ms(CONNECT_MS - 1);
    expect(scene, HP_PEER_CONNECTING, 1, 0);
    fake_time_pass_ms(TICK_MS + 1);
    expect(scene, HP_PEER_FAILED, 2, 0);
    assert_int_equal(scene->status, HP_STATUS_ICE_TIMEOUT);
}

static void
with_a_path_the_handshake_has_its_own_deadline(void **state)
{
    struct scene *scene = *state;
    hp_watchdog_start(&scene->watchdog);
    hp_watchdog_set_ice(&scene->watchdog, HP_ICE_CONNECTED);
    fake_time_pass_ms(2 * CONNECT_MS);
    expect(scene, HP_PEER_CONNECTING, 1, 0);
}

static void
silence_means_disconnected_and_a_packet_means_back(void **state)
{
    struct scene *scene = *state;
    connect_both(scene);
    fall_silent(scene);
    scene->silent_since_us = 0;
    scene->last_packet_us = hp_clock_now_us() + 1;
    fake_time_pass_ms(DISCONNECT_MS / 10);
    expect(scene, HP_PEER_CONNECTED, 4, 0);
    fake_time_pass_ms(GIVE_UP_MS);
    expect(scene, HP_PEER_CONNECTED, 4, 0); // neither a restart nor the deadline is left
}

static void
a_pause_of_ours_is_not_the_browsers_silence(void **state)
{
    struct scene *scene = *state;
    connect_both(scene);
    scene->silent_since_us = hp_clock_now_us();
    fake_time_jump_ms(33000);
    fake_time_pass_ms(DISCONNECT_MS - TICK_MS);
    expect(scene, HP_PEER_CONNECTED, 2, 0);
    fake_time_pass_ms(DISCONNECT_MS / 10 + 2 * TICK_MS);
    expect(scene, HP_PEER_DISCONNECTED, 3, 0);
    fake_time_jump_ms(2 * GIVE_UP_MS);
    fake_time_pass_ms(GIVE_UP_MS - TICK_MS);
    assert_int_equal(scene->state, HP_PEER_DISCONNECTED); // the deadline begins anew
    fake_time_pass_ms(3 * TICK_MS);
    assert_int_equal(scene->state, HP_PEER_FAILED);
}

static void
one_that_talks_but_does_not_hear_us_is_not_back(void **state)
{
    struct scene *scene = *state;
    connect_both(scene);
    fall_silent(scene);
    scene->last_packet_us = hp_clock_now_us() + 1;
    fake_time_pass_ms(GIVE_UP_MS - 2 * TICK_MS);
    assert_int_equal(scene->state, HP_PEER_DISCONNECTED);
    fake_time_pass_ms(3 * TICK_MS);
    assert_int_equal(scene->state, HP_PEER_FAILED);
    assert_int_equal(scene->status, HP_STATUS_ICE_FAILED);
    assert_int_equal(scene->changes, 4);
}

static void
consent_that_runs_out_after_the_silence_is_told(void **state)
{
    struct scene *scene = *state;
    connect_both(scene);
    fall_silent(scene);
    assert_int_equal(scene->consents_lost, 0);
    hp_watchdog_set_ice(&scene->watchdog, HP_ICE_FAILED);
    assert_int_equal(scene->consents_lost, 1);
    expect(scene, HP_PEER_DISCONNECTED, 3, 0);
}

// Nothing is known against it any more, but it has not spoken since either.
static void
one_that_hears_us_but_has_not_spoken_is_not_back(void **state)
{
    struct scene *scene = *state;
    connect_both(scene);
    scene->last_packet_us = hp_clock_now_us();
    fall_silent(scene);
    scene->silent_since_us = 0;
    fake_time_pass_ms(DISCONNECT_MS / 10 + TICK_MS); // the next check
    assert_int_equal(scene->state, HP_PEER_DISCONNECTED);
    scene->last_packet_us = hp_clock_now_us();
    fake_time_pass_ms(DISCONNECT_MS / 10 + TICK_MS);
    assert_int_equal(scene->state, HP_PEER_CONNECTED);
    assert_int_equal(scene->changes, 4);
}

static void
packets_over_a_failed_path_do_not_bring_it_back(void **state)
{
    struct scene *scene = *state;
    connect_both(scene);
    hp_watchdog_set_ice(&scene->watchdog, HP_ICE_FAILED);
    fake_time_pass_ms(1);
    scene->last_packet_us = hp_clock_now_us();
    fake_time_pass_ms(DISCONNECT_MS / 10 + TICK_MS);
    expect(scene, HP_PEER_DISCONNECTED, 3, 1);
}

static void
silence_leaves_time_for_a_check_before_the_restarts(void **state)
{
    struct scene *scene = *state;
    connect_both(scene);
    fall_silent(scene);
    fake_time_pass_ms(DISCONNECT_MS / 5 - 2 * TICK_MS);
    expect(scene, HP_PEER_DISCONNECTED, 3, 0);
    fake_time_pass_ms(3 * TICK_MS);
    expect(scene, HP_PEER_DISCONNECTED, 3, 1);
    fake_time_pass_ms(2000); // then they back off: 2, 4, 8, 10 s
    expect(scene, HP_PEER_DISCONNECTED, 3, 2);
    fake_time_pass_ms(4000);
    expect(scene, HP_PEER_DISCONNECTED, 3, 3);
    fake_time_pass_ms(8000);
    expect(scene, HP_PEER_DISCONNECTED, 3, 4);
}

static void
silence_of_one_that_need_not_speak_is_nothing(void **state)
{
    struct scene *scene = *state;
    connect_both(scene);
    fake_time_pass_ms(10 * DISCONNECT_MS);
    expect(scene, HP_PEER_CONNECTED, 2, 0);
}

static void
a_failed_path_is_restarted_and_then_given_up(void **state)
{
    struct scene *scene = *state;
    connect_both(scene);
    hp_watchdog_set_ice(&scene->watchdog, HP_ICE_FAILED);
    expect(scene, HP_PEER_DISCONNECTED, 3, 0);
    fake_time_pass_ms(1);
    expect(scene, HP_PEER_DISCONNECTED, 3, 1); // at once, then after 2, 4 and 8 s
    fake_time_pass_ms(GIVE_UP_MS + TICK_MS);
    expect(scene, HP_PEER_FAILED, 4, 4);
    assert_int_equal(scene->status, HP_STATUS_ICE_FAILED);
    hp_watchdog_fail(&scene->watchdog, HP_STATUS_CLOSED);
    fake_time_pass_ms(GIVE_UP_MS);
    expect(scene, HP_PEER_FAILED, 4, 4); // told once, and nothing goes on
}

static void
a_path_that_comes_back_ends_the_restarts(void **state)
{
    struct scene *scene = *state;
    connect_both(scene);
    hp_watchdog_set_ice(&scene->watchdog, HP_ICE_FAILED);
    fake_time_pass_ms(1);
    hp_watchdog_set_ice(&scene->watchdog, HP_ICE_CONNECTED);
    expect(scene, HP_PEER_CONNECTED, 4, 1);
    fake_time_pass_ms(GIVE_UP_MS);
    expect(scene, HP_PEER_CONNECTED, 4, 1);
}

static void
a_failed_path_of_one_that_hears_us_is_restarted_quietly(void **state)
{
    struct scene *scene = *state;
    connect_both(scene);
    scene->last_proof_us = hp_clock_now_us();
    hp_watchdog_set_ice(&scene->watchdog, HP_ICE_FAILED);
    fake_time_pass_ms(1);
    expect(scene, HP_PEER_CONNECTED, 2, 1);
    fake_time_pass_ms(DISCONNECT_MS / 2 - DISCONNECT_MS / 10);
    expect(scene, HP_PEER_CONNECTED, 2, 1);
    fake_time_pass_ms(2 * DISCONNECT_MS / 10); // no more proof for 2 s
    assert_int_equal(scene->state, HP_PEER_DISCONNECTED);
    assert_int_equal(scene->changes, 3);
}

static void
after_stop_nothing_follows(void **state)
{
    struct scene *scene = *state;
    connect_both(scene);
    scene->silent_since_us = hp_clock_now_us();
    hp_watchdog_stop(&scene->watchdog);
    fake_time_pass_ms(GIVE_UP_MS);
    expect(scene, HP_PEER_CONNECTED, 2, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_takes_both_ice_and_dtls_to_be_connected, begin, end),
        cmocka_unit_test_setup_teardown(a_second_start_changes_nothing, begin, end),
        cmocka_unit_test_setup_teardown(without_a_path_it_is_a_timeout, begin, end),
        cmocka_unit_test_setup_teardown(with_a_path_the_handshake_has_its_own_deadline, begin, end),
        cmocka_unit_test_setup_teardown(
                silence_means_disconnected_and_a_packet_means_back, begin, end),
        cmocka_unit_test_setup_teardown(a_pause_of_ours_is_not_the_browsers_silence, begin, end),
        cmocka_unit_test_setup_teardown(one_that_talks_but_does_not_hear_us_is_not_back, begin, end),
        cmocka_unit_test_setup_teardown(consent_that_runs_out_after_the_silence_is_told, begin, end),
        cmocka_unit_test_setup_teardown(
                one_that_hears_us_but_has_not_spoken_is_not_back, begin, end),
        cmocka_unit_test_setup_teardown(
                packets_over_a_failed_path_do_not_bring_it_back, begin, end),
        cmocka_unit_test_setup_teardown(
                silence_leaves_time_for_a_check_before_the_restarts, begin, end),
        cmocka_unit_test_setup_teardown(silence_of_one_that_need_not_speak_is_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_failed_path_is_restarted_and_then_given_up, begin, end),
        cmocka_unit_test_setup_teardown(a_path_that_comes_back_ends_the_restarts, begin, end),
        cmocka_unit_test_setup_teardown(
                a_failed_path_of_one_that_hears_us_is_restarted_quietly, begin, end),
        cmocka_unit_test_setup_teardown(after_stop_nothing_follows, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
