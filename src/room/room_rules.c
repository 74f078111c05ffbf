// room_rules.c - changes of the rules of a room, with all that follows from them.
// Owner: hp_room.  Thread: main.
#include "room/cursor.h"
#include "room/outbox.h"
#include "room/room_parts.h"
#include "room/sessions.h"
#include "room/stage.h"

bool
hp_room_update_rules(struct hp_room *room, struct hp_session *by, const json_t *partial)
{
    if (!hp_rules_merge(&room->rules, partial)) {
        return false;
    }
    json_t *payload = json_pack("{s:s}", "id", by != NULL ? by->id : "");
    hp_rules_write(&room->rules, payload);
    hp_outbox_broadcast(room, NULL, "system/settings", payload);
    hp_control_check(room->control, by);
    const GPtrArray *all = hp_sessions_all(room->sessions);
    for (unsigned i = 0; i < all->len; i++) {
        struct hp_session *session = g_ptr_array_index(all, i);
        hp_stage_update_tracks(session->stage);
    }
    hp_cursor_check_rules(room->cursor);
    return true;
}
