// flipper.c - changes the colour of a cell in the middle of a screen, and says when.
// Owner: the process.  Thread: main.
//
//   flipper COUNT MIN_MS MAX_MS SIDE
// On $DISPLAY. Between two changes pass MIN_MS to MAX_MS, drawn by lot, so that no capture runs in
// step with them. Prints for each change its colour's number and, in microseconds, the moment
// before it was drawn.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <xcb/xcb.h>

#include "cell.h"

struct flipper {
    xcb_connection_t *connection;
    xcb_window_t window;
    xcb_gcontext_t context;
    uint16_t side;
};

static bool
open_cell(struct flipper *flipper, uint16_t side)
{
    flipper->connection = xcb_connect(NULL, NULL);
    if (xcb_connection_has_error(flipper->connection)) {
        return false;
    }
    xcb_screen_t *screen = xcb_setup_roots_iterator(xcb_get_setup(flipper->connection)).data;
    uint32_t values[] = { cell_colours[0], 1 }; // 1: no window manager moves it
    flipper->side = side;
    flipper->window = xcb_generate_id(flipper->connection);
    flipper->context = xcb_generate_id(flipper->connection);
    xcb_create_window(flipper->connection, XCB_COPY_FROM_PARENT, flipper->window, screen->root,
            (int16_t) ((screen->width_in_pixels - side) / 2),
            (int16_t) ((screen->height_in_pixels - side) / 2), side, side, 0,
            XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual,
            XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values);
    xcb_create_gc(flipper->connection, flipper->context, flipper->window, 0, NULL);
    xcb_map_window(flipper->connection, flipper->window);
    return xcb_flush(flipper->connection) > 0;
}

static void
flip(const struct flipper *flipper, int colour)
{
    xcb_connection_t *connection = flipper->connection;
    xcb_rectangle_t all = { .width = flipper->side, .height = flipper->side };
    uint32_t above = XCB_STACK_MODE_ABOVE;
    int64_t now_us = cell_now_us();
    xcb_configure_window(connection, flipper->window, XCB_CONFIG_WINDOW_STACK_MODE, &above);
    xcb_change_gc(connection, flipper->context, XCB_GC_FOREGROUND, &cell_colours[colour]);
    xcb_poly_fill_rectangle(connection, flipper->window, flipper->context, 1, &all);
    xcb_flush(connection);
    printf("%d %" PRId64 "\n", colour, now_us);
    fflush(stdout);
}

static void
wait_by_lot(long min_ms, long max_ms)
{
    long us = min_ms * 1000 + random() % ((max_ms - min_ms) * 1000 + 1);
    struct timespec span = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };
    nanosleep(&span, NULL);
}

int
main(int argc, char **argv)
{
    struct flipper flipper;
    long words[4] = { 0 };
    for (int i = 1; i < argc && i <= 4; i++) {
        words[i - 1] = strtol(argv[i], NULL, 10);
    }
    if (argc != 5 || words[1] <= 0 || words[2] < words[1] || words[3] <= 0) {
        fprintf(stderr, "usage: flipper COUNT MIN_MS MAX_MS SIDE\n");
        return 2;
    }
    if (!open_cell(&flipper, (uint16_t) words[3])) {
        fprintf(stderr, "flipper: there is no X server at $DISPLAY\n");
        return 1;
    }
    srandom((unsigned) cell_now_us());
    for (long i = 1; i <= words[0]; i++) {
        wait_by_lot(words[1], words[2]);
        flip(&flipper, (int) (i % CELL_COLOURS));
    }
    wait_by_lot(words[2], words[2]); // the last change is seen before the window goes
    xcb_disconnect(flipper.connection);
    return 0;
}
