// Tests of media/pipeline.c and media/run.c on GStreamer itself.
#include "media/pipeline.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/source.h"
#include "base/timer.h"
#include "base/worker.h"
#include "media/media.h"
#include "media/meter.h"
#include "media/recipe.h"

#define TINY_VP8 \
    "video/x-raw,width=64,height=48,framerate=50/1 ! vp8enc deadline=1 cpu-used=-5 " \
    "! appsink name=appsink"

#define FAST_PICTURES \
    "videotestsrc is-live=true ! video/x-raw,width=64,height=48,framerate=200/1 ! "

enum {
    PATIENCE_US = 20 * 1000 * 1000
};

struct record {
    struct hp_worker *main;
    struct hp_pipeline *pipeline;
    struct hp_timer patience;
    int openings, data; // atomic
    int keyframes; // GStreamer's thread, as what follows
    uint64_t last_ns;
    bool has_bad_time;
    int running, failed, stopped;
    char *reason;
    int64_t failed_us[4], running_us[4];
    // The loop ends at the first of these, or when patience does.
    int until_running, until_failed, until_stopped;
    int until_keyframes; // atomic
    bool is_closed, is_late;
    unsigned efforts;
    struct hp_effort effort; // the latest one
};

static void
on_data(void *arg, const uint8_t *data, size_t size, uint64_t capture_ns)
{
    struct record *record = arg;
    int64_t now_us = hp_clock_now_us();
    int64_t age_us = now_us - (int64_t) (capture_ns / 1000);
    record->has_bad_time |= age_us < -100 * 1000 || age_us > 10 * 1000 * 1000;
    record->has_bad_time |= record->last_ns != 0 && capture_ns <= record->last_ns;
    record->last_ns = capture_ns;
    __atomic_add_fetch(&record->data, 1, __ATOMIC_RELAXED);
    bool is_keyframe = size > 0 && (data[0] & 1) == 0;
    int until = __atomic_load_n(&record->until_keyframes, __ATOMIC_RELAXED);
    record->keyframes += is_keyframe ? 1 : 0;
    if (is_keyframe && record->keyframes == until) {
        hp_worker_quit(record->main);
    }
}

static void
on_opening(void *arg)
{
    struct record *record = arg;
    __atomic_add_fetch(&record->openings, 1, __ATOMIC_RELAXED);
}

static void
on_state(void *arg, enum hp_pipeline_state state, const char *reason)
{
    struct record *record = arg;
    assert_true(hp_worker_is_current(record->main));
    switch (state) {
    case HP_PIPELINE_RUNNING: record->running_us[record->running++ % 4] = hp_clock_now_us(); break;
    case HP_PIPELINE_FAILED:
        record->failed_us[record->failed++ % 4] = hp_clock_now_us();
        g_free(record->reason);
        record->reason = g_strdup(reason);
        break;
    case HP_PIPELINE_STOPPED: record->stopped++; break;
    }
    if (record->running == record->until_running || record->failed == record->until_failed
            || record->stopped == record->until_stopped) {
        hp_worker_quit(record->main);
    }
}

static void
on_effort(void *arg, const struct hp_effort *effort)
{
    struct record *record = arg;
    assert_true(hp_worker_is_current(record->main));
    record->efforts++;
    record->effort = *effort;
    hp_worker_quit(record->main);
}

static void
on_closed(void *arg)
{
    struct record *record = arg;
    record->is_closed = true;
    hp_worker_quit(record->main);
}

static const struct hp_pipeline_cbs cbs = {
    .on_data = on_data,
    .on_opening = on_opening,
    .on_state = on_state,
    .on_effort = on_effort,
    .on_closed = on_closed,
};

static void
lose_patience(void *arg)
{
    struct record *record = arg;
    record->is_late = true;
    hp_worker_quit(record->main);
}

static struct hp_source *
set_up(struct record *record, const char *text, bool is_damage_driven)
{
    *record = (struct record){
        .main = hp_worker_create_main(),
        .until_running = -1,
        .until_failed = -1,
        .until_stopped = -1,
        .until_keyframes = -1,
    };
    struct hp_pipeline_params params = {
        .name = "test",
        .text = text,
        .codec = HP_CODEC_VP8,
        .is_damage_driven = is_damage_driven,
        .home = record->main,
    };
    record->pipeline = hp_pipeline_create(&params, &cbs, record);
    assert_non_null(record->pipeline);
    hp_timer_init(&record->patience, record->main, lose_patience, record);
    return hp_pipeline_source(record->pipeline);
}

