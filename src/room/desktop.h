// desktop.h - what the plugins tell about the desktop: its size, its X display, its sound. Main
// thread.
#pragma once

#include <stdbool.h>

#include "base/plugin.h"

struct hp_desktop;
struct hp_notices;
struct hp_session;
struct hp_sessions;

// Owner: hp_room. Both parameters are kept. Never NULL. The size is 1280x720@30 until a plugin
// tells one.
struct hp_desktop *hp_desktop_create(struct hp_notices *notices, struct hp_sessions *sessions);
void hp_desktop_destroy(struct hp_desktop *desktop); // NULL is fine

const struct hp_plugin_screen *hp_desktop_screen(const struct hp_desktop *desktop);
const struct hp_plugin_desktop *hp_desktop_devices(const struct hp_desktop *desktop);

// The session has asked for another size: the notice of the next size names the session. NULL: no
// plugin can set a size.
void hp_desktop_expect_screen(struct hp_desktop *desktop, const struct hp_session *by);

// A plugin tells the size, which becomes a notice if it is another one, or if a session has asked.
// False: a side is not within 1 to 32767 pixels.
bool hp_desktop_set_screen(struct hp_desktop *desktop, const struct hp_plugin_screen *screen);

// A plugin tells display and sound; the texts are copied.
void hp_desktop_set_devices(struct hp_desktop *desktop, const struct hp_plugin_desktop *devices);
