// stack.h - a desktop of our own: X server, sound, window manager and a program, each kept running.
// Their files are in a private directory, which is removed at the end.
// Owner: hp_desktop. Thread: the desktop's loop.
#pragma once

#include <stdbool.h>

struct hp_display;
struct hp_loop;
struct hp_news;
struct hp_screen_mode;
struct hp_stack;

struct hp_stack_params {
    struct hp_loop *loop;
    struct hp_news *news;
    const struct hp_screen_mode *mode; // copied
    const char *window_manager; // command line; empty: none
    const char *program; // the same
    const char *audio_device; // see hp_sound_params
    void (*on_ready)(void *arg, const struct hp_display *display); // the X server is up (again)
    void (*on_ended)(void *arg); // the echo of hp_stack_end
    void *arg;
};

// NULL: the reason has been logged.
struct hp_stack *hp_stack_create(const struct hp_stack_params *params);
void hp_stack_destroy(struct hp_stack *stack); // kills the processes that still run

void hp_stack_start(struct hp_stack *stack);

// The window manager maps windows: now the program starts, so that its own appear and get the
// focus. is_mapping is false if none has been mapped in time: the program starts as well.
void hp_stack_handle_manager(struct hp_stack *stack, bool is_mapping);
void hp_stack_restart(struct hp_stack *stack); // its X server hangs; on_ready follows
void hp_stack_end(struct hp_stack *stack); // asynchronous; ends in on_ended

// The file that names the display, for the capture element (see display.h). Borrowed.
const char *hp_stack_get_display_file(const struct hp_stack *stack);
