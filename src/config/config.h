// config.h - the core's options: one struct, one table of rows.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/options.h"

// The values of the options. Texts and lists are never NULL. Owned by hp_settings.
struct hp_config {
    struct {
        char *level;
        bool json;
    } log;
    struct {
        char *bind;
        char *cert, *key, *state_dir;
        char *web_dir, *static_dir;
        char *path_prefix;
        bool proxy;
        char **proxies;
        char **cors;
        int64_t max_connections, max_connections_per_address;
        bool metrics, tunnel;
    } server;
    struct {
        int64_t max_sessions;
        int64_t grace_ms;
        int64_t heartbeat_interval;
        bool private_mode, locked_logins, locked_controls, control_protection, implicit_hosting;
        bool inactive_cursors, merciful_reconnect;
    } session;
    struct {
        char *provider;
        char *user_password, *admin_password;
        char *user_profile, *admin_profile;
    } member;
    struct {
        char *video_codec;
        char *video_pipeline;
        int64_t video_bitrate, video_fps;
        char *audio_codec;
        char *audio_pipeline;
        int64_t audio_bitrate;
    } capture;
    struct {
        char *ice_servers_frontend, *ice_servers_backend;
        char *port_range; // "": not set
        bool shared;
        int64_t udpmux; // 0: not set
        bool tcp;
        char *tcpmux; // "8081", ":8081", "192.0.2.1:8081"; "", "0": the page's port
        char **nat1to1;
        bool loopback, mdns, portmap;
        bool icelite; // changes nothing
        char **stun;
        char *ip_retrieval_url; // "": not set
        int64_t timeout_ms;
    } webrtc;
    struct {
        char *service;
        char *public_host; // "": browsers are not told
        char **listen;
        char *alternate; // "auto", "off" or a port
        char **discovery;
        bool classic;
        char *secret;
        int64_t lifetime_ms;
    } turn;
    struct {
        char *dir;
        char **load;
    } plugins;
    int64_t workers;
};

// The rows of hp_config; the last row has no name.
extern const struct hp_option hp_config_rows[];
