// pair.c - test: two of our peers over loopback in one process.
// Owner: a test.  Thread: home, and the workers of both sides.
#include "loop/pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

#include "fixture/dice.h"

enum { TOO_LONG_US = 20 * 1000 * 1000, KICK_EVERY = 32, DEFAULT_PACKETS = 8 };

struct bench *the_bench;

// ---- the bench ----

static void
look(void *arg)
{
    struct bench *bench = arg;
    if (bench->is_done != NULL && bench->is_done(bench->is_done_arg)) {
        bench->is_done = NULL;
        hp_worker_quit(bench->home);
    }
}

void
bench_kick(struct bench *bench)
{
    hp_worker_post(bench->home, look, bench);
}

static void
on_late(void *arg)
{
    struct bench *bench = arg;
    bench->is_late = true;
    hp_worker_quit(bench->home);
}

bool
bench_run(struct bench *bench, bool (*is_done)(void *arg), void *arg)
{
    bench->is_done = is_done;
    bench->is_done_arg = arg;
    bench->is_late = false;
    hp_timer_start(&bench->deadline, TOO_LONG_US);
    bench_kick(bench);
    hp_worker_run(bench->home);
    hp_timer_stop(&bench->deadline);
    bench->is_done = NULL;
    return !bench->is_late;
}

struct errand {
    struct bench *bench;
    unsigned packets_per_frame;
    bool is_done;
};

static bool
is_errand_done(void *arg)
{
    const struct errand *errand = arg;
    return errand->is_done;
}

static void
note_errand(void *arg)
{
    struct errand *errand = arg;
    errand->is_done = true;
    look(errand->bench);
}

static void
open_studio(void *arg)
{
    struct errand *errand = arg;
    studio_init(&errand->bench->studio, errand->bench->server_worker, errand->packets_per_frame);
    hp_worker_post(errand->bench->home, note_errand, errand);
}

static void
close_studio(void *arg)
{
    struct errand *errand = arg;
    studio_finish(&errand->bench->studio);
    hp_worker_post(errand->bench->home, note_errand, errand);
}

void
bench_init(struct bench *bench, const struct pair_params *params)
{
    *bench = (struct bench) { .home = hp_worker_create_main() };
    the_bench = bench;
    hp_timer_init(&bench->deadline, bench->home, on_late, bench);
    static const char *const interfaces[] = { "127.0.0.1", NULL };
    struct hp_rtc_params rtc_params = {
        .home = bench->home,
        .interfaces = interfaces,
        .with_loopback = true,
        .ice_timeout_ms = params->ice_timeout_ms,
        .disconnect_timeout_ms = params->disconnect_timeout_ms,
        .give_up_timeout_ms = params->give_up_timeout_ms,
    };
    bench->rtc = hp_rtc_create(&rtc_params);
    assert_non_null(bench->rtc);
    bench->server_worker = hp_worker_create("server");
    bench->client_worker = hp_worker_create("client");
    struct errand errand = { .bench = bench,
        .packets_per_frame = params->packets_per_frame > 0 ? params->packets_per_frame
                                                           : DEFAULT_PACKETS };
    hp_worker_post(bench->server_worker, open_studio, &errand);
    assert_true(bench_run(bench, is_errand_done, &errand));
}

void
bench_finish(struct bench *bench)
{
    struct errand errand = { .bench = bench };
    hp_worker_post(bench->server_worker, close_studio, &errand);
    assert_true(bench_run(bench, is_errand_done, &errand));
    hp_worker_destroy(bench->server_worker);
    hp_worker_destroy(bench->client_worker);
    hp_rtc_destroy(bench->rtc);
    hp_worker_destroy(bench->home);
    the_bench = NULL;
}

// ---- home's callbacks ----

static char *
replace(const char *text, const char *from, const char *to)
{
    GString *copy = g_string_new(text);
    g_string_replace(copy, from, to, 0);
    return g_string_free(copy, FALSE);
}

