// capture.c - hairpinxsrc, a GStreamer source with the pictures of an X display.
// Owner: the pipeline. Thread: create() on the streaming thread; unlock, events, properties: any.
#include "capture.h"

#include <gst/base/gstpushsrc.h>
#include <gst/gst.h>
#include <gst/video/video.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "beat.h"
#include "display.h"
#include "grabber.h"

enum {
    MAX_FRAMERATE = 240,
    MAX_FAILURES = 10, // failed grabs in a row; each takes 2 s when the server hangs
};

// GObject wants these names to be types.
typedef struct HpCapture {
    GstPushSrc parent;
    GMutex lock; // of display and display_file
    char *display;
    char *display_file;
    int max_framerate; // the host's limit
    gboolean has_repeats;
    int wake_fd; // readable: a picture is requested
    int cancel_fd; // readable from unlock() to unlock_stop()
    atomic_bool is_unlocked;
    atomic_bool is_picture_wanted;
    // For the streaming thread, and for stop() after that thread has ended.
    struct hp_grabber *grabber;
    int rate; // pictures per second at most: the host's limit, and the rate of the screen
    int width, height, caps_rate; // of the caps in force
    GstBufferPool *pool; // of pictures of that size, which are too large to be made anew each time
    struct hp_beat beat;
    int failures;
} HpCapture;

typedef struct HpCaptureClass {
    GstPushSrcClass parent;
} HpCaptureClass;

enum {
    PROPERTY_DISPLAY = 1,
    PROPERTY_DISPLAY_FILE,
    PROPERTY_MAX_FRAMERATE,
    PROPERTY_REPEATS
};

static GType hp_capture_get_type(void);
G_DEFINE_TYPE(HpCapture, hp_capture, GST_TYPE_PUSH_SRC)

static HpCapture *
capture_of(void *object)
{
    return G_TYPE_CHECK_INSTANCE_CAST(object, hp_capture_get_type(), HpCapture);
}

static GstStaticPadTemplate pad_template = GST_STATIC_PAD_TEMPLATE(
        "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_VIDEO_CAPS_MAKE("I420")));

static void
set_fd(int fd)
{
    uint64_t one = 1;
    if (write(fd, &one, sizeof(one)) < 0) {
        return; // the counter is full, so the descriptor is readable
    }
}

static void
clear_fd(int fd)
{
    uint64_t count;
    if (read(fd, &count, sizeof(count)) < 0) {
        return; // the descriptor was not readable
    }
}

static bool
open_grabber(HpCapture *capture)
{
    struct hp_display display = { 0 };
    g_mutex_lock(&capture->lock);
    if (capture->display_file != NULL) {
        hp_display_read(&display, capture->display_file);
    } else if (capture->display != NULL) {
        g_strlcpy(display.name, capture->display, sizeof(display.name));
    }
    g_mutex_unlock(&capture->lock);
    const char *reason = "there is no X server yet";
    if (display.name[0] != '\0') {
        capture->grabber = hp_grabber_create(&display, capture->cancel_fd, &reason);
    }
    if (capture->grabber == NULL && atomic_load(&capture->is_unlocked)) {
        return false; // interrupted
    }
    if (capture->grabber == NULL) {
        GST_ELEMENT_ERROR(capture, RESOURCE, OPEN_READ, ("cannot capture: %s", reason), (NULL));
        return false;
    }
    capture->failures = 0;
    capture->beat = (struct hp_beat){ 0 };
    return true;
}

static void
update_rate(HpCapture *capture)
{
    int screen_rate = hp_grabber_get_rate(capture->grabber);
    capture->rate = screen_rate > 0 ? MIN(screen_rate, capture->max_framerate)
                                    : capture->max_framerate;
}

static void
drop_pool(HpCapture *capture)
{
    if (capture->pool != NULL) {
        gst_buffer_pool_set_active(capture->pool, FALSE);
        g_clear_pointer(&capture->pool, gst_object_unref);
    }
}

static bool
set_pool(HpCapture *capture, GstCaps *caps)
{
    size_t size;
    drop_pool(capture);
    hp_grabber_get_picture(capture->grabber, &size);
    capture->pool = gst_buffer_pool_new();
    GstStructure *config = gst_buffer_pool_get_config(capture->pool);
    gst_buffer_pool_config_set_params(config, caps, (guint) size, 0, 0);
    return gst_buffer_pool_set_config(capture->pool, config)
            && gst_buffer_pool_set_active(capture->pool, TRUE);
}

static bool
set_caps(HpCapture *capture)
{
    int width, height;
    hp_grabber_get_size(capture->grabber, &width, &height);
    if (width == capture->width && height == capture->height
            && capture->rate == capture->caps_rate) {
        return true;
    }
    GstCaps *caps = gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "I420", "width",
            G_TYPE_INT, width, "height", G_TYPE_INT, height, "framerate", GST_TYPE_FRACTION,
            capture->rate, 1, "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, "interlace-mode",
            G_TYPE_STRING, "progressive", "colorimetry", G_TYPE_STRING, "bt601", NULL);
    bool is_set = gst_base_src_set_caps(GST_BASE_SRC(capture), caps) && set_pool(capture, caps);
    gst_caps_unref(caps);
    capture->width = width;
    capture->height = height;
    capture->caps_rate = capture->rate;
    return is_set;
}

