// stage_json.c - what a browser is told about its peer, as payloads of events.
// Owner: nobody.  Thread: any.
#include "room/stage_json.h"

json_t *
hp_stage_json_video(bool is_disabled, const char *name)
{
    const char *id = name != NULL ? name : "";
    return json_pack(
            "{s:b, s:s, s:s, s:b}", "disabled", is_disabled, "id", id, "video", id, "auto", 0);
}

json_t *
hp_stage_json_audio(bool is_disabled)
{
    return json_pack("{s:b}", "disabled", is_disabled);
}

json_t *
hp_stage_json_status(enum hp_peer_state state, enum hp_status status)
{
    static const char *const names[] = {
        [HP_PEER_CONNECTING] = "connecting",
        [HP_PEER_CONNECTED] = "connected",
        [HP_PEER_DISCONNECTED] = "disconnected",
        [HP_PEER_FAILED] = "failed",
    };
    return json_pack("{s:s, s:s, s:s}", "state", names[state], "status", hp_status_name(status),
            "text", hp_status_text(status));
}

json_t *
hp_stage_json_stats(const struct hp_peer_stats *stats)
{
    static const char *const paths[] = {
        [HP_PATH_UDP] = "udp",
        [HP_PATH_TCP] = "tcp",
        [HP_PATH_RELAY] = "relay",
        [HP_PATH_WEBSOCKET] = "websocket",
    };
    return json_pack("{s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:I}", "path",
            paths[stats->path], "pair", stats->pair, "round_trip_ms",
            (double) stats->round_trip_us / 1000, "packets_sent", (json_int_t) stats->packets_sent,
            "bytes_sent", (json_int_t) stats->bytes_sent, "nacks", (json_int_t) stats->nacks,
            "retransmitted", (json_int_t) stats->retransmitted, "keyframe_requests",
            (json_int_t) stats->keyframe_requests, "fraction_lost", stats->fraction_lost,
            "feedback_packets", (json_int_t) stats->feedback_packets, "bad_packets",
            (json_int_t) stats->bad_packets, "dropped_candidates",
            (json_int_t) stats->dropped_candidates);
}

json_t *
hp_stage_json_media(const char *kind, const char *codec, const char *text)
{
    enum hp_status status = text != NULL ? HP_STATUS_MEDIA_FAILED : HP_STATUS_OK;
    json_t *payload =
            json_pack("{s:s, s:s, s:s, s:s}", "state", text != NULL ? "failed" : "running", "kind",
                    kind, "status", hp_status_name(status), "text", text != NULL ? text : "");
    if (codec != NULL) {
        json_object_set_new(payload, "codec", json_string(codec));
    }
    return payload;
}

const char *
hp_stage_json_kind(enum hp_codec codec)
{
    return hp_codec_kind(codec) == HP_TRACK_VIDEO ? "video" : "audio";
}
