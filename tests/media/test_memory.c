// Tests that the memory of encoders goes back when they have stopped.
#include "media/pipeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "base/source.h"
#include "base/timer.h"
#include "base/worker.h"
#include "fixture/resident.h"
#include "media/media.h"
#include "media/recipe.h"

enum {
    STARTS = 100, // of each encoder
    MOST_KIB = 20 * 1024, // that may stay
    PATIENCE_US = 300 * 1000 * 1000,
};

struct cinema {
    struct hp_worker *main;
    struct hp_pipeline *pipeline;
    int starts;
    struct hp_timer patience;
    bool is_closed, is_late, has_failed;
};

static void
on_data(void *arg, const uint8_t *data, size_t size, uint64_t capture_ns)
{
    (void) arg;
    (void) data;
    (void) size;
    (void) capture_ns;
}

static void
on_opening(void *arg)
{
    (void) arg;
}

static void
on_state(void *arg, enum hp_pipeline_state state, const char *reason)
{
    struct cinema *cinema = arg;
    struct hp_source *source = hp_pipeline_source(cinema->pipeline);
    (void) reason;
    cinema->has_failed |= state == HP_PIPELINE_FAILED;
    if (state == HP_PIPELINE_RUNNING) {
        source->ops->stop(source);
    } else if (state == HP_PIPELINE_STOPPED && ++cinema->starts < STARTS) {
        source->ops->start(source);
    } else {
        hp_worker_quit(cinema->main);
    }
}

static void
on_effort(void *arg, const struct hp_effort *effort)
{
    (void) arg;
    (void) effort;
}

static void
on_closed(void *arg)
{
    struct cinema *cinema = arg;
    cinema->is_closed = true;
    hp_worker_quit(cinema->main);
}

static void
lose_patience(void *arg)
{
    struct cinema *cinema = arg;
    cinema->is_late = true;
    hp_worker_quit(cinema->main);
}

static const struct hp_pipeline_cbs cbs = {
    .on_data = on_data,
    .on_opening = on_opening,
    .on_state = on_state,
    .on_effort = on_effort,
    .on_closed = on_closed,
};

static void
start_often(struct cinema *cinema, enum hp_codec codec, const char *head)
{
    struct hp_recipe_params recipe = { .codec = codec, .head = head };
    char *text = hp_recipe_build(&recipe);
    struct hp_pipeline_params params = {
        .name = "test", .text = text, .codec = codec, .home = cinema->main
    };
    cinema->starts = 0;
    cinema->is_closed = false;
    cinema->pipeline = hp_pipeline_create(&params, &cbs, cinema);
    struct hp_source *source = hp_pipeline_source(cinema->pipeline);
    source->ops->start(source);
    hp_worker_run(cinema->main);
    assert_false(cinema->has_failed);
    assert_false(cinema->is_late);
    assert_int_equal(cinema->starts, STARTS);
    hp_pipeline_close(cinema->pipeline);
    hp_worker_run(cinema->main);
    assert_true(cinema->is_closed);
    g_free(text);
}

static void
memory_goes_back_after_many_starts_of_each_encoder(void **state)
{
    static const char pictures[] = "videotestsrc is-live=true ! "
                                   "video/x-raw,format=I420,width=1280,height=720,framerate=60/1";
    struct cinema cinema = { .main = hp_worker_create_main() };
    (void) state;
    hp_timer_init(&cinema.patience, cinema.main, lose_patience, &cinema);
    hp_timer_start(&cinema.patience, PATIENCE_US);
    long before_kib = resident_kib();
    start_often(&cinema, HP_CODEC_VP8, pictures);
    start_often(&cinema, HP_CODEC_H264, pictures);
    start_often(&cinema, HP_CODEC_OPUS, "audiotestsrc is-live=true");
    long more_kib = resident_kib() - before_kib;
    print_message("%ld KiB more than before\n", more_kib);
    assert_true(more_kib <= MOST_KIB);
    hp_timer_stop(&cinema.patience);
    hp_worker_destroy(cinema.main);
}

int
main(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 77; // a sanitizer keeps what is freed
#endif
    if (!hp_media_init()) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_goes_back_after_many_starts_of_each_encoder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
