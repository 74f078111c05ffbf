// keystrokes.c - input that comes over the WebSocket, on its way to the session's seat.
// Owner: nobody.  Thread: main.
#include "dialect/keystrokes.h"

#include "dialect/args.h"
#include "plugin/plugins.h"
#include "plugin/seat.h"
#include "room/control.h"
#include "room/room.h"
#include "room/session.h"

// Keysyms of X.
enum {
    KEY_CONTROL_L = 0xffe3
};

static enum hp_event_result
post(struct hp_session *session, const struct hp_args *args, enum hp_input_kind kind)
{
    struct hp_input input = args->input;
    if (args->has_place && kind != HP_INPUT_MOVE) {
        input.kind = HP_INPUT_MOVE;
        hp_seat_post_input(session->seat, &input);
    }
    input.kind = kind;
    return hp_seat_post_input(session->seat, &input) ? HP_EVENT_DONE : HP_EVENT_TOO_MANY;
}

// As in Neko: all other keys and buttons are released before one is pressed this way.
static enum hp_event_result
post_press(struct hp_session *session, const struct hp_args *args, enum hp_input_kind down,
        enum hp_input_kind up)
{
    struct hp_args rest = *args;
    rest.has_place = false;
    post(session, &rest, HP_INPUT_RELEASE_ALL);
    post(session, args, down);
    return post(session, &rest, up);
}

static enum hp_event_result
post_shortcut(struct hp_session *session, char key)
{
    struct hp_args control = { .input.keysym = KEY_CONTROL_L };
    // in Latin 1 a letter is its own keysym
    struct hp_args letter = { .input.keysym = (uint32_t) key };
    post(session, &control, HP_INPUT_RELEASE_ALL);
    post(session, &control, HP_INPUT_KEY_DOWN);
    post(session, &letter, HP_INPUT_KEY_DOWN);
    post(session, &letter, HP_INPUT_KEY_UP);
    return post(session, &control, HP_INPUT_KEY_UP);
}

HP_KEYSTROKES(move)
{
    (void) room;
    return post(session, args, HP_INPUT_MOVE);
}

HP_KEYSTROKES(scroll)
{
    (void) room;
    return post(session, args, HP_INPUT_SCROLL);
}

HP_KEYSTROKES(button_down)
{
    (void) room;
    return post(session, args, HP_INPUT_BUTTON_DOWN);
}

HP_KEYSTROKES(button_up)
{
    (void) room;
    return post(session, args, HP_INPUT_BUTTON_UP);
}

HP_KEYSTROKES(key_down)
{
    (void) room;
    return post(session, args, HP_INPUT_KEY_DOWN);
}

HP_KEYSTROKES(key_up)
{
    (void) room;
    return post(session, args, HP_INPUT_KEY_UP);
}

HP_KEYSTROKES(touch_begin)
{
    (void) room;
    return post(session, args, HP_INPUT_TOUCH_BEGIN);
}

HP_KEYSTROKES(touch_update)
{
    (void) room;
    return post(session, args, HP_INPUT_TOUCH_UPDATE);
}

HP_KEYSTROKES(touch_end)
{
    (void) room;
    return post(session, args, HP_INPUT_TOUCH_END);
}

HP_KEYSTROKES(button_press)
{
    (void) room;
    return post_press(session, args, HP_INPUT_BUTTON_DOWN, HP_INPUT_BUTTON_UP);
}

HP_KEYSTROKES(key_press)
{
    (void) room;
    return post_press(session, args, HP_INPUT_KEY_DOWN, HP_INPUT_KEY_UP);
}

HP_KEYSTROKES(set_clipboard)
{
    if (!hp_control_opens_clipboard(hp_room_control(room), session)) {
        return HP_EVENT_NOT_ALLOWED;
    }
    bool is_set = hp_plugins_set_clipboard(hp_room_plugins(room), args->text);
    return is_set ? HP_EVENT_DONE : HP_EVENT_NOT_AVAILABLE;
}

HP_KEYSTROKES(cut)
{
    (void) room;
    (void) args;
    return post_shortcut(session, 'x');
}

HP_KEYSTROKES(copy)
{
    (void) room;
    (void) args;
    return post_shortcut(session, 'c');
}

HP_KEYSTROKES(paste)
{
    if (args->text != NULL && args->text[0] != '\0') {
        enum hp_event_result result = hp_keystrokes_set_clipboard(room, session, args);
        if (result != HP_EVENT_DONE) {
            return result;
        }
    }
    return post_shortcut(session, 'v');
}

HP_KEYSTROKES(select_all)
{
    (void) room;
    (void) args;
    return post_shortcut(session, 'a');
}
