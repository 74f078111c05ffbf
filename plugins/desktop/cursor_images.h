// cursor_images.h - the pointer's pictures as PNG. The newest 32 are kept by their serial number,
// so that a pointer that moves between two windows costs no request and no encoding.
// Owner: hp_observer. Thread: the desktop's loop.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <xcb/xcb.h>

struct hp_cursor_images;
struct hp_plugin_cursor;

struct hp_cursor_images *hp_cursor_images_create(void);
void hp_cursor_images_destroy(struct hp_cursor_images *images);

// Fills in the picture with that X serial number (0: the present one). The X server is asked for it
// unless it is kept. False: the server does not answer, or the picture is too large. `picture->png`
// is valid until the next call.
bool hp_cursor_images_get(struct hp_cursor_images *images, xcb_connection_t *connection,
        uint32_t serial, struct hp_plugin_cursor *picture);
