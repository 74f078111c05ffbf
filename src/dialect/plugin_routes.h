// plugin_routes.h - HTTP requests to the routes of plugins: /api/plugins/<plugin>/<path>. Main
// thread.
#pragma once

struct hp_http;
struct hp_plugin_routes;
struct hp_room;

// Serves the routes of the room's plugins. Owner: app; destroyed after `http`.
struct hp_plugin_routes *hp_plugin_routes_create(struct hp_http *http, struct hp_room *room);
void hp_plugin_routes_destroy(struct hp_plugin_routes *routes); // NULL is fine

// The room has ended (call this in the room's done(); NULL is fine): every request is answered with
// 503.
void hp_plugin_routes_close(struct hp_plugin_routes *routes);
