// keyframes.c - joins the keyframe requests of all sinks into a few requests.
// Owner: hp_encoder.  Thread: home; want and note on any.
#include "media/keyframes.h"

#include "base/clock.h"

enum {
    MIN_INTERVAL_US = 200 * 1000, // keyframes are large: not more often, however many viewers ask
};

static void
send_or_wait(void *arg)
{
    struct hp_keyframes *keyframes = arg;
    if (!__atomic_load_n(&keyframes->is_wanted, __ATOMIC_ACQUIRE)) {
        return; // a keyframe has come meanwhile
    }
    int64_t now_us = hp_clock_now_us();
    int64_t due_us = keyframes->sent_us + MIN_INTERVAL_US;
    if (keyframes->sent_us == 0 || now_us >= due_us) {
        keyframes->sent_us = now_us;
        due_us = now_us + MIN_INTERVAL_US;
        keyframes->send(keyframes->arg);
    }
    // if no keyframe comes, the request is repeated
    hp_timer_start(&keyframes->timer, due_us - now_us);
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
    __atomic_store_n(&keyframes->is_wanted, 0, __ATOMIC_RELEASE);
}
