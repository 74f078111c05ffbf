// spread.c - one small message for many peers, of which only the newest counts.
// Owner: hp_cursor.  Thread: home; run() on the workers.
#include "peer/spread.h"

#include <pthread.h>

#include <glib.h>

#include "base/gso.h"
#include "base/worker.h"
#include "peer/peer.h"

// The way to one worker.
struct lane {
    struct hp_worker *worker;
    const char *label;
    GPtrArray *added; // peers for the next message; home only
    pthread_mutex_t lock; // for the fields below
    bool is_posted;
    GPtrArray *peers; // of the task under way. They live: their close is posted behind the task
    struct hp_spread_message message;
};

struct hp_spread {
    const char *label;
    GPtrArray *lanes;
};

static void
run(void *arg)
{
    struct lane *lane = arg;
    pthread_mutex_lock(&lane->lock);
    struct hp_spread_message message = lane->message;
    GPtrArray *peers = g_steal_pointer(&lane->peers);
    lane->is_posted = false;
    pthread_mutex_unlock(&lane->lock);
    hp_gso_begin_volley();
    for (unsigned i = 0; i < peers->len; i++) {
        hp_peer_send_here(g_ptr_array_index(peers, i), lane->label, message.data, message.size,
                !message.is_last);
    }
    hp_gso_end_volley();
    g_ptr_array_unref(peers);
}

static void
post(struct lane *lane, const struct hp_spread_message *message)
{
    pthread_mutex_lock(&lane->lock);
    bool was_posted = lane->is_posted;
    bool is_wanted = was_posted || lane->added->len > 0;
    lane->message = *message;
    if (is_wanted && !was_posted) {
        lane->is_posted = true;
        lane->peers = g_steal_pointer(&lane->added);
    }
    pthread_mutex_unlock(&lane->lock);
    if (is_wanted && !was_posted) {
        lane->added = g_ptr_array_new();
        hp_worker_post(lane->worker, run, lane);
    } else {
        g_ptr_array_set_size(lane->added, 0);
    }
}

// On the worker, behind the last task of the lane.
static void
free_lane(void *arg)
{
    struct lane *lane = arg;
    pthread_mutex_destroy(&lane->lock);
    g_ptr_array_unref(lane->added);
    g_free(lane);
}

static struct lane *
get_lane(struct hp_spread *spread, struct hp_worker *worker)
{
    for (unsigned i = 0; i < spread->lanes->len; i++) {
        struct lane *lane = g_ptr_array_index(spread->lanes, i);
        if (lane->worker == worker) {
            return lane;
        }
    }
    struct lane *lane = g_new0(struct lane, 1);
    lane->worker = worker;
    lane->label = spread->label;
    lane->added = g_ptr_array_new();
    pthread_mutex_init(&lane->lock, NULL);
    g_ptr_array_add(spread->lanes, lane);
    return lane;
}

struct hp_spread *
hp_spread_create(const char *label)
{
    struct hp_spread *spread = g_new0(struct hp_spread, 1);
    spread->label = label;
    spread->lanes = g_ptr_array_new();
    return spread;
}

void
hp_spread_destroy(struct hp_spread *spread)
{
    if (spread == NULL) {
        return;
    }
    for (unsigned i = 0; i < spread->lanes->len; i++) {
        struct lane *lane = g_ptr_array_index(spread->lanes, i);
        hp_worker_post(lane->worker, free_lane, lane);
    }
    g_ptr_array_unref(spread->lanes);
    g_free(spread);
}

void
hp_spread_add(struct hp_spread *spread, struct hp_worker *worker, struct hp_peer *peer)
{
    g_ptr_array_add(get_lane(spread, worker)->added, peer);
}

void
hp_spread_send(struct hp_spread *spread, const struct hp_spread_message *message)
{
    for (unsigned i = 0; i < spread->lanes->len; i++) {
        post(g_ptr_array_index(spread->lanes, i), message);
    }
}
