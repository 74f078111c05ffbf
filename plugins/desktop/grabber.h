// grabber.h - the picture of a root window, kept up to date. The damage extension tells which rows
// have changed, shared memory transports them, libyuv converts them to I420 (BT.601, limited
// range).
// Owner: hp_capture. Thread: its streaming thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_display;
struct hp_grabber;

// NULL: *reason is a constant text. When `wake_fd` becomes readable, every wait ends at once.
struct hp_grabber *hp_grabber_create(
        const struct hp_display *display, int wake_fd, const char **reason);
void hp_grabber_destroy(struct hp_grabber *grabber);

// The descriptor to poll for events of the server.
int hp_grabber_get_fd(const struct hp_grabber *grabber);

// Reads the events, and asks for the rate of the screen where they say that it has changed. False:
// the server has gone. The descriptor tells of every event that comes later.
bool hp_grabber_read_events(struct hp_grabber *grabber);

// Has the picture changed since the last grab?
bool hp_grabber_is_damaged(const struct hp_grabber *grabber);

// Brings the picture up to date; its size may change. False: the grab failed or was interrupted,
// and the picture counts as damaged still.
bool hp_grabber_grab(struct hp_grabber *grabber);

// The rate of the screen's mode in Hz, as hp_grabber_read_events() found it; 0: not known.
int hp_grabber_get_rate(const struct hp_grabber *grabber);

// The picture's size: even numbers, 0 before the first grab.
void hp_grabber_get_size(const struct hp_grabber *grabber, int *width, int *height);

// The picture as a tight I420 image (strides rounded up to 4, as GStreamer's are).
const uint8_t *hp_grabber_get_picture(const struct hp_grabber *grabber, size_t *size);
