// bulletin.h - the notices of a room as events of Neko's v3 protocol. Main thread.
#pragma once

#include <jansson.h>

#include "room/lobby.h"
#include "room/notice.h"

// Writes a notice as an event. Returns the event's name and sets *payload (NULL: none), which the
// caller owns. Returns NULL for a notice that is more than one event (WELCOME, FAREWELL), and,
// after logging it, for a plugin's event whose payload is not JSON. `ice_servers`: a JSON array for
// browsers.
const char *hp_bulletin_write(
        const struct hp_notice *notice, json_t *ice_servers, json_t **payload);

// The reason of a farewell as the protocol names it.
const char *hp_bulletin_farewell(enum hp_farewell reason);

// The reason why a client is not let in, in Neko's words; NULL: it is let in.
const char *hp_bulletin_refusal(enum hp_connect_answer answer);
