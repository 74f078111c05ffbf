// status.c - the outcomes that a browser must tell apart, each with a stable name and a text.
// Owner: nobody.  Thread: any.
#include "base/status.h"

static const struct {
    const char *name;
    const char *text;
} statuses[] = {
    [HP_STATUS_OK] = { "ok", "All is well." },
    [HP_STATUS_BAD_MESSAGE] = { "bad-message", "The server does not understand this message." },
    [HP_STATUS_NOT_ALLOWED] = { "not-allowed", "You may not do this." },
    [HP_STATUS_NO_CODEC] = { "no-codec",
            "This browser decodes none of the server's video codecs. Try another browser." },
    [HP_STATUS_ICE_TIMEOUT] = { "ice-timeout", "No path to the server was found in time." },
    [HP_STATUS_ICE_FAILED] = { "ice-failed",
            "The path to the server broke and was not found again." },
    [HP_STATUS_NO_PORT] = { "no-port",
            "The server has no UDP port left for one more person: webrtc.epr can be widened." },
    [HP_STATUS_DTLS_FAILED] = { "dtls-failed", "The encrypted connection could not be set up." },
    [HP_STATUS_ROOM_FULL] = { "room-full", "The room is full." },
    [HP_STATUS_TOO_MANY_REQUESTS] = { "too-many-requests", "Too many requests. Wait a moment." },
    [HP_STATUS_MEDIA_FAILED] = { "media-failed", "The server cannot read its screen." },
    [HP_STATUS_CLOSED] = { "closed", "The connection was ended." },
};

const char *
hp_status_name(enum hp_status status)
{
    return statuses[status].name;
}

const char *
hp_status_text(enum hp_status status)
{
    return statuses[status].text;
}
