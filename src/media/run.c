// run.c - one life of a GStreamer pipeline: from its text to its end.
// Owner: hp_pipeline.  Thread: its helper thread; on_sample on a thread of GStreamer.
//
// All pipelines use the system's monotonic clock, which is hp_clock's. So the base time of a run
// plus the running time of a buffer is a moment on that clock, for sound and picture alike.
#include "media/run.h"

#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#define LOG_TAG "pipeline"
#include "base/clock.h"
#include "base/log.h"
#include "media/probe.h"

// A time stamp further from now than this is a mistake of the pipeline, and is replaced by now.
enum {
    MAX_CLOCK_ERROR_US = 5 * 1000 * 1000
};

struct hp_run {
    struct hp_run_cbs cbs;
    void *cbs_arg;
    enum hp_codec codec;
    GstElement *pipeline;
    GstElement *appsink;
    GSource *bus_watch;
    struct hp_probe *probe; // NULL: the encoder is not ours
    GByteArray *joined; // an H.264 picture that comes as several buffers
    GstClockTime base_time;
    // Atomic. Orders the accesses of the helper and of GStreamer's threads to this struct and to
    // cbs_arg; GStreamer's own locks do so too, but TSan cannot see them.
    int handover;
};

static const char *const codec_caps[HP_CODECS] = {
    [HP_CODEC_VP8] = "video/x-vp8",
    [HP_CODEC_H264] = "video/x-h264,stream-format=byte-stream,alignment={(string)au,(string)nal}",
    [HP_CODEC_OPUS] = "audio/x-opus",
};

static uint64_t
capture_time_ns(const struct hp_run *run, const GstSegment *segment, GstBuffer *buffer)
{
    int64_t now_us = hp_clock_now_us();
    GstClockTime running = GST_CLOCK_TIME_NONE;
    if (GST_BUFFER_PTS_IS_VALID(buffer)) {
        running = gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
    }
    if (!GST_CLOCK_TIME_IS_VALID(running)) {
        return (uint64_t) now_us * 1000;
    }
    uint64_t capture_ns = run->base_time + running;
    int64_t error_us = now_us - (int64_t) (capture_ns / 1000);
    bool is_sane = error_us < MAX_CLOCK_ERROR_US && error_us > -MAX_CLOCK_ERROR_US;
    return is_sane ? capture_ns : (uint64_t) now_us * 1000;
}

// H.264 may come as single NAL units (alignment=nal); the last one of a picture is marked.
static bool
is_last_of_picture(const struct hp_run *run, GstSample *sample, GstBuffer *buffer)
{
    if (run->codec != HP_CODEC_H264 || GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_MARKER)) {
        return true;
    }
    const GstStructure *caps = gst_caps_get_structure(gst_sample_get_caps(sample), 0);
    return g_strcmp0(gst_structure_get_string(caps, "alignment"), "nal") != 0;
}

static void
deliver(struct hp_run *run, GstSample *sample, GstBuffer *buffer, const GstMapInfo *map)
{
    bool is_last = is_last_of_picture(run, sample, buffer);
    if (is_last && run->joined->len == 0) {
        uint64_t time_ns = capture_time_ns(run, gst_sample_get_segment(sample), buffer);
        run->cbs.on_data(run->cbs_arg, map->data, map->size, time_ns);
        return;
    }
    if (run->joined->len + map->size <= HP_FRAME_SIZE_MAX) {
        g_byte_array_append(run->joined, map->data, (guint) map->size);
    }
    if (is_last) {
        uint64_t time_ns = capture_time_ns(run, gst_sample_get_segment(sample), buffer);
        run->cbs.on_data(run->cbs_arg, run->joined->data, run->joined->len, time_ns);
        g_byte_array_set_size(run->joined, 0);
    }
}

