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
};

// Handles an event; the session has the right that the event needs.
typedef enum hp_event_result (*hp_handler_fn)(
        struct hp_room *room, struct hp_session *session, const struct hp_args *args);
