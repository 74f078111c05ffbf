// probe.c - watches how long the VP8 encoder of a pipeline works at a picture.
// Owner: hp_run.  Thread: its helper thread; on_in and on_out on the thread of GStreamer that
// encodes, in which a picture comes out of this encoder before the next one goes in.
#include "media/probe.h"

#include <gst/video/video.h>

#include "base/clock.h"
#include "media/meter.h"
#include "media/recipe.h"

struct hp_probe {
    hp_probe_fn on_effort;
    void *arg;
    GstElement *encoder;
    GstPad *in, *out;
    struct hp_meter meter; // GStreamer's thread
    // Atomic. Orders the accesses of the helper and of GStreamer's thread; GStreamer's own locks do
    // so too, but TSan cannot see them.
    int handover;
};

static void
hand_over(struct hp_probe *probe)
{
    __atomic_add_fetch(&probe->handover, 1, __ATOMIC_ACQ_REL);
}

static GstPadProbeReturn
on_in(GstPad *pad, GstPadProbeInfo *info, gpointer arg)
{
    struct hp_probe *probe = arg;
    (void) pad;
    (void) info;
    hand_over(probe);
    hp_meter_begin(&probe->meter, hp_clock_now_us());
    hand_over(probe);
    return GST_PAD_PROBE_OK;
}

// False: the source has no rate of its own.
static bool
describe(const struct hp_probe *probe, struct hp_effort *effort)
{
    GstVideoInfo video;
    int threads;
    GstCaps *caps = gst_pad_get_current_caps(probe->in);
    bool is_video = caps != NULL && gst_video_info_from_caps(&video, caps);
    gst_clear_caps(&caps);
    if (!is_video || video.fps_n <= 0 || video.fps_d <= 0) {
        return false;
    }
    g_object_get(probe->encoder, "threads", &threads, NULL);
    effort->threads = (unsigned) threads;
    effort->pixels = (int64_t) video.width * video.height;
    effort->interval_us = (int64_t) G_USEC_PER_SEC * video.fps_d / video.fps_n;
    return true;
}

static GstPadProbeReturn
on_out(GstPad *pad, GstPadProbeInfo *info, gpointer arg)
{
    struct hp_probe *probe = arg;
    struct hp_effort effort;
    (void) pad;
    (void) info;
    hand_over(probe);
    if (hp_meter_end(&probe->meter, hp_clock_now_us(), &effort.p95_us)
            && describe(probe, &effort)) {
        probe->on_effort(probe->arg, &effort);
    }
    hand_over(probe);
    return GST_PAD_PROBE_OK;
}

static bool
is_vp8(GstElement *encoder)
{
    GstElementFactory *factory = gst_element_get_factory(encoder);
    return factory != NULL && g_str_equal(GST_OBJECT_NAME(factory), "vp8enc");
}

struct hp_probe *
hp_probe_create(GstBin *pipeline, hp_probe_fn on_effort, void *arg)
{
    GstElement *encoder = gst_bin_get_by_name(pipeline, HP_RECIPE_VP8);
    if (encoder == NULL || !is_vp8(encoder)) {
        gst_clear_object(&encoder);
        return NULL;
    }
    struct hp_probe *probe = g_new0(struct hp_probe, 1);
    probe->on_effort = on_effort;
    probe->arg = arg;
    probe->encoder = encoder;
    probe->in = gst_element_get_static_pad(encoder, "sink");
    probe->out = gst_element_get_static_pad(encoder, "src");
    hand_over(probe);
    gst_pad_add_probe(probe->in, GST_PAD_PROBE_TYPE_BUFFER, on_in, probe, NULL);
    gst_pad_add_probe(probe->out, GST_PAD_PROBE_TYPE_BUFFER, on_out, probe, NULL);
    return probe;
}

void
hp_probe_destroy(struct hp_probe *probe)
{
    if (probe == NULL) {
        return;
    }
    hand_over(probe); // after the last picture
    gst_object_unref(probe->in);
    gst_object_unref(probe->out);
    gst_object_unref(probe->encoder);
    g_free(probe);
}
