// roam.c - follows a browser whose address has changed under way.
// Owner: hp_endpoint.  Thread: the peer's worker.
// A check can be replayed from another address. So a new address gets media only while the old one
// is silent, and keeps getting it only if the browser proves that it hears us, which only the
// browser can do.
#include "ice/roam.h"

#include "base/clock.h"
#include "base/ice.h"

enum {
    LOOK_US = 100 * 1000,
    SILENCE_US = 600 * 1000, // several times the interval of transport feedback
    PATIENCE_US = 3000 * 1000, // how long the old address may take to fall silent
    TRIAL_US = 1500 * 1000, // how long the first proof may take: a browser reports every second
};

static void
look(void *arg)
{
    struct hp_roam *roam = arg;
    int64_t now_us = hp_clock_now_us();
    int64_t silent_since_us = roam->cbs->silent_since_us(roam->cbs_arg);
    if (roam->switched_us == 0) {
        if (silent_since_us != 0 && hp_clock_silence_us(silent_since_us) > SILENCE_US) {
            if (!roam->ice->ops->roam(roam->ice)) {
                return;
            }
            roam->switched_us = now_us;
            roam->cbs->refresh(roam->cbs_arg);
        } else if (now_us - roam->begin_us > PATIENCE_US) {
            return; // the browser still hears us at the old address
        }
    } else if (roam->cbs->last_proof_us(roam->cbs_arg) > roam->switched_us) {
        roam->cbs->refresh(roam->cbs_arg);
        return;
    } else if (hp_clock_silence_us(roam->switched_us) > TRIAL_US) {
        roam->ice->ops->roam_back(roam->ice);
        return;
    }
    hp_timer_start(&roam->timer, LOOK_US);
}

void
hp_roam_init(struct hp_roam *roam, struct hp_worker *worker, struct hp_ice *ice,
        const struct hp_roam_cbs *cbs, void *arg)
{
    *roam = (struct hp_roam){ .ice = ice, .cbs = cbs, .cbs_arg = arg };
    hp_timer_init(&roam->timer, worker, look, roam);
}

void
hp_roam_begin(struct hp_roam *roam)
{
    if (hp_timer_is_running(&roam->timer)) {
        return; // one address at a time, so that a flood of addresses has no effect
    }
    roam->begin_us = hp_clock_now_us();
    roam->switched_us = 0;
    hp_timer_start(&roam->timer, 0);
}

void
hp_roam_stop(struct hp_roam *roam)
{
    hp_timer_stop(&roam->timer);
}
