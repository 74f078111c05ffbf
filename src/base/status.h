// status.h - the outcomes that a browser must tell apart, each with a stable name and a text.
#pragma once

enum hp_status {
    HP_STATUS_OK,
    HP_STATUS_BAD_MESSAGE, // "bad-message"
    HP_STATUS_NOT_ALLOWED, // "not-allowed"
    HP_STATUS_NO_CODEC, // "no-codec": the two sides have no codec in common
    HP_STATUS_ICE_TIMEOUT, // "ice-timeout": ICE found no path in time
    HP_STATUS_ICE_FAILED, // "ice-failed": the path broke and was not found again
    HP_STATUS_NO_PORT, // "no-port": each viewer takes a UDP port, and none is left
    HP_STATUS_DTLS_FAILED, // "dtls-failed"
    HP_STATUS_ROOM_FULL, // "room-full"
    HP_STATUS_TOO_MANY_REQUESTS, // "too-many-requests"
    HP_STATUS_MEDIA_FAILED, // "media-failed": the pipeline failed and will be restarted
    HP_STATUS_CLOSED, // "closed": one side ended the connection on purpose
};

// The stable name and a sentence for a person. Any thread.
const char *hp_status_name(enum hp_status status);
const char *hp_status_text(enum hp_status status);
