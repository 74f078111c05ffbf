// bulletin.h - the notices of a room as events of Neko's v3 protocol. Main thread.
#pragma once

#include <jansson.h>

#include "room/notice.h"

// The event that says what a notice says: its name, and its payload, which is the caller's (NULL:
// none). Returns NULL for a notice that is no single event (WELCOME, FAREWELL), or that cannot be
// said: the payload of a plugin that is not JSON, after logging that. ice_servers: a JSON array for
// browsers.
const char *hp_bulletin_write(
        const struct hp_notice *notice, json_t *ice_servers, json_t **payload);

// The farewell as its event has it.
const char *hp_bulletin_farewell(enum hp_farewell reason);
