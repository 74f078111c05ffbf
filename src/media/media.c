// media.c - initialises GStreamer for the process.
// Owner: app.  Thread: main.
#include "media/media.h"

#include <gst/gst.h>

#define LOG_TAG "media"
#include "base/log.h"

bool
hp_media_init(void)
{
    GError *error = NULL;
    if (!gst_init_check(NULL, NULL, &error)) {
        log_error("GStreamer cannot start: %s", error == NULL ?
                "it tells no reason" : error->message);
        g_clear_error(&error);
        return false;
    }
    return true;
}
