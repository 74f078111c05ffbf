// keystrokes.h - input that comes over the WebSocket, on its way to the session's seat, and texts
// for the clipboard. Each function is a handler of an event, see handler.h. The session has
// control; only set_clipboard looks for that itself. Main thread.
#pragma once

#include "dialect/handler.h"

#define HP_KEYSTROKES(name) \
    enum hp_event_result hp_keystrokes_##name( \
            struct hp_room *room, struct hp_session *session, const struct hp_args *args)

HP_KEYSTROKES(move);
HP_KEYSTROKES(scroll);
HP_KEYSTROKES(button_press);
HP_KEYSTROKES(button_down);
HP_KEYSTROKES(button_up);
HP_KEYSTROKES(key_press);
HP_KEYSTROKES(key_down);
HP_KEYSTROKES(key_up);
HP_KEYSTROKES(touch_begin);
HP_KEYSTROKES(touch_update);
HP_KEYSTROKES(touch_end);
HP_KEYSTROKES(set_clipboard);
HP_KEYSTROKES(cut);
HP_KEYSTROKES(copy);
HP_KEYSTROKES(paste);
HP_KEYSTROKES(select_all);
