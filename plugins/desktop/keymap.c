// keymap.c - finds the key of a keyboard that gives a keysym, and the modifiers that the key needs.
// Owner: hp_keyboard. Thread: any, under the device's lock.
#include "keymap.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <xkbcommon/xkbcommon-keysyms.h>

enum {
    KEYCODE_COUNT = 256,
    MAX_ENTRIES = 8192,
    REAL_MODIFIERS = 0xff
};

// One place in the map that gives a keysym.
struct entry {
    uint32_t keysym;
    uint8_t keycode, layout, level;
};

struct hp_keymap {
    struct xkb_keymap *xkb;
    struct xkb_state *scratch;
    struct entry *entries; // sorted by keysym, level, keycode
    size_t entry_count;
    uint32_t held[KEYCODE_COUNT];
    uint32_t locked[KEYCODE_COUNT];
    uint8_t shift_keycode, level3_keycode; // 0: there is none
    uint32_t shift, level3; // their modifiers
};

static int
compare_entries(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    if (a->keysym != b->keysym) {
        return a->keysym < b->keysym ? -1 : 1;
    }
    if (a->level != b->level) {
        return (int) a->level - b->level;
    }
    return (int) a->keycode - b->keycode;
}

static void
add_key(struct hp_keymap *keymap, xkb_keycode_t keycode)
{
    xkb_layout_index_t layouts = xkb_keymap_num_layouts_for_key(keymap->xkb, keycode);
    for (xkb_layout_index_t layout = 0; layout < layouts; layout++) {
        xkb_level_index_t levels = xkb_keymap_num_levels_for_key(keymap->xkb, keycode, layout);
        for (xkb_level_index_t level = 0; level < levels; level++) {
            const xkb_keysym_t *keysyms;
            int count =
                    xkb_keymap_key_get_syms_by_level(keymap->xkb, keycode, layout, level, &keysyms);
            if (count != 1 || keymap->entry_count == MAX_ENTRIES) {
                continue; // a key that gives several keysyms at once types none of them alone
            }
            keymap->entries[keymap->entry_count++] = (struct entry){ keysyms[0], (uint8_t) keycode,
                (uint8_t) layout, (uint8_t) level };
        }
    }
}

// Finds out what a key does to the modifiers: presses the key once, on the scratch state.
static void
try_key(struct hp_keymap *keymap, xkb_keycode_t keycode)
{
    struct xkb_state *state = xkb_state_new(keymap->xkb);
    xkb_state_update_key(state, keycode, XKB_KEY_DOWN);
    keymap->held[keycode] =
            xkb_state_serialize_mods(state, XKB_STATE_MODS_DEPRESSED) & REAL_MODIFIERS;
    keymap->locked[keycode] =
            xkb_state_serialize_mods(state, XKB_STATE_MODS_LOCKED) & REAL_MODIFIERS;
    xkb_state_unref(state);
}

static uint8_t
find_modifier(const struct hp_keymap *keymap, uint32_t keysym, uint32_t *modifiers)
{
    for (size_t i = 0; i < keymap->entry_count; i++) {
        const struct entry *entry = &keymap->entries[i];
        if (entry->keysym == keysym && entry->level == 0 && keymap->held[entry->keycode] != 0
                && keymap->locked[entry->keycode] == 0) {
            *modifiers = keymap->held[entry->keycode];
            return entry->keycode;
        }
    }
    *modifiers = 0;
    return 0;
}

struct hp_keymap *
hp_keymap_create(struct xkb_keymap *xkb)
{
    struct hp_keymap *keymap = g_new0(struct hp_keymap, 1);
    keymap->xkb = xkb;
    keymap->scratch = xkb_state_new(xkb);
    keymap->entries = g_new(struct entry, MAX_ENTRIES);
    xkb_keycode_t last = MIN(xkb_keymap_max_keycode(xkb), KEYCODE_COUNT - 1);
    for (xkb_keycode_t keycode = xkb_keymap_min_keycode(xkb); keycode <= last; keycode++) {
        add_key(keymap, keycode);
        try_key(keymap, keycode);
    }
    qsort(keymap->entries, keymap->entry_count, sizeof(struct entry), compare_entries);
    keymap->shift_keycode = find_modifier(keymap, XKB_KEY_Shift_L, &keymap->shift);
    keymap->level3_keycode = find_modifier(keymap, XKB_KEY_ISO_Level3_Shift, &keymap->level3);
    return keymap;
}

void
hp_keymap_destroy(struct hp_keymap *keymap)
{
    if (keymap == NULL) {
        return;
    }
    xkb_state_unref(keymap->scratch);
    xkb_keymap_unref(keymap->xkb);
    g_free(keymap->entries);
    g_free(keymap);
}

static const struct entry *
find_first(const struct hp_keymap *keymap, uint32_t keysym)
{
    size_t low = 0, high = keymap->entry_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (keymap->entries[middle].keysym < keysym) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < keymap->entry_count && keymap->entries[low].keysym == keysym
            ? &keymap->entries[low]
            : NULL;
}

static void
set_scratch(struct hp_keymap *keymap, const struct hp_key_state *state, uint32_t held)
{
    xkb_state_update_mask(keymap->scratch, held, 0, state->locked, 0, 0, state->group);
}

