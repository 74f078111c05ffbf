// figures.c - answers who asks for a peer's figures, also while its worker does not.
// Owner: hp_peer.  Thread: home.
#include "peer/figures.h"

#include "base/timer.h"
#include "peer/peer_cbs.h"

static void
on_late(void *arg)
{
    struct hp_figures *figures = arg;
    figures->cbs->on_stats(figures->cbs_arg, NULL);
}

void
hp_figures_init(struct hp_figures *figures, struct hp_worker *home, const struct hp_peer_cbs *cbs,
        void *arg)
{
    figures->cbs = cbs;
    figures->cbs_arg = arg;
    hp_timer_init(&figures->timer, home, on_late, figures);
}

void
hp_figures_finish(struct hp_figures *figures)
{
    hp_timer_stop(&figures->timer);
    figures->cbs = NULL;
}

void
hp_figures_want(struct hp_figures *figures)
{
    if (figures->cbs != NULL && !hp_timer_is_running(&figures->timer)) {
        hp_timer_start_deadline(&figures->timer, HP_FIGURES_WAIT_US);
    }
}

void
hp_figures_tell(struct hp_figures *figures, const struct hp_peer_stats *stats)
{
    hp_timer_stop(&figures->timer);
    if (figures->cbs != NULL) {
        figures->cbs->on_stats(figures->cbs_arg, stats);
    }
}
