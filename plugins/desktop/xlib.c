// xlib.c - keeps Xlib from ending the process.
// Owner: nobody, Xlib has one state in a process. Thread: main; handlers on any.
//
// Xlib is not linked, since only elements of others need it. It asks whether to exit separately for
// each display, through a handler that has to be there before the first error: so the handler is
// set where Xlib makes the lock of a new display.
#include "xlib.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

static struct {
    int (*init_threads)(void);
    void *(*set_error_handler)(int (*handler)(void *display, void *event));
    void *(*set_io_error_handler)(int (*handler)(void *display));
    void (*set_exit_handler)(void *display, void (*handler)(void *display, void *arg), void *arg);
    void (*unlock_display)(void *display);
    int (**init_lock)(void *display); // a variable
} xlib;

static int (*init_lock)(void *display); // Xlib's own

static int
on_error(void *display, void *event)
{
    (void) display;
    (void) event;
    return 0;
}

static int
on_io_error(void *display)
{
    (void) display;
    return 0;
}

// Xlib has locked the display for this thread, in the belief that the process ends now.
static void
on_exit_wanted(void *display, void *arg)
{
    (void) arg;
    xlib.unlock_display(display);
}

static int
on_new_display(void *display)
{
    int status = init_lock(display);
    if (status == 0) {
        xlib.set_exit_handler(display, on_exit_wanted, NULL);
    }
    return status;
}

static bool
find_all(void *library)
{
    const struct {
        const char *name;
        void *place;
    } symbols[] = {
        { "XInitThreads", &xlib.init_threads },
        { "XSetErrorHandler", &xlib.set_error_handler },
        { "XSetIOErrorHandler", &xlib.set_io_error_handler },
        { "XSetIOErrorExitHandler", &xlib.set_exit_handler },
        { "XUnlockDisplay", &xlib.unlock_display },
        { "_XInitDisplayLock_fn", &xlib.init_lock },
    };
    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
        *(void **) symbols[i].place = dlsym(library, symbols[i].name);
        if (*(void **) symbols[i].place == NULL) {
            return false;
        }
    }
    return true;
}

void
hp_xlib_tame(void)
{
    void *library = init_lock != NULL ? NULL : dlopen("libX11.so.6", RTLD_NOW | RTLD_NODELETE);
    if (library == NULL || !find_all(library) || xlib.init_threads() == 0
            || *xlib.init_lock == NULL) {
        return;
    }
    xlib.set_error_handler(on_error);
    xlib.set_io_error_handler(on_io_error);
    init_lock = *xlib.init_lock;
    *xlib.init_lock = on_new_display;
}
