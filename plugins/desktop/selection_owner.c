// selection_owner.c - gives the text that a person has copied to the programs that paste it.
// Owner: hp_selection. Thread: the desktop's loop.
#include "selection_owner.h"

#include <stdlib.h>
#include <string.h>

#include "atoms.h"
#include "display.h"

enum {
    // What one event makes us write has to fit into a socket that is writable: a server that hangs
    // must not hold the loop up, which is where it is watched.
    MAX_PIECE = 64 * 1024,
    REQUEST_HEAD = 64, // bytes of a request beside its value, and some to spare
    MAX_PAIRS = 16, // of one MULTIPLE
    MAX_PAIR_VALUE = 1024, // bytes in one piece there: all of them are one answer
};

void
hp_selection_owner_init(struct hp_selection_owner *owner, xcb_connection_t *connection,
        const struct hp_atoms *atoms)
{
    size_t max_request = (size_t) xcb_get_maximum_request_length(connection) * 4;
    *owner = (struct hp_selection_owner){ .connection = connection,
        .atoms = atoms,
        .piece_size = MIN(max_request - REQUEST_HEAD, MAX_PIECE) };
}

static void
drop(struct hp_selection_owner *owner, unsigned index)
{
    g_bytes_unref(owner->transfers[index].value);
    owner->transfers[index] = owner->transfers[--owner->transfer_count];
}

void
hp_selection_owner_finish(struct hp_selection_owner *owner)
{
    while (owner->transfer_count > 0) {
        drop(owner, 0);
    }
    g_clear_pointer(&owner->text, g_bytes_unref);
    owner->connection = NULL;
}

void
hp_selection_owner_set(struct hp_selection_owner *owner, GBytes *text, xcb_timestamp_t since)
{
    g_clear_pointer(&owner->text, g_bytes_unref);
    owner->text = text == NULL ? NULL : g_bytes_ref(text);
    owner->since = since;
}

// A letter that Latin 1 lacks becomes a question mark.
static GBytes *
write_latin1(GBytes *text)
{
    gsize size;
    const char *utf8 = g_bytes_get_data(text, &size);
    GByteArray *latin1 = g_byte_array_sized_new((guint) size);
    for (const char *at = utf8; at < utf8 + size; at = g_utf8_next_char(at)) {
        gunichar letter = g_utf8_get_char(at);
        guint8 byte = letter <= 0xff ? (guint8) letter : '?';
        g_byte_array_append(latin1, &byte, 1);
    }
    return g_byte_array_free_to_bytes(latin1);
}

// The value of a text target and its type; NULL: it is none. The caller's.
static GBytes *
write_text(const struct hp_selection_owner *owner, xcb_atom_t target, xcb_atom_t *type)
{
    *type = target;
    if (target == owner->atoms->of[HP_ATOM_TEXT]) {
        *type = owner->atoms->of[HP_ATOM_UTF8_STRING]; // the owner chooses (ICCCM 2.6.2)
        return g_bytes_ref(owner->text);
    }
    if (hp_atoms_is_utf8(owner->atoms, target)) {
        return g_bytes_ref(owner->text);
    }
    return target == XCB_ATOM_STRING ? write_latin1(owner->text) : NULL;
}

static bool
put_targets(struct hp_selection_owner *owner, xcb_window_t requestor, xcb_atom_t property)
{
    const xcb_atom_t *of = owner->atoms->of;
    const xcb_atom_t targets[] = { of[HP_ATOM_TARGETS], of[HP_ATOM_MULTIPLE],
        of[HP_ATOM_TIMESTAMP], of[HP_ATOM_UTF8_STRING], of[HP_ATOM_TEXT_PLAIN_UTF8],
        of[HP_ATOM_TEXT_PLAIN], of[HP_ATOM_TEXT], XCB_ATOM_STRING };
    xcb_change_property(owner->connection, XCB_PROP_MODE_REPLACE, requestor, property,
            XCB_ATOM_ATOM, 32, G_N_ELEMENTS(targets), targets);
    return true;
}

static bool
begin_transfer(struct hp_selection_owner *owner, xcb_window_t requestor, xcb_atom_t property,
        xcb_atom_t type, GBytes *value)
{
    if (owner->transfer_count == HP_SELECTION_TRANSFERS_MAX) {
        return false;
    }
    uint32_t mask = XCB_EVENT_MASK_PROPERTY_CHANGE;
    uint32_t size = (uint32_t) g_bytes_get_size(value);
    xcb_change_window_attributes(owner->connection, requestor, XCB_CW_EVENT_MASK, &mask);
    xcb_change_property(owner->connection, XCB_PROP_MODE_REPLACE, requestor, property,
            owner->atoms->of[HP_ATOM_INCR], 32, 1, &size);
    owner->transfers[owner->transfer_count++] =
            (struct hp_selection_transfer){ .requestor = requestor,
                .property = property,
                .type = type,
                .value = g_bytes_ref(value),
                .last_us = g_get_monotonic_time() };
    return true;
}

