// screen.c - reads and sets the size and rate of a display by RandR.
// Owner: nobody, it has no state. Thread: the connection's.
#include "screen.h"

#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/randr.h>

#include "display.h"

enum {
    BLANKING = 3,
    DOTS_PER_INCH = 96
};

// For a slower dot clock the dummy driver would show its largest mode instead.
#define MIN_DOT_CLOCK_HZ 12000000

bool
hp_screen_round(struct hp_screen_mode *mode)
{
    mode->width &= ~7;
    mode->rate = mode->rate == 0 ? HP_SCREEN_DEFAULT_RATE : mode->rate;
    return mode->width >= HP_SCREEN_MIN_SIDE && mode->width <= HP_SCREEN_MAX_SIDE
            && mode->height >= HP_SCREEN_MIN_SIDE && mode->height <= HP_SCREEN_MAX_SIDE
            && mode->rate >= 1 && mode->rate <= HP_SCREEN_MAX_RATE;
}

bool
hp_screen_parse(const char *text, struct hp_screen_mode *mode)
{
    int end = 0;
    *mode = (struct hp_screen_mode){ 0 };
    if (sscanf(text, "%5dx%5d%n", &mode->width, &mode->height, &end) < 2) {
        return false;
    }
    text += end;
    end = 0;
    if (*text == '@' && sscanf(text, "@%3d%n", &mode->rate, &end) < 1) {
        return false;
    }
    return text[end] == '\0' && hp_screen_round(mode);
}

unsigned
hp_screen_get_dot_clock(const struct hp_screen_mode *mode, int *total_width, int *total_height)
{
    *total_width = mode->width + BLANKING;
    *total_height = mode->height + BLANKING;
    while ((int64_t) *total_width * *total_height * mode->rate < MIN_DOT_CLOCK_HZ) {
        *total_width += *total_width / 8; // more blanking: it changes neither size nor rate
        *total_height += *total_height / 8;
    }
    return (unsigned) (*total_width * *total_height) * (unsigned) mode->rate;
}

static int
rate_of(const xcb_randr_mode_info_t *mode)
{
    uint64_t dots = (uint64_t) mode->htotal * mode->vtotal;
    return dots == 0 ? 0 : (int) ((mode->dot_clock + dots / 2) / dots);
}

static xcb_randr_get_screen_resources_current_reply_t *
get_resources(xcb_connection_t *connection, xcb_window_t root, int wake_fd)
{
    return hp_display_wait(connection,
            xcb_randr_get_screen_resources_current(connection, root).sequence, wake_fd);
}

static const xcb_randr_mode_info_t *
find_mode(const xcb_randr_get_screen_resources_current_reply_t *resources,
        bool (*is_wanted)(const xcb_randr_mode_info_t *mode, const void *arg), const void *arg)
{
    xcb_randr_mode_info_iterator_t it =
            xcb_randr_get_screen_resources_current_modes_iterator(resources);
    for (; it.rem > 0; xcb_randr_mode_info_next(&it)) {
        if (is_wanted(it.data, arg)) {
            return it.data;
        }
    }
    return NULL;
}

static bool
has_id(const xcb_randr_mode_info_t *mode, const void *arg)
{
    return mode->id == *(const xcb_randr_mode_t *) arg;
}

static bool
has_mode(const xcb_randr_mode_info_t *mode, const void *arg)
{
    const struct hp_screen_mode *wanted = arg;
    return mode->width == wanted->width && mode->height == wanted->height
            && rate_of(mode) == wanted->rate;
}

// Finds the first controller that shows a picture, else the first one.
static xcb_randr_get_crtc_info_reply_t *
get_crtc(xcb_connection_t *connection,
        const xcb_randr_get_screen_resources_current_reply_t *resources, int wake_fd,
        xcb_randr_crtc_t *crtc)
{
    const xcb_randr_crtc_t *crtcs = xcb_randr_get_screen_resources_current_crtcs(resources);
    for (int i = 0; i < resources->num_crtcs; i++) {
        xcb_randr_get_crtc_info_reply_t *reply = hp_display_wait(connection,
                xcb_randr_get_crtc_info(connection, crtcs[i], resources->config_timestamp).sequence,
                wake_fd);
        if (reply != NULL && reply->mode != XCB_NONE && reply->num_outputs > 0) {
            *crtc = crtcs[i];
            return reply;
        }
        free(reply);
    }
    return NULL;
}

bool
hp_screen_query(xcb_connection_t *connection, xcb_window_t root, int wake_fd,
        struct hp_screen_mode *mode)
{
    xcb_get_geometry_reply_t *geometry =
            hp_display_wait(connection, xcb_get_geometry(connection, root).sequence, wake_fd);
    if (geometry == NULL) {
        return false;
    }
    // The capture works on even sizes.
    *mode = (struct hp_screen_mode){ geometry->width & ~1, geometry->height & ~1, 0 };
    free(geometry);
    xcb_randr_get_screen_resources_current_reply_t *resources =
            get_resources(connection, root, wake_fd);
    if (resources == NULL) {
        return true;
    }
    xcb_randr_crtc_t crtc;
    xcb_randr_get_crtc_info_reply_t *info = get_crtc(connection, resources, wake_fd, &crtc);
    const xcb_randr_mode_info_t *current =
            info == NULL ? NULL : find_mode(resources, has_id, &info->mode);
    if (current != NULL && rate_of(current) > 0) {
        mode->rate = rate_of(current);
    }
    free(info);
    free(resources);
    return true;
}

