// pipeline.c - a GStreamer pipeline as a source that restarts by itself.
// Owner: hp_encoder.  Thread: public functions at home; all else on the helper thread, where
// GStreamer may block as long as it likes.
//
//   stopped -start-> opening -first data-> running
//      ^                |  error, end, stall  |
//      '-- stop --- failed <------------------'   failed -back-off-> opening
#include "media/pipeline.h"

#include <assert.h>
#include <stdatomic.h>

#include <glib.h>

#define LOG_TAG "pipeline"
#include "base/clock.h"
#include "base/log.h"
#include "base/source.h"
#include "base/timer.h"
#include "base/worker.h"
#include "media/backoff.h"
#include "media/pressure.h"
#include "media/media.h"
#include "media/meter.h"
#include "media/run.h"

enum {
    CHECK_US = 500 * 1000,
    STALL_US = 2000 * 1000, // no data for this long where data is due: a stall
    START_STALL_US = 5000 * 1000, // the same for the first data: devices and displays take longer
    STARVED_STALL_US = 30 * 1000 * 1000, // and where all cores are busy, which breaks no source
};

struct hp_pipeline {
    struct hp_source source; // the first member: handed out
    struct hp_pipeline_cbs cbs;
    void *cbs_arg;
    char *name;
    enum hp_codec codec;
    bool is_damage_driven;
    struct hp_worker *home;
    struct hp_worker *helper;
    bool is_closing; // home thread
    struct hp_timer opening_timer; // home thread
    int64_t told_us; // home thread: the opening that has been told of
    atomic_int_least64_t opening_us; // since when the helper waits for the source; 0: it does not
    atomic_bool is_asked_for_keyframe; // a request is on its way to the helper, which may be stuck

    // Helper thread.
    char *text;
    bool is_started;
    struct hp_run *run;
    struct hp_backoff backoff;
    struct hp_timer retry_timer;
    struct hp_timer stall_timer;
    int64_t opened_us;
    int64_t last_data_us; // atomic; 0: none yet in this run
};

struct news {
    struct hp_pipeline *pipeline;
    enum hp_pipeline_state state;
    char *reason;
};

static void
deliver_news(void *arg)
{
    struct news *news = arg;
    struct hp_pipeline *pipeline = news->pipeline;
    if (!pipeline->is_closing) {
        pipeline->cbs.on_state(pipeline->cbs_arg, news->state, news->reason);
    }
    g_free(news->reason);
    g_free(news);
}

static void
tell(struct hp_pipeline *pipeline, enum hp_pipeline_state state, const char *reason)
{
    struct news *news = g_new(struct news, 1);
    *news = (struct news){
        .pipeline = pipeline,
        .state = state,
        .reason = g_strdup(reason),
    };
    hp_worker_post(pipeline->home, deliver_news, news);
}

static void
close_run(struct hp_pipeline *pipeline)
{
    hp_timer_stop(&pipeline->stall_timer);
    hp_timer_stop(&pipeline->retry_timer);
    hp_run_destroy(pipeline->run);
    pipeline->run = NULL;
    hp_media_trim();
}

static void
fail(struct hp_pipeline *pipeline, const char *reason)
{
    int64_t last_us = __atomic_load_n(&pipeline->last_data_us, __ATOMIC_RELAXED);
    int64_t ran_us = last_us == 0 ? 0 : last_us - pipeline->opened_us;
    int64_t delay_us = hp_backoff_next(&pipeline->backoff, ran_us);
    log_warn("%s: %s; again in %.1f s", pipeline->name, reason, (double) delay_us / 1e6);
    tell(pipeline, HP_PIPELINE_FAILED, reason);
    close_run(pipeline);
    hp_timer_start(&pipeline->retry_timer, delay_us);
}

static void
on_failed(void *arg, const char *reason)
{
    fail(arg, reason);
}

static void
note_first_data(void *arg)
{
    struct hp_pipeline *pipeline = arg;
    // This may come late, after the end of the run.
    bool has_data = __atomic_load_n(&pipeline->last_data_us, __ATOMIC_RELAXED) != 0;
    if (pipeline->run != NULL && has_data) {
        tell(pipeline, HP_PIPELINE_RUNNING, NULL);
    }
}

static void
on_data(void *arg, const uint8_t *data, size_t size, uint64_t capture_ns)
{
    struct hp_pipeline *pipeline = arg;
    int64_t now_us = hp_clock_now_us();
    if (__atomic_exchange_n(&pipeline->last_data_us, now_us, __ATOMIC_RELAXED) == 0) {
        hp_worker_post(pipeline->helper, note_first_data, pipeline);
    }
    pipeline->cbs.on_data(pipeline->cbs_arg, data, size, capture_ns);
}

