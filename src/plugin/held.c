// held.c - the keys, buttons and touches that one person holds down.
// Owner: hp_seat.  Thread: the seat's worker.
#include "plugin/held.h"

#include "base/input.h"

static bool
add(uint32_t *items, unsigned *count, uint32_t item)
{
    for (unsigned i = 0; i < *count; i++) {
        if (items[i] == item) {
            return false;
        }
    }
    if (*count == HP_HELD_MAX) {
        return false;
    }
    items[(*count)++] = item;
    return true;
}

static bool
take(uint32_t *items, unsigned *count, uint32_t item)
{
    for (unsigned i = 0; i < *count; i++) {
        if (items[i] == item) {
            items[i] = items[--*count];
            return true;
        }
    }
    return false;
}

static bool
has(const uint32_t *items, unsigned count, uint32_t item)
{
    for (unsigned i = 0; i < count; i++) {
        if (items[i] == item) {
            return true;
        }
    }
    return false;
}

static bool
set_button(struct hp_held *held, uint32_t button, bool is_down)
{
    if (button == 0 || button > 31) {
        return false;
    }
    uint32_t bit = 1U << button;
    if (((held->buttons & bit) != 0) == is_down) {
        return false;
    }
    held->buttons ^= bit;
    return true;
}

bool
hp_held_update(struct hp_held *held, const struct hp_input *input)
{
    switch (input->kind) {
    case HP_INPUT_KEY_DOWN: return add(held->keysyms, &held->count, input->keysym);
    case HP_INPUT_KEY_UP: return take(held->keysyms, &held->count, input->keysym);
    case HP_INPUT_BUTTON_DOWN: return set_button(held, input->button, true);
    case HP_INPUT_BUTTON_UP: return set_button(held, input->button, false);
    case HP_INPUT_TOUCH_BEGIN: return add(held->touches, &held->touch_count, input->touch_id);
    case HP_INPUT_TOUCH_UPDATE: return has(held->touches, held->touch_count, input->touch_id);
    case HP_INPUT_TOUCH_END: return take(held->touches, &held->touch_count, input->touch_id);
    case HP_INPUT_RELEASE_ALL: *held = (struct hp_held){ .count = 0 }; return true;
    case HP_INPUT_MOVE:
    case HP_INPUT_SCROLL:
    case HP_INPUT_PING:
    case HP_INPUT_ALIVE: return true;
    }
    return false;
}

bool
hp_held_is_empty(const struct hp_held *held)
{
    return held->count == 0 && held->buttons == 0 && held->touch_count == 0;
}
