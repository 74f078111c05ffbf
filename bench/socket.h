// socket.h - a small client of HTTP and WebSockets (RFC 6455), enough to log in and to signal.
// Requests and connecting block: they happen before the measurement. Main thread only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct bench_socket;
struct hp_worker;
struct sockaddr_in;

// POSTs JSON and returns the response's body; free it with g_free(). NULL: the reason has been
// logged.
char *bench_http_post(const struct sockaddr_in *server, const char *path, const char *body);

struct bench_socket_params {
    struct hp_worker *worker;
    const struct sockaddr_in *server;
    const char *path;
    const char *protocol; // subprotocol, NULL: none
    void (*on_text)(void *arg, const char *text); // a message; borrowed
    void (*on_closed)(void *arg); // the other side has ended the connection: destroy the socket
    void *arg;
};

// NULL: the reason has been logged. Owner: the line.
struct bench_socket *bench_socket_create(const struct bench_socket_params *params);
void bench_socket_destroy(struct bench_socket *socket);

// Sends a message of text.
void bench_socket_send(struct bench_socket *socket, const char *text);
