// cursor.c - the desktop's pointer, out of band, and the pointers of those without control.
// Owner: hp_room.  Thread: main; move() from any.
#include "room/cursor.h"

#include <stdatomic.h>

#include <glib.h>

#include "base/plugin.h"
#include "base/timer.h"
#include "base/worker.h"
#include "room/outbox.h"
#include "room/room_parts.h"
#include "room/seat.h"
#include "room/sessions.h"
#include "room/stage.h"
#include "wire/input.h"

enum {
    MOVE_INTERVAL_US = 16000, // between two positions that are sent
    INACTIVE_INTERVAL_US = 750000, // Neko's
};

struct hp_cursor {
    struct hp_room *room;
    GByteArray *image; // the whole message; NULL: none yet
    atomic_uint place; // x << 16 | y
    atomic_bool is_posted;
    bool has_place;
    unsigned sent_place;
    struct hp_timer pace;
    struct hp_timer inactive;
    bool had_inactive; // the last session/cursors was not empty
};

static unsigned
pack(int x, int y)
{
    return (unsigned) CLAMP(x, 0, 0xffff) << 16 | (unsigned) CLAMP(y, 0, 0xffff);
}

static void
send_place(struct hp_cursor *cursor, struct hp_session *session)
{
    uint8_t message[HP_INPUT_CURSOR_POSITION_SIZE];
    size_t size = hp_input_write_cursor_position(message, (uint16_t) (cursor->sent_place >> 16),
            (uint16_t) (cursor->sent_place & 0xffff));
    hp_stage_send(session->stage, "data", message, (unsigned) size);
}

static void
send_place_to_all(struct hp_cursor *cursor)
{
    const GPtrArray *all = hp_sessions_all(cursor->room->sessions);
    const struct hp_session *host = hp_control_host(cursor->room->control);
    for (unsigned i = 0; i < all->len; i++) {
        struct hp_session *session = g_ptr_array_index(all, i);
        if (session != host && session->is_watching) {
            send_place(cursor, session);
        }
    }
}

// On home, after move() found that nothing was under way. is_posted stays set until the timer ends,
// so that a thousand moves a second cost one post.
static void
on_moved(void *arg)
{
    struct hp_cursor *cursor = arg;
    if (cursor->room->is_closing) {
        return;
    }
    cursor->has_place = true;
    cursor->sent_place = atomic_load(&cursor->place);
    send_place_to_all(cursor);
    hp_timer_start(&cursor->pace, MOVE_INTERVAL_US);
}

static void
on_pace(void *arg)
{
    struct hp_cursor *cursor = arg;
    atomic_store(&cursor->is_posted, false);
    if (atomic_load(&cursor->place) != cursor->sent_place
            && !atomic_exchange(&cursor->is_posted, true)) {
        on_moved(cursor);
    }
}

void
hp_cursor_move(struct hp_cursor *cursor, int x, int y)
{
    atomic_store(&cursor->place, pack(x, y));
    if (!atomic_exchange(&cursor->is_posted, true)) {
        hp_worker_post(cursor->room->home, on_moved, cursor);
    }
}

void
hp_cursor_set(struct hp_cursor *cursor, const struct hp_plugin_cursor *image)
{
    if (image->png == NULL || image->png_size == 0 || image->png_size > HP_INPUT_PNG_SIZE_MAX) {
        return; // the length field has 16 bits
    }
    uint8_t header[HP_INPUT_CURSOR_IMAGE_HEADER_SIZE];
    size_t size = hp_input_write_cursor_image_header(
            header, image->width, image->height, image->hot_x, image->hot_y, image->png_size);
    if (cursor->image == NULL) {
        cursor->image = g_byte_array_new();
    }
    g_byte_array_set_size(cursor->image, 0);
    g_byte_array_append(cursor->image, header, (guint) size);
    g_byte_array_append(cursor->image, image->png, (guint) image->png_size);
    const GPtrArray *all = hp_sessions_all(cursor->room->sessions);
    for (unsigned i = 0; i < all->len; i++) {
        struct hp_session *session = g_ptr_array_index(all, i);
        if (session->is_watching) {
            hp_stage_send(session->stage, "data", cursor->image->data, cursor->image->len);
        }
    }
}

void
hp_cursor_greet(struct hp_cursor *cursor, struct hp_session *session)
{
    if (cursor->image != NULL) {
        hp_stage_send(session->stage, "data", cursor->image->data, cursor->image->len);
    }
    if (cursor->has_place && hp_control_host(cursor->room->control) != session) {
        send_place(cursor, session);
    }
}

static bool
may_see(const struct hp_session *session)
{
    return session->profile.can_see_inactive_cursors;
}

static void
on_inactive(void *arg)
{
    struct hp_cursor *cursor = arg;
    struct hp_room *room = cursor->room;
    const GPtrArray *all = hp_sessions_all(room->sessions);
    json_t *payload = json_array();
    for (unsigned i = 0; i < all->len; i++) {
        struct hp_session *session = g_ptr_array_index(all, i);
        int x, y;
        if (session->is_connected && session->profile.sends_inactive_cursor
                && session != hp_control_host(room->control)
                && hp_seat_take_cursor(session->seat, &x, &y)) {
            json_array_append_new(payload,
                    json_pack(
                            "{s:s, s:[{s:i, s:i}]}", "id", session->id, "cursors", "x", x, "y", y));
        }
    }
    bool has_some = json_array_size(payload) > 0;
    if (has_some || cursor->had_inactive) {
        hp_outbox_send_to(room, may_see, "session/cursors", json_incref(payload));
    }
    cursor->had_inactive = has_some;
    json_decref(payload);
    hp_cursor_check_rules(cursor);
}

void
hp_cursor_check_rules(struct hp_cursor *cursor)
{
    if (cursor->room->is_closing) {
        hp_timer_stop(&cursor->inactive);
    } else if ((cursor->room->rules.inactive_cursors || cursor->had_inactive)
            && !hp_timer_is_running(&cursor->inactive)) {
        hp_timer_start(&cursor->inactive, INACTIVE_INTERVAL_US);
    }
}

struct hp_cursor *
hp_cursor_create(struct hp_room *room)
{
    struct hp_cursor *cursor = g_new0(struct hp_cursor, 1);
    cursor->room = room;
    hp_timer_init(&cursor->pace, room->home, on_pace, cursor);
    hp_timer_init(&cursor->inactive, room->home, on_inactive, cursor);
    return cursor;
}

void
hp_cursor_destroy(struct hp_cursor *cursor)
{
    if (cursor == NULL) {
        return;
    }
    hp_timer_stop(&cursor->pace);
    hp_timer_stop(&cursor->inactive);
    if (cursor->image != NULL) {
        g_byte_array_unref(cursor->image);
    }
    g_free(cursor);
}