// Our own peers only send. The browser's says that it receives; and, where a test wants it, a
// DTLS role is settled by the offer.
static char *
edit_description(const struct side *from, const char *type, const char *sdp)
{
    bool is_offer = strcmp(type, "offer") == 0;
    const struct pair_params *params = &from->pair->params;
    char *text = g_strdup(sdp);
    if (!from->is_server) {
        char *next = replace(text, "a=sendonly", "a=recvonly");
        g_free(text);
        text = replace(next, "a=inactive", "a=recvonly");
        g_free(next);
    }
    bool server_active = !params->server_is_dtls_server;
    if (is_offer) {
        // The answerer takes the part that is left over.
        bool offerer_active = from->is_server ? server_active : !server_active;
        char *next = replace(text, "a=setup:actpass",
                offerer_active ? "a=setup:active" : "a=setup:passive");
        g_free(text);
        text = next;
    }
    if (params->has_no_rtx && !from->is_server) {
        char *next = replace(text, "rtx/90000", "nothing/90000");
        g_free(text);
        text = next;
    }
    return text;
}

static void
on_description(void *arg, const char *type, const char *sdp)
{
    struct side *side = arg;
    side->description_count++;
    side->answer_count += strcmp(type, "answer") == 0;
    const struct pair_params *params = &side->pair->params;
    if (params->on_description != NULL) {
        params->on_description(side->other, type);
    }
    bool is_lost = params->loses_offers_to_client && side->is_server
            && strcmp(type, "offer") == 0;
    if (side->other->peer != NULL && !is_lost) {
        char *text = edit_description(side, type, sdp);
        hp_peer_set_remote(side->other->peer, type, text);
        g_free(text);
    }
    look(the_bench);
}

static void
on_candidate(void *arg, const char *candidate, const char *mid, int mline_index)
{
    struct side *side = arg;
    if (side->other->peer != NULL) {
        hp_peer_add_candidate(side->other->peer, candidate, mid, mline_index);
    }
}

static void
on_state(void *arg, enum hp_peer_state state, enum hp_status status)
{
    struct side *side = arg;
    side->state = state;
    side->status = status;
    side->connected_count += state == HP_PEER_CONNECTED;
    side->disconnected_count += state == HP_PEER_DISCONNECTED;
    look(the_bench);
}

static void
on_stats(void *arg, const struct hp_peer_stats *stats)
{
    struct side *side = arg;
    if (stats == NULL) {
        side->late_count++;
        look(the_bench);
        return;
    }
    side->stats = *stats;
    side->stats_count++;
    look(the_bench);
}

static void
on_closed(void *arg)
{
    struct side *side = arg;
    side->is_closed = true;
    side->peer = NULL;
    look(the_bench);
}

// ---- the workers' callbacks ----

static struct hp_feed *
attach(void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink)
{
    struct side *side = arg;
    if (!side->is_server) {
        return NULL;
    }
    struct hp_feed *feed = side->pair->params.attach != NULL
            ? side->pair->params.attach(side, codec, level, sink)
            : studio_attach(side->pair->studio, codec, level, sink);
    atomic_fetch_add(&side->attach_count, feed != NULL ? 1 : 0);
    bench_kick(the_bench);
    return feed;
}

static void
detach(void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink)
{
    struct side *side = arg;
    atomic_fetch_add(&side->detach_count, 1);
    if (side->pair->params.detach != NULL) {
        side->pair->params.detach(side, codec, level, sink);
        return;
    }
    studio_detach(side->pair->studio, codec, level, sink);
}

static void
push_input(struct hp_input_sink *sink, const struct hp_input *input)
{
    struct side *side = (struct side *) sink; // its first member
    bool is_sign_of_life = input->kind == HP_INPUT_PING || input->kind == HP_INPUT_ALIVE;
    atomic_fetch_add(&side->input_count, is_sign_of_life ? 0 : 1);
    bench_kick(the_bench);
}

static bool
is_holding(const struct hp_input_sink *sink)
{
    (void) sink;
    return false;
}

static const struct hp_input_sink_ops input_sink_ops = { .push = push_input,
    .is_holding = is_holding };

static void
on_channel(void *arg, const char *label, bool is_open)
{
    struct side *side = arg;
    (void) label;
    atomic_fetch_add(&side->open_count, is_open ? 1 : 0);
    bench_kick(the_bench);
}

