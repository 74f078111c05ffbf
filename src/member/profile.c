// profile.c - the rights of a member.
// Owner: nobody.  Thread: main.
#include "member/profile.h"

#include <string.h>

#include <glib.h>

#include "member/plugin_settings.h"

enum { MARKS_MAX = 4 }; // on one character: more than any script needs

struct range {
    gunichar first, last;
};

// What shows nothing: Default_Ignorable_Code_Point of the Unicode Character Database with its
// fillers and variation selectors, and the empty Braille pattern. In order.
static const struct range UNSEEN[] = {
    { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
    { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x202a, 0x202e }, { 0x2060, 0x206f },
    { 0x2800, 0x2800 }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
    { 0xffa0, 0xffa0 }, { 0xfff0, 0xfff8 }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
    { 0xe0000, 0xe0fff },
};

// What has a coloured shape and is no "other symbol": punctuation, arrows, squares. In order.
static const struct range OTHER_EMOJI[] = {
    { 0x203c, 0x203c }, { 0x2049, 0x2049 }, { 0x2139, 0x2139 }, { 0x2194, 0x2194 },
    { 0x25fb, 0x25fe }, { 0x2934, 0x2935 }, { 0x3030, 0x3030 }, { 0x303d, 0x303d },
};

// Cyrillic and Greek letters of which the small or the capital one looks like a Latin letter.
static const struct {
    gunichar letter; // small
    char latin;
} ALIKE[] = {
    { 0x430, 'a' }, { 0x432, 'b' }, { 0x435, 'e' }, { 0x43a, 'k' }, { 0x43c, 'm' }, { 0x43d, 'h' },
    { 0x43e, 'o' }, { 0x440, 'p' }, { 0x441, 'c' }, { 0x442, 't' }, { 0x443, 'y' }, { 0x445, 'x' },
    { 0x455, 's' }, { 0x456, 'i' }, { 0x458, 'j' },
    { 0x3b1, 'a' }, { 0x3b2, 'b' }, { 0x3b5, 'e' }, { 0x3b6, 'z' }, { 0x3b7, 'h' }, { 0x3b9, 'i' },
    { 0x3ba, 'k' }, { 0x3bc, 'm' }, { 0x3bd, 'n' }, { 0x3bf, 'o' }, { 0x3c1, 'p' }, { 0x3c4, 't' },
    { 0x3c5, 'y' }, { 0x3c7, 'x' },
};

void
hp_profile_init(struct hp_profile *profile, bool is_admin)
{
    *profile = (struct hp_profile){
        .name = g_strdup(""),
        .is_admin = is_admin,
        .can_login = true,
        .can_connect = true,
        .can_watch = true,
        .can_host = true,
        .can_share_media = true,
        .can_access_clipboard = true,
        .sends_inactive_cursor = true,
        .can_see_inactive_cursors = is_admin,
    };
}

void
hp_profile_finish(struct hp_profile *profile)
{
    g_free(profile->name);
    profile->name = NULL;
    g_clear_pointer(&profile->plugins, g_hash_table_unref);
}

void
hp_profile_copy(struct hp_profile *to, const struct hp_profile *from)
{
    *to = *from;
    to->name = g_strdup(from->name);
    to->plugins = hp_plugin_settings_copy(from->plugins);
}

static bool
is_in(const struct range *ranges, size_t count, gunichar character)
{
    for (size_t i = 0; i < count && ranges[i].first <= character; i++) {
        if (character <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

static bool
is_unseen(gunichar character)
{
    return is_in(UNSEEN, G_N_ELEMENTS(UNSEEN), character);
}

// Persian text and emoji need these two; they show nothing themselves.
static bool
is_joiner(gunichar character)
{
    return character == 0x200c || character == 0x200d;
}

// Does the character have a coloured shape, which U+FE0F chooses? Digits have one in keycaps only.
static bool
is_emoji(gunichar character)
{
    return (g_unichar_type(character) == G_UNICODE_OTHER_SYMBOL && !is_unseen(character))
            || is_in(OTHER_EMOJI, G_N_ELEMENTS(OTHER_EMOJI), character);
}

static bool
is_ideograph(gunichar character)
{
    return g_unichar_type(character) == G_UNICODE_OTHER_LETTER
            && g_unichar_get_script(character) == G_UNICODE_SCRIPT_HAN;
}

// Does the selector choose the shape of what stands before it? An emoji of a symbol needs U+FE0F,
// names of people need variants of ideographs, and letters of Mongolian have selectors of their
// own. All of them are left out of the look of a name.
static bool
is_selector_of(gunichar selector, gunichar before)
{
    if (selector == 0xfe0e || selector == 0xfe0f) {
        return is_emoji(before);
    }
    if ((selector >= 0xe0100 && selector <= 0xe01ef)
            || (selector >= 0xfe00 && selector <= 0xfe02)) {
        return is_ideograph(before);
    }
    bool is_mongolian = selector >= 0x180b && selector <= 0x180f && selector != 0x180e;
    return is_mongolian && before >= 0x1820 && before <= 0x18aa;
}

// The bytes of an emoji whose characters would not be harmless one by one, or 0: a keycap, or the
// flag of a part of a country. Unicode recommends three such flags; others would hide letters.
static size_t
sequence_size(const char *at)
{
    static const char keycap[] = "\ufe0f\u20e3";
    static const char *const flags[] = {
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", // England
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", // Scotland
        "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f", // Wales
    };
    if (strchr("0123456789#*", *at) != NULL && g_str_has_prefix(at + 1, keycap)) {
        return 1 + strlen(keycap);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        if (g_str_has_prefix(at, flags[i])) {
            return strlen(flags[i]);
        }
    }
    return 0;
}

static bool
is_noncharacter(gunichar character)
{
    return (character >= 0xfdd0 && character <= 0xfdef) || (character & 0xfffe) == 0xfffe;
}

static bool
is_harmless(gunichar character, gunichar before)
{
    switch (g_unichar_type(character)) {
    case G_UNICODE_CONTROL: // C0 and C1
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR: return false;
    case G_UNICODE_FORMAT: return is_joiner(character); // U+202E and its kin, invisible marks
    default: break;
    }
    return !is_noncharacter(character)
            && (!is_unseen(character) || is_selector_of(character, before));
}

static bool
is_mark(gunichar character)
{
    GUnicodeType type = g_unichar_type(character);
    return type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK;
}

bool
hp_profile_is_name(const char *name)
{
    size_t size = strlen(name);
    if (size == 0 || size > (size_t) HP_NAME_MAX * 4 || !g_utf8_validate(name, -1, NULL)) {
        return false;
    }
    if (g_utf8_strlen(name, -1) > HP_NAME_MAX) {
        return false;
    }
    bool is_visible = false;
    unsigned marks = 0; // since the last character that can carry some
    gunichar before = 0;
    size_t whole;
    for (const char *at = name; *at != '\0'; at = whole > 0 ? at + whole : g_utf8_next_char(at)) {
        whole = sequence_size(at);
        if (whole > 0) {
            marks = MARKS_MAX; // and takes no more of them
            before = 0;
            is_visible = true;
            continue;
        }
        gunichar character = g_utf8_get_char(at);
        marks = is_mark(character) ? marks + 1 : is_unseen(character) ? marks : 0;
        if (!is_harmless(character, before) || marks > MARKS_MAX) {
            return false;
        }
        before = character;
        is_visible = is_visible || (g_unichar_isgraph(character) && !is_unseen(character));
    }
    return is_visible;
}

static gunichar
to_latin(gunichar small)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ALIKE); i++) {
        if (ALIKE[i].letter == small) {
            return (gunichar) ALIKE[i].latin;
        }
    }
    return small;
}

char *
hp_profile_name_look(const char *name)
{
    GString *seen = g_string_new(NULL); // what shows nothing would also keep marks apart
    for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (!is_unseen(character)) {
            g_string_append_unichar(seen, character);
        }
    }
    char *plain = g_utf8_normalize(seen->str, -1, G_NORMALIZE_ALL); // letters before their marks
    char *folded = g_utf8_casefold(plain, -1);
    GString *look = g_string_new(NULL);
    for (const char *at = folded; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (!g_unichar_isspace(character)) {
            g_string_append_unichar(look, to_latin(character));
        }
    }
    g_free(folded);
    g_free(plain);
    g_string_free(seen, TRUE);
    return g_string_free(look, FALSE);
}

bool
hp_profile_has_right(const struct hp_profile *profile, enum hp_session_right right)
{
    switch (right) {
    case HP_RIGHT_ADMIN: return profile->is_admin;
    case HP_RIGHT_WATCH: return profile->can_watch;
    case HP_RIGHT_HOST: return profile->can_host;
    case HP_RIGHT_SHARE_MEDIA: return profile->can_share_media;
    case HP_RIGHT_ACCESS_CLIPBOARD: return profile->can_access_clipboard;
    }
    return false;
}
