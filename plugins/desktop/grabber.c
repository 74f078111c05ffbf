// grabber.c - the picture of a root window, kept up to date.
// Owner: hp_capture. Thread: its streaming thread.
#include "grabber.h"

#include <glib.h>
#include <libyuv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xcb/damage.h>
#include <xcb/randr.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>

#include "display.h"
#include "screen.h"

enum {
    BYTES_PER_PIXEL = 4,
    MAX_SIDE = 16384
};

struct hp_grabber {
    xcb_connection_t *connection;
    xcb_screen_t *screen;
    int wake_fd;
    uint8_t damage_event, randr_event; // first types; 0: no events of RandR
    xcb_damage_damage_t damage;
    int screen_width, screen_height; // as the server told last
    int rate; // of the screen's mode; 0: not known
    bool is_rate_old; // the mode has changed since
    int width, height; // of the picture, even
    int dirty_top, dirty_bottom; // rows that have changed; none if top == bottom
    xcb_shm_seg_t segment; // 0: no shared memory, pictures come through the socket
    uint8_t *pixels; // BGRx, mapped
    size_t pixels_size;
    uint8_t *picture; // I420
    size_t picture_size;
    bool has_shm;
};

static void
free_picture(struct hp_grabber *grabber)
{
    if (grabber->segment != 0) {
        xcb_shm_detach(grabber->connection, grabber->segment);
        grabber->segment = 0;
    }
    if (grabber->pixels != NULL) {
        munmap(grabber->pixels, grabber->pixels_size);
        grabber->pixels = NULL;
    }
    g_free(grabber->picture);
    grabber->picture = NULL;
}

// Without a segment, pictures come through the socket. The answer to a request after the attachment
// tells whether the server has taken the segment; the wait for it has a time limit.
static void
// Takes the descriptor.
attach_segment(struct hp_grabber *grabber, int fd) // taken
{
    xcb_connection_t *connection = grabber->connection;
    xcb_generic_error_t *error = NULL;
    void *nothing = NULL;
    grabber->segment = xcb_generate_id(connection);
    unsigned sequence = xcb_shm_attach_fd_checked(connection, grabber->segment, fd, 0).sequence;
    void *answer =
            hp_display_wait(connection, xcb_get_input_focus(connection).sequence, grabber->wake_fd);
    if (answer == NULL || xcb_poll_for_reply(connection, sequence, &nothing, &error) == 0) {
        xcb_discard_reply(connection, sequence);
    }
    if (error != NULL) {
        grabber->segment = 0;
    }
    free(answer);
    free(error);
}

