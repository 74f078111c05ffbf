// line.h - one simulated browser as a whole: its signaling with a server, and its viewer. Main
// thread only.
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "viewer.h"

struct bench_line;
struct bench_socket;

// How to speak to a server. The functions get the line of the call.
struct bench_protocol {
    const char *name; // as on the command line
    const char *subprotocol; // of the WebSocket, NULL: none
    // Logs in if needed and returns the WebSocket's path; free it with g_free(). NULL: the reason
    // has been logged.
    char *(*log_in)(struct bench_line *line);
    void (*on_open)(struct bench_line *line);
    void (*on_message)(struct bench_line *line, const json_t *message);
    void (*keep_alive)(struct bench_line *line); // every 25 s; NULL: not needed
    // Lets the server's own feed flow or rest; NULL: there is none.
    void (*set_feed)(struct bench_line *line, bool is_flowing);
};

extern const struct bench_protocol bench_neko;
extern const struct bench_protocol bench_janus;

struct bench_line_params {
    const struct bench_shared *shared; // kept
    const struct bench_protocol *protocol;
    struct sockaddr_in server;
    const char *password; // kept
    int number;
    bool is_checking;
    void (*on_connected)(void *arg);
    void (*on_failed)(void *arg, int number, const char *reason);
    void *arg;
};

struct bench_line {
    struct bench_line_params params;
    struct bench_socket *socket;
    struct bench_viewer *viewer;
    int64_t session_id, handle_id; // Janus'
};

// Logs in (which blocks) and asks for the picture. NULL: the reason has been logged.
struct bench_line *bench_line_create(const struct bench_line_params *params);
void bench_line_destroy(struct bench_line *line);

// For the protocols: sends a message (taken), takes an offer and gives the answer (NULL: failed).
void bench_line_send(struct bench_line *line, json_t *message);
char *bench_line_answer(struct bench_line *line, const char *offer);
void bench_line_keep_alive(struct bench_line *line);
