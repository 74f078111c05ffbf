// layout.c - the layout of the server's keyboard (XKB): its map, the locks and group in force, and
// the events about them.
// Owner: nobody, it has no state. Thread: the desktop's loop.
#include "layout.h"

#include <stdlib.h>
#include <xcb/xkb.h>
#include <xkbcommon/xkbcommon-x11.h>

#include "display.h"
#include "keymap.h"

bool
hp_layout_select(xcb_connection_t *connection, uint8_t *first_event)
{
    if (xkb_x11_setup_xkb_extension(connection, XKB_X11_MIN_MAJOR_XKB_VERSION,
                XKB_X11_MIN_MINOR_XKB_VERSION, XKB_X11_SETUP_XKB_EXTENSION_NO_FLAGS, NULL, NULL,
                first_event, NULL)
            == 0) {
        return false;
    }
    uint16_t news = XCB_XKB_EVENT_TYPE_NEW_KEYBOARD_NOTIFY | XCB_XKB_EVENT_TYPE_MAP_NOTIFY
            | XCB_XKB_EVENT_TYPE_STATE_NOTIFY;
    uint16_t parts = XCB_XKB_MAP_PART_KEY_TYPES | XCB_XKB_MAP_PART_KEY_SYMS
            | XCB_XKB_MAP_PART_MODIFIER_MAP | XCB_XKB_MAP_PART_KEY_ACTIONS
            | XCB_XKB_MAP_PART_VIRTUAL_MODS | XCB_XKB_MAP_PART_VIRTUAL_MOD_MAP;
    xcb_xkb_select_events(connection, XCB_XKB_ID_USE_CORE_KBD, news, 0, news, parts, parts, NULL);
    return true;
}

struct hp_keymap *
hp_layout_fetch(xcb_connection_t *connection)
{
    struct xkb_context *context = xkb_context_new(XKB_CONTEXT_NO_DEFAULT_INCLUDES);
    int32_t device = xkb_x11_get_core_keyboard_device_id(connection);
    struct xkb_keymap *xkb = device < 0 ? NULL
                                        : xkb_x11_keymap_new_from_device(context, connection,
                                                device, XKB_KEYMAP_COMPILE_NO_FLAGS);
    xkb_context_unref(context); // the map keeps its own reference
    return xkb == NULL ? NULL : hp_keymap_create(xkb);
}

bool
hp_layout_query_locks(xcb_connection_t *connection, uint32_t *locked, uint32_t *group)
{
    xcb_xkb_get_state_reply_t *reply = hp_display_wait(
            connection, xcb_xkb_get_state(connection, XCB_XKB_ID_USE_CORE_KBD).sequence, -1);
    if (reply == NULL) {
        return false;
    }
    *locked = reply->lockedMods;
    *group = reply->lockedGroup;
    free(reply);
    return true;
}

enum hp_layout_news
hp_layout_parse(const xcb_generic_event_t *event, uint32_t *locked, uint32_t *group)
{
    switch (event->pad0) { // all XKB events share one type; this byte tells them apart
    case XCB_XKB_NEW_KEYBOARD_NOTIFY:
    case XCB_XKB_MAP_NOTIFY: return HP_LAYOUT_MAP;
    case XCB_XKB_STATE_NOTIFY: {
        const xcb_xkb_state_notify_event_t *state = (const void *) event;
        *locked = state->lockedMods;
        *group = state->lockedGroup;
        return HP_LAYOUT_LOCKS;
    }
    default: return HP_LAYOUT_NOTHING;
    }
}
