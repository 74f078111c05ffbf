// services.h - the services of a room for its plugins: the callbacks behind the host table. Main
// thread; move_cursor and channel_send on any thread.
#pragma once

#include "plugin/host.h"

struct hp_control;
struct hp_cursor;
struct hp_desktop;
struct hp_notices;
struct hp_parcels;
struct hp_plugins;
struct hp_rules;
struct hp_streams;
struct hp_worker;

// Part of hp_room, which fills in the members before a plugin starts. All of them but `streams`
// outlive the plugins.
struct hp_services {
    struct hp_control *control;
    struct hp_cursor *cursor;
    struct hp_desktop *desktop;
    struct hp_notices *notices;
    struct hp_parcels *parcels;
    struct hp_plugins *plugins;
    struct hp_streams *streams; // NULL once they are closed
    const struct hp_rules *rules;
    struct hp_worker *home;
    struct hp_worker *tap_worker; // the worker on which plugins get frames
    bool is_closing; // the room is closing: screen, pointer and clipboard are ignored
};

// Callbacks whose argument is the hp_services.
extern const struct hp_host_cbs hp_services_cbs;
