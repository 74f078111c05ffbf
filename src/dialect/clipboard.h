// clipboard.h - the desktop's clipboard in Neko's REST: GET and POST /api/room/clipboard, with a
// body {"text": "..."}. Main thread.
#pragma once

struct hp_clipboard_routes;
struct hp_http;
struct hp_room;

// Adds the path to the HTTP server; room is kept. Owner: app, until the HTTP server has closed.
// Never NULL.
struct hp_clipboard_routes *hp_clipboard_routes_create(struct hp_http *http, struct hp_room *room);
void hp_clipboard_routes_destroy(struct hp_clipboard_routes *routes); // NULL is fine

// The room ends: from now on every request is answered with 503. NULL is fine.
void hp_clipboard_routes_close(struct hp_clipboard_routes *routes);