// Anonymous memory whose descriptor is sent to the server: works with a server of any user.
static bool
map_pixels(struct hp_grabber *grabber)
{
    int fd = memfd_create("hairpin-capture", MFD_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    void *pixels = MAP_FAILED;
    if (ftruncate(fd, (off_t) grabber->pixels_size) == 0) {
        pixels = mmap(NULL, grabber->pixels_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    if (pixels == MAP_FAILED) {
        close(fd);
        return false;
    }
    grabber->pixels = pixels;
    if (!grabber->has_shm) {
        close(fd);
        return true;
    }
    attach_segment(grabber, fd);
    return true;
}

static int
luma_stride(const struct hp_grabber *grabber)
{
    return (grabber->width + 3) & ~3;
}

static int
chroma_stride(const struct hp_grabber *grabber)
{
    return (grabber->width / 2 + 3) & ~3;
}

static bool
resize(struct hp_grabber *grabber)
{
    int width = grabber->screen_width & ~1;
    int height = grabber->screen_height & ~1;
    if (width == grabber->width && height == grabber->height) {
        return true;
    }
    free_picture(grabber);
    grabber->width = grabber->height = 0;
    if (width < 2 || height < 2 || width > MAX_SIDE || height > MAX_SIDE) {
        return false;
    }
    grabber->pixels_size = (size_t) width * height * BYTES_PER_PIXEL;
    if (!map_pixels(grabber)) {
        return false;
    }
    grabber->width = width;
    grabber->height = height;
    grabber->dirty_top = 0;
    grabber->dirty_bottom = height;
    grabber->picture_size = (size_t) luma_stride(grabber) * height
            + (size_t) chroma_stride(grabber) * height; // two planes of half the height
    grabber->picture = g_malloc0(grabber->picture_size);
    return true;
}

static void
convert(struct hp_grabber *grabber, int top, int bottom)
{
    size_t luma = (size_t) luma_stride(grabber);
    size_t chroma = (size_t) chroma_stride(grabber);
    uint8_t *u = grabber->picture + luma * grabber->height;
    uint8_t *v = u + chroma * (grabber->height / 2);
    int stride = grabber->width * BYTES_PER_PIXEL;
    ARGBToI420(grabber->pixels + (size_t) top * stride, stride, grabber->picture + top * luma,
            (int) luma, u + (size_t) top / 2 * chroma, (int) chroma, v + (size_t) top / 2 * chroma,
            (int) chroma, grabber->width, bottom - top);
}

static bool
fetch_by_socket(struct hp_grabber *grabber, int top, int bottom)
{
    xcb_get_image_cookie_t cookie =
            xcb_get_image(grabber->connection, XCB_IMAGE_FORMAT_Z_PIXMAP, grabber->screen->root, 0,
                    (int16_t) top, (uint16_t) grabber->width, (uint16_t) (bottom - top), ~0u);
    xcb_get_image_reply_t *reply =
            hp_display_wait(grabber->connection, cookie.sequence, grabber->wake_fd);
    if (reply == NULL) {
        return false;
    }
    size_t offset = (size_t) top * grabber->width * BYTES_PER_PIXEL;
    size_t size = (size_t) (bottom - top) * grabber->width * BYTES_PER_PIXEL;
    bool is_whole = (size_t) xcb_get_image_data_length(reply) >= size;
    if (is_whole) {
        memcpy(grabber->pixels + offset, xcb_get_image_data(reply), size);
    }
    free(reply);
    return is_whole;
}

static bool
fetch(struct hp_grabber *grabber, int top, int bottom)
{
    if (grabber->segment == 0) {
        return fetch_by_socket(grabber, top, bottom);
    }
    uint32_t offset = (uint32_t) top * (uint32_t) grabber->width * BYTES_PER_PIXEL;
    xcb_shm_get_image_cookie_t cookie = xcb_shm_get_image(grabber->connection,
            grabber->screen->root, 0, (int16_t) top, (uint16_t) grabber->width,
            (uint16_t) (bottom - top), ~0u, XCB_IMAGE_FORMAT_Z_PIXMAP, grabber->segment, offset);
    void *reply = hp_display_wait(grabber->connection, cookie.sequence, grabber->wake_fd);
    free(reply);
    return reply != NULL;
}

bool
hp_grabber_grab(struct hp_grabber *grabber)
{
    if (!resize(grabber)) {
        return false;
    }
    int top = grabber->dirty_top & ~1;
    int bottom = (grabber->dirty_bottom + 1) & ~1;
    // Changes after this request are reported again; earlier ones are in the picture that is
    // grabbed below.
    xcb_damage_subtract(grabber->connection, grabber->damage, XCB_NONE, XCB_NONE);
    grabber->dirty_top = grabber->dirty_bottom = 0;
    if (top < bottom && !fetch(grabber, top, bottom)) {
        grabber->dirty_top = 0;
        grabber->dirty_bottom = grabber->height;
        return false;
    }
    convert(grabber, top, bottom);
    return true;
}

static void
on_damage(struct hp_grabber *grabber, const xcb_damage_notify_event_t *event)
{
    int top = MAX(event->area.y, 0);
    int bottom = MIN(event->area.y + event->area.height, grabber->height);
    if (top >= bottom) {
        return;
    }
    if (!hp_grabber_is_damaged(grabber)) {
        grabber->dirty_top = top;
        grabber->dirty_bottom = bottom;
        return;
    }
    grabber->dirty_top = MIN(grabber->dirty_top, top);
    grabber->dirty_bottom = MAX(grabber->dirty_bottom, bottom);
}

static void
read_event(struct hp_grabber *grabber, const xcb_generic_event_t *event)
{
    uint8_t type = event->response_type & 0x7f;
    if (type == grabber->damage_event) {
        on_damage(grabber, (const xcb_damage_notify_event_t *) event);
    } else if (type == XCB_CONFIGURE_NOTIFY) {
        const xcb_configure_notify_event_t *news = (const void *) event;
        if (news->window == grabber->screen->root) {
            grabber->screen_width = news->width;
            grabber->screen_height = news->height;
        }
    }
    grabber->is_rate_old = grabber->is_rate_old
            || (grabber->randr_event != 0
                    && type == grabber->randr_event + XCB_RANDR_SCREEN_CHANGE_NOTIFY);
}

static void
read_queue(struct hp_grabber *grabber)
{
    xcb_generic_event_t *event;
    while ((event = xcb_poll_for_event(grabber->connection)) != NULL) {
        read_event(grabber, event);
        free(event);
    }
}

static bool
ask_rate(struct hp_grabber *grabber)
{
    struct hp_screen_mode mode;
    if (!hp_screen_query(grabber->connection, grabber->screen->root, grabber->wake_fd, &mode)) {
        return false;
    }
    grabber->rate = mode.rate;
    grabber->is_rate_old = false;
    return true;
}

bool
hp_grabber_read_events(struct hp_grabber *grabber)
{
    bool is_answered = true;
    xcb_flush(grabber->connection);
    read_queue(grabber);
    while (grabber->is_rate_old && is_answered) {
        is_answered = ask_rate(grabber);
        // Events that came before the answer lie in XCB's queue now: no poll would tell of them.
        read_queue(grabber);
    }
    return xcb_connection_has_error(grabber->connection) == 0;
}

int
hp_grabber_get_rate(const struct hp_grabber *grabber)
{
    return grabber->rate;
}

bool
hp_grabber_is_damaged(const struct hp_grabber *grabber)
{
    return grabber->dirty_top < grabber->dirty_bottom
            || grabber->width != (grabber->screen_width & ~1)
            || grabber->height != (grabber->screen_height & ~1);
}

static bool
open_damage(struct hp_grabber *grabber)
{
    const xcb_query_extension_reply_t *extension =
            xcb_get_extension_data(grabber->connection, &xcb_damage_id);
    if (extension == NULL || !extension->present) {
        return false;
    }
    grabber->damage_event = extension->first_event + XCB_DAMAGE_NOTIFY;
    xcb_damage_query_version_cookie_t cookie = xcb_damage_query_version(
            grabber->connection, XCB_DAMAGE_MAJOR_VERSION, XCB_DAMAGE_MINOR_VERSION);
    void *reply = hp_display_wait(grabber->connection, cookie.sequence, grabber->wake_fd);
    free(reply);
    grabber->damage = xcb_generate_id(grabber->connection);
    xcb_damage_create(grabber->connection, grabber->damage, grabber->screen->root,
            XCB_DAMAGE_REPORT_LEVEL_BOUNDING_BOX);
    return reply != NULL;
}

// A server on another machine claims to have shared memory, too.
static bool
is_local(const struct hp_grabber *grabber)
{
    struct sockaddr_storage name;
    socklen_t size = sizeof(name);
    int fd = xcb_get_file_descriptor(grabber->connection);
    return getsockname(fd, (struct sockaddr *) &name, &size) == 0 && name.ss_family == AF_UNIX;
}

// Since version 1.2 descriptors can be passed, but only through a local socket.
static void
open_shm(struct hp_grabber *grabber)
{
    if (!is_local(grabber)) {
        return;
    }
    const xcb_query_extension_reply_t *extension =
            xcb_get_extension_data(grabber->connection, &xcb_shm_id);
    if (extension == NULL || !extension->present) {
        return;
    }
    xcb_shm_query_version_reply_t *reply = hp_display_wait(grabber->connection,
            xcb_shm_query_version(grabber->connection).sequence, grabber->wake_fd);
    grabber->has_shm = reply != NULL && reply->shared_pixmaps
            && (reply->major_version > 1 || reply->minor_version >= 2);
    free(reply);
}

static bool
watch_size(struct hp_grabber *grabber)
{
    uint32_t events = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
    xcb_change_window_attributes(
            grabber->connection, grabber->screen->root, XCB_CW_EVENT_MASK, &events);
    xcb_get_geometry_reply_t *reply = hp_display_wait(grabber->connection,
            xcb_get_geometry(grabber->connection, grabber->screen->root).sequence,
            grabber->wake_fd);
    if (reply == NULL) {
        return false;
    }
    grabber->screen_width = reply->width;
    grabber->screen_height = reply->height;
    free(reply);
    return true;
}

static void
watch_rate(struct hp_grabber *grabber)
{
    xcb_connection_t *connection = grabber->connection;
    const xcb_query_extension_reply_t *extension =
            xcb_get_extension_data(connection, &xcb_randr_id);
    if (extension == NULL || !extension->present) {
        return;
    }
    free(hp_display_wait(connection,
            xcb_randr_query_version(
                    connection, XCB_RANDR_MAJOR_VERSION, XCB_RANDR_MINOR_VERSION)
                    .sequence,
            grabber->wake_fd));
    xcb_randr_select_input(
            connection, grabber->screen->root, XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE);
    grabber->randr_event = extension->first_event;
    grabber->is_rate_old = true;
}

static bool
has_usable_pixels(const struct hp_grabber *grabber)
{
    xcb_depth_iterator_t depth = xcb_screen_allowed_depths_iterator(grabber->screen);
    for (; depth.rem > 0; xcb_depth_next(&depth)) {
        xcb_visualtype_iterator_t visual = xcb_depth_visuals_iterator(depth.data);
        for (; visual.rem > 0; xcb_visualtype_next(&visual)) {
            if (visual.data->visual_id == grabber->screen->root_visual) {
                return depth.data->depth == 24 && visual.data->red_mask == 0xff0000;
            }
        }
    }
    return false;
}

struct hp_grabber *
hp_grabber_create(const struct hp_display *display, int wake_fd, const char **reason)
{
    struct hp_grabber *grabber = g_new0(struct hp_grabber, 1);
    grabber->wake_fd = wake_fd;
    grabber->connection = hp_display_connect(display, wake_fd, &grabber->screen);
    *reason = "the display cannot be opened: expected a running X server that lets this user in";
    if (grabber->connection == NULL) {
        goto fail;
    }
    *reason = "the X server has a screen of another depth: expected 24 bits with 32 bits a pixel";
    if (!has_usable_pixels(grabber)) {
        goto fail;
    }
    *reason = "the X server has no DAMAGE extension, or does not answer: expected an Xorg with "
              "that extension";
    if (!open_damage(grabber)) {
        goto fail;
    }
    open_shm(grabber);
    if (!watch_size(grabber)) {
        goto fail;
    }
    watch_rate(grabber);
    return grabber;
fail:
    hp_grabber_destroy(grabber);
    return NULL;
}

void
hp_grabber_destroy(struct hp_grabber *grabber)
{
    if (grabber == NULL) {
        return;
    }
    if (grabber->connection != NULL) {
        free_picture(grabber);
        xcb_disconnect(grabber->connection);
    }
    g_free(grabber);
}

int
hp_grabber_get_fd(const struct hp_grabber *grabber)
{
    return xcb_get_file_descriptor(grabber->connection);
}

void
hp_grabber_get_size(const struct hp_grabber *grabber, int *width, int *height)
{
    *width = grabber->width;
    *height = grabber->height;
}

const uint8_t *
hp_grabber_get_picture(const struct hp_grabber *grabber, size_t *size)
{
    *size = grabber->picture_size;
    return grabber->picture;
}