struct report {
    struct hp_pipeline *pipeline;
    struct hp_effort effort;
};

static void
deliver_report(void *arg)
{
    struct report *report = arg;
    struct hp_pipeline *pipeline = report->pipeline;
    if (!pipeline->is_closing) {
        pipeline->cbs.on_effort(pipeline->cbs_arg, &report->effort);
    }
    g_free(report);
}

static void
on_effort(void *arg, const struct hp_effort *effort)
{
    struct hp_pipeline *pipeline = arg;
    struct report *report = g_new(struct report, 1);
    *report = (struct report){ .pipeline = pipeline, .effort = *effort };
    hp_worker_post(pipeline->home, deliver_report, report);
}

static const struct hp_run_cbs run_cbs = {
    .on_data = on_data,
    .on_failed = on_failed,
    .on_effort = on_effort,
};

static bool
is_stalled(int64_t waited_us, int64_t limit_us)
{
    return waited_us >= limit_us
            && (waited_us >= STARVED_STALL_US || !hp_pressure_is_high(HP_PRESSURE_CPU));
}

static void
check_stall(void *arg)
{
    struct hp_pipeline *pipeline = arg;
    int64_t last_us = __atomic_load_n(&pipeline->last_data_us, __ATOMIC_RELAXED);
    // A process that stood still, or a computer that slept, says nothing about its sources.
    int64_t waited_us = hp_clock_silence_us(last_us == 0 ? pipeline->opened_us : last_us);
    if (last_us == 0 && is_stalled(waited_us, START_STALL_US)) {
        fail(pipeline, "the pipeline delivers no data: expected the first within 5 s (30 s while "
                       "all cores are busy), check that its source works");
        return;
    }
    bool is_silent = last_us != 0 && is_stalled(waited_us, STALL_US);
    if (is_silent && !pipeline->is_damage_driven) {
        fail(pipeline, "the pipeline has stalled: expected data within 2 s, check that its source "
                       "still works");
        return;
    }
    hp_timer_start(&pipeline->stall_timer, CHECK_US);
}

static void
open_run(void *arg)
{
    struct hp_pipeline *pipeline = arg;
    char *reason = NULL;
    struct hp_run_params params = {
        .text = pipeline->text,
        .codec = pipeline->codec,
        .context = hp_worker_context(pipeline->helper),
    };
    pipeline->cbs.on_opening(pipeline->cbs_arg);
    pipeline->opened_us = hp_clock_now_us();
    __atomic_store_n(&pipeline->last_data_us, 0, __ATOMIC_RELAXED);
    pipeline->run = hp_run_create(&params, &run_cbs, pipeline, &reason);
    if (pipeline->run == NULL) {
        // Another try with the same text would fail again; a restart brings another text.
        log_error("%s: %s", pipeline->name, reason);
        tell(pipeline, HP_PIPELINE_FAILED, reason);
        g_free(reason);
        return;
    }
    atomic_store(&pipeline->opening_us, pipeline->opened_us);
    bool is_up = hp_run_start(pipeline->run, &reason);
    atomic_store(&pipeline->opening_us, 0);
    if (!is_up) {
        fail(pipeline, reason);
    } else {
        pipeline->opened_us = hp_clock_now_us();
        hp_timer_start(&pipeline->stall_timer, CHECK_US);
    }
    g_free(reason);
}

static void
do_start(void *arg)
{
    struct hp_pipeline *pipeline = arg;
    if (!pipeline->is_started) {
        pipeline->is_started = true;
        open_run(pipeline);
    }
}

static void
do_stop(void *arg)
{
    struct hp_pipeline *pipeline = arg;
    if (pipeline->is_started) {
        pipeline->is_started = false;
        close_run(pipeline);
        pipeline->backoff = (struct hp_backoff){ 0 };
        tell(pipeline, HP_PIPELINE_STOPPED, NULL);
    }
}

static void
do_request_keyframe(void *arg)
{
    struct hp_pipeline *pipeline = arg;
    atomic_store(&pipeline->is_asked_for_keyframe, false);
    if (pipeline->run != NULL) {
        hp_run_request_keyframe(pipeline->run);
    }
}

struct restart {
    struct hp_pipeline *pipeline;
    char *text; // NULL: the same as before
};

static void
do_restart(void *arg)
{
    struct restart *restart = arg;
    struct hp_pipeline *pipeline = restart->pipeline;
    if (restart->text != NULL) {
        g_free(pipeline->text);
        pipeline->text = restart->text;
    }
    g_free(restart);
    if (pipeline->is_started) {
        close_run(pipeline);
        pipeline->backoff = (struct hp_backoff){ 0 };
        open_run(pipeline);
    }
}