static GstFlowReturn
on_sample(GstAppSink *appsink, gpointer arg)
{
    struct hp_run *run = arg;
    GstSample *sample = gst_app_sink_pull_sample(appsink);
    if (sample == NULL) {
        return GST_FLOW_EOS;
    }
    GstBuffer *buffer = gst_sample_get_buffer(sample);
    GstMapInfo map;
    if (buffer != NULL && gst_buffer_map(buffer, &map, GST_MAP_READ)) {
        __atomic_add_fetch(&run->handover, 1, __ATOMIC_ACQ_REL);
        deliver(run, sample, buffer, &map);
        __atomic_add_fetch(&run->handover, 1, __ATOMIC_ACQ_REL);
        gst_buffer_unmap(buffer, &map);
    }
    gst_sample_unref(sample);
    return GST_FLOW_OK;
}

static char *
error_sentence(GstMessage *message)
{
    GError *error = NULL;
    char *details = NULL;
    gst_message_parse_error(message, &error, &details);
    log_debug("%s: %s", GST_MESSAGE_SRC_NAME(message), details == NULL ? "" : details);
    char *sentence = g_strdup_printf("%s: %s", GST_MESSAGE_SRC_NAME(message),
            error == NULL ? "unknown error" : error->message);
    g_clear_error(&error);
    g_free(details);
    return sentence;
}

static gboolean
on_message(GstBus *bus, GstMessage *message, gpointer arg)
{
    struct hp_run *run = arg;
    (void) bus;
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) {
        run->cbs.on_failed(run->cbs_arg,
                "the pipeline has ended: expected a source without an end");
        return G_SOURCE_REMOVE;
    }
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
        char *sentence = error_sentence(message);
        run->cbs.on_failed(run->cbs_arg, sentence);
        g_free(sentence);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static void
watch_bus(struct hp_run *run, GMainContext *context)
{
    GstBus *bus = gst_element_get_bus(run->pipeline);
    run->bus_watch = gst_bus_create_watch(bus);
    g_source_set_callback(run->bus_watch, G_SOURCE_FUNC(on_message), run, NULL);
    g_source_attach(run->bus_watch, context);
    gst_object_unref(bus);
}