static xcb_randr_mode_t
create_mode(xcb_connection_t *connection, xcb_window_t root, xcb_randr_output_t output,
        const struct hp_screen_mode *mode)
{
    int total_width, total_height;
    uint32_t dot_clock = hp_screen_get_dot_clock(mode, &total_width, &total_height);
    char *name = g_strdup_printf("%dx%d_%d", mode->width, mode->height, mode->rate);
    xcb_randr_mode_info_t info = { .width = (uint16_t) mode->width,
        .height = (uint16_t) mode->height,
        .dot_clock = dot_clock,
        .hsync_start = (uint16_t) (mode->width + 1),
        .hsync_end = (uint16_t) (mode->width + 2),
        .htotal = (uint16_t) total_width,
        .vsync_start = (uint16_t) (mode->height + 1),
        .vsync_end = (uint16_t) (mode->height + 2),
        .vtotal = (uint16_t) total_height,
        .name_len = (uint16_t) strlen(name) };
    xcb_randr_create_mode_reply_t *reply = hp_display_wait(connection,
            xcb_randr_create_mode(connection, root, info, info.name_len, name).sequence, -1);
    g_free(name);
    if (reply == NULL) {
        return XCB_NONE;
    }
    xcb_randr_mode_t id = reply->mode;
    xcb_randr_add_output_mode(connection, output, id);
    free(reply);
    return id;
}

// `place`: the position on the screen; NULL: the origin.
static bool
set_crtc(xcb_connection_t *connection, xcb_randr_crtc_t crtc,
        const xcb_randr_get_crtc_info_reply_t *place, xcb_randr_mode_t mode,
        const xcb_randr_output_t *outputs, unsigned output_count)
{
    xcb_randr_set_crtc_config_reply_t *reply = hp_display_wait(connection,
            xcb_randr_set_crtc_config(connection, crtc, XCB_CURRENT_TIME, XCB_CURRENT_TIME,
                    place != NULL ? place->x : 0, place != NULL ? place->y : 0, mode,
                    place != NULL ? place->rotation : XCB_RANDR_ROTATION_ROTATE_0, output_count,
                    outputs)
                    .sequence,
            -1);
    bool is_set = reply != NULL && reply->status == XCB_RANDR_SET_CONFIG_SUCCESS;
    free(reply);
    return is_set;
}

static void
set_size(xcb_connection_t *connection, xcb_window_t root, int width, int height)
{
    xcb_randr_set_screen_size(connection, root, (uint16_t) width, (uint16_t) height,
            (uint32_t) (width * 254 / DOTS_PER_INCH / 10),
            (uint32_t) (height * 254 / DOTS_PER_INCH / 10));
}

// While the screen changes its size the controller is off, since its picture must fit into the
// screen before and after the change. If a monitor refuses the mode, its old mode is set again.
static bool
set_mode(xcb_connection_t *connection, xcb_window_t root, xcb_randr_crtc_t crtc,
        const xcb_randr_get_crtc_info_reply_t *info, xcb_randr_mode_t id,
        const struct hp_screen_mode *mode)
{
    const xcb_randr_output_t *outputs = xcb_randr_get_crtc_info_outputs(info);
    xcb_grab_server(connection);
    xcb_get_geometry_reply_t *old =
            hp_display_wait(connection, xcb_get_geometry(connection, root).sequence, -1);
    set_crtc(connection, crtc, NULL, XCB_NONE, NULL, 0);
    set_size(connection, root, mode->width, mode->height);
    bool is_set = set_crtc(connection, crtc, NULL, id, outputs, 1);
    if (!is_set && old != NULL) {
        set_size(connection, root, old->width, old->height);
        set_crtc(connection, crtc, info, info->mode, outputs, info->num_outputs);
    }
    free(old);
    xcb_ungrab_server(connection);
    xcb_flush(connection);
    return is_set;
}

bool
hp_screen_apply(xcb_connection_t *connection, xcb_window_t root, const struct hp_screen_mode *mode)
{
    xcb_randr_get_screen_resources_current_reply_t *resources =
            get_resources(connection, root, -1);
    if (resources == NULL) {
        return false;
    }
    xcb_randr_crtc_t crtc = XCB_NONE;
    xcb_randr_get_crtc_info_reply_t *info = get_crtc(connection, resources, -1, &crtc);
    bool is_applied = false;
    if (info != NULL) {
        const xcb_randr_mode_info_t *known = find_mode(resources, has_mode, mode);
        xcb_randr_output_t output = xcb_randr_get_crtc_info_outputs(info)[0];
        if (known != NULL) {
            xcb_randr_add_output_mode(connection, output, known->id);
        }
        xcb_randr_mode_t id =
                known != NULL ? known->id : create_mode(connection, root, output, mode);
        is_applied = id != XCB_NONE && set_mode(connection, root, crtc, info, id, mode);
    }
    free(info);
    free(resources);
    return is_applied;
}
