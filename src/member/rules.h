// rules.h - the settings of a room that an admin may change while the room runs. Main thread.
#pragma once

#include <stdbool.h>

#include <glib.h>

struct hp_rules {
    bool private_mode; // only admins see and control
    bool locked_logins; // only admins log in
    bool locked_controls; // only admins control
    bool control_protection; // controls are locked while no admin is connected
    bool implicit_hosting; // a session that asks for control gets it without asking the host
    bool inactive_cursors; // the pointers of those without control are shown
    bool merciful_reconnect; // a second WebSocket of a session replaces the first
    int heartbeat_interval; // seconds, told to clients
    GHashTable *plugins; // see plugin_settings.h; NULL: none
};

// Neko's defaults: nothing locked, merciful_reconnect, 10 s.
void hp_rules_init(struct hp_rules *rules);
void hp_rules_finish(struct hp_rules *rules);
void hp_rules_copy(struct hp_rules *to, const struct hp_rules *from); // to: not initialised