static GstElement *
parse_text(const char *text, char **reason)
{
    GError *error = NULL;
    GstElement *pipeline = gst_parse_launch_full(text, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
    if (error != NULL || pipeline == NULL) {
        *reason = g_strdup_printf(
                "the pipeline's text is wrong: %s", error == NULL ? "it is empty" : error->message);
        g_clear_error(&error);
        g_clear_pointer(&pipeline, gst_object_unref);
        return NULL;
    }
    if (!GST_IS_PIPELINE(pipeline)) { // the text has only one element
        GstElement *element = pipeline;
        pipeline = gst_pipeline_new(NULL);
        gst_bin_add(GST_BIN(pipeline), element);
    }
    return pipeline;
}

static bool
set_up_appsink(struct hp_run *run)
{
    run->appsink = gst_bin_get_by_name(GST_BIN(run->pipeline), "appsink");
    if (run->appsink == NULL || !GST_IS_APP_SINK(run->appsink)) {
        return false;
    }
    GstAppSink *appsink = GST_APP_SINK(run->appsink);
    GstCaps *caps = gst_app_sink_get_caps(appsink);
    if (caps == NULL) {
        caps = gst_caps_from_string(codec_caps[run->codec]);
        gst_app_sink_set_caps(appsink, caps);
    }
    gst_caps_unref(caps);
    GstAppSinkCallbacks callbacks = { .new_sample = on_sample };
    gst_app_sink_set_callbacks(appsink, &callbacks, run, NULL);
    gst_app_sink_set_wait_on_eos(appsink, FALSE);
    return true;
}

struct hp_run *
hp_run_create(
        const struct hp_run_params *params, const struct hp_run_cbs *cbs, void *arg, char **reason)
{
    struct hp_run *run = g_new0(struct hp_run, 1);
    run->cbs = *cbs;
    run->cbs_arg = arg;
    run->codec = params->codec;
    run->joined = g_byte_array_new();
    run->pipeline = parse_text(params->text, reason);
    if (run->pipeline == NULL) {
        goto fail;
    }
    if (!set_up_appsink(run)) {
        *reason = g_strdup(
                "the pipeline's text is wrong: expected \"appsink name=appsink\" at its end");
        goto fail;
    }
    watch_bus(run, params->context);
    run->probe = hp_probe_create(GST_BIN(run->pipeline), cbs->on_effort, arg);
    return run;
fail:
    hp_run_destroy(run);
    return NULL;
}

static char *
start_failure(struct hp_run *run)
{
    GstBus *bus = gst_element_get_bus(run->pipeline);
    GstMessage *message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
    gst_object_unref(bus);
    if (message == NULL) {
        return g_strdup("the pipeline does not start and tells no reason");
    }
    char *sentence = error_sentence(message);
    gst_message_unref(message);
    return sentence;
}

bool
hp_run_start(struct hp_run *run, char **reason)
{
    GstClock *clock = gst_system_clock_obtain();
    run->base_time = gst_clock_get_time(clock);
    __atomic_add_fetch(&run->handover, 1, __ATOMIC_ACQ_REL);
    gst_pipeline_use_clock(GST_PIPELINE(run->pipeline), clock);
    gst_object_unref(clock);
    // we set the base time ourselves
    gst_element_set_start_time(run->pipeline, GST_CLOCK_TIME_NONE);
    gst_element_set_base_time(run->pipeline, run->base_time);
    GstStateChangeReturn change = gst_element_set_state(run->pipeline, GST_STATE_PAUSED);
    // A live source keeps its own time; a pipeline that reads a file has to be held back.
    bool is_live = change == GST_STATE_CHANGE_NO_PREROLL;
    g_object_set(run->appsink, "sync", !is_live, NULL);
    if (change != GST_STATE_CHANGE_FAILURE) {
        change = gst_element_set_state(run->pipeline, GST_STATE_PLAYING);
    }
    if (change == GST_STATE_CHANGE_FAILURE) {
        *reason = start_failure(run);
        return false;
    }
    return true;
}

static void
send_to_source(const GValue *item, gpointer arg)
{
    GstPad *pad = gst_element_get_static_pad(g_value_get_object(item), "src");
    (void) arg;
    if (pad != NULL) {
        // Arrives at the `event` method of a GstBaseSrc; sources that do not know the event ignore
        // it.
        gst_pad_send_event(
                pad, gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
        gst_object_unref(pad);
    }
}

void
hp_run_request_keyframe(struct hp_run *run)
{
    GstPad *pad = gst_element_get_static_pad(run->appsink, "sink");
    gst_pad_push_event(
            pad, gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
    gst_object_unref(pad);
    GstIterator *sources = gst_bin_iterate_sources(GST_BIN(run->pipeline));
    while (gst_iterator_foreach(sources, send_to_source, NULL) == GST_ITERATOR_RESYNC) {
        gst_iterator_resync(sources);
    }
    gst_iterator_free(sources);
}

void
hp_run_destroy(struct hp_run *run)
{
    if (run == NULL) {
        return;
    }
    if (run->bus_watch != NULL) {
        g_source_destroy(run->bus_watch);
        g_source_unref(run->bus_watch);
    }
    if (run->pipeline != NULL) {
        gst_element_set_state(run->pipeline, GST_STATE_NULL);
    }
    __atomic_add_fetch(&run->handover, 1, __ATOMIC_ACQ_REL); // after the last sample
    hp_probe_destroy(run->probe);
    g_clear_pointer(&run->appsink, gst_object_unref);
    g_clear_pointer(&run->pipeline, gst_object_unref);
    g_byte_array_free(run->joined, TRUE);
    g_free(run);
}
