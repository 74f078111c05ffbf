// viewer.c - one peer of one session: plugs a peer into the room's streams and the session's seat.
// Owner: hp_stage.  Thread: main; attach, detach, on_channel, on_data on the peer's worker.
#include "viewer/viewer.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include <glib.h>

#include "base/worker.h"
#include "media/encoder.h"
#include "media/streams.h"
#include "plugin/seat.h"

enum {
    MAX_CHANNELS = 16
}; // data channels of a browser; plugins are not told of more

struct hp_viewer {
    struct hp_peer *peer;
    struct hp_worker *worker, *home;
    struct hp_seat *seat;
    struct hp_streams *streams;
    const struct hp_viewer_cbs *cbs;
    void *cbs_arg;
    GPtrArray *channels; // on the worker: labels of the open channels
    atomic_bool is_telling; // tell_data_open() is under way to the main thread
};

static void
on_description(void *arg, const char *type, const char *sdp)
{
    struct hp_viewer *viewer = arg;
    viewer->cbs->on_description(viewer->cbs_arg, viewer, type, sdp);
}

static void
on_candidate(void *arg, const char *candidate, const char *mid, int mline_index)
{
    struct hp_viewer *viewer = arg;
    viewer->cbs->on_candidate(viewer->cbs_arg, viewer, candidate, mid, mline_index);
}

static void
on_state(void *arg, enum hp_peer_state state, enum hp_status status)
{
    struct hp_viewer *viewer = arg;
    viewer->cbs->on_state(viewer->cbs_arg, viewer, state, status);
}

static void
on_stats(void *arg, const struct hp_peer_stats *stats)
{
    struct hp_viewer *viewer = arg;
    viewer->cbs->on_stats(viewer->cbs_arg, viewer, stats);
}

static void
viewer_free(struct hp_viewer *viewer)
{
    g_ptr_array_free(viewer->channels, TRUE);
    g_free(viewer);
}

static void
on_closed(void *arg)
{
    struct hp_viewer *viewer = arg;
    viewer->peer = NULL;
    for (unsigned i = 0; i < viewer->channels->len; i++) {
        hp_seat_handle_channel(viewer->seat, g_ptr_array_index(viewer->channels, i), false);
    }
    viewer->cbs->on_closed(viewer->cbs_arg, viewer);
    viewer_free(viewer);
}

static struct hp_feed *
attach(void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink)
{
    struct hp_viewer *viewer = arg;
    assert(hp_worker_is_current(viewer->worker));
    struct hp_encoder *encoder = hp_streams_find(viewer->streams, codec, level);
    if (encoder == NULL) {
        return NULL;
    }
    return hp_encoder_attach(encoder, viewer->worker, sink);
}

static void
detach(void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink)
{
    struct hp_viewer *viewer = arg;
    assert(hp_worker_is_current(viewer->worker));
    // The encoder is the same one as at attach: an encoder stays until all viewers are closed.
    hp_encoder_detach(hp_streams_find(viewer->streams, codec, level), viewer->worker, sink);
}

static void
tell_data_open(void *arg)
{
    struct hp_viewer *viewer = arg;
    atomic_store(&viewer->is_telling, false);
    viewer->cbs->on_data_open(viewer->cbs_arg, viewer);
}

static bool
note_channel(struct hp_viewer *viewer, const char *label, bool is_open)
{
    guint index;
    bool is_known = g_ptr_array_find_with_equal_func(viewer->channels, label, g_str_equal, &index);
    if (is_known == is_open || (is_open && viewer->channels->len >= MAX_CHANNELS)) {
        return false;
    }
    if (is_open) {
        g_ptr_array_add(viewer->channels, g_strdup(label));
    } else {
        g_ptr_array_remove_index_fast(viewer->channels, index);
    }
    return true;
}

static void
on_channel(void *arg, const char *label, bool is_open)
{
    struct hp_viewer *viewer = arg;
    assert(hp_worker_is_current(viewer->worker));
    if (!note_channel(viewer, label, is_open)) {
        return;
    }
    hp_seat_handle_channel(viewer->seat, label, is_open);
    if (strcmp(label, "data") != 0) {
        return;
    }
    if (!is_open) {
        // a browser that cannot send "key up" any more must not keep a key pressed
        hp_seat_release(viewer->seat);
    } else if (!atomic_exchange(&viewer->is_telling, true)) {
        hp_worker_post(viewer->home, tell_data_open, viewer);
    }
}

static void
on_data(void *arg, const char *label, const void *data, size_t size)
{
    struct hp_viewer *viewer = arg;
    hp_seat_handle_data(viewer->seat, label, data, size);
}

static const struct hp_peer_cbs peer_cbs = {
    .on_description = on_description,
    .on_candidate = on_candidate,
    .on_state = on_state,
    .on_stats = on_stats,
    .on_closed = on_closed,
    .attach = attach,
    .detach = detach,
    .on_channel = on_channel,
    .on_data = on_data,
};

struct hp_viewer *
hp_viewer_create(const struct hp_viewer_params *params, const struct hp_viewer_cbs *cbs, void *arg)
{
    struct hp_viewer *viewer = g_new0(struct hp_viewer, 1);
    viewer->worker = params->peer.worker;
    viewer->home = params->peer.home;
    viewer->seat = params->seat;
    viewer->streams = params->streams;
    viewer->cbs = cbs;
    viewer->cbs_arg = arg;
    viewer->channels = g_ptr_array_new_with_free_func(g_free);
    struct hp_peer_params peer_params = params->peer;
    peer_params.input_sink = hp_seat_input_sink(params->seat);
    viewer->peer = hp_peer_create(&peer_params, &peer_cbs, viewer);
    if (viewer->peer == NULL) {
        viewer_free(viewer); // hp_peer_create() has logged the reason
        return NULL;
    }
    return viewer;
}

void
hp_viewer_close(struct hp_viewer *viewer)
{
    hp_peer_close(viewer->peer);
}

struct hp_peer *
hp_viewer_peer(struct hp_viewer *viewer)
{
    return viewer->peer;
}
