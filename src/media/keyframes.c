// keyframes.c - joins the keyframe requests of all sinks into a few requests.
// Owner: hp_encoder.  Thread: home; want and note on any.
#include "media/keyframes.h"

#include <stdbool.h>

#include "base/clock.h"

enum {
    MIN_INTERVAL_US = 200 * 1000, // keyframes are large: not more often, however many viewers ask
    PRICE_US = 750 * 1000, // so often in the long run
    CREDIT_US = 2 * PRICE_US, // so much may be owed: three keyframes at once
};

static unsigned
made(const struct hp_keyframes *keyframes)
{
    return __atomic_load_n(&keyframes->made, __ATOMIC_RELAXED);
}

// Is the last request without an answer? To repeat it costs nothing.
static bool
is_repeat(const struct hp_keyframes *keyframes)
{
    return keyframes->sent_us != 0 && keyframes->made_when_sent == made(keyframes);
}

// When the next request may be sent.
static int64_t
due_us(const struct hp_keyframes *keyframes)
{
    if (keyframes->sent_us == 0) {
        return 0;
    }
    int64_t soonest_us = keyframes->sent_us + MIN_INTERVAL_US;
    int64_t paid_us = keyframes->earned_us - CREDIT_US;
    return is_repeat(keyframes) || paid_us < soonest_us ? soonest_us : paid_us;
}

static void
send_request(struct hp_keyframes *keyframes, int64_t now_us)
{
    if (!is_repeat(keyframes)) {
        int64_t from_us = keyframes->earned_us > now_us ? keyframes->earned_us : now_us;
        keyframes->earned_us = from_us + PRICE_US;
    }
    keyframes->sent_us = now_us;
    keyframes->made_when_sent = made(keyframes);
    keyframes->send(keyframes->arg);
}

static void
send_or_wait(void *arg)
{
    struct hp_keyframes *keyframes = arg;
    if (!__atomic_load_n(&keyframes->is_wanted, __ATOMIC_ACQUIRE)) {
        return; // a keyframe has come meanwhile
    }
    int64_t now_us = hp_clock_now_us();
    if (now_us >= due_us(keyframes)) {
        send_request(keyframes, now_us);
    }
    // if no keyframe comes, the request is repeated
    hp_timer_start(&keyframes->timer, due_us(keyframes) - now_us);
}

static void
on_wanted(void *arg)
{
    struct hp_keyframes *keyframes = arg;
    if (!hp_timer_is_running(&keyframes->timer)) {
        send_or_wait(keyframes);
    }
}

void
hp_keyframes_init(
        struct hp_keyframes *keyframes, struct hp_worker *home, void (*send)(void *arg), void *arg)
{
    *keyframes = (struct hp_keyframes){ .home = home, .send = send, .arg = arg };
    hp_timer_init(&keyframes->timer, home, send_or_wait, keyframes);
}

void
hp_keyframes_finish(struct hp_keyframes *keyframes)
{
    hp_timer_stop(&keyframes->timer);
}

void
hp_keyframes_want(struct hp_keyframes *keyframes)
{
    if (!__atomic_exchange_n(&keyframes->is_wanted, 1, __ATOMIC_ACQ_REL)) {
        hp_worker_post(keyframes->home, on_wanted, keyframes);
    }
}

void
hp_keyframes_note(struct hp_keyframes *keyframes)
{
    __atomic_add_fetch(&keyframes->made, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&keyframes->is_wanted, 0, __ATOMIC_RELEASE);
}