// A server of sound or pictures that hangs keeps the helper waiting for as long as it hangs.
static void
watch_opening(void *arg)
{
    static const char reason[] =
            "the pipeline's source does not open: expected an answer within 5 s (30 s while all "
            "cores are busy), check that its server of sound or pictures does not hang; it goes on "
            "when that answers";
    struct hp_pipeline *pipeline = arg;
    int64_t opening_us = atomic_load(&pipeline->opening_us);
    bool is_stuck = opening_us != 0
            && is_stalled(hp_clock_silence_us(opening_us), START_STALL_US);
    hp_timer_start(&pipeline->opening_timer, CHECK_US);
    if (is_stuck && opening_us != pipeline->told_us) {
        pipeline->told_us = opening_us;
        log_warn("%s: %s", pipeline->name, reason);
        pipeline->cbs.on_state(pipeline->cbs_arg, HP_PIPELINE_FAILED, reason);
    }
}

static void
finish_close(void *arg)
{
    struct hp_pipeline *pipeline = arg;
    struct hp_pipeline_cbs cbs = pipeline->cbs;
    void *cbs_arg = pipeline->cbs_arg;
    hp_worker_destroy(pipeline->helper); // the helper is idle: this was its last task
    g_free(pipeline->text);
    g_free(pipeline->name);
    g_free(pipeline);
    cbs.on_closed(cbs_arg);
}

static void
do_close(void *arg)
{
    struct hp_pipeline *pipeline = arg;
    close_run(pipeline);
    pipeline->is_started = false;
    hp_worker_post(pipeline->home, finish_close, pipeline);
}

static void
post(struct hp_source *source, hp_task_fn fn)
{
    struct hp_pipeline *pipeline = (struct hp_pipeline *) (void *) source;
    assert(hp_worker_is_current(pipeline->home));
    hp_worker_post(pipeline->helper, fn, pipeline);
}

static void
start(struct hp_source *source)
{
    struct hp_pipeline *pipeline = (struct hp_pipeline *) (void *) source;
    hp_timer_start(&pipeline->opening_timer, CHECK_US);
    post(source, do_start);
}

static void
stop(struct hp_source *source)
{
    struct hp_pipeline *pipeline = (struct hp_pipeline *) (void *) source;
    hp_timer_stop(&pipeline->opening_timer);
    post(source, do_stop);
}

static void
request_keyframe(struct hp_source *source)
{
    struct hp_pipeline *pipeline = (struct hp_pipeline *) (void *) source;
    if (!atomic_exchange(&pipeline->is_asked_for_keyframe, true)) {
        post(source, do_request_keyframe);
    }
}

static const struct hp_source_ops source_ops = {
    .start = start,
    .stop = stop,
    .request_keyframe = request_keyframe,
};

struct hp_pipeline *
hp_pipeline_create(
        const struct hp_pipeline_params *params, const struct hp_pipeline_cbs *cbs, void *arg)
{
    struct hp_worker *helper = hp_worker_create("hp-gst");
    if (helper == NULL) {
        return NULL; // hp_worker_create() has logged the reason
    }
    struct hp_pipeline *pipeline = g_new0(struct hp_pipeline, 1);
    pipeline->source.ops = &source_ops;
    pipeline->cbs = *cbs;
    pipeline->cbs_arg = arg;
    pipeline->name = g_strdup(params->name);
    pipeline->text = g_strdup(params->text);
    pipeline->codec = params->codec;
    pipeline->is_damage_driven = params->is_damage_driven;
    pipeline->home = params->home;
    pipeline->helper = helper;
    hp_timer_init(&pipeline->opening_timer, params->home, watch_opening, pipeline);
    hp_timer_init(&pipeline->retry_timer, helper, open_run, pipeline);
    hp_timer_init(&pipeline->stall_timer, helper, check_stall, pipeline);
    return pipeline;
}

struct hp_source *
hp_pipeline_source(struct hp_pipeline *pipeline)
{
    return &pipeline->source;
}

void
hp_pipeline_restart(struct hp_pipeline *pipeline, const char *text)
{
    assert(hp_worker_is_current(pipeline->home));
    struct restart *restart = g_new(struct restart, 1);
    *restart = (struct restart){ .pipeline = pipeline, .text = g_strdup(text) };
    hp_worker_post(pipeline->helper, do_restart, restart);
}

void
hp_pipeline_close(struct hp_pipeline *pipeline)
{
    assert(hp_worker_is_current(pipeline->home));
    pipeline->is_closing = true;
    hp_timer_stop(&pipeline->opening_timer);
    hp_worker_post(pipeline->helper, do_close, pipeline);
}
