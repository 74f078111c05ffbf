// samples.c - what documentation and sample files write where a value of one's own belongs.
// Pure.  Thread: any.
#include "app/samples.h"

#include <string.h>

#include <glib.h>

static const char *const YOURS[] = { "your_", "your-", "your.", "yourip", "yourserver",
    "yourdomain", "yourhost", "yourpass", "changeme", "change_me", "change-me", "change this",
    "changethis", "change_this", "change-this" };

static bool
begins_as_sample(const char *lower)
{
    for (size_t i = 0; i < G_N_ELEMENTS(YOURS); i++) {
        if (g_str_has_prefix(lower, YOURS[i])) {
            return true;
        }
    }
    return false;
}

// One letter, as often as one likes: "x", "xxx".
static bool
is_letter_run(const char *text)
{
    const char letter[] = { text[0], '\0' };
    return g_ascii_isalpha(text[0]) && text[strspn(text, letter)] == '\0';
}

// An address of IPv4 in which letters stand for some numbers: 192.168.1.x, a.b.c.d.
static bool
is_masked_address(const char *lower)
{
    char **parts = g_strsplit(lower, ".", -1);
    bool is_masked = g_strv_length(parts) == 4, has_letter = false;
    for (char **part = parts; *part != NULL; part++) {
        bool is_number = **part != '\0' && (*part)[strspn(*part, "0123456789")] == '\0';
        has_letter |= !is_number;
        is_masked = is_masked && (is_number || is_letter_run(*part));
    }
    g_strfreev(parts);
    return is_masked && has_letter;
}

bool
hp_samples_has_host(const char *text)
{
    char *lower = g_ascii_strdown(text, -1);
    bool is_upper = strcmp(lower, text) != 0
            && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(text);
    bool is_dotted_x = lower[0] == 'x' && strchr(lower, '.') != NULL
            && lower[strspn(lower, "x.")] == '\0';
    bool is_sample = is_dotted_x || is_masked_address(lower) || begins_as_sample(lower)
            || (is_upper && (strchr(text, '_') != NULL || strcmp(lower, "ip") == 0));
    g_free(lower);
    return is_sample;
}

// "${PASSWORD}", "{{ password }}", "<password>": nobody has filled it in.
static bool
is_blank_to_fill(const char *text)
{
    static const char *const marks[][2] = { { "${", "}" }, { "$(", ")" }, { "{{", "}}" },
        { "<", ">" } };
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        if (strlen(text) > 2 && g_str_has_prefix(text, marks[i][0])
                && g_str_has_suffix(text, marks[i][1])) {
            return true;
        }
    }
    return text[0] == '$' && g_ascii_isalpha(text[1])
            && text[1 + strspn(text + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

bool
hp_samples_has_password(const char *text)
{
    static const char *const words[] = { "password", "passwort", "passwd", "pass", "secret",
        "guest", "test", "letmein", "12345", "123456", "12345678", "123456789", "1234567890",
        "qwerty", NULL };
    char *lower = g_ascii_strdown(text, -1);
    bool is_sample = is_blank_to_fill(text) || is_letter_run(lower) || begins_as_sample(lower)
            || g_strv_contains(words, lower);
    g_free(lower);
    return is_sample;
}
