// watch.h - tells when a descriptor has something to read, in the loop of one worker.
#pragma once

#include <glib.h>

struct hp_worker;

// Calls back whenever `fd` can be read, as long as the callback returns G_SOURCE_CONTINUE. Like
// hp_worker_add_queue(), it keeps its descriptor in GLib's poll set. The worker may run already.
GSource *hp_watch_open(struct hp_worker *worker, int fd, GSourceFunc callback, void *arg);

// Before the descriptor is closed. NULL is fine.
void hp_watch_close(GSource *source);
