// events.h - the table of signaling: each event that a browser may send, with its parser, the right
// that it needs, and its handler. Main thread.
#pragma once

#include <jansson.h>

#include "dialect/args.h"
#include "dialect/handler.h"

struct hp_room;
struct hp_session;

enum hp_event_need {
    HP_NEED_NOTHING,
    HP_NEED_WATCH, // can_watch
    HP_NEED_HOST, // can_host
    HP_NEED_CONTROL, // the session has control, or gets it in the same way as by control/request
    HP_NEED_ADMIN,
};

struct hp_event_row {
    const char *event;
    hp_args_parse_fn parse;
    enum hp_event_need need;
    hp_handler_fn handle; // NULL: a name of Neko's that this server does not support yet
};

// What hairpin/error says of a result.
struct hp_event_refusal {
    const char *code, *message;
};

// NULL: the result is no refusal.
const struct hp_event_refusal *hp_events_refusal(enum hp_event_result result);

const struct hp_event_row *hp_events_find(const char *event); // NULL: unknown

bool hp_events_may_hold(const char *event); // may a key be down after it?

// Handles an event; `payload` is NULL if the event has none.
enum hp_event_result hp_events_handle(
        struct hp_room *room, struct hp_session *session, const char *event, json_t *payload);