static void
run(struct record *record)
{
    hp_timer_start(&record->patience, PATIENCE_US);
    hp_worker_run(record->main);
    hp_timer_stop(&record->patience);
    assert_false(record->is_late);
}

static void
tear_down(struct record *record)
{
    int states = record->running + record->failed + record->stopped;
    hp_pipeline_close(record->pipeline);
    hp_timer_start(&record->patience, PATIENCE_US);
    while (!record->is_closed) {
        hp_worker_run(record->main);
        assert_false(record->is_late);
    }
    hp_timer_stop(&record->patience);
    assert_int_equal(record->running + record->failed + record->stopped, states);
    assert_false(record->has_bad_time);
    hp_worker_destroy(record->main);
    g_free(record->reason);
}

static void
a_pipeline_starts_stops_and_starts_again(void **state)
{
    struct record record;
    struct hp_source *source = set_up(&record, "videotestsrc is-live=true ! " TINY_VP8, false);
    (void) state;
    for (int i = 1; i <= 2; i++) {
        record.until_running = i;
        source->ops->start(source);
        run(&record);
        record.until_running = -1;
        record.until_stopped = i;
        source->ops->stop(source);
        run(&record);
    }
    assert_int_equal(record.openings, 2);
    assert_int_equal(record.failed, 0);
    tear_down(&record);
}

static void
a_pipeline_that_reads_a_file_is_held_to_real_time(void **state)
{
    struct record record;
    struct hp_source *source = set_up(&record, "videotestsrc num-buffers=25 ! " TINY_VP8, false);
    (void) state;
    record.until_failed = 1; // its end
    source->ops->start(source);
    int64_t began_us = hp_clock_now_us();
    run(&record);
    assert_true(hp_clock_now_us() - began_us >= 400 * 1000);
    assert_int_equal(__atomic_load_n(&record.data, __ATOMIC_RELAXED), 25);
    assert_non_null(strstr(record.reason, "ended"));
    tear_down(&record);
}

static void
a_bad_text_is_reported_in_gstreamers_words(void **state)
{
    static const char *const texts[][2] = {
        { "nosuchelement ! appsink name=appsink", "nosuchelement" },
        { "videotestsrc ! ! appsink name=appsink", "syntax error" },
        { "videotestsrc nosuchproperty=1 ! appsink name=appsink", "nosuchproperty" },
        { "videotestsrc ! fakesink", "appsink name=appsink" },
        { "videotestsrc ! fakesink name=appsink", "appsink name=appsink" },
        { "", "empty" },
    };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct record record;
        struct hp_source *source = set_up(&record, texts[i][0], false);
        record.until_failed = 1;
        source->ops->start(source);
        run(&record);
        if (strstr(record.reason, texts[i][1]) == NULL) {
            fail_msg("\"%s\" gave: %s", texts[i][0], record.reason);
        }
        tear_down(&record);
    }
}

static void
a_good_text_helps_after_a_bad_one(void **state)
{
    struct record record;
    struct hp_source *source = set_up(&record, "nosuchelement", false);
    (void) state;
    record.until_failed = 1;
    source->ops->start(source);
    run(&record);
    record.until_failed = -1;
    record.until_running = 1;
    hp_pipeline_restart(record.pipeline, "videotestsrc is-live=true ! " TINY_VP8);
    run(&record);
    tear_down(&record);
}

static void
an_error_restarts_a_pipeline_after_growing_delays(void **state)
{
    struct record record;
    struct hp_source *source = set_up(
            &record, "videotestsrc is-live=true ! identity error-after=5 ! " TINY_VP8, false);
    (void) state;
    record.until_running = 3;
    source->ops->start(source);
    run(&record);
    assert_int_equal(record.failed, 2);
    assert_int_equal(record.openings, 3);
    assert_non_null(strstr(record.reason, "identity"));
    assert_true(record.running_us[1] - record.failed_us[0] >= 490 * 1000);
    assert_true(record.running_us[2] - record.failed_us[1] >= 990 * 1000);
    tear_down(&record);
}

static void
a_stall_restarts_a_pipeline(void **state)
{
    struct record record;
    // appsrc stands for a device that falls silent.
    struct hp_source *source = set_up(&record,
            "videotestsrc is-live=true num-buffers=10 ! concat name=c ! " TINY_VP8
            " appsrc is-live=true format=time ! c.",
            false);
    (void) state;
    record.until_failed = 1;
    source->ops->start(source);
    hp_timer_start(&record.patience, 2 * PATIENCE_US); // 30 s are right while all cores are busy
    hp_worker_run(record.main);
    assert_false(record.is_late);
    assert_non_null(strstr(record.reason, "stalled"));
    assert_true(record.failed_us[0] - record.running_us[0] >= 1900 * 1000);
    tear_down(&record);
}

