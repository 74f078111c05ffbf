// Tests of src/peer with src/media and media/streams.c: real encoders and many peers that watch them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

#include "base/plugin.h"
#include "loop/pair.h"
#include "media/encoder.h"
#include "media/media.h"
#include "media/recipe.h"
#include "media/streams.h"
#include "wire/rtp.h"

enum {
    VIEWERS = 10,
    ENOUGH_PICTURES = 20,
    VIDEO = 96, // the type in our own offers
};

struct cinema {
    struct bench bench;
    struct pair pairs[VIEWERS];
    struct hp_streams *streams;
    unsigned pipelines[HP_CODECS]; // that were written
    bool has_closed;
    // The clients' worker.
    GHashTable *payloads; // of all clients, each once
    uint64_t packets; // of all clients
};

static struct cinema *the_cinema;

static char *
make_pipeline(void *arg, enum hp_codec codec, const char *head, unsigned threads,
        bool *is_damage_driven)
{
    struct cinema *cinema = arg;
    struct hp_recipe_params params = {
        .codec = codec,
        .head = head,
        .threads = threads,
        .is_damage_driven = *is_damage_driven,
    };
    cinema->pipelines[codec]++;
    return hp_recipe_build(&params);
}

static void
on_source(void *arg, enum hp_track_kind kind)
{
    (void) arg;
    (void) kind;
}

static void
on_state(void *arg, enum hp_codec codec, enum hp_encoder_state state, const char *reason)
{
    (void) arg;
    (void) codec;
    (void) reason;
    assert_int_not_equal(state, HP_ENCODER_FAILED);
}

static void
on_closed(void *arg)
{
    struct cinema *cinema = arg;
    cinema->has_closed = true;
    bench_kick(&cinema->bench);
}

static const struct hp_streams_cbs streams_cbs = {
    .on_source = on_source, .on_state = on_state, .on_closed = on_closed
};

static void
open_streams(struct cinema *cinema)
{
    static const enum hp_codec codecs[] = { HP_CODEC_OPUS, HP_CODEC_VP8, HP_CODEC_H264 };
    static const struct hp_plugin_source sources[] = {
        { sizeof(sources[0]), HP_SOURCE_VIDEO, "screen",
                "videotestsrc is-live=true pattern=ball ! "
                "video/x-raw,width=320,height=240,framerate=30/1",
                false },
        { sizeof(sources[0]), HP_SOURCE_AUDIO, "sound", "audiotestsrc is-live=true", false },
    };
    cinema->streams = hp_streams_create(
            &(struct hp_streams_params){
                    .home = cinema->bench.home,
                    .workers = &cinema->bench.server_worker,
                    .worker_count = 1,
                    .codecs = codecs,
                    .codec_count = G_N_ELEMENTS(codecs),
                    .make_pipeline = make_pipeline,
                    .make_pipeline_arg = cinema,
            },
            &streams_cbs, cinema);
    assert_true(hp_streams_add_source(cinema->streams, &sources[0]));
    assert_true(hp_streams_add_source(cinema->streams, &sources[1]));
}

static struct hp_feed *
attach(struct side *server, enum hp_codec codec, unsigned level, struct hp_sink *sink)
{
    struct hp_encoder *encoder = hp_streams_find(the_cinema->streams, codec, level);
    return hp_encoder_attach(encoder, server->worker, sink);
}

static void
detach(struct side *server, enum hp_codec codec, unsigned level, struct hp_sink *sink)
{
    struct hp_encoder *encoder = hp_streams_find(the_cinema->streams, codec, level);
    hp_encoder_detach(encoder, server->worker, sink);
}

static void
note_payload(struct cinema *cinema, const uint8_t *payload, size_t size)
{
    GBytes *bytes = g_bytes_new(payload, size);
    cinema->packets++;
    g_hash_table_add(cinema->payloads, bytes);
}

static void
on_rtp(struct side *client, const uint8_t *data, size_t size)
{
    static const struct hp_rtp_ext_ids ext_ids = {
        .mid = 1, .transport_seq = 2, .playout_delay = 3, .abs_send_time = 4
    };
    struct hp_rtp rtp;
    ssize_t header = hp_rtp_parse(data, size, &ext_ids, &rtp);
    if (header > 0 && rtp.payload_type == VIDEO) {
        note_payload(the_cinema, data + header, rtp.payload_size);
        atomic_fetch_add(&client->complete_count, rtp.is_last ? 1 : 0);
    }
}

static bool
have_all_seen_enough(void *arg)
{
    struct cinema *cinema = arg;
    for (int i = 0; i < VIEWERS; i++) {
        if (atomic_load(&cinema->pairs[i].client.complete_count) < ENOUGH_PICTURES) {
            return false;
        }
    }
    return true;
}

static bool
has_closed(void *arg)
{
    const struct cinema *cinema = arg;
    return cinema->has_closed;
}

static void
assert_one_encoder_of(struct cinema *cinema, enum hp_codec codec)
{
    struct hp_encoder_stats stats;
    hp_encoder_get_stats(hp_streams_find(cinema->streams, codec, 0), &stats);
    assert_int_equal(cinema->pipelines[codec], 1);
    assert_int_equal(stats.starts, 1);
    assert_int_equal(stats.restarts, 0);
    assert_int_equal(stats.sinks, VIEWERS);
}

static void
close_cinema(struct cinema *cinema)
{
    for (int i = 0; i < VIEWERS; i++) {
        pair_close(&cinema->pairs[i], &cinema->bench);
    }
}

static void
ten_viewers_share_one_encoder(void **state)
{
    struct pair_params params = { .attach = attach, .detach = detach, .on_rtp = on_rtp };
    struct cinema *cinema = g_new0(struct cinema, 1);
    struct hp_encoder_stats stats;
    (void) state;
    the_cinema = cinema;
    cinema->payloads = g_hash_table_new_full(
            g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
    bench_init(&cinema->bench, &params);
    open_streams(cinema);
    for (int i = 0; i < VIEWERS; i++) {
        pair_start(&cinema->pairs[i], &cinema->bench, &params);
    }
    assert_true(bench_run(&cinema->bench, have_all_seen_enough, cinema));
    assert_one_encoder_of(cinema, HP_CODEC_VP8);
    assert_one_encoder_of(cinema, HP_CODEC_OPUS);
    hp_encoder_get_stats(hp_streams_find(cinema->streams, HP_CODEC_H264, 0), &stats);
    assert_int_equal(stats.starts, 0); // nobody needs it
    close_cinema(cinema);
    // What the ten have got was made once: no packet is of another encoder's.
    hp_encoder_get_stats(hp_streams_find(cinema->streams, HP_CODEC_VP8, 0), &stats);
    assert_in_range(g_hash_table_size(cinema->payloads), ENOUGH_PICTURES, stats.packets);
    assert_true(cinema->packets >= VIEWERS * ENOUGH_PICTURES);
    hp_streams_close(cinema->streams);
    assert_true(bench_run(&cinema->bench, has_closed, cinema));
    bench_finish(&cinema->bench);
    g_hash_table_destroy(cinema->payloads);
    g_free(cinema);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(ten_viewers_share_one_encoder) };
    if (!hp_media_init()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
