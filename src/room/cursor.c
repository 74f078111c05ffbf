// cursor.c - the desktop's pointer, sent besides the picture, and the pointers of those without
// control.
// Owner: hp_room.  Thread: main; move() from any.
#include "room/cursor.h"

#include <stdatomic.h>

#include <glib.h>

#define LOG_TAG "cursor"
#include "base/log.h"
#include "base/plugin.h"
#include "base/timer.h"
#include "base/worker.h"
#include "peer/spread.h"
#include "plugin/seat.h"
#include "room/control.h"
#include "room/notice.h"
#include "room/notices.h"
#include "member/rules.h"
#include "room/session.h"
#include "room/sessions.h"
#include "room/stage.h"
#include "wire/input.h"

enum {
    MOVE_INTERVAL_US = 16000, // between two positions that are sent
    CROWD = 16, // more viewers than this get fewer: no other packet costs as much as a position
    CROWD_INTERVAL_US = 33000, // as often as there are pictures
    REST_US = 150000, // after this a place is the last one for a while
    INACTIVE_INTERVAL_US = 750000, // Neko's value
};

struct hp_cursor {
    struct hp_cursor_params params;
    bool is_stopped;
    GByteArray *image; // the whole message to the data channels; NULL: none yet
    atomic_uint place; // x << 16 | y
    atomic_bool is_posted;
    bool has_place;
    unsigned sent_place;
    struct hp_spread *spread; // of places
    struct hp_timer pace;
    struct hp_timer rest; // runs until the place that was sent last has stood for a while
    struct hp_timer inactive;
    bool had_inactive; // the last notice of cursors had some
    GArray *inactives; // struct hp_notice_cursor, for the next notice
};

static unsigned
pack(int x, int y)
{
    return (unsigned) CLAMP(x, 0, 0xffff) << 16 | (unsigned) CLAMP(y, 0, 0xffff);
}

// The older dialect knows no messages from the server.
static void
send_message(struct hp_session *session, const uint8_t *message, size_t size)
{
    if (session->dialect == HP_DIALECT_V3) {
        hp_stage_send(session->stage, "data", message, size);
    }
}

static size_t
write_place(const struct hp_cursor *cursor, uint8_t message[HP_INPUT_CURSOR_POSITION_SIZE])
{
    return hp_input_write_cursor_position(message, (uint16_t) (cursor->sent_place >> 16),
            (uint16_t) (cursor->sent_place & 0xffff));
}

static void
send_place(struct hp_cursor *cursor, struct hp_session *session)
{
    uint8_t message[HP_INPUT_CURSOR_POSITION_SIZE];
    send_message(session, message, write_place(cursor, message));
}

// Places on the way are worth nothing when the next one comes; only the place where the pointer
// rests has to arrive.
// Returns to how many viewers.
static unsigned
send_place_to_all(struct hp_cursor *cursor, bool is_last)
{
    unsigned count = 0;
    const GPtrArray *all = hp_sessions_all(cursor->params.sessions);
    const struct hp_session *host = hp_control_host(cursor->params.control);
    for (unsigned i = 0; i < all->len; i++) {
        struct hp_session *session = g_ptr_array_index(all, i);
        struct hp_peer *peer = hp_stage_peer(session->stage);
        if (session == host || !session->is_watching || session->dialect != HP_DIALECT_V3) {
            continue;
        }
        if (hp_stage_is_tunneled(session->stage)) {
            send_place(cursor, session);
            count++;
        } else if (peer != NULL) {
            hp_spread_add(cursor->spread, session->worker, peer);
            count++;
        }
    }
    struct hp_spread_message message = { .is_last = is_last };
    message.size = write_place(cursor, message.data);
    hp_spread_send(cursor->spread, &message);
    return count;
}

// Runs on home, after move() found no post under way. is_posted stays set until the timer ends, so
// that a thousand moves a second cost one post.
static void
on_moved(void *arg)
{
    struct hp_cursor *cursor = arg;
    if (cursor->is_stopped) {
        return;
    }
    cursor->has_place = true;
    cursor->sent_place = atomic_load(&cursor->place);
    bool is_crowd = send_place_to_all(cursor, false) > CROWD;
    hp_timer_start(&cursor->pace, is_crowd ? CROWD_INTERVAL_US : MOVE_INTERVAL_US);
    hp_timer_start(&cursor->rest, REST_US);
}

