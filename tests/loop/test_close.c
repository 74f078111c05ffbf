// Tests of src/peer: a peer may be closed at every step of its life; nothing leaks, nothing is called
// afterwards, every attach has its detach.
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "loop/pair.h"

enum { REPEATS = 3, DTLS_HANDSHAKE = 22 };

// When the side under test is to be closed.
enum step {
    AT_ONCE,      // while it gathers
    AT_ANSWER,    // while it checks
    AT_DTLS,      // its first flight of DTLS
    AT_LATE_DTLS, // its second
    AT_CONNECTED, // SCTP's INIT is on its way
    AT_RTP,       // the first packets of media
    AT_FRAME,     // a frame is half sent
};

static struct {
    enum step step;
    struct side *victim;
    bool is_triggered; // home's
    atomic_uint dtls_count, rtp_count;
} plot;

static void
close_victim(void *arg)
{
    (void) arg;
    if (!plot.is_triggered && plot.victim->peer != NULL) {
        plot.is_triggered = true;
        hp_peer_close(plot.victim->peer);
        bench_kick(the_bench);
    }
}

static void
trigger(void)
{
    hp_worker_post(the_bench->home, close_victim, NULL);
}

// The path of the victim is about to send.
static void
on_send(void *arg, const struct hp_segment *segments, unsigned count)
{
    (void) arg;
    bool is_dtls = segments[0].data[0] >= 20 && segments[0].data[0] <= 63;
    if (is_dtls) {
        unsigned seen = atomic_fetch_add(&plot.dtls_count, 1);
        if ((plot.step == AT_DTLS && seen == 0) || (plot.step == AT_LATE_DTLS && seen == 1)) {
            trigger();
        }
        return;
    }
    unsigned seen = atomic_fetch_add(&plot.rtp_count, 1);
    if ((plot.step == AT_RTP && seen == 0) || (plot.step == AT_FRAME && count > 4)) {
        trigger();
    }
}

static void
on_description(struct side *to, const char *type)
{
    (void) to;
    if (plot.step == AT_ANSWER && strcmp(type, "answer") == 0) {
        trigger();
    }
}

static bool
is_triggered(void *arg)
{
    struct pair *pair = arg;
    if (plot.step == AT_CONNECTED && plot.victim->state == HP_PEER_CONNECTED) {
        close_victim(NULL);
    }
    return plot.is_triggered && plot.victim->is_closed && pair != NULL;
}

static void
close_at(enum step step, bool closes_server, bool server_is_dtls_server)
{
    // More packets than a burst: the pacer has the rest of the frame.
    struct pair_params params = { .packets_per_frame = 100, .on_description = on_description,
        .server_is_dtls_server = server_is_dtls_server };
    struct bench bench;
    bench_init(&bench, &params);
    for (unsigned i = 0; i < REPEATS; i++) {
        struct pair pair;
        memset(&plot, 0, sizeof(plot));
        plot.step = step;
        plot.victim = closes_server ? &pair.server : &pair.client;
        pair_start(&pair, &bench, &params);
        plot.victim->path.on_send = on_send; // set before anything can be sent
        if (step == AT_ONCE) {
            close_victim(NULL);
        }
        assert_true(bench_run(&bench, is_triggered, &pair));
        pair_close(&pair, &bench);
    }
    bench_finish(&bench);
}

static void
close_everybody_at(enum step step)
{
    close_at(step, true, false);
    close_at(step, true, true);
    if (step != AT_FRAME && step != AT_RTP) { // the client sends none
        close_at(step, false, false);
        close_at(step, false, true);
    }
}

static void
closing_while_gathering(void **state)
{
    (void) state;
    close_everybody_at(AT_ONCE);
}

static void
closing_while_checking(void **state)
{
    (void) state;
    close_everybody_at(AT_ANSWER);
}

static void
closing_at_the_first_flight_of_dtls(void **state)
{
    (void) state;
    close_everybody_at(AT_DTLS);
}

static void
closing_in_half_of_dtls(void **state)
{
    (void) state;
    close_everybody_at(AT_LATE_DTLS);
}

static void
closing_in_sctp_init(void **state)
{
    (void) state;
    close_everybody_at(AT_CONNECTED);
}

static void
closing_at_the_first_packet(void **state)
{
    (void) state;
    close_everybody_at(AT_RTP);
}

static void
closing_in_the_middle_of_a_frame(void **state)
{
    (void) state;
    close_everybody_at(AT_FRAME);
}

static bool
has_media(void *arg)
{
    struct pair *pair = arg;
    return atomic_load(&pair->client.rtp_count) > 20;
}

static bool
is_told(void *arg)
{
    struct pair *pair = arg;
    return pair->client.state == HP_PEER_FAILED;
}

