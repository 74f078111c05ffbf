// log.c - lines for the operator on stderr, as text or as JSON.
// Owner: nobody (the level is the one global).  Thread: any.
#include "base/log.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

enum {
    MAX_TEXT = 2048
};

static atomic_int current_level = HP_LOG_INFO;
static atomic_bool is_json;
static pthread_mutex_t write_lock = PTHREAD_MUTEX_INITIALIZER; // of stderr and dropped_count
static unsigned dropped_count; // lines dropped since the last line that was written

static const char *const level_names[] = { "error", "warn", "info", "debug" };

void
hp_log_set_level(enum hp_log_level level)
{
    atomic_store(&current_level, (int) level);
}

void
hp_log_set_json(bool json)
{
    atomic_store(&is_json, json);
}

bool
hp_log_is_enabled(enum hp_log_level level)
{
    return (int) level <= atomic_load_explicit(&current_level, memory_order_relaxed);
}

// Could the character do something to a terminal or to the order of the text around it? Those are
// the control characters (C0, DEL, C1), the separators of lines, and the invisible characters of
// formatting, for instance those that turn the direction.
static bool
is_harmful(gunichar c)
{
    if (c < 0x7f) {
        return c < 0x20;
    }
    GUnicodeType type = g_unichar_type(c);
    return type == G_UNICODE_CONTROL || type == G_UNICODE_LINE_SEPARATOR
            || type == G_UNICODE_PARAGRAPH_SEPARATOR || type == G_UNICODE_FORMAT;
}

static void
append_code(GString *line, gunichar c, bool json)
{
    if (json && c > 0xffff) { // RFC 8259 section 7: two halves
        c -= 0x10000;
        g_string_append_printf(line, "\\u%04x\\u%04x", 0xd800 + (c >> 10), 0xdc00 + (c & 0x3ff));
    } else if (json || c > 0xff) {
        g_string_append_printf(line, json || c <= 0xffff ? "\\u%04x" : "\\U%08x", c);
    } else {
        g_string_append_printf(line, "\\x%02x", c);
    }
}

static void
append_escaped(GString *line, const char *text, bool json)
{
    char *valid = g_utf8_make_valid(text, -1);
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (json && (c == '"' || c == '\\')) {
            g_string_append_printf(line, "\\%c", (int) c);
        } else if (is_harmful(c)) {
            append_code(line, c, json);
        } else {
            g_string_append_unichar(line, c);
        }
    }
    g_free(valid);
}

char *
hp_log_escape(const char *text)
{
    GString *line = g_string_new(NULL);
    append_escaped(line, text, false);
    return g_string_free(line, FALSE);
}

char *
hp_log_quote(const char *text, unsigned max_characters)
{
    char *valid = g_utf8_make_valid(text, -1);
    GString *quoted = g_string_new(NULL);
    const char *at = valid;
    for (; *at != '\0' && max_characters > 0; at = g_utf8_next_char(at), max_characters--) {
        gunichar c = g_utf8_get_char(at);
        if (is_harmful(c)) {
            append_code(quoted, c, false);
            continue;
        }
        if (c == '"' || c == '\\') {
            g_string_append_c(quoted, '\\');
        }
        g_string_append_unichar(quoted, c);
    }
    if (*at != '\0') {
        g_string_append(quoted, "..");
    }
    g_free(valid);
    return g_string_free(quoted, FALSE);
}

static void
format_line(GString *line, enum hp_log_level level, const char *tag, const char *text)
{
    struct timespec now;
    struct tm tm;
    char stamp[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
    bool json = atomic_load(&is_json);
    int ms = (int) (now.tv_nsec / 1000000);
    if (json) {
        g_string_append_printf(line, "{\"time\":\"%s.%03dZ\",\"level\":\"%s\",\"area\":\"%s\",",
                stamp, ms, level_names[level], tag);
        g_string_append(line, "\"text\":\"");
        append_escaped(line, text, true);
        g_string_append(line, "\"}\n");
        return;
    }
    g_string_append_printf(line, "%s.%03dZ %-5s %s: ", stamp, ms, level_names[level], tag);
    append_escaped(line, text, false);
    g_string_append_c(line, '\n');
}

// A slow or stuck reader of stderr must not stop the server: while stderr takes no line, lines are
// dropped and counted. A pipe that is writable has room for PIPE_BUF bytes.
static bool
write_without_waiting(const char *data, size_t size)
{
    while (size > 0) {
        struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };
        if (poll(&fd, 1, 0) != 1 || (fd.revents & POLLOUT) == 0) {
            return false;
        }
        ssize_t count = write(STDERR_FILENO, data, MIN(size, PIPE_BUF));
        if (count <= 0) {
            return false;
        }
        data += count;
        size -= (size_t) count;
    }
    return true;
}

static bool
write_dropped_count(void)
{
    char text[64];
    GString *line = g_string_new("\n"); // the previous line may have been cut
    g_snprintf(text, sizeof(text), "%u lines were dropped, stderr was full", dropped_count);
    format_line(line, HP_LOG_WARN, "log", text);
    bool is_written = write_without_waiting(line->str, line->len);
    g_string_free(line, TRUE);
    return is_written;
}

void
hp_log(enum hp_log_level level, const char *tag, const char *format, ...)
{
    if (!hp_log_is_enabled(level)) {
        return;
    }
    char text[MAX_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    GString *line = g_string_sized_new(256);
    format_line(line, level, tag, text);
    pthread_mutex_lock(&write_lock);
    if (dropped_count > 0 && write_dropped_count()) {
        dropped_count = 0;
    }
    if (dropped_count > 0 || !write_without_waiting(line->str, line->len)) {
        dropped_count++;
    }
    pthread_mutex_unlock(&write_lock);
    g_string_free(line, TRUE);
}
