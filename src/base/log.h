// log.h - lines for the operator: area, text; as text or as JSON lines, on stderr.
// Each .c file says `#define LOG_TAG "ice"` before it includes this file.
#pragma once

#include <stdbool.h>

enum hp_log_level {
    HP_LOG_ERROR,
    HP_LOG_WARN,
    HP_LOG_INFO,
    HP_LOG_DEBUG
};

// Sets what is written: `level` and all graver ones; `json`: one JSON object a line. Any thread.
void hp_log_set_level(enum hp_log_level level);
void hp_log_set_json(bool json);
bool hp_log_is_enabled(enum hp_log_level level);

// Writes one line. Control characters and invalid UTF-8 of the text are escaped, long lines are
// cut at 2 KB. Never waits for whoever reads stderr: what does not fit is dropped, and counted in a
// line of its own. Never pass a secret. Any thread.
void hp_log(enum hp_log_level level, const char *tag, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

#define log_error(...) hp_log(HP_LOG_ERROR, LOG_TAG, __VA_ARGS__)
#define log_warn(...) hp_log(HP_LOG_WARN, LOG_TAG, __VA_ARGS__)
#define log_info(...) hp_log(HP_LOG_INFO, LOG_TAG, __VA_ARGS__)
#define log_debug(...) \
    do { \
        if (hp_log_is_enabled(HP_LOG_DEBUG)) { \
            hp_log(HP_LOG_DEBUG, LOG_TAG, __VA_ARGS__); \
        } \
    } while (0)
