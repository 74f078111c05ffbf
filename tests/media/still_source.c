// still_source.c - fixture: a screen on which nothing moves.
// Owner: its pipeline.  Thread: GStreamer's.
#include "media/still_source.h"

#include <pthread.h>
#include <stdbool.h>

#include <gst/base/gstpushsrc.h>
#include <gst/gst.h>
#include <gst/video/video.h>

enum {
    WIDTH = 64,
    HEIGHT = 48,
    SIZE = WIDTH * HEIGHT * 3 / 2
};

typedef struct still_source StillSource;
typedef struct {
    GstPushSrcClass parent;
} StillSourceClass;

struct still_source {
    GstPushSrc parent; // first: GObject
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int wanted; // pictures
    bool is_unlocked;
};

GType still_source_get_type(void);
G_DEFINE_TYPE(StillSource, still_source, GST_TYPE_PUSH_SRC)

static GstStaticPadTemplate pad_template =
        GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                GST_STATIC_CAPS("video/x-raw,format=I420,width=64,height=48,framerate=0/1,"
                                "colorimetry=bt601"));

static void
change(struct still_source *still, int wanted, bool is_unlocked)
{
    pthread_mutex_lock(&still->lock);
    still->wanted += wanted;
    still->is_unlocked = is_unlocked;
    pthread_cond_signal(&still->changed);
    pthread_mutex_unlock(&still->lock);
}

static GstFlowReturn
create(GstPushSrc *source, GstBuffer **buffer)
{
    struct still_source *still = (struct still_source *) source;
    pthread_mutex_lock(&still->lock);
    while (still->wanted == 0 && !still->is_unlocked) {
        pthread_cond_wait(&still->changed, &still->lock);
    }
    bool is_unlocked = still->is_unlocked;
    still->wanted -= is_unlocked ? 0 : 1;
    pthread_mutex_unlock(&still->lock);
    if (is_unlocked) {
        return GST_FLOW_FLUSHING;
    }
    *buffer = gst_buffer_new_allocate(NULL, SIZE, NULL);
    gst_buffer_memset(*buffer, 0, 128, SIZE);
    return GST_FLOW_OK;
}

static gboolean
start(GstBaseSrc *source)
{
    struct still_source *still = (struct still_source *) source;
    still->wanted = 1;
    return TRUE;
}

static gboolean
on_event(GstBaseSrc *source, GstEvent *event)
{
    if (!gst_video_event_is_force_key_unit(event)) {
        return GST_BASE_SRC_CLASS(still_source_parent_class)->event(source, event);
    }
    change((struct still_source *) source, 1, false);
    return TRUE;
}

static gboolean
unlock(GstBaseSrc *source)
{
    change((struct still_source *) source, 0, true);
    return TRUE;
}

static gboolean
unlock_stop(GstBaseSrc *source)
{
    change((struct still_source *) source, 0, false);
    return TRUE;
}

static void
still_source_init(StillSource *still)
{
    pthread_mutex_init(&still->lock, NULL);
    pthread_cond_init(&still->changed, NULL);
    gst_base_src_set_live(GST_BASE_SRC(still), TRUE);
    gst_base_src_set_format(GST_BASE_SRC(still), GST_FORMAT_TIME);
    gst_base_src_set_do_timestamp(GST_BASE_SRC(still), TRUE);
}

static void
still_source_class_init(StillSourceClass *class)
{
    GstElementClass *element = GST_ELEMENT_CLASS(class);
    GstBaseSrcClass *base = GST_BASE_SRC_CLASS(class);
    gst_element_class_set_static_metadata(element, "Still", "Source", "A still screen", "Hairpin");
    gst_element_class_add_static_pad_template(element, &pad_template);
    base->start = start;
    base->event = on_event;
    base->unlock = unlock;
    base->unlock_stop = unlock_stop;
    GST_PUSH_SRC_CLASS(class)->create = create;
}

void
still_source_register(void)
{
    gst_element_register(NULL, "stillsrc", GST_RANK_NONE, still_source_get_type());
}
