// feedsrc.c - the GStreamer element that delivers ready-made VP8 pictures.
// Owner: its pipeline.  Thread: GStreamer's; create() on the element's own streaming thread.
//
// Two pictures are made once, a keyframe and another; each buffer is a view of one of them.
#include "feedsrc.h"

#include <stdatomic.h>

#include <gst/base/gstpushsrc.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "shape.h"

// GObject wants these names: type, class and cast macros are derived from them.
typedef struct bench_feedsrc BenchFeedsrc;
typedef struct {
    GstPushSrcClass parent;
} BenchFeedsrcClass;

struct bench_feedsrc {
    GstPushSrc parent; // first: GObject
    unsigned rate, size; // properties, set before the start
    GstMemory *keyframe, *other;
    gint64 next_us;
    unsigned since_keyframe; // pictures
    atomic_bool is_keyframe_wanted;
    GMutex lock; // of is_flushing
    GCond cond;
    bool is_flushing;
};

static atomic_bool is_all_flowing;

GType bench_feedsrc_get_type(void);
G_DEFINE_TYPE(BenchFeedsrc, bench_feedsrc, GST_TYPE_PUSH_SRC)

enum {
    PROPERTY_RATE = 1,
    PROPERTY_SIZE
};

static GstStaticPadTemplate pad_template =
        GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-vp8"));

static struct bench_feedsrc *
feedsrc_of(gpointer object)
{
    return object;
}

void
bench_feedsrc_set_flowing(bool is_flowing)
{
    atomic_store(&is_all_flowing, is_flowing);
}

static GstMemory *
make_picture(size_t size, bool is_keyframe)
{
    uint8_t *data = g_malloc(size);
    bench_shape_fill(data, size);
    bench_shape_write_start(data, is_keyframe);
    return gst_memory_new_wrapped(GST_MEMORY_FLAG_READONLY, data, size, 0, size, data, g_free);
}

static gboolean
start(GstBaseSrc *source)
{
    struct bench_feedsrc *feedsrc = feedsrc_of(source);
    GstCaps *caps = gst_caps_new_simple("video/x-vp8", "width", G_TYPE_INT, BENCH_SHAPE_WIDTH,
            "height", G_TYPE_INT, BENCH_SHAPE_HEIGHT, NULL);
    feedsrc->keyframe = make_picture(feedsrc->size, true);
    feedsrc->other = make_picture(feedsrc->size, false);
    feedsrc->next_us = g_get_monotonic_time();
    atomic_store(&feedsrc->is_keyframe_wanted, true);
    gboolean is_set = gst_base_src_set_caps(source, caps);
    gst_caps_unref(caps);
    return is_set;
}

static gboolean
stop(GstBaseSrc *source)
{
    struct bench_feedsrc *feedsrc = feedsrc_of(source);
    g_clear_pointer(&feedsrc->keyframe, gst_memory_unref);
    g_clear_pointer(&feedsrc->other, gst_memory_unref);
    return TRUE;
}

static void
set_flushing(struct bench_feedsrc *feedsrc, bool is_flushing)
{
    g_mutex_lock(&feedsrc->lock);
    feedsrc->is_flushing = is_flushing;
    g_cond_signal(&feedsrc->cond);
    g_mutex_unlock(&feedsrc->lock);
}

static gboolean
unlock(GstBaseSrc *source)
{
    set_flushing(feedsrc_of(source), true);
    return TRUE;
}

static gboolean
unlock_stop(GstBaseSrc *source)
{
    set_flushing(feedsrc_of(source), false);
    return TRUE;
}

static gboolean
on_event(GstBaseSrc *source, GstEvent *event)
{
    if (gst_video_event_is_force_key_unit(event)) {
        atomic_store(&feedsrc_of(source)->is_keyframe_wanted, true);
        return TRUE;
    }
    return GST_BASE_SRC_CLASS(bench_feedsrc_parent_class)->event(source, event);
}

