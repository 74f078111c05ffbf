// room_parts.h - the fields of a room, for the files of src/room that make it up, and nobody else.
#pragma once

#include "base/worker.h"
#include "room/room.h"

struct hp_room {
    struct hp_worker *home;
    struct hp_worker *tap_worker; // frames for plugins come there
    struct hp_rtc *rtc;
    enum hp_codec codecs[HP_CODECS];
    unsigned codec_count;
    json_t *ice_servers; // an array
    int64_t grace_us;
    struct hp_rules rules;
    struct hp_members *members;
    struct hp_sessions *sessions;
    struct hp_control *control;
    struct hp_plugins *plugins;
    struct hp_streams *streams;
    struct hp_cursor *cursor;
    struct hp_plugin_screen screen; // width 0: not known yet
    struct hp_plugin_desktop desktop; // its texts are owned
    char *screen_by; // id of who asked for the next size; NULL: nobody
    struct hp_timer sweep; // expired sessions
    const struct hp_room_cbs *cbs; // NULL: no edge yet
    void *cbs_arg;
    bool is_closing;
    void (*on_empty)(struct hp_room *room); // the last session of a closing room has gone
    void (*done)(void *arg);
    void *done_arg;
};

extern const struct hp_host_cbs hp_room_host_cbs; // room_host.c
void hp_room_clear_desktop(struct hp_room *room); // room_host.c

json_t *hp_room_screen_to_json(const struct hp_room *room); // room_json.c
