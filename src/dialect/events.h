// events.h - the table of signaling: each event that a browser may send, with its parser, the right
// that it needs, and what it does. Main thread.
#pragma once

#include <jansson.h>

#include "dialect/args.h"

struct hp_session;

enum hp_event_need {
    HP_NEED_NOTHING,
    HP_NEED_WATCH, // can_watch
    HP_NEED_HOST, // can_host
    HP_NEED_CONTROL, // has control; asks for it like control/request when not
    HP_NEED_ADMIN,
};

enum hp_event_result {
    HP_EVENT_DONE,
    HP_EVENT_BAD, // "bad-message": unknown, or its payload does not fit
    HP_EVENT_NOT_ALLOWED, // "not-allowed"
    HP_EVENT_NOT_AVAILABLE, // "not-available": known, but nobody does it here
};

struct hp_event_row {
    const char *event;
    hp_args_parse_fn parse;
    enum hp_event_need need;
    // NULL: a name of Neko's that is not there yet.
    enum hp_event_result (*handle)(struct hp_session *session, const struct hp_args *args);
};

const struct hp_event_row *hp_events_find(const char *event); // NULL: unknown

// Does what an event says. payload: NULL: none.
enum hp_event_result hp_events_handle(
        struct hp_session *session, const char *event, json_t *payload);
