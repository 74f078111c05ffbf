// cursor_images.c - the pointer's pictures as PNG, the newest kept by their serial number.
// Owner: hp_observer. Thread: the desktop's loop.
#include "cursor_images.h"

#include <glib.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/xfixes.h>

#include "base/plugin.h"
#include "display.h"

enum {
    MAX_SIDE = 256,
    MAX_PNG_SIZE = 65000, // a picture travels in a message whose length has 16 bits
    KEPT_COUNT = 32,
};

struct picture {
    uint32_t serial; // 0: none
    struct hp_plugin_cursor cursor;
    uint8_t *png;
};

struct hp_cursor_images {
    struct picture kept[KEPT_COUNT];
    unsigned next; // the place of the oldest
};

struct hp_cursor_images *
hp_cursor_images_create(void)
{
    return g_new0(struct hp_cursor_images, 1);
}

void
hp_cursor_images_destroy(struct hp_cursor_images *images)
{
    if (images == NULL) {
        return;
    }
    for (int i = 0; i < KEPT_COUNT; i++) {
        g_free(images->kept[i].png);
    }
    g_free(images);
}

static void
unmultiply(const uint32_t *pixels, size_t count, uint8_t *rgba)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t alpha = pixels[i] >> 24;
        for (int channel = 0; channel < 3; channel++) {
            uint32_t value = pixels[i] >> (16 - channel * 8) & 0xff;
            *rgba++ = alpha == 0 ? 0 : (uint8_t) MIN(255, (value * 255 + alpha / 2) / alpha);
        }
        *rgba++ = (uint8_t) alpha;
    }
}

// Encodes premultiplied ARGB as PNG; g_free it. NULL when the picture is too large.
static uint8_t *
encode(const uint32_t *pixels, int width, int height, size_t *size)
{
    if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
        return NULL;
    }
    png_image image = { .version = PNG_IMAGE_VERSION,
        .width = (png_uint_32) width,
        .height = (png_uint_32) height,
        .format = PNG_FORMAT_RGBA };
    uint8_t *rgba = g_malloc((size_t) width * height * 4);
    unmultiply(pixels, (size_t) width * height, rgba);
    png_alloc_size_t png_size = MAX_PNG_SIZE;
    uint8_t *png = g_malloc(png_size);
    int is_written = png_image_write_to_memory(&image, png, &png_size, 0, rgba, 0, NULL);
    png_image_free(&image);
    g_free(rgba);
    if (!is_written) {
        g_free(png);
        return NULL;
    }
    *size = png_size;
    return g_realloc(png, png_size);
}

static bool
keep(struct hp_cursor_images *images, const xcb_xfixes_get_cursor_image_reply_t *reply,
        struct hp_plugin_cursor *picture)
{
    size_t count = (size_t) xcb_xfixes_get_cursor_image_cursor_image_length(reply);
    if (count < (size_t) reply->width * reply->height) {
        return false;
    }
    size_t size = 0;
    uint8_t *png = encode(
            xcb_xfixes_get_cursor_image_cursor_image(reply), reply->width, reply->height, &size);
    if (png == NULL) {
        return false;
    }
    struct picture *place = &images->kept[images->next++ % KEPT_COUNT];
    g_free(place->png);
    place->png = png;
    place->serial = reply->cursor_serial;
    place->cursor = (struct hp_plugin_cursor){ .size = sizeof(place->cursor),
        .width = reply->width,
        .height = reply->height,
        .hot_x = reply->xhot,
        .hot_y = reply->yhot,
        .png = png,
        .png_size = size };
    *picture = place->cursor;
    return true;
}

bool
hp_cursor_images_get(struct hp_cursor_images *images, xcb_connection_t *connection,
        uint32_t serial, struct hp_plugin_cursor *picture)
{
    for (int i = 0; i < KEPT_COUNT; i++) {
        if (serial != 0 && images->kept[i].serial == serial) {
            *picture = images->kept[i].cursor;
            return true;
        }
    }
    xcb_xfixes_get_cursor_image_reply_t *reply =
            hp_display_wait(connection, xcb_xfixes_get_cursor_image(connection).sequence, -1);
    if (reply == NULL) {
        return false;
    }
    bool is_kept = keep(images, reply, picture);
    free(reply);
    return is_kept;
}