// Waits for the next moment at which a picture is due and wanted. False: the element has to stop.
static bool
wait_for_turn(struct bench_feedsrc *feedsrc)
{
    gint64 period_us = G_USEC_PER_SEC / feedsrc->rate;
    g_mutex_lock(&feedsrc->lock);
    while (!feedsrc->is_flushing) {
        bool is_due = g_get_monotonic_time() >= feedsrc->next_us;
        if (!is_due) {
            g_cond_wait_until(&feedsrc->cond, &feedsrc->lock, feedsrc->next_us);
            continue;
        }
        feedsrc->next_us = MAX(feedsrc->next_us + period_us, g_get_monotonic_time() - period_us);
        if (atomic_load(&is_all_flowing)) {
            break;
        }
    }
    bool is_going_on = !feedsrc->is_flushing;
    g_mutex_unlock(&feedsrc->lock);
    return is_going_on;
}

static GstFlowReturn
create(GstPushSrc *source, GstBuffer **buffer)
{
    struct bench_feedsrc *feedsrc = feedsrc_of(source);
    if (!wait_for_turn(feedsrc)) {
        return GST_FLOW_FLUSHING;
    }
    bool is_keyframe = atomic_exchange(&feedsrc->is_keyframe_wanted, false)
            || ++feedsrc->since_keyframe >= feedsrc->rate * BENCH_SHAPE_KEYFRAME_S;
    *buffer = gst_buffer_new();
    gst_buffer_append_memory(
            *buffer, gst_memory_ref(is_keyframe ? feedsrc->keyframe : feedsrc->other));
    if (is_keyframe) {
        feedsrc->since_keyframe = 0;
    } else {
        GST_BUFFER_FLAG_SET(*buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    }
    return GST_FLOW_OK;
}

static void
set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    struct bench_feedsrc *feedsrc = feedsrc_of(object);
    if (id == PROPERTY_RATE) {
        feedsrc->rate = g_value_get_uint(value);
    } else {
        feedsrc->size = g_value_get_uint(value);
    }
}

static void
finalize(GObject *object)
{
    struct bench_feedsrc *feedsrc = feedsrc_of(object);
    g_mutex_clear(&feedsrc->lock);
    g_cond_clear(&feedsrc->cond);
    G_OBJECT_CLASS(bench_feedsrc_parent_class)->finalize(object);
}

static void
bench_feedsrc_init(BenchFeedsrc *feedsrc)
{
    feedsrc->rate = 30;
    feedsrc->size = 15666;
    g_mutex_init(&feedsrc->lock);
    g_cond_init(&feedsrc->cond);
    gst_base_src_set_live(GST_BASE_SRC(feedsrc), TRUE);
    gst_base_src_set_format(GST_BASE_SRC(feedsrc), GST_FORMAT_TIME);
    gst_base_src_set_do_timestamp(GST_BASE_SRC(feedsrc), TRUE);
}

static void
bench_feedsrc_class_init(BenchFeedsrcClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);
    GstElementClass *element = GST_ELEMENT_CLASS(class);
    GstBaseSrcClass *base = GST_BASE_SRC_CLASS(class);
    GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS;
    object->set_property = set_property;
    object->finalize = finalize;
    g_object_class_install_property(object, PROPERTY_RATE,
            g_param_spec_uint("rate", "Rate", "Pictures a second", 1, 1000, 30, flags));
    g_object_class_install_property(object, PROPERTY_SIZE,
            g_param_spec_uint("size", "Size", "Bytes of a picture", 64, 1000000, 15666, flags));
    gst_element_class_set_static_metadata(
            element, "Hairpin feed", "Source/Video", "Ready-made pictures", "Hairpin");
    gst_element_class_add_static_pad_template(element, &pad_template);
    base->start = start;
    base->stop = stop;
    base->unlock = unlock;
    base->unlock_stop = unlock_stop;
    base->event = on_event;
    GST_PUSH_SRC_CLASS(class)->create = create;
}

bool
bench_feedsrc_register(void)
{
    return gst_element_register(NULL, "hairpinfeedsrc", GST_RANK_NONE, bench_feedsrc_get_type());
}
