// watchdog.c - decides whether the browser is still there.
// Owner: hp_endpoint.  Thread: the peer's worker.
#include "peer/watchdog.h"

#include "base/clock.h"

enum {
    FIRST_RESTART_US = 2 * 1000 * 1000, // to the second restart; the time doubles with each one
    MAX_RESTART_US = 10 * 1000 * 1000,
    CHECKS_PER_TIMEOUT = 10,
    HEARD_CHECKS = 5,  // checks: the oldest proof that counts
    SETTLE_CHECKS = 2, // checks: from DISCONNECTED by silence to the first restart
};

static void
set_state(struct hp_watchdog *watchdog, enum hp_peer_state state, enum hp_status status)
{
    watchdog->state = state;
    watchdog->cbs->on_state(watchdog->cbs_arg, state, status);
}

static int64_t
checks_us(const struct hp_watchdog *watchdog, int64_t count)
{
    return watchdog->timeouts.disconnect_ms * 1000 * count / CHECKS_PER_TIMEOUT;
}

static void
arm_check(struct hp_watchdog *watchdog)
{
    hp_timer_start(&watchdog->check, checks_us(watchdog, 1));
}

static void
go_up(struct hp_watchdog *watchdog)
{
    hp_timer_stop(&watchdog->deadline);
    hp_timer_stop(&watchdog->restart);
    arm_check(watchdog);
    set_state(watchdog, HP_PEER_CONNECTED, HP_STATUS_OK);
}

static void
begin_restarts(struct hp_watchdog *watchdog, int64_t delay_us)
{
    watchdog->restart_delay_us = FIRST_RESTART_US;
    hp_timer_start(&watchdog->restart, delay_us);
}

static void
go_down(struct hp_watchdog *watchdog)
{
    watchdog->down_us = hp_clock_now_us();
    hp_timer_start_deadline(&watchdog->deadline, watchdog->timeouts.give_up_ms * 1000);
    if (watchdog->ice_state == HP_ICE_FAILED) {
        begin_restarts(watchdog, 0);
    } else {
        // The next check of a browser that has moved shows its new address (Firefox: every 4 to 6
        // s). A restart would make that check worthless, since it has the old credentials.
        begin_restarts(watchdog, checks_us(watchdog, SETTLE_CHECKS));
    }
    arm_check(watchdog);
    set_state(watchdog, HP_PEER_DISCONNECTED, HP_STATUS_OK);
}

static void
on_restart_timer(void *arg)
{
    struct hp_watchdog *watchdog = arg;
    hp_timer_start(&watchdog->restart, watchdog->restart_delay_us);
    watchdog->restart_delay_us = MIN(watchdog->restart_delay_us * 2, MAX_RESTART_US);
    watchdog->cbs->on_restart(watchdog->cbs_arg);
}

static bool
is_heard(const struct hp_watchdog *watchdog)
{
    int64_t proof_us = watchdog->cbs->last_proof_us(watchdog->cbs_arg);
    return proof_us != 0 && hp_clock_silence_us(proof_us) < checks_us(watchdog, HEARD_CHECKS);
}

static void
check_connected(struct hp_watchdog *watchdog, int64_t silent_since_us)
{
    bool has_failed = watchdog->ice_state == HP_ICE_FAILED;
    int64_t silence_us = silent_since_us != 0 ? hp_clock_silence_us(silent_since_us) : 0;
    if (silence_us > watchdog->timeouts.disconnect_ms * 1000
            || (has_failed && !is_heard(watchdog))) {
        go_down(watchdog);
    } else if (!has_failed) {
        hp_timer_stop(&watchdog->restart);
    } else if (!hp_timer_is_running(&watchdog->restart)) {
        begin_restarts(watchdog, 0);
    }
}

static void
on_check_timer(void *arg)
{
    struct hp_watchdog *watchdog = arg;
    int64_t last_us = watchdog->cbs->last_packet_us(watchdog->cbs_arg);
    int64_t silent_since_us = watchdog->cbs->silent_since_us(watchdog->cbs_arg);
    arm_check(watchdog);
    if (watchdog->state == HP_PEER_CONNECTED) {
        check_connected(watchdog, silent_since_us);
        return;
    }
    bool hears_us = silent_since_us == 0 || silent_since_us > watchdog->down_us;
    if (watchdog->state == HP_PEER_DISCONNECTED && watchdog->ice_state != HP_ICE_FAILED && hears_us
            && last_us > watchdog->down_us) {
        go_up(watchdog); // the silence is over
    }
}

static void
on_deadline(void *arg)
{
    struct hp_watchdog *watchdog = arg;
    hp_watchdog_fail(watchdog, watchdog->state == HP_PEER_CONNECTING ? HP_STATUS_ICE_TIMEOUT
                                                                     : HP_STATUS_ICE_FAILED);
}

void
hp_watchdog_init(struct hp_watchdog *watchdog, struct hp_worker *worker,
        const struct hp_watchdog_timeouts *timeouts, const struct hp_watchdog_cbs *cbs, void *arg)
{
    *watchdog = (struct hp_watchdog) { .timeouts = *timeouts, .cbs = cbs, .cbs_arg = arg };
    hp_timer_init(&watchdog->deadline, worker, on_deadline, watchdog);
    hp_timer_init(&watchdog->check, worker, on_check_timer, watchdog);
    hp_timer_init(&watchdog->restart, worker, on_restart_timer, watchdog);
}

void
hp_watchdog_stop(struct hp_watchdog *watchdog)
{
    hp_timer_stop(&watchdog->deadline);
    hp_timer_stop(&watchdog->check);
    hp_timer_stop(&watchdog->restart);
}

void
hp_watchdog_start(struct hp_watchdog *watchdog)
{
    if (watchdog->is_started) {
        return;
    }
    watchdog->is_started = true;
    hp_timer_start_deadline(&watchdog->deadline, watchdog->timeouts.connect_ms * 1000);
    set_state(watchdog, HP_PEER_CONNECTING, HP_STATUS_OK);
}

static void
consider(struct hp_watchdog *watchdog)
{
    switch (watchdog->state) {
    case HP_PEER_CONNECTING:
        if (watchdog->ice_state == HP_ICE_CONNECTED) {
            hp_timer_stop(&watchdog->deadline); // DTLS has a deadline of its own
            if (watchdog->is_dtls_up) {
                go_up(watchdog);
            }
        }
        break;
    case HP_PEER_CONNECTED:
        if (watchdog->ice_state == HP_ICE_FAILED) {
            check_connected(watchdog, 0);
        }
        break;
    case HP_PEER_DISCONNECTED:
        if (watchdog->ice_state == HP_ICE_CONNECTED) {
            go_up(watchdog);
        } else if (watchdog->ice_state == HP_ICE_FAILED) {
            watchdog->cbs->on_consent_lost(watchdog->cbs_arg);
        }
        break;
    case HP_PEER_FAILED: break;
    }
}

void
hp_watchdog_set_ice(struct hp_watchdog *watchdog, enum hp_ice_state state)
{
    watchdog->ice_state = state;
    consider(watchdog);
}

void
hp_watchdog_set_dtls_up(struct hp_watchdog *watchdog)
{
    watchdog->is_dtls_up = true;
    consider(watchdog);
}

void
hp_watchdog_fail(struct hp_watchdog *watchdog, enum hp_status status)
{
    if (watchdog->state == HP_PEER_FAILED) {
        return;
    }
    hp_watchdog_stop(watchdog);
    set_state(watchdog, HP_PEER_FAILED, status);
}
