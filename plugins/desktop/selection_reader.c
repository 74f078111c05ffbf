// selection_reader.c - reads the text that a program has copied.
// Owner: hp_selection. Thread: the desktop's loop.
#include "selection_reader.h"

#include <stdlib.h>
#include <string.h>

#include "atoms.h"
#include "base/plugin.h"
#include "display.h"
#include "news.h"
#include "selection_owner.h"

// Best first. Every program of today has the first; old ones have the last two.
enum {
    STEPS = 4
};

static xcb_atom_t
get_target(const struct hp_selection_reader *reader)
{
    const xcb_atom_t *of = reader->atoms->of;
    const xcb_atom_t targets[STEPS] = { of[HP_ATOM_UTF8_STRING], of[HP_ATOM_TEXT_PLAIN_UTF8],
        XCB_ATOM_STRING, of[HP_ATOM_TEXT] };
    return targets[reader->step];
}

static xcb_atom_t
get_property(const struct hp_selection_reader *reader)
{
    return reader->atoms->of[reader->is_turn_b ? HP_ATOM_VALUE_B : HP_ATOM_VALUE_A];
}

void
hp_selection_reader_init(struct hp_selection_reader *reader)
{
    reader->pieces = g_byte_array_new();
}

static void
stop(struct hp_selection_reader *reader)
{
    reader->is_busy = reader->is_in_pieces = false;
    g_byte_array_unref(reader->pieces); // and not only emptied: it may have been large
    reader->pieces = g_byte_array_new();
}

void
hp_selection_reader_finish(struct hp_selection_reader *reader)
{
    if (reader->connection != NULL) {
        g_byte_array_unref(reader->pieces);
    }
    *reader = (struct hp_selection_reader){ .connection = NULL };
}

static void
ask(struct hp_selection_reader *reader)
{
    reader->is_in_pieces = false;
    g_byte_array_set_size(reader->pieces, 0);
    reader->last_us = g_get_monotonic_time();
    xcb_delete_property(reader->connection, reader->window, get_property(reader));
    xcb_convert_selection(reader->connection, reader->window,
            reader->atoms->of[HP_ATOM_CLIPBOARD], get_target(reader), get_property(reader),
            reader->time);
    xcb_flush(reader->connection);
}

void
hp_selection_reader_start(struct hp_selection_reader *reader, xcb_timestamp_t time)
{
    stop(reader);
    reader->is_busy = true;
    reader->is_turn_b = !reader->is_turn_b;
    reader->step = 0;
    reader->time = time;
    ask(reader);
}

static void
ask_next(struct hp_selection_reader *reader)
{
    if (++reader->step < STEPS) {
        ask(reader);
    } else {
        stop(reader);
        reader->on_skipped(reader->arg, false); // a picture, for instance
    }
}

static void
refuse_size(struct hp_selection_reader *reader)
{
    hp_news_log(reader->news, HP_PLUGIN_INFO,
            "a program has copied a text of more than %d bytes, which is not passed on",
            HP_CLIPBOARD_MAX);
    stop(reader);
    reader->on_skipped(reader->arg, true);
}

// Tells a text of that type.
static void
tell(struct hp_selection_reader *reader, xcb_atom_t type, const char *data, size_t size)
{
    char *text = NULL;
    if (hp_atoms_is_utf8(reader->atoms, type)) {
        text = g_utf8_make_valid(data, (gssize) size);
    } else if (type == XCB_ATOM_STRING) {
        text = g_convert(data, (gssize) size, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
    }
    if (text == NULL) {
        ask_next(reader); // COMPOUND_TEXT, for instance
        return;
    }
    if (strlen(text) > HP_CLIPBOARD_MAX) { // what was invalid has grown
        refuse_size(reader);
    } else {
        stop(reader);
        reader->on_text(reader->arg, text);
    }
    g_free(text);
}

static xcb_get_property_reply_t *
take_property(struct hp_selection_reader *reader)
{
    xcb_get_property_cookie_t cookie = xcb_get_property(reader->connection, 1, reader->window,
            get_property(reader), XCB_GET_PROPERTY_TYPE_ANY, 0, HP_CLIPBOARD_MAX / 4 + 1);
    reader->last_us = g_get_monotonic_time();
    return hp_display_wait(reader->connection, cookie.sequence, -1);
}

void
hp_selection_reader_handle_notify(
        struct hp_selection_reader *reader, const xcb_selection_notify_event_t *notify)
{
    if (!reader->is_busy || reader->is_in_pieces || notify->target != get_target(reader)) {
        return; // the answer to an older request
    }
    if (notify->property != get_property(reader)) {
        if (notify->property == XCB_NONE) {
            ask_next(reader);
        }
        return;
    }
    xcb_get_property_reply_t *reply = take_property(reader);
    if (reply == NULL) {
        stop(reader);
    } else if (reply->type == reader->atoms->of[HP_ATOM_INCR]) {
        reader->is_in_pieces = true; // that it was deleted asks for the first piece
        reader->type = XCB_NONE;
    } else if (reply->format != 8) {
        ask_next(reader);
    } else if (reply->bytes_after > 0 || reply->value_len > HP_CLIPBOARD_MAX) {
        refuse_size(reader);
    } else {
        tell(reader, reply->type, xcb_get_property_value(reply), reply->value_len);
    }
    free(reply);
}

void
hp_selection_reader_handle_property(
        struct hp_selection_reader *reader, const xcb_property_notify_event_t *property)
{
    if (!reader->is_in_pieces || property->atom != get_property(reader)
            || property->state != XCB_PROPERTY_NEW_VALUE) {
        return;
    }
    xcb_get_property_reply_t *reply = take_property(reader);
    if (reply == NULL || reply->type == XCB_NONE) {
        free(reply);
        return; // the change that handle_notify() has seen already
    }
    if (reply->value_len == 0) {
        GByteArray *pieces = g_byte_array_ref(reader->pieces);
        tell(reader, reader->type, (const char *) pieces->data, pieces->len);
        g_byte_array_unref(pieces);
    } else if (reply->format != 8) {
        ask_next(reader);
    } else if (reply->bytes_after > 0
            || reader->pieces->len + reply->value_len > HP_CLIPBOARD_MAX) {
        refuse_size(reader);
    } else {
        reader->type = reply->type;
        g_byte_array_append(
                reader->pieces, xcb_get_property_value(reply), (guint) reply->value_len);
    }
    free(reply);
}

void
hp_selection_reader_expire(struct hp_selection_reader *reader, int64_t now_us)
{
    if (reader->is_busy && now_us - reader->last_us >= HP_SELECTION_TIMEOUT_US) {
        hp_news_log(reader->news, HP_PLUGIN_DEBUG,
                "a program that has copied something does not hand it over and is given up");
        stop(reader);
    }
}
