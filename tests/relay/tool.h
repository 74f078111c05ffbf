// tool.h - test: programs of others that speak STUN and TURN, coturn's turnutils_uclient above all,
// run while our service serves them. What is relayed comes back from media addresses of ours.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nat/flow.h"

#define TOOL_SECRET "secret of the test"
#define TOOL_MEDIA "192.0.2.10"

enum {
    TOOL_MEDIA_PORT = 8080, // the first one
    TOOL_PORTS = 16, // of our media: coturn's client wants ports for RTCP, too
    TOOL_LIMIT_US = 30000000,
};

struct tool {
    int fd; // is looked at as well as the tool; -1: none
    int poll_ms; // serve() is called at least that often
    void (*serve)(void *arg);
    void *arg;
    char output[256 * 1024];
    size_t output_size;
    int status;
};

// Our media, and its part of hp_relay_params: an echo.
void tool_media(struct hp_addr media[TOOL_PORTS]);
void tool_inject(void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size);

// Runs the words of a line; skips the test when there is no such program.
void tool_run(struct tool *tool, const char *line);

// Runs coturn's client with these flags against our port; the secret may have blanks. Has it ended
// in time?
bool tool_run_uclient(struct tool *tool, uint16_t port, const char *flags, const char *secret,
        int64_t limit_us);
void tool_assert_all_back(struct tool *tool, uint16_t port, const char *flags);