static void
on_data(void *arg, const char *label, const void *data, size_t size)
{
    struct side *side = arg;
    (void) label;
    (void) data;
    (void) size;
    atomic_fetch_add(&side->data_count, 1);
    bench_kick(the_bench);
}

static void
send_rtcp(void *arg, const uint8_t *data, size_t size)
{
    struct side *side = arg;
    hp_peer_send_rtcp(side->peer, data, size);
}

static void
on_rtp(void *arg, const uint8_t *data, size_t size)
{
    struct side *side = arg;
    if (side->pair->params.on_rtp != NULL) {
        side->pair->params.on_rtp(side, data, size);
    } else {
        viewer_handle_rtp(&side->viewer, data, size);
        atomic_store(&side->complete_count, (unsigned) side->viewer.complete_packets);
        atomic_store(&side->pli_count, side->viewer.pli_count);
    }
    if (atomic_fetch_add(&side->rtp_count, 1) % KICK_EVERY == 0) {
        bench_kick(the_bench);
    }
}

static struct hp_path *
wrap_path(void *arg, struct hp_path *path)
{
    struct side *side = arg;
    return bad_path_wrap(&side->path, path);
}

static struct hp_ice *
create_ice(void *arg, struct hp_worker *worker, const char *id)
{
    struct side *side = arg;
    (void) id;
    return side->pair->params.create_ice(side, worker);
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
    .on_rtp = on_rtp,
};

// ---- the pair ----

static void
start_side(struct side *side, struct bench *bench, struct hp_worker *worker)
{
    static const enum hp_codec codecs[] = { HP_CODEC_VP8, HP_CODEC_H264, HP_CODEC_OPUS };
    const struct pair_params *params = &side->pair->params;
    side->input_sink.ops = &input_sink_ops;
    side->worker = worker;
    side->path.seed = dice_seed() + (side->is_server ? 0 : 1);
    side->path.loss = params->loss;
    side->path.duplication = params->duplication;
    side->path.reordering = params->reordering;
    side->viewer.wants_repeats = true;
    side->viewer.wants_reports = true;
    side->viewer.send_rtcp = send_rtcp;
    side->viewer.arg = side;
    struct hp_peer_params peer_params = {
        .id = side->is_server ? "server" : "client",
        .rtc = bench->rtc,
        .worker = worker,
        .home = bench->home,
        .codecs = codecs,
        .codec_count = G_N_ELEMENTS(codecs),
        // The browser opens no channel where the server does.
        .dialect = (params->dialect == HP_DIALECT_V3) == side->is_server ? HP_DIALECT_V3
                                                                         : HP_DIALECT_LEGACY,
        .input_sink = &side->input_sink,
        .wrap_path = wrap_path,
        .create_ice = params->create_ice != NULL ? create_ice : NULL,
    };
    side->peer = hp_peer_create(&peer_params, &peer_cbs, side);
    assert_non_null(side->peer);
}

void
pair_start(struct pair *pair, struct bench *bench, const struct pair_params *params)
{
    *pair = (struct pair) {
        .home = bench->home, .rtc = bench->rtc, .studio = &bench->studio, .params = *params,
    };
    pair->server.pair = pair->client.pair = pair;
    pair->server.is_server = true;
    pair->server.other = &pair->client;
    pair->client.other = &pair->server;
    start_side(&pair->server, bench, bench->server_worker);
    start_side(&pair->client, bench, bench->client_worker);
    hp_peer_offer(params->client_offers ? pair->client.peer : pair->server.peer, false);
}

void
pair_close(struct pair *pair, struct bench *bench)
{
    if (pair->server.peer != NULL) {
        hp_peer_close(pair->server.peer);
    }
    if (pair->client.peer != NULL) {
        hp_peer_close(pair->client.peer);
    }
    assert_true(bench_run(bench, pair_is_closed, pair));
    assert_int_equal(pair->server.attach_count, pair->server.detach_count);
}

bool
pair_is_connected(void *arg)
{
    const struct pair *pair = arg;
    return pair->server.state == HP_PEER_CONNECTED && pair->client.state == HP_PEER_CONNECTED;
}

bool
pair_is_closed(void *arg)
{
    const struct pair *pair = arg;
    return pair->server.is_closed && pair->client.is_closed;
}