static GstFlowReturn
push_picture(HpCapture *capture, GstBuffer **buffer)
{
    if (!set_caps(capture)) {
        return GST_FLOW_NOT_NEGOTIATED;
    }
    GstFlowReturn flow = gst_buffer_pool_acquire_buffer(capture->pool, buffer, NULL);
    if (flow != GST_FLOW_OK) {
        return flow;
    }
    size_t size;
    const uint8_t *picture = hp_grabber_get_picture(capture->grabber, &size);
    gst_buffer_fill(*buffer, 0, picture, size);
    return GST_FLOW_OK;
}

// True: a fresh picture has been grabbed. A grab that fails is tried again at the next turn, since
// the screen may be changing its size.
static bool
grab(HpCapture *capture, gint64 now_us)
{
    hp_beat_note_grab(&capture->beat, now_us, G_USEC_PER_SEC / capture->rate);
    bool is_grabbed = hp_grabber_grab(capture->grabber);
    capture->failures = is_grabbed ? 0 : capture->failures + 1;
    return is_grabbed;
}

// When the next push is due; INT64_MAX: never.
static gint64
get_due(const HpCapture *capture)
{
    bool is_damaged = hp_grabber_is_damaged(capture->grabber);
    return is_damaged || capture->has_repeats ? hp_beat_get_due(&capture->beat, is_damaged)
                                              : INT64_MAX;
}

static void
wait_for_news(HpCapture *capture, gint64 now_us, gint64 due_us)
{
    struct pollfd fds[] = {
        { .fd = hp_grabber_get_fd(capture->grabber), .events = POLLIN },
        { .fd = capture->wake_fd, .events = POLLIN },
        { .fd = capture->cancel_fd, .events = POLLIN },
    };
    struct timespec left = { .tv_sec = (due_us - now_us) / G_USEC_PER_SEC,
        .tv_nsec = (due_us - now_us) % G_USEC_PER_SEC * 1000 };
    ppoll(fds, G_N_ELEMENTS(fds), due_us == INT64_MAX ? NULL : &left, NULL);
}

// Pushes what is due: a change, or the last picture again. False: the change cannot be grabbed.
static bool
push_due(HpCapture *capture, gint64 now_us, GstBuffer **buffer, GstFlowReturn *flow)
{
    bool is_change = hp_grabber_is_damaged(capture->grabber);
    if (is_change && !grab(capture, now_us)) {
        return false;
    }
    bool is_keyframe = atomic_exchange(&capture->is_picture_wanted, false);
    if (is_change || is_keyframe) {
        hp_beat_note_picture(&capture->beat, now_us);
    } else {
        hp_beat_note_repeat(&capture->beat, now_us);
    }
    *flow = push_picture(capture, buffer);
    return true;
}

// Runs one turn. True: create() returns *flow; false: no picture was due yet.
static bool
run_once(HpCapture *capture, GstBuffer **buffer, GstFlowReturn *flow)
{
    if (!hp_grabber_read_events(capture->grabber) || capture->failures >= MAX_FAILURES) {
        GST_ELEMENT_ERROR(capture, RESOURCE, READ, ("the X server is gone or hangs"), (NULL));
        *flow = GST_FLOW_ERROR;
        return true;
    }
    update_rate(capture);
    gint64 now_us = g_get_monotonic_time();
    gint64 due_us = get_due(capture);
    if (due_us <= now_us) {
        return push_due(capture, now_us, buffer, flow);
    }
    bool has_picture = capture->width > 0 && capture->failures == 0;
    if (has_picture && atomic_exchange(&capture->is_picture_wanted, false)) {
        hp_beat_note_picture(&capture->beat, now_us);
        *flow = push_picture(capture, buffer);
        return true;
    }
    wait_for_news(capture, now_us, due_us);
    return false;
}

static GstFlowReturn
create(GstPushSrc *source, GstBuffer **buffer)
{
    HpCapture *capture = capture_of(source);
    GstFlowReturn flow = GST_FLOW_OK;
    if (capture->grabber == NULL && !open_grabber(capture)) {
        return atomic_load(&capture->is_unlocked) ? GST_FLOW_FLUSHING : GST_FLOW_ERROR;
    }
    while (!atomic_load(&capture->is_unlocked)) {
        clear_fd(capture->wake_fd);
        if (run_once(capture, buffer, &flow)) {
            return flow;
        }
    }
    return GST_FLOW_FLUSHING;
}

static gboolean
unlock(GstBaseSrc *source)
{
    HpCapture *capture = capture_of(source);
    atomic_store(&capture->is_unlocked, true);
    set_fd(capture->cancel_fd);
    return TRUE;
}

static gboolean
unlock_stop(GstBaseSrc *source)
{
    HpCapture *capture = capture_of(source);
    clear_fd(capture->cancel_fd);
    atomic_store(&capture->is_unlocked, false);
    return TRUE;
}

