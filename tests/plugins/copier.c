// copier.c - a program in an X server that copies and pastes text.
#include "copier.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
    TIMEOUT_MS = 10000
};

void
copier_start(struct copier *copier, const char *display)
{
    *copier = (struct copier){ .connection = xcb_connect(display, NULL) };
    assert(xcb_connection_has_error(copier->connection) == 0);
    copier->screen = xcb_setup_roots_iterator(xcb_get_setup(copier->connection)).data;
    copier->window = xcb_generate_id(copier->connection);
    uint32_t mask = XCB_EVENT_MASK_PROPERTY_CHANGE;
    xcb_create_window(copier->connection, 0, copier->window, copier->screen->root, 0, 0, 1, 1, 0,
            XCB_WINDOW_CLASS_INPUT_ONLY, copier->screen->root_visual, XCB_CW_EVENT_MASK, &mask);
}

void
copier_stop(struct copier *copier)
{
    g_clear_pointer(&copier->value, g_bytes_unref);
    xcb_disconnect(copier->connection);
}

xcb_atom_t
copier_atom(struct copier *copier, const char *name)
{
    xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(copier->connection,
            xcb_intern_atom(copier->connection, 0, (uint16_t) strlen(name), name), NULL);
    xcb_atom_t atom = reply->atom;
    free(reply);
    return atom;
}

static xcb_window_t
get_owner(struct copier *copier)
{
    xcb_get_selection_owner_reply_t *reply = xcb_get_selection_owner_reply(copier->connection,
            xcb_get_selection_owner(copier->connection, copier_atom(copier, "CLIPBOARD")), NULL);
    xcb_window_t owner = reply->owner;
    free(reply);
    return owner;
}

bool
copier_has_lost(struct copier *copier)
{
    xcb_window_t owner = get_owner(copier);
    return owner != copier->window && owner != XCB_NONE;
}

void
copier_copy(struct copier *copier, const char *target, const void *value, size_t size)
{
    g_clear_pointer(&copier->value, g_bytes_unref);
    copier->value = g_bytes_new(value, size);
    copier->target = target;
    copier->requests = 0;
    copier->taker = XCB_NONE;
    xcb_set_selection_owner(copier->connection, copier->window, copier_atom(copier, "CLIPBOARD"),
            XCB_CURRENT_TIME);
    assert(get_owner(copier) == copier->window);
}

static void
begin_pieces(struct copier *copier, const xcb_selection_request_event_t *request)
{
    uint32_t mask = XCB_EVENT_MASK_PROPERTY_CHANGE;
    uint32_t size = (uint32_t) g_bytes_get_size(copier->value);
    copier->taker = request->requestor;
    copier->taken_by = request->property;
    copier->offset = 0;
    xcb_change_window_attributes(
            copier->connection, request->requestor, XCB_CW_EVENT_MASK, &mask);
    xcb_change_property(copier->connection, XCB_PROP_MODE_REPLACE, request->requestor,
            request->property, copier_atom(copier, "INCR"), 32, 1, &size);
}

static void
answer(struct copier *copier, const xcb_selection_request_event_t *request)
{
    xcb_selection_notify_event_t notify = { .response_type = XCB_SELECTION_NOTIFY,
        .time = request->time,
        .requestor = request->requestor,
        .selection = request->selection,
        .target = request->target,
        .property = request->property };
    copier->requests++;
    if (copier->is_silent) {
        return;
    }
    if (request->target != copier_atom(copier, copier->target)) {
        notify.property = XCB_NONE;
    } else if (copier->piece_size > 0) {
        begin_pieces(copier, request);
    } else {
        gsize size;
        const void *data = g_bytes_get_data(copier->value, &size);
        xcb_change_property(copier->connection, XCB_PROP_MODE_REPLACE, request->requestor,
                request->property, request->target, 8, (uint32_t) size, data);
    }
    char event[32] = { 0 };
    memcpy(event, &notify, sizeof(notify));
    xcb_send_event(copier->connection, 0, request->requestor, 0, event);
}

static void
give_piece(struct copier *copier)
{
    gsize size;
    const uint8_t *data = g_bytes_get_data(copier->value, &size);
    size_t count = MIN(size - copier->offset, copier->piece_size);
    xcb_change_property(copier->connection, XCB_PROP_MODE_REPLACE, copier->taker, copier->taken_by,
            copier_atom(copier, copier->target), 8, (uint32_t) count, data + copier->offset);
    copier->offset += count;
    if (count == 0) {
        copier->taker = XCB_NONE;
    }
}