// A pipe that nobody writes stands for a sound server that hangs: who opens it waits.
struct hung {
    char *folder, *pipe, *text;
};

static struct hp_source *
hung_set_up(struct hung *hung, struct record *record)
{
    hung->folder = g_dir_make_tmp("hairpin-pipeline-XXXXXX", NULL);
    hung->pipe = g_build_filename(hung->folder, "pipe", NULL);
    hung->text = g_strdup_printf("filesrc location=%s ! appsink name=appsink", hung->pipe);
    assert_int_equal(mkfifo(hung->pipe, 0600), 0);
    return set_up(record, hung->text, false);
}

static void
hung_answer(const struct hung *hung)
{
    int fd = open(hung->pipe, O_WRONLY | O_NONBLOCK); // it answers, and ends
    assert_true(fd >= 0);
    close(fd);
}

static void
hung_tear_down(struct hung *hung, struct record *record)
{
    g_unlink(hung->pipe); // else the next try would wait, too
    tear_down(record);
    g_rmdir(hung->folder);
    g_free(hung->text);
    g_free(hung->pipe);
    g_free(hung->folder);
}

static void
a_source_that_does_not_open_is_told_and_goes_on_when_it_answers(void **state)
{
    struct record record;
    struct hung hung;
    (void) state;
    struct hp_source *source = hung_set_up(&hung, &record);
    record.until_failed = 1;
    int64_t begin_us = hp_clock_now_us();
    source->ops->start(source);
    hp_timer_start(&record.patience, 2 * PATIENCE_US); // 30 s are right while all cores are busy
    hp_worker_run(record.main);
    assert_false(record.is_late);
    assert_non_null(strstr(record.reason, "does not open"));
    assert_in_range(record.failed_us[0] - begin_us, 5000 * 1000, 40 * 1000 * 1000);
    record.until_failed = 2;
    hung_answer(&hung);
    run(&record);
    assert_null(strstr(record.reason, "does not open"));
    hung_tear_down(&hung, &record);
}

// The clock of a process that is about to stand still for so long.
static atomic_int_least64_t still_ahead_us;

static int64_t
jumping_clock(void)
{
    return g_get_monotonic_time() - atomic_load(&still_ahead_us);
}

static void
run_for(struct record *record, int64_t time_us)
{
    struct hp_timer timer;
    hp_timer_init(&timer, record->main, (hp_task_fn) hp_worker_quit, record->main);
    hp_timer_start(&timer, time_us);
    run(record);
    hp_timer_stop(&timer);
}

static void
a_process_that_stood_still_while_a_source_opens_waits_on(void **state)
{
    struct record record;
    struct hung hung;
    (void) state;
    atomic_store(&still_ahead_us, 40 * 1000 * 1000);
    hp_clock_fake(jumping_clock);
    struct hp_source *source = hung_set_up(&hung, &record);
    source->ops->start(source);
    run_for(&record, 300 * 1000); // by now the helper waits
    assert_int_equal(__atomic_load_n(&record.openings, __ATOMIC_RELAXED), 1);
    atomic_store(&still_ahead_us, 0);
    run_for(&record, 1500 * 1000); // more than from one check to the next
    assert_int_equal(record.failed, 0);
    record.until_failed = 1;
    hung_answer(&hung);
    run(&record);
    assert_null(strstr(record.reason, "does not open"));
    hung_tear_down(&hung, &record);
    hp_clock_fake(NULL);
}

