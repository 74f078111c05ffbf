// log.h - lines for the operator on stderr, as text or as JSON: time, level, area, text.
// Each .c file says `#define LOG_TAG "ice"` before it includes this file.
#pragma once

#include <stdbool.h>

enum hp_log_level {
    HP_LOG_ERROR,
    HP_LOG_WARN,
    HP_LOG_INFO,
    HP_LOG_DEBUG
};

// Sets which lines are written: those of `level` and of more serious levels. `json`: each line is a
// JSON object. Any thread.
void hp_log_set_level(enum hp_log_level level);
void hp_log_set_json(bool json);
bool hp_log_is_enabled(enum hp_log_level level);

// Writes one line. What could harm the reader's terminal or the order of the text (control
// characters, separators of lines, invisible formatting) and invalid UTF-8 is escaped, a long text
// is cut at 2 KB. Never waits for the reader of stderr: a line that does not fit is dropped, and a
// later line tells how many were. Never pass a secret. Any thread.
void hp_log(enum hp_log_level level, const char *tag, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

// The text as hp_log() would write it into a line. The caller frees it with g_free(). Any thread.
char *hp_log_escape(const char *text);
// A text from outside between quotes of ours: what hp_log() escapes is escaped, quotes and
// backslashes as well. Of a text that is longer than `max_characters` the beginning, with "..". The
// caller frees it with g_free(). Any thread.
char *hp_log_quote(const char *text, unsigned max_characters);

#define log_error(...) hp_log(HP_LOG_ERROR, LOG_TAG, __VA_ARGS__)
#define log_warn(...) hp_log(HP_LOG_WARN, LOG_TAG, __VA_ARGS__)
#define log_info(...) hp_log(HP_LOG_INFO, LOG_TAG, __VA_ARGS__)
#define log_debug(...) \
    do { \
        if (hp_log_is_enabled(HP_LOG_DEBUG)) { \
            hp_log(HP_LOG_DEBUG, LOG_TAG, __VA_ARGS__); \
        } \
    } while (0)
