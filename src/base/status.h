// status.h - what a browser must tell apart: one table gives code, stable name and text.
#pragma once

enum hp_status {
    HP_STATUS_OK,
    HP_STATUS_BAD_MESSAGE, // "bad-message"
    HP_STATUS_NOT_ALLOWED, // "not-allowed"
    HP_STATUS_NO_CODEC, // "no-codec": nothing that both sides can speak
    HP_STATUS_ICE_TIMEOUT, // "ice-timeout": no path was found in time
    HP_STATUS_ICE_FAILED, // "ice-failed": the path died and did not come back
    HP_STATUS_DTLS_FAILED, // "dtls-failed"
    HP_STATUS_ROOM_FULL, // "room-full"
    HP_STATUS_TOO_MANY_REQUESTS, // "too-many-requests"
    HP_STATUS_MEDIA_FAILED, // "media-failed": the pipeline has an error and is restarted
    HP_STATUS_CLOSED, // "closed": ended on purpose
};

// The stable name and a sentence for a person. Any thread.
const char *hp_status_name(enum hp_status status);
const char *hp_status_text(enum hp_status status);