static void
on_rest(void *arg)
{
    send_place_to_all(arg, true);
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
        hp_worker_post(cursor->params.home, on_moved, cursor);
    }
}

void
hp_cursor_set(struct hp_cursor *cursor, const struct hp_plugin_cursor *image)
{
    if (cursor->is_stopped) {
        return;
    }
    if (image->png == NULL || image->png_size == 0 || image->png_size > HP_INPUT_PNG_SIZE_MAX) {
        // The length field has 16 bits.
        log_warn("a pointer of %ux%u is not shown: its PNG has %zu bytes, expected 1 to %d",
                image->width, image->height, image->png == NULL ? 0 : image->png_size,
                HP_INPUT_PNG_SIZE_MAX);
        return;
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
    const GPtrArray *all = hp_sessions_all(cursor->params.sessions);
    for (unsigned i = 0; i < all->len; i++) {
        struct hp_session *session = g_ptr_array_index(all, i);
        if (session->is_watching) {
            send_message(session, cursor->image->data, cursor->image->len);
        }
    }
}

void
hp_cursor_greet(struct hp_cursor *cursor, struct hp_session *session)
{
    if (cursor->image != NULL) {
        send_message(session, cursor->image->data, cursor->image->len);
    }
    if (cursor->has_place && hp_control_host(cursor->params.control) != session) {
        send_place(cursor, session);
    }
}

static void
collect_inactives(struct hp_cursor *cursor)
{
    const GPtrArray *all = hp_sessions_all(cursor->params.sessions);
    g_array_set_size(cursor->inactives, 0);
    for (unsigned i = 0; cursor->params.rules->inactive_cursors && i < all->len; i++) {
        struct hp_session *session = g_ptr_array_index(all, i);
        struct hp_notice_cursor item = { .session = session };
        if (session->is_connected && session->profile.sends_inactive_cursor
                && session != hp_control_host(cursor->params.control)
                && hp_seat_take_cursor(session->seat, &item.x, &item.y)) {
            g_array_append_val(cursor->inactives, item);
        }
    }
}

static void
on_inactive(void *arg)
{
    struct hp_cursor *cursor = arg;
    collect_inactives(cursor);
    bool has_some = cursor->inactives->len > 0;
    if (has_some || cursor->had_inactive) {
        hp_notices_tell(cursor->params.notices,
                &(struct hp_notice){
                        .kind = HP_NOTICE_CURSORS,
                        .cursors = { (const void *) cursor->inactives->data,
                                cursor->inactives->len },
                });
    }
    cursor->had_inactive = has_some;
    hp_cursor_check_rules(cursor);
}

void
hp_cursor_check_rules(struct hp_cursor *cursor)
{
    bool is_wanted = cursor->params.rules->inactive_cursors || cursor->had_inactive;
    if (is_wanted && !cursor->is_stopped && !hp_timer_is_running(&cursor->inactive)) {
        hp_timer_start(&cursor->inactive, INACTIVE_INTERVAL_US);
    }
}

void
hp_cursor_stop(struct hp_cursor *cursor)
{
    cursor->is_stopped = true;
    hp_timer_stop(&cursor->inactive);
    hp_timer_stop(&cursor->rest);
}

struct hp_cursor *
hp_cursor_create(const struct hp_cursor_params *params)
{
    struct hp_cursor *cursor = g_new0(struct hp_cursor, 1);
    cursor->params = *params;
    cursor->inactives = g_array_new(FALSE, FALSE, sizeof(struct hp_notice_cursor));
    cursor->spread = hp_spread_create("data");
    hp_timer_init(&cursor->pace, params->home, on_pace, cursor);
    hp_timer_init(&cursor->rest, params->home, on_rest, cursor);
    hp_timer_init(&cursor->inactive, params->home, on_inactive, cursor);
    return cursor;
}

void
hp_cursor_destroy(struct hp_cursor *cursor)
{
    if (cursor == NULL) {
        return;
    }
    hp_timer_stop(&cursor->pace);
    hp_timer_stop(&cursor->rest);
    hp_timer_stop(&cursor->inactive);
    hp_spread_destroy(cursor->spread);
    g_array_unref(cursor->inactives);
    g_clear_pointer(&cursor->image, g_byte_array_unref);
    g_free(cursor);
}
