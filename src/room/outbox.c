// outbox.c - events to those who are connected.
// Owner: nobody.  Thread: main.
#include "room/outbox.h"

#include <glib.h>

#include "room/room_parts.h"
#include "room/sessions.h"

void
hp_outbox_send(struct hp_session *session, const char *event, json_t *payload)
{
    const struct hp_room *room = session->room;
    if (session->link != 0 && room->cbs != NULL) {
        room->cbs->send(room->cbs_arg, &session->link, 1, event, payload);
    }
    json_decref(payload);
}

static void
send_to(struct hp_room *room, bool (*is_meant)(const struct hp_session *session),
        const struct hp_session *except, const char *event, json_t *payload)
{
    const GPtrArray *all = hp_sessions_all(room->sessions);
    uint64_t *links = g_new(uint64_t, all->len);
    unsigned count = 0;
    for (unsigned i = 0; i < all->len; i++) {
        const struct hp_session *session = g_ptr_array_index(all, i);
        if (session->link != 0 && session != except && (is_meant == NULL || is_meant(session))) {
            links[count++] = session->link;
        }
    }
    if (count > 0 && room->cbs != NULL) {
        room->cbs->send(room->cbs_arg, links, count, event, payload);
    }
    g_free(links);
    json_decref(payload);
}

void
hp_outbox_broadcast(
        struct hp_room *room, const struct hp_session *except, const char *event, json_t *payload)
{
    send_to(room, NULL, except, event, payload);
}

void
hp_outbox_send_to(struct hp_room *room, bool (*is_meant)(const struct hp_session *session),
        const char *event, json_t *payload)
{
    send_to(room, is_meant, NULL, event, payload);
}
