// outbox.h - events to those who are connected. Main thread. Payloads are taken; NULL: none.
#pragma once

#include <stdbool.h>

#include <jansson.h>

struct hp_room;
struct hp_session;

void hp_outbox_send(struct hp_session *session, const char *event, json_t *payload);
void hp_outbox_broadcast(
        struct hp_room *room, const struct hp_session *except, const char *event, json_t *payload);
// To those for whom is_meant() is true.
void hp_outbox_send_to(struct hp_room *room, bool (*is_meant)(const struct hp_session *session),
        const char *event, json_t *payload);
