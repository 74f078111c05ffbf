// client.h - a small HTTP and WebSocket client for tests, on the thread and loop of the server.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>
#include <openssl/ssl.h>

#include "base/worker.h"
#include "edge/http.h"

enum {
    CLIENT_WAIT_MS = 5000
};

struct client {
    int fd;
    SSL *ssl; // NULL: plain
    GByteArray *in; // what came and was not taken yet
    bool is_ended; // the server closed
};

// A server of a test, with its folder, and what the tests change of its parameters.
struct server {
    struct hp_worker *main;
    struct hp_http *http;
    char *folder; // of its state and, in "web", its files
    struct hp_http_params params;
};

void server_init(struct server *server); // a folder, default parameters
void server_start(struct server *server);
void server_finish(struct server *server);
void server_write_file(struct server *server, const char *name, const char *text, size_t size);

// Runs the loop until a condition holds; false: not within that time.
bool server_run_until(bool (*is_met)(void *arg), void *arg, int timeout_ms);
void server_run_for(int ms);

struct client client_connect(uint16_t port);
// Connects from 127.0.0.<host>.
struct client client_connect_from(uint16_t port, uint8_t host);
struct client client_connect_tls(uint16_t port);
void client_close(struct client *client);

// Sends all of it; false: the server does not take it.
bool client_send(struct client *client, const void *data, size_t size);
bool client_print(struct client *client, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

// Waits until so many bytes are in client->in; false: the time is over or the server closed.
bool client_wait(struct client *client, size_t size);
bool client_wait_end(struct client *client, int timeout_ms);

struct answer {
    int status; // 0: none came
    char *head;
    GByteArray *body;
};

struct answer client_read_answer(struct client *client, bool has_body);
const char *answer_header(const struct answer *answer, const char *name, char value[512]);
void answer_free(struct answer *answer);

// One request on its own connection; `extra`: header lines, each with its line end.
struct answer client_get(uint16_t port, const char *path, const char *extra);

// WebSocket frames as a browser sends them (masked).
bool client_upgrade(struct client *client, const char *path, const char *extra, int *status);
bool client_send_frame(struct client *client, uint8_t first, const void *data, size_t size);
// The next frame: its first byte, its payload in *data (the caller's). False: none.
bool client_read_frame(struct client *client, uint8_t *first, GByteArray **data);
