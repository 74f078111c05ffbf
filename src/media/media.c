// media.c - initialises GStreamer for the process.
// Owner: app.  Thread: main.
#include "media/media.h"

#include <malloc.h>

#include <gst/gst.h>

#define LOG_TAG "media"
#include "base/log.h"

enum {
    // Every run of a pipeline has threads of its own, and each arena keeps what its threads have
    // freed. More arenas than processors at work save no time.
    MAX_ARENAS = 4,
    // An encoder's pictures are mapped, and go when they are freed. By itself the allocator would
    // soon take them, too, from its arenas, whose ends malloc_trim() does not give back.
    MAP_FROM = 1024 * 1024,
    KEEP_FREE = 1024 * 1024,
};

bool
hp_media_init(void)
{
    mallopt(M_ARENA_MAX, MAX_ARENAS);
    mallopt(M_MMAP_THRESHOLD, MAP_FROM);
    mallopt(M_TRIM_THRESHOLD, KEEP_FREE);
    GError *error = NULL;
    if (!gst_init_check(NULL, NULL, &error)) {
        log_error("GStreamer cannot start: %s", error == NULL ?
                "it tells no reason" : error->message);
        g_clear_error(&error);
        return false;
    }
    return true;
}

void
hp_media_trim(void)
{
    malloc_trim(0);
}
