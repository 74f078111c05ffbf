// plain_ws.h - the path of a WebSocket, asked for without an upgrade. Main thread.
#pragma once

struct hp_vhost;

// Has requests of that path answered with 426. The log says, once a minute, what a reverse proxy
// lacks that has taken the upgrade out of a browser's request.
void hp_plain_ws_add_route(struct hp_vhost *vhost, const char *path);
