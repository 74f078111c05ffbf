// watcher.c - says when the cell of bench/flipper gets another colour on the viewer's screen.
// Owner: the process.  Thread: main.
//
//   watcher X Y
// On $DISPLAY: looks at that pixel whenever the X server says that something was drawn there, so it
// costs next to nothing and is never late by a poll. Prints "watching", then each new colour's
// number and, in microseconds, the moment it was seen. Ends with SIGTERM.
#include <inttypes.h>
#include <stdio.h>

#include <xcb/damage.h>
#include <xcb/xcb.h>

#include "cell.h"

struct watcher {
    xcb_connection_t *connection;
    xcb_window_t root;
    xcb_damage_damage_t damage;
    uint8_t damage_event;
    int16_t x, y;
};

static bool
open_screen(struct watcher *watcher)
{
    xcb_connection_t *connection = watcher->connection = xcb_connect(NULL, NULL);
    if (xcb_connection_has_error(connection)) {
        return false;
    }
    watcher->root = xcb_setup_roots_iterator(xcb_get_setup(connection)).data->root;
    const xcb_query_extension_reply_t *extension =
            xcb_get_extension_data(connection, &xcb_damage_id);
    if (extension == NULL || !extension->present) {
        return false;
    }
    watcher->damage_event = (uint8_t) (extension->first_event + XCB_DAMAGE_NOTIFY);
    free(xcb_damage_query_version_reply(
            connection, xcb_damage_query_version(connection, 1, 1), NULL));
    watcher->damage = xcb_generate_id(connection);
    xcb_damage_create(connection, watcher->damage, watcher->root,
            XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
    return xcb_flush(connection) > 0;
}

static int
find_colour(uint32_t pixel)
{
    for (int i = 0; i < CELL_COLOURS; i++) {
        int distance = 0;
        for (int shift = 0; shift < 24; shift += 8) {
            int channel = (int) (pixel >> shift & 255) - (int) (cell_colours[i] >> shift & 255);
            distance = abs(channel) > distance ? abs(channel) : distance;
        }
        if (distance <= CELL_DISTANCE) {
            return i;
        }
    }
    return CELL_NONE;
}

// Forgets the damage first: what is drawn after that is reported again.
static int
look(const struct watcher *watcher)
{
    xcb_connection_t *connection = watcher->connection;
    xcb_damage_subtract(connection, watcher->damage, XCB_NONE, XCB_NONE);
    xcb_get_image_cookie_t cookie = xcb_get_image(connection, XCB_IMAGE_FORMAT_Z_PIXMAP,
            watcher->root, watcher->x, watcher->y, 1, 1, ~0u);
    xcb_get_image_reply_t *reply = xcb_get_image_reply(connection, cookie, NULL);
    int colour = CELL_NONE;
    if (reply != NULL && xcb_get_image_data_length(reply) >= 4) {
        const uint8_t *data = xcb_get_image_data(reply);
        colour = find_colour((uint32_t) data[2] << 16 | (uint32_t) data[1] << 8 | data[0]);
    }
    free(reply);
    return colour;
}

int
main(int argc, char **argv)
{
    struct watcher watcher;
    if (argc != 3) {
        fprintf(stderr, "usage: watcher X Y\n");
        return 2;
    }
    watcher.x = (int16_t) strtol(argv[1], NULL, 10);
    watcher.y = (int16_t) strtol(argv[2], NULL, 10);
    if (!open_screen(&watcher)) {
        fprintf(stderr, "watcher: there is no X server with DAMAGE at $DISPLAY\n");
        return 1;
    }
    puts("watching");
    fflush(stdout);
    int last = CELL_NONE;
    xcb_generic_event_t *event;
    while ((event = xcb_wait_for_event(watcher.connection)) != NULL) {
        bool is_damage = (event->response_type & 0x7f) == watcher.damage_event;
        free(event);
        int colour = is_damage ? look(&watcher) : CELL_NONE;
        if (colour != CELL_NONE && colour != last) {
            printf("%d %" PRId64 "\n", colour, cell_now_us());
            fflush(stdout);
            last = colour;
        }
    }
    return 0;
}