// The next event that the copier does not handle itself; NULL after `wait_ms`.
static xcb_generic_event_t *
next_event(struct copier *copier, int wait_ms)
{
    struct pollfd fd = { .fd = xcb_get_file_descriptor(copier->connection), .events = POLLIN };
    gint64 end_us = g_get_monotonic_time() + wait_ms * 1000;
    for (;;) {
        xcb_generic_event_t *event;
        xcb_flush(copier->connection);
        while ((event = xcb_poll_for_event(copier->connection)) != NULL) {
            uint8_t type = event->response_type & 0x7f;
            const xcb_property_notify_event_t *property = (const void *) event;
            if (type == XCB_SELECTION_REQUEST) {
                answer(copier, (const void *) event);
            } else if (type == XCB_PROPERTY_NOTIFY && copier->taker != XCB_NONE
                    && property->window == copier->taker && property->atom == copier->taken_by) {
                if (property->state == XCB_PROPERTY_DELETE) {
                    give_piece(copier);
                }
            } else if (type == XCB_SELECTION_NOTIFY || type == XCB_PROPERTY_NOTIFY) {
                return event;
            }
            free(event);
            xcb_flush(copier->connection);
        }
        gint64 left_us = end_us - g_get_monotonic_time();
        if (left_us <= 0 || xcb_connection_has_error(copier->connection) != 0) {
            return NULL;
        }
        poll(&fd, 1, (int) (left_us / 1000 + 1));
    }
}

void
copier_serve(struct copier *copier, int wait_ms)
{
    xcb_generic_event_t *event;
    while ((event = next_event(copier, wait_ms)) != NULL) {
        free(event);
        wait_ms = 0;
    }
}

static xcb_get_property_reply_t *
take(struct copier *copier, xcb_atom_t property)
{
    return xcb_get_property_reply(copier->connection,
            xcb_get_property(copier->connection, 1, copier->window, property,
                    XCB_GET_PROPERTY_TYPE_ANY, 0, 4 * 1024 * 1024),
            NULL);
}

static GByteArray *
take_pieces(struct copier *copier, xcb_atom_t property, xcb_atom_t *type)
{
    GByteArray *value = g_byte_array_new();
    xcb_generic_event_t *event;
    while ((event = next_event(copier, TIMEOUT_MS)) != NULL) {
        const xcb_property_notify_event_t *notify = (const void *) event;
        bool is_piece = (event->response_type & 0x7f) == XCB_PROPERTY_NOTIFY
                && notify->window == copier->window && notify->atom == property
                && notify->state == XCB_PROPERTY_NEW_VALUE;
        free(event);
        if (!is_piece) {
            continue;
        }
        xcb_get_property_reply_t *reply = take(copier, property);
        uint32_t count = reply->value_len;
        if (reply->type == XCB_NONE) { // the notice of INCR itself, whose value is taken already
            free(reply);
            continue;
        }
        g_byte_array_append(value, xcb_get_property_value(reply), count);
        copier->largest_piece = MAX(copier->largest_piece, count);
        *type = count > 0 ? reply->type : *type;
        free(reply);
        if (count == 0) {
            return value;
        }
    }
    g_byte_array_unref(value);
    return NULL;
}

GByteArray *
copier_paste(struct copier *copier, const char *target, xcb_atom_t *type)
{
    xcb_atom_t kept, property = copier_atom(copier, "PASTED");
    xcb_generic_event_t *event;
    type = type == NULL ? &kept : type;
    xcb_convert_selection(copier->connection, copier->window, copier_atom(copier, "CLIPBOARD"),
            copier_atom(copier, target), property, XCB_CURRENT_TIME);
    do {
        event = next_event(copier, TIMEOUT_MS);
        if (event == NULL) {
            return NULL;
        }
        if ((event->response_type & 0x7f) == XCB_SELECTION_NOTIFY) {
            break;
        }
        free(event);
    } while (true);
    bool is_refused = ((xcb_selection_notify_event_t *) event)->property == XCB_NONE;
    free(event);
    if (is_refused) {
        return NULL;
    }
    xcb_get_property_reply_t *reply = take(copier, property);
    GByteArray *value;
    *type = reply->type;
    if (reply->type == copier_atom(copier, "INCR")) {
        value = take_pieces(copier, property, type);
    } else {
        value = g_byte_array_new();
        g_byte_array_append(value, xcb_get_property_value(reply),
                reply->value_len * (unsigned) reply->format / 8);
    }
    free(reply);
    return value;
}