static void
the_other_side_learns_of_the_end_at_once(void **state)
{
    (void) state;
    struct pair_params params = { 0 };
    struct bench bench;
    struct pair pair;
    bench_init(&bench, &params);
    pair_start(&pair, &bench, &params);
    assert_true(bench_run(&bench, has_media, &pair));
    hp_peer_close(pair.server.peer);
    assert_true(bench_run(&bench, is_told, &pair));
    assert_int_equal(pair.client.status, HP_STATUS_CLOSED);
    pair_close(&pair, &bench);
    bench_finish(&bench);
}

// A media thread goes on pushing while peers come, go, and pause: it only ever posts.
struct camera {
    struct bench *bench;
    GThread *thread;
    atomic_bool is_over;
    atomic_uint under_way;
};

static void
push_frame(void *arg)
{
    struct camera *camera = arg;
    studio_push(&camera->bench->studio.video[0]);
    studio_push(&camera->bench->studio.audio);
    atomic_fetch_sub(&camera->under_way, 1);
}

static void *
run_camera(void *arg)
{
    struct camera *camera = arg;
    while (!atomic_load(&camera->is_over)) {
        if (atomic_load(&camera->under_way) < 8) {
            atomic_fetch_add(&camera->under_way, 1);
            hp_worker_post(camera->bench->server_worker, push_frame, camera);
        } else {
            sched_yield();
        }
    }
    return NULL;
}

static void
tearing_down_again_and_again_while_a_thread_pushes_media(void **state)
{
    (void) state;
    struct pair_params params = { 0 };
    struct bench bench;
    bench_init(&bench, &params);
    struct camera camera = { .bench = &bench };
    camera.thread = g_thread_new("camera", run_camera, &camera);
    for (unsigned i = 0; i < 10; i++) {
        struct pair pair;
        pair_start(&pair, &bench, &params);
        assert_true(bench_run(&bench, has_media, &pair));
        for (unsigned j = 0; j < 5; j++) { // they ask for video again and again
            hp_peer_enable_track(pair.server.peer, HP_TRACK_VIDEO, j % 2 == 1);
            hp_peer_offer(pair.server.peer, false);
        }
        pair_close(&pair, &bench);
    }
    atomic_store(&camera.is_over, true);
    g_thread_join(camera.thread);
    bench_finish(&bench);
}

// ---- an endpoint that has failed, while its handshake goes on ----

static struct pair spoiled;

static void
spoil(void *arg)
{
    (void) arg;
    hp_peer_set_remote(spoiled.server.peer, "offer", "x");
}

// The server's worker: the way is cut at its first flight until the endpoint has failed.
static void
cut_at_dtls(void *arg, const struct hp_segment *segments, unsigned count)
{
    struct bad_path *path = arg;
    (void) count;
    if (segments[0].data[0] == DTLS_HANDSHAKE && atomic_fetch_add(&plot.dtls_count, 1) == 0) {
        path->is_dead = true;
        hp_worker_post(spoiled.home, spoil, NULL);
    }
}

static void
mend_path(void *arg)
{
    (void) arg;
    spoiled.server.path.is_dead = false;
}

static bool
has_client_connected(void *arg)
{
    bool *is_mended = arg;
    if (spoiled.server.state == HP_PEER_FAILED && !*is_mended) {
        *is_mended = true;
        hp_worker_post(spoiled.server.worker, mend_path, NULL);
    }
    return spoiled.client.state == HP_PEER_CONNECTED;
}

static void
a_handshake_that_ends_after_the_failure_harms_nobody(void **state)
{
    struct pair_params params = { .server_is_dtls_server = true };
    struct bench bench;
    bool is_mended = false;
    (void) state;
    memset(&plot, 0, sizeof(plot));
    bench_init(&bench, &params);
    pair_start(&spoiled, &bench, &params);
    spoiled.server.path.on_send_arg = &spoiled.server.path;
    spoiled.server.path.on_send = cut_at_dtls; // set before anything can be sent
    assert_true(bench_run(&bench, has_client_connected, &is_mended));
    assert_int_equal(spoiled.server.state, HP_PEER_FAILED);
    pair_close(&spoiled, &bench);
    bench_finish(&bench);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_while_gathering),
        cmocka_unit_test(closing_while_checking),
        cmocka_unit_test(closing_at_the_first_flight_of_dtls),
        cmocka_unit_test(closing_in_half_of_dtls),
        cmocka_unit_test(closing_in_sctp_init),
        cmocka_unit_test(closing_at_the_first_packet),
        cmocka_unit_test(closing_in_the_middle_of_a_frame),
        cmocka_unit_test(the_other_side_learns_of_the_end_at_once),
        cmocka_unit_test(tearing_down_again_and_again_while_a_thread_pushes_media),
        cmocka_unit_test(a_handshake_that_ends_after_the_failure_harms_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
