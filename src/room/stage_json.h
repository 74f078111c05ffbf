// stage_json.h - what a browser is told about its peer, as payloads of events. Pure.
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "peer/peer.h"

json_t *hp_stage_json_video(bool is_disabled, const char *name); // name: NULL: none yet
json_t *hp_stage_json_audio(bool is_disabled);
json_t *hp_stage_json_status(enum hp_peer_state state, enum hp_status status);
json_t *hp_stage_json_stats(const struct hp_peer_stats *stats);
// text: NULL: it runs. codec: NULL: all of the kind.
json_t *hp_stage_json_media(const char *kind, const char *codec, const char *text);
const char *hp_stage_json_kind(enum hp_codec codec); // "video", "audio"
