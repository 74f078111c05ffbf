// scene.h - a browser that the test plays, before an ICE of the shared port: its datagrams come by
// a carrier of its own, and time passes when the test says so.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/ice.h"
#include "nat/ingress.h"
#include "nat/stun.h"

#define PASSWORD "0123456789012345678901"
#define OTHER_PASSWORD "abcdefghijklmnopqrstuv"

enum { SENT_MAX = 4096, DTLS = 22, RTP = 128 };

struct datagram {
    struct hp_flow flow;
    uint8_t data[HP_STUN_MESSAGE_MAX + HP_SERVICE_SPARE];
    size_t size;
};

struct pair_scene {
    struct hp_carrier carrier; // first
    struct hp_worker *worker;
    struct hp_ingress *ingress;
    struct hp_ice *ice;
    struct hp_flow home, elsewhere; // of the browser
    struct hp_stun_local browser;
    bool is_controlling; // the browser
    bool is_deaf; // answers nothing
    struct datagram sent[SENT_MAX]; // what the server has sent
    unsigned sent_count, read_count;
    unsigned answers, checks, nominations, media; // what the browser has read
    unsigned addresses, states[3], packets;
    GString *candidates, *gone; // of ours, a line each
    enum hp_ice_state state;
    struct hp_flow last_media; // where it went
    bool is_gone;
};

extern struct pair_scene scene;

// Around each test.
int scene_begin(void **state);
int scene_end(void **state);
// The server learns of the browser's credentials.
void set_remote(void);
// The browser sends.
void send_check_with(const struct hp_flow *flow, const char *password, bool nominates);
void send_check(const struct hp_flow *flow, bool nominates);
void send_byte(const struct hp_flow *flow, uint8_t first);
// The browser reads all that has come, and answers checks.
void read_all(void);
void pass_seconds(unsigned seconds);
// By `home`.
void connect_browser(void);
// The server has those addresses from now on, NULL-terminated.
void move_server(const char *const *interfaces);
// The server sends a packet of media.
void send_media(void);
