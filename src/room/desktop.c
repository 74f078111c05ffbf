// desktop.c - what the plugins tell about the desktop.
// Owner: hp_room.  Thread: main.
#include "room/desktop.h"

#include <glib.h>

#define LOG_TAG "room"
#include "base/log.h"
#include "room/notice.h"
#include "room/notices.h"
#include "room/session.h"
#include "room/sessions.h"

enum {
    MAX_SCREEN = 32767
};

struct hp_desktop {
    struct hp_notices *notices;
    struct hp_sessions *sessions;
    struct hp_plugin_screen screen;
    bool is_screen_known; // a plugin has told it
    struct hp_plugin_desktop devices; // its texts are owned
    char *asked_by; // id of the session that asked for the next size; NULL: none did
};

struct hp_desktop *
hp_desktop_create(struct hp_notices *notices, struct hp_sessions *sessions)
{
    struct hp_desktop *desktop = g_new0(struct hp_desktop, 1);
    desktop->notices = notices;
    desktop->sessions = sessions;
    desktop->screen = (struct hp_plugin_screen){
        .size = sizeof(desktop->screen), .width = 1280, .height = 720, .rate = 30
    };
    desktop->devices.size = sizeof(desktop->devices);
    return desktop;
}

static void
clear_devices(struct hp_desktop *desktop)
{
    g_free((char *) desktop->devices.display);
    g_free((char *) desktop->devices.sound_device);
    g_free((char *) desktop->devices.sound_server);
    desktop->devices = (struct hp_plugin_desktop){ .size = sizeof(desktop->devices) };
}

void
hp_desktop_destroy(struct hp_desktop *desktop)
{
    if (desktop != NULL) {
        clear_devices(desktop);
        g_free(desktop->asked_by);
        g_free(desktop);
    }
}

const struct hp_plugin_screen *
hp_desktop_screen(const struct hp_desktop *desktop)
{
    return &desktop->screen;
}

const struct hp_plugin_desktop *
hp_desktop_devices(const struct hp_desktop *desktop)
{
    return &desktop->devices;
}

void
hp_desktop_expect_screen(struct hp_desktop *desktop, const struct hp_session *by)
{
    g_free(desktop->asked_by);
    desktop->asked_by = by != NULL ? g_strdup(by->id) : NULL;
}

static bool
is_same_screen(const struct hp_plugin_screen *screen, const struct hp_plugin_screen *other)
{
    return screen->width == other->width && screen->height == other->height
            && screen->rate == other->rate;
}

bool
hp_desktop_set_screen(struct hp_desktop *desktop, const struct hp_plugin_screen *screen)
{
    if (screen->width <= 0 || screen->height <= 0 || screen->width > MAX_SCREEN
            || screen->height > MAX_SCREEN) {
        log_warn("a plugin's screen of %dx%d is ignored: expected sides of 1 to %d pixels",
                screen->width, screen->height, MAX_SCREEN);
        return false;
    }
    if (desktop->is_screen_known && desktop->asked_by == NULL
            && is_same_screen(screen, &desktop->screen)) {
        return true; // a plugin may tell what it did, and then what the display says of that
    }
    char *asked_by = g_steal_pointer(&desktop->asked_by);
    desktop->is_screen_known = true;
    desktop->screen = *screen;
    log_info("the screen is %dx%d@%d", screen->width, screen->height, screen->rate);
    hp_notices_tell(desktop->notices,
            &(struct hp_notice){
                    .kind = HP_NOTICE_SCREEN,
                    .about = asked_by == NULL
                            ? NULL
                            : hp_sessions_find(desktop->sessions, asked_by),
                    .screen = &desktop->screen,
            });
    g_free(asked_by);
    return true;
}

void
hp_desktop_set_devices(struct hp_desktop *desktop, const struct hp_plugin_desktop *devices)
{
    clear_devices(desktop);
    desktop->devices.display = g_strdup(devices->display);
    desktop->devices.sound_device = g_strdup(devices->sound_device);
    desktop->devices.sound_server = g_strdup(devices->sound_server);
}
