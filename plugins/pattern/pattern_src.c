// pattern_src.c - the GStreamer source element that delivers the test picture.
// Owner: its pipeline.  Thread: GStreamer's; create() on the element's own streaming thread.
//
// A live source: each picture belongs to a slot of the clock (slot = time / frame time). The base
// class waits for the time of a buffer; missed slots are skipped.
#include "pattern_src.h"

#include <string.h>

#include <gst/base/gstpushsrc.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "board.h"
#include "picture.h"

// GObject derives its type, class and cast macros from names like this.
typedef struct hp_pattern_src HpPatternSrc;
typedef struct {
    GstPushSrcClass parent;
} HpPatternSrcClass;

struct hp_pattern_src {
    GstPushSrc parent; // the first member, as GObject requires
    unsigned number; // property, set before the start
    struct hp_board *board;
    int width, height; // as negotiated
    uint8_t *background;
    size_t size; // bytes of a picture
    uint64_t next_slot;
};

GType hp_pattern_src_get_type(void);
G_DEFINE_TYPE(HpPatternSrc, hp_pattern_src, GST_TYPE_PUSH_SRC)

enum {
    PROPERTY_BOARD = 1
};

static GstStaticPadTemplate pad_template = GST_STATIC_PAD_TEMPLATE(
        "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_VIDEO_CAPS_MAKE("BGRx")));

static struct hp_pattern_src *
pattern_of(gpointer object)
{
    return object;
}

static gboolean
start(GstBaseSrc *source)
{
    struct hp_pattern_src *pattern = pattern_of(source);
    pattern->board = hp_board_find(pattern->number);
    if (pattern->board == NULL) {
        GST_ELEMENT_ERROR(
                source, RESOURCE, NOT_FOUND, ("There is no board %u", pattern->number), (NULL));
        return FALSE;
    }
    pattern->next_slot = 0;
    return TRUE;
}

static gboolean
stop(GstBaseSrc *source)
{
    struct hp_pattern_src *pattern = pattern_of(source);
    g_clear_pointer(&pattern->background, g_free);
    g_clear_pointer(&pattern->board, hp_board_unref);
    return TRUE;
}

// Before the start any caps are possible; afterwards the board determines them.
static GstCaps *
get_caps(GstBaseSrc *source, GstCaps *filter)
{
    struct hp_pattern_src *pattern = pattern_of(source);
    GstCaps *caps = gst_pad_get_pad_template_caps(GST_BASE_SRC_PAD(source));
    if (pattern->board != NULL) {
        unsigned size = atomic_load(&pattern->board->size);
        caps = gst_caps_make_writable(caps);
        gst_caps_set_simple(caps, "width", G_TYPE_INT, (int) (size >> 16), "height", G_TYPE_INT,
                (int) (size & 0xffff), "framerate", GST_TYPE_FRACTION, pattern->board->rate, 1,
                NULL);
    }
    if (filter != NULL) {
        GstCaps *both = gst_caps_intersect_full(filter, caps, GST_CAPS_INTERSECT_FIRST);
        gst_caps_unref(caps);
        caps = both;
    }
    return caps;
}

static gboolean
set_caps(GstBaseSrc *source, GstCaps *caps)
{
    struct hp_pattern_src *pattern = pattern_of(source);
    GstVideoInfo info;
    if (!gst_video_info_from_caps(&info, caps)) {
        return FALSE;
    }
    pattern->width = GST_VIDEO_INFO_WIDTH(&info);
    pattern->height = GST_VIDEO_INFO_HEIGHT(&info);
    pattern->size = GST_VIDEO_INFO_SIZE(&info);
    g_free(pattern->background);
    pattern->background = g_malloc0(pattern->size);
    struct hp_picture picture = { pattern->background, pattern->width, pattern->height };
    hp_picture_draw_background(&picture, pattern->board->colour);
    return TRUE;
}

static void
draw(struct hp_pattern_src *pattern, uint8_t *pixels, uint64_t slot)
{
    struct hp_picture picture = { pixels, pattern->width, pattern->height };
    unsigned pointer = atomic_load(&pattern->board->pointer);
    memcpy(pixels, pattern->background, pattern->size);
    hp_picture_draw_moment(
            &picture, (uint16_t) slot, (uint16_t) (pointer >> 16), (uint16_t) pointer);
}

static uint64_t
clock_time(GstElement *element)
{
    GstClock *clock = gst_element_get_clock(element);
    if (clock == NULL) {
        return gst_element_get_base_time(element);
    }
    uint64_t now = gst_clock_get_time(clock);
    gst_object_unref(clock);
    return now;
}

// Makes the next picture. Its time stamp is the running time of its slot, for which the base class
// waits.
static GstFlowReturn
create(GstPushSrc *source, GstBuffer **buffer)
{
    struct hp_pattern_src *pattern = pattern_of(source);
    GstElement *element = GST_ELEMENT(source);
    uint64_t period = GST_SECOND / (uint64_t) pattern->board->rate;
    uint64_t base_time = gst_element_get_base_time(element);
    uint64_t first_slot = base_time / period + 1; // running time begins at 0
    uint64_t slot = MAX(clock_time(element) / period, MAX(first_slot, pattern->next_slot));
    GstBuffer *picture = gst_buffer_new_allocate(NULL, pattern->size, NULL);
    GstMapInfo map;
    if (picture == NULL || !gst_buffer_map(picture, &map, GST_MAP_WRITE)) {
        gst_clear_buffer(&picture);
        return GST_FLOW_ERROR;
    }
    draw(pattern, map.data, slot);
    gst_buffer_unmap(picture, &map);
    GST_BUFFER_PTS(picture) = slot * period - base_time;
    GST_BUFFER_DURATION(picture) = period;
    pattern->next_slot = slot + 1;
    *buffer = picture;
    return GST_FLOW_OK;
}

static void
get_times(GstBaseSrc *source, GstBuffer *buffer, GstClockTime *start_time, GstClockTime *end_time)
{
    (void) source;
    *start_time = GST_BUFFER_PTS(buffer);
    *end_time = *start_time + GST_BUFFER_DURATION(buffer);
}

static void
set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    (void) id;
    (void) spec;
    pattern_of(object)->number = g_value_get_uint(value);
}

static void
hp_pattern_src_init(HpPatternSrc *pattern)
{
    gst_base_src_set_live(GST_BASE_SRC(pattern), TRUE);
    gst_base_src_set_format(GST_BASE_SRC(pattern), GST_FORMAT_TIME);
}

static void
hp_pattern_src_class_init(HpPatternSrcClass *class)
{
    GstElementClass *element = GST_ELEMENT_CLASS(class);
    GstBaseSrcClass *base = GST_BASE_SRC_CLASS(class);
    G_OBJECT_CLASS(class)->set_property = set_property;
    g_object_class_install_property(G_OBJECT_CLASS(class), PROPERTY_BOARD,
            g_param_spec_uint("board", "Board", "Number of the plugin's board", 0, G_MAXUINT, 0,
                    G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS));
    gst_element_class_set_static_metadata(element, "Hairpin test picture", "Source/Video",
            "A moving picture that software can read back", "Hairpin");
    gst_element_class_add_static_pad_template(element, &pad_template);
    base->start = start;
    base->stop = stop;
    base->get_caps = get_caps;
    base->set_caps = set_caps;
    base->get_times = get_times;
    GST_PUSH_SRC_CLASS(class)->create = create;
}

bool
hp_pattern_src_register(void)
{
    return gst_element_register(
            NULL, "hairpinpatternsrc", GST_RANK_NONE, hp_pattern_src_get_type());
}
