// handler.h - the type of an event's handler, and the possible results of an event. Main thread.
#pragma once

struct hp_args;
struct hp_room;
struct hp_session;

enum hp_event_result {
    HP_EVENT_DONE,
    HP_EVENT_BAD, // "bad-message": unknown, or the payload does not fit
    HP_EVENT_NOT_ALLOWED, // "not-allowed"
    HP_EVENT_NOT_AVAILABLE, // "not-available": known, but this server cannot do it
    // "not-allowed" as well, with a reason of its own:
    HP_EVENT_NO_RIGHT, // the profile or the role
    HP_EVENT_NO_CONTROL, // needs control, and does not get it
    HP_EVENT_NO_PEER, // needs a connection for media
    HP_EVENT_NO_VIDEO, // no video has this name
    HP_EVENT_NOBODY, // "bad-message": no person has this id
    HP_EVENT_TOO_MANY, // "too-many-requests": more than can be under way
};

// Handles an event; the session has the right that the event needs.
typedef enum hp_event_result (*hp_handler_fn)(
        struct hp_room *room, struct hp_session *session, const struct hp_args *args);