static bool
gives(struct hp_keymap *keymap, const struct entry *entry)
{
    return xkb_state_key_get_one_sym(keymap->scratch, entry->keycode) == entry->keysym;
}

// Is the keysym of a key that acts instead of writing? Their meaning together with Shift is up to
// the program (Shift+Tab), so they are pressed without a change of modifiers. The keypad's digits
// and the dead keys, whose keysyms lie in between, are excluded.
static bool
is_function(uint32_t keysym)
{
    bool is_keypad = keysym >= XKB_KEY_KP_Space && keysym <= XKB_KEY_KP_Equal;
    bool is_dead = keysym >= XKB_KEY_dead_grave && keysym <= XKB_KEY_dead_longsolidusoverlay;
    return keysym >= 0xfd00 && keysym <= 0xffff && !is_keypad && !is_dead;
}

static bool
is_modifier(uint32_t keysym)
{
    return (keysym >= XKB_KEY_Shift_L && keysym <= XKB_KEY_Hyper_R)
            || (keysym >= XKB_KEY_ISO_Lock && keysym <= XKB_KEY_ISO_Level5_Lock)
            || keysym == XKB_KEY_Mode_switch || keysym == XKB_KEY_Num_Lock;
}

// Changes one modifier: 0 leaves it, 1 presses its key, 2 releases it.
static bool
adjust(uint32_t modifier, uint8_t keycode, int how, uint32_t *held)
{
    if (how == 0) {
        return true;
    }
    bool is_held = (*held & modifier) != 0;
    if (modifier == 0 || is_held != (how == 2) || (how == 1 && keycode == 0)) {
        return false;
    }
    *held ^= modifier & (how == 2 ? *held : ~*held);
    return true;
}

static bool
try_adjustments(struct hp_keymap *keymap, const struct entry *entry,
        const struct hp_key_state *state, struct hp_key_choice *choice)
{
    for (int step = 1; step < 9; step++) { // Shift alone first, then the third level
        uint32_t held = state->held;
        if (!adjust(keymap->shift, keymap->shift_keycode, step % 3, &held)
                || !adjust(keymap->level3, keymap->level3_keycode, step / 3, &held)) {
            continue;
        }
        set_scratch(keymap, state, held);
        if (gives(keymap, entry)) {
            *choice = (struct hp_key_choice){ .keycode = entry->keycode,
                .release = state->held & ~held,
                .press = { step % 3 == 1 ? keymap->shift_keycode : 0,
                        step / 3 == 1 ? keymap->level3_keycode : 0 } };
            return true;
        }
    }
    return false;
}

static bool
find_exact(struct hp_keymap *keymap, uint32_t keysym, const struct hp_key_state *state,
        struct hp_key_choice *choice)
{
    const struct entry *first = find_first(keymap, keysym);
    const struct entry *end = keymap->entries + keymap->entry_count;
    if (first == NULL) {
        return false;
    }
    *choice = (struct hp_key_choice){ .keycode = first->keycode };
    if (is_modifier(keysym) || (is_function(keysym) && first->level == 0)) {
        return true;
    }
    set_scratch(keymap, state, state->held);
    for (const struct entry *entry = first; entry < end && entry->keysym == keysym; entry++) {
        if (gives(keymap, entry)) {
            choice->keycode = entry->keycode;
            return true;
        }
    }
    for (const struct entry *entry = first; entry < end && entry->keysym == keysym; entry++) {
        if (try_adjustments(keymap, entry, state, choice)) {
            return true;
        }
    }
    return false;
}

bool
hp_keymap_find(struct hp_keymap *keymap, uint32_t keysym, const struct hp_key_state *state,
        struct hp_key_choice *choice)
{
    if (find_exact(keymap, keysym, state, choice)) {
        return true;
    }
    // The same letter has two names: 0x10000e9 is 0xe9.
    uint32_t letter = keysym >= 0x1000000 ? xkb_keysym_to_utf32(keysym) : 0;
    uint32_t twin = letter != 0 ? xkb_utf32_to_keysym(letter) : keysym;
    return twin != keysym && find_exact(keymap, twin, state, choice);
}

uint32_t
hp_keymap_get_held(const struct hp_keymap *keymap, uint8_t keycode)
{
    return keymap->held[keycode];
}

uint32_t
hp_keymap_get_locked(const struct hp_keymap *keymap, uint8_t keycode)
{
    return keymap->locked[keycode];
}

uint32_t
hp_keymap_get_keysym(const struct hp_keymap *keymap, uint8_t keycode)
{
    const xkb_keysym_t *keysyms;
    for (xkb_layout_index_t layout = 0;
            layout < xkb_keymap_num_layouts_for_key(keymap->xkb, keycode); layout++) {
        for (xkb_level_index_t level = 0;
                level < xkb_keymap_num_levels_for_key(keymap->xkb, keycode, layout); level++) {
            if (xkb_keymap_key_get_syms_by_level(keymap->xkb, keycode, layout, level, &keysyms)
                    > 0) {
                return keysyms[0];
            }
        }
    }
    return 0;
}