// A text of more than `max_size` bytes goes in pieces. False: there is no such target, or no room
// for another large text.
static bool
put(struct hp_selection_owner *owner, xcb_window_t requestor, xcb_atom_t property,
        xcb_atom_t target, size_t max_size)
{
    if (owner->text == NULL || property == XCB_NONE) {
        return false;
    }
    if (target == owner->atoms->of[HP_ATOM_TARGETS]) {
        return put_targets(owner, requestor, property);
    }
    if (target == owner->atoms->of[HP_ATOM_TIMESTAMP]) {
        xcb_change_property(owner->connection, XCB_PROP_MODE_REPLACE, requestor, property,
                XCB_ATOM_INTEGER, 32, 1, &owner->since);
        return true;
    }
    xcb_atom_t type;
    GBytes *value = write_text(owner, target, &type);
    if (value == NULL) {
        return false;
    }
    bool is_put = true;
    gsize size;
    const void *data = g_bytes_get_data(value, &size);
    if (size <= max_size) {
        xcb_change_property(owner->connection, XCB_PROP_MODE_REPLACE, requestor, property, type, 8,
                (uint32_t) size, data);
    } else {
        is_put = begin_transfer(owner, requestor, property, type, value);
    }
    g_bytes_unref(value);
    return is_put;
}

// Several targets at once: the requestor's property names pairs of a target and a property, and
// what cannot be had is replaced by None there.
static bool
put_multiple(struct hp_selection_owner *owner, const xcb_selection_request_event_t *request)
{
    xcb_get_property_cookie_t cookie = xcb_get_property(owner->connection, 0, request->requestor,
            request->property, XCB_GET_PROPERTY_TYPE_ANY, 0, 2 * MAX_PAIRS);
    xcb_get_property_reply_t *reply = hp_display_wait(owner->connection, cookie.sequence, -1);
    if (reply == NULL || reply->format != 32 || reply->value_len < 2) {
        free(reply);
        return false;
    }
    xcb_atom_t pairs[2 * MAX_PAIRS];
    uint32_t count = MIN(reply->value_len, 2 * MAX_PAIRS) / 2;
    memcpy(pairs, xcb_get_property_value(reply), count * 2 * sizeof(*pairs));
    free(reply);
    for (uint32_t i = 0; i < count; i++) {
        if (!put(owner, request->requestor, pairs[2 * i + 1], pairs[2 * i],
                    MAX_PAIR_VALUE)) {
            pairs[2 * i + 1] = XCB_NONE;
        }
    }
    xcb_change_property(owner->connection, XCB_PROP_MODE_REPLACE, request->requestor,
            request->property, owner->atoms->of[HP_ATOM_ATOM_PAIR], 32, count * 2, pairs);
    return true;
}

void
hp_selection_owner_handle_request(
        struct hp_selection_owner *owner, const xcb_selection_request_event_t *request)
{
    xcb_selection_notify_event_t answer = { .response_type = XCB_SELECTION_NOTIFY,
        .time = request->time,
        .requestor = request->requestor,
        .selection = request->selection,
        .target = request->target,
        // old programs name no property (ICCCM 2.2)
        .property = request->property == XCB_NONE ? request->target : request->property };
    bool is_multiple = request->target == owner->atoms->of[HP_ATOM_MULTIPLE];
    bool is_put = owner->text != NULL
            && (is_multiple ? put_multiple(owner, request)
                            : put(owner, request->requestor, answer.property, request->target,
                                      owner->piece_size));
    if (!is_put) {
        answer.property = XCB_NONE;
    }
    char event[32] = { 0 }; // every event has this size on the wire
    memcpy(event, &answer, sizeof(answer));
    xcb_send_event(
            owner->connection, 0, request->requestor, XCB_EVENT_MASK_NO_EVENT, event);
}

static int
find_transfer(const struct hp_selection_owner *owner, const xcb_property_notify_event_t *property)
{
    for (unsigned i = 0; i < owner->transfer_count; i++) {
        if (owner->transfers[i].requestor == property->window
                && owner->transfers[i].property == property->atom) {
            return (int) i;
        }
    }
    return -1;
}

void
hp_selection_owner_handle_property(
        struct hp_selection_owner *owner, const xcb_property_notify_event_t *property)
{
    int index = property->state == XCB_PROPERTY_DELETE ? find_transfer(owner, property) : -1;
    if (index < 0) {
        return;
    }
    struct hp_selection_transfer *transfer = &owner->transfers[index];
    gsize size;
    const uint8_t *data = g_bytes_get_data(transfer->value, &size);
    size_t count = MIN(size - transfer->offset, owner->piece_size);
    xcb_change_property(owner->connection, XCB_PROP_MODE_REPLACE, transfer->requestor,
            transfer->property, transfer->type, 8, (uint32_t) count, data + transfer->offset);
    transfer->offset += count;
    transfer->last_us = g_get_monotonic_time();
    if (count == 0) { // an empty piece is the end
        drop(owner, (unsigned) index);
    }
}

void
hp_selection_owner_expire(struct hp_selection_owner *owner, int64_t now_us)
{
    for (unsigned i = owner->transfer_count; i-- > 0;) {
        if (now_us - owner->transfers[i].last_us >= HP_SELECTION_TIMEOUT_US) {
            drop(owner, i);
        }
    }
}