static gboolean
stop(GstBaseSrc *source)
{
    HpCapture *capture = capture_of(source);
    hp_grabber_destroy(capture->grabber);
    capture->grabber = NULL;
    drop_pool(capture);
    capture->width = capture->height = 0;
    return TRUE;
}

// The caps come with the first picture, when the screen's size is known.
static gboolean
negotiate(GstBaseSrc *source)
{
    return TRUE;
}

static bool
handle_event(HpCapture *capture, GstEvent *event)
{
    if (GST_EVENT_TYPE(event) != GST_EVENT_CUSTOM_UPSTREAM
            || !gst_video_event_is_force_key_unit(event)) {
        return false;
    }
    atomic_store(&capture->is_picture_wanted, true);
    set_fd(capture->wake_fd);
    return true;
}

static gboolean
on_event(GstBaseSrc *source, GstEvent *event)
{
    return handle_event(capture_of(source), event)
            || GST_BASE_SRC_CLASS(hp_capture_parent_class)->event(source, event);
}

static gboolean
send_event(GstElement *element, GstEvent *event)
{
    if (handle_event(capture_of(element), event)) {
        gst_event_unref(event);
        return TRUE;
    }
    return GST_ELEMENT_CLASS(hp_capture_parent_class)->send_event(element, event);
}

static void
set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    HpCapture *capture = capture_of(object);
    g_mutex_lock(&capture->lock);
    if (id == PROPERTY_DISPLAY) {
        g_free(capture->display);
        capture->display = g_value_dup_string(value);
    } else if (id == PROPERTY_DISPLAY_FILE) {
        g_free(capture->display_file);
        capture->display_file = g_value_dup_string(value);
    } else if (id == PROPERTY_MAX_FRAMERATE) {
        capture->max_framerate = g_value_get_int(value);
    } else {
        capture->has_repeats = g_value_get_boolean(value);
    }
    g_mutex_unlock(&capture->lock);
}

static void
get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    HpCapture *capture = capture_of(object);
    g_mutex_lock(&capture->lock);
    if (id == PROPERTY_DISPLAY) {
        g_value_set_string(value, capture->display);
    } else if (id == PROPERTY_DISPLAY_FILE) {
        g_value_set_string(value, capture->display_file);
    } else if (id == PROPERTY_MAX_FRAMERATE) {
        g_value_set_int(value, capture->max_framerate);
    } else {
        g_value_set_boolean(value, capture->has_repeats);
    }
    g_mutex_unlock(&capture->lock);
}

static void
finalize(GObject *object)
{
    HpCapture *capture = capture_of(object);
    g_free(capture->display);
    g_free(capture->display_file);
    g_mutex_clear(&capture->lock);
    close(capture->wake_fd);
    close(capture->cancel_fd);
    G_OBJECT_CLASS(hp_capture_parent_class)->finalize(object);
}

static void
hp_capture_init(HpCapture *capture)
{
    g_mutex_init(&capture->lock);
    capture->max_framerate = MAX_FRAMERATE;
    capture->has_repeats = TRUE;
    capture->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    capture->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    gst_base_src_set_live(GST_BASE_SRC(capture), TRUE);
    gst_base_src_set_format(GST_BASE_SRC(capture), GST_FORMAT_TIME);
    gst_base_src_set_do_timestamp(GST_BASE_SRC(capture), TRUE);
}

static void
install_properties(GObjectClass *object)
{
    GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
    g_object_class_install_property(object, PROPERTY_DISPLAY,
            g_param_spec_string("display", "Display", "X display, \":0\"", NULL, flags));
    g_object_class_install_property(object, PROPERTY_DISPLAY_FILE,
            g_param_spec_string("display-file", "Display file",
                    "File that names the X display and its cookie", NULL, flags));
    g_object_class_install_property(object, PROPERTY_MAX_FRAMERATE,
            g_param_spec_int("max-framerate", "Most pictures", "Pictures per second at most", 1,
                    MAX_FRAMERATE, MAX_FRAMERATE, flags));
    g_object_class_install_property(object, PROPERTY_REPEATS,
            g_param_spec_boolean("repeats", "Repeats",
                    "Push the last picture again while nothing changes", TRUE, flags));
}

static void
hp_capture_class_init(HpCaptureClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);
    object->set_property = set_property;
    object->get_property = get_property;
    object->finalize = finalize;
    install_properties(object);
    GstElementClass *element = GST_ELEMENT_CLASS(class);
    element->send_event = send_event;
    gst_element_class_add_static_pad_template(element, &pad_template);
    gst_element_class_set_static_metadata(element, "X11 source", "Source/Video",
            "Pictures of an X display, one per change", "Hairpin");
    GstBaseSrcClass *base = GST_BASE_SRC_CLASS(class);
    base->negotiate = negotiate;
    base->unlock = unlock;
    base->unlock_stop = unlock_stop;
    base->stop = stop;
    base->event = on_event;
    GST_PUSH_SRC_CLASS(class)->create = create;
}

bool
hp_capture_register(void)
{
    return gst_element_register(NULL, "hairpinxsrc", GST_RANK_NONE, hp_capture_get_type());
}
