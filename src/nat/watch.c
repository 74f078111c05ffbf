// watch.c - tells when a descriptor has something to read.
// Owner: hp_ingress, hp_annex.  Thread: the worker's that it was opened for.
#include "nat/watch.h"

#include <glib.h>

#include "base/worker.h"

static gboolean
dispatch(GSource *source, GSourceFunc callback, gpointer arg)
{
    (void) source;
    return callback(arg);
}

static GSourceFuncs source_funcs = { .dispatch = dispatch };

GSource *
hp_watch_open(struct hp_worker *worker, int fd, GSourceFunc callback, void *arg)
{
    GSource *source = g_source_new(&source_funcs, sizeof(GSource));
    g_source_add_unix_fd(source, fd, G_IO_IN);
    g_source_set_can_recurse(source, TRUE);
    g_source_set_callback(source, callback, arg, NULL);
    g_source_attach(source, hp_worker_context(worker));
    return source;
}

void
hp_watch_close(GSource *source)
{
    if (source != NULL) {
        g_source_destroy(source);
        g_source_unref(source);
    }
}
