// path.h - trait: carries datagrams to and from one browser. Implemented by the ICE agent's path,
// later by the shared UDP socket, a framed TCP connection and a virtual TURN allocation. On the
// peer's worker.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum hp_path_kind {
    HP_PATH_UDP,
    HP_PATH_TCP,
    HP_PATH_RELAY,
    HP_PATH_WEBSOCKET
};

struct hp_segment {
    const uint8_t *data;
    size_t size; // bytes
};

struct hp_path;

struct hp_path_ops {
    // Sends datagrams in order, one per segment; the data is borrowed. Returns how many were sent;
    // fewer than `count`: the path is blocked, and on_writable follows. A path that is down takes
    // datagrams and loses them.
    unsigned (*send_run)(struct hp_path *path, const struct hp_segment *segments, unsigned count);

    // Largest datagram in bytes.
    size_t (*max_payload)(const struct hp_path *path);

    enum hp_path_kind (*kind)(const struct hp_path *path);
};

struct hp_path_cbs {
    void (*on_packet)(void *arg, const uint8_t *data, size_t size); // borrowed
    void (*on_writable)(void *arg);
};

// Part of the object that implements the trait; the user of the path fills in cbs.
struct hp_path {
    const struct hp_path_ops *ops;
    const struct hp_path_cbs *cbs;
    void *cbs_arg;
};