// This process stands still for that long, with all its threads.
static void
stand_still(unsigned ms)
{
    pid_t self = getpid();
    pid_t child = fork();
    if (child == 0) {
        kill(self, SIGSTOP);
        g_usleep(ms * 1000ul);
        kill(self, SIGCONT);
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void
a_process_that_stood_still_has_no_broken_source(void **state)
{
    struct record record;
    struct hp_source *source = set_up(&record, "videotestsrc is-live=true ! " TINY_VP8, false);
    (void) state;
    record.until_running = 1;
    source->ops->start(source);
    run(&record);
    stand_still(3000);
    run_for(&record, 1500 * 1000); // more than from one check to the next
    assert_int_equal(record.failed, 0);
    tear_down(&record);
}

static void
silence_of_a_damage_driven_source_is_no_stall(void **state)
{
    struct record record;
    struct hp_source *source = set_up(&record,
            "videotestsrc is-live=true num-buffers=10 ! concat name=c ! " TINY_VP8
            " appsrc is-live=true format=time ! c.",
            true);
    struct hp_timer timer;
    (void) state;
    hp_timer_init(&timer, record.main, (hp_task_fn) hp_worker_quit, record.main);
    record.until_running = 1;
    source->ops->start(source);
    run(&record);
    hp_timer_start(&timer, 3500 * 1000);
    run(&record);
    assert_int_equal(record.failed, 0);
    tear_down(&record);
}

static void
a_keyframe_comes_when_asked_for(void **state)
{
    struct record record;
    struct hp_source *source = set_up(&record, "videotestsrc is-live=true ! " TINY_VP8, false);
    (void) state;
    __atomic_store_n(&record.until_keyframes, 1, __ATOMIC_RELAXED);
    source->ops->start(source);
    run(&record);
    __atomic_store_n(&record.until_keyframes, 2, __ATOMIC_RELAXED);
    int before = __atomic_load_n(&record.data, __ATOMIC_RELAXED);
    source->ops->request_keyframe(source);
    run(&record);
    assert_true(__atomic_load_n(&record.data, __ATOMIC_RELAXED) - before < 100); // not the 128th
    tear_down(&record);
}

static void
a_pipeline_closes_while_it_starts(void **state)
{
    (void) state;
    for (int i = 0; i < 5; i++) {
        struct record record;
        struct hp_source *source = set_up(&record, "videotestsrc is-live=true ! " TINY_VP8, false);
        source->ops->start(source);
        if (i > 2) {
            source->ops->stop(source);
            source->ops->start(source);
        }
        tear_down(&record);
    }
}

static void
our_encoder_of_vp8_tells_how_it_gets_on(void **state)
{
    struct record record;
    struct hp_source *source = set_up(&record,
            FAST_PICTURES "vp8enc name=" HP_RECIPE_VP8
                          " threads=2 deadline=1 ! appsink name=appsink",
            false);
    (void) state;
    source->ops->start(source);
    int64_t began_us = hp_clock_now_us();
    run(&record);
    assert_in_range(__atomic_load_n(&record.data, __ATOMIC_RELAXED), HP_METER_PICTURES - 1,
            10 * HP_METER_PICTURES);
    assert_int_equal(record.effort.threads, 2);
    assert_int_equal(record.effort.pixels, 64 * 48);
    assert_int_equal(record.effort.interval_us, 5000);
    assert_in_range(record.effort.p95_us, 1, hp_clock_now_us() - began_us);
    tear_down(&record);
}

static void
encoders_that_are_not_ours_are_not_watched(void **state)
{
    static const char *const texts[] = {
        FAST_PICTURES "vp8enc name=encoder deadline=1 keyframe-max-dist=35 ! appsink name=appsink",
        FAST_PICTURES "vp8enc deadline=1 keyframe-max-dist=35 ! identity name=" HP_RECIPE_VP8
                      " ! appsink name=appsink",
    };
    (void) state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct record record;
        struct hp_source *source = set_up(&record, texts[i], false);
        __atomic_store_n(&record.until_keyframes, 3, __ATOMIC_RELAXED); // after 70 pictures
        source->ops->start(source);
        run(&record);
        assert_true(__atomic_load_n(&record.data, __ATOMIC_RELAXED) > HP_METER_PICTURES);
        tear_down(&record);
        assert_int_equal(record.efforts, 0);
    }
}

static int
init(void **state)
{
    (void) state;
    return hp_media_init() ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipeline_starts_stops_and_starts_again),
        cmocka_unit_test(a_pipeline_that_reads_a_file_is_held_to_real_time),
        cmocka_unit_test(a_bad_text_is_reported_in_gstreamers_words),
        cmocka_unit_test(a_good_text_helps_after_a_bad_one),
        cmocka_unit_test(an_error_restarts_a_pipeline_after_growing_delays),
        cmocka_unit_test(a_stall_restarts_a_pipeline),
        cmocka_unit_test(a_source_that_does_not_open_is_told_and_goes_on_when_it_answers),
        cmocka_unit_test(a_process_that_stood_still_has_no_broken_source),
        cmocka_unit_test(a_process_that_stood_still_while_a_source_opens_waits_on),
        cmocka_unit_test(silence_of_a_damage_driven_source_is_no_stall),
        cmocka_unit_test(a_keyframe_comes_when_asked_for),
        cmocka_unit_test(a_pipeline_closes_while_it_starts),
        cmocka_unit_test(our_encoder_of_vp8_tells_how_it_gets_on),
        cmocka_unit_test(encoders_that_are_not_ours_are_not_watched),
    };
    return cmocka_run_group_tests(tests, init, NULL);
}
