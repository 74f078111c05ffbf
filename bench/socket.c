// socket.c - a small client of HTTP and WebSockets (RFC 6455), enough to log in and to signal.
// Owner: the line.  Thread: main.
#include "socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <glib-unix.h>
#include <glib.h>

#define LOG_TAG "socket"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "wire/bytes.h"

enum {
    PATIENCE_S = 10, // limit of blocking calls
    RESPONSE_MAX = 64 * 1024,
    MESSAGE_MAX = 4 * 1024 * 1024,
    OPCODE_TEXT = 1,
    OPCODE_CLOSE = 8,
    OPCODE_PING = 9,
    OPCODE_PONG = 10,
    IS_FINAL = 0x80,
    IS_MASKED = 0x80,
};

struct bench_socket {
    struct bench_socket_params params;
    int fd;
    GSource *watch;
    struct hp_timer opened;
    GByteArray *received;
    GByteArray *message; // the fragments of a message
};

static int
open_connection(const struct sockaddr_in *server)
{
    struct timeval patience = { .tv_sec = PATIENCE_S };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (fd >= 0 && connect(fd, (const struct sockaddr *) server, sizeof(*server)) == 0) {
        return fd;
    }
    log_error("connect: %s", g_strerror(errno));
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

static bool
send_all(int fd, const void *data, size_t size)
{
    const char *next = data;
    while (size > 0) {
        ssize_t sent = send(fd, next, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        next += sent;
        size -= (size_t) sent;
    }
    return true;
}

// Reads up to and including the empty line; later bytes that came with it are in `text` too.
static char *
read_head(int fd, GString *text)
{
    char part[4096];
    char *end;
    while ((end = strstr(text->str, "\r\n\r\n")) == NULL && text->len < RESPONSE_MAX) {
        ssize_t size = recv(fd, part, sizeof(part), 0);
        if (size <= 0) {
            return NULL;
        }
        g_string_append_len(text, part, size);
    }
    return end == NULL ? NULL : end + 4;
}

char *
bench_http_post(const struct sockaddr_in *server, const char *path, const char *body)
{
    char address[INET_ADDRSTRLEN], part[4096];
    int fd = open_connection(server);
    if (fd < 0) {
        return NULL;
    }
    inet_ntop(AF_INET, &server->sin_addr, address, sizeof(address));
    char *request =
            g_strdup_printf("POST %s HTTP/1.1\r\nHost: %s:%u\r\nConnection: close\r\n"
                            "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                    path, address, ntohs(server->sin_port), strlen(body), body);
    GString *text = g_string_new(NULL);
    char *result = NULL;
    if (send_all(fd, request, strlen(request)) && read_head(fd, text) != NULL) {
        ssize_t size;
        while (text->len < RESPONSE_MAX && (size = recv(fd, part, sizeof(part), 0)) > 0) {
            g_string_append_len(text, part, size);
        }
        bool is_good = strncmp(text->str, "HTTP/1.1 200", 12) == 0;
        result = is_good ? g_strdup(strstr(text->str, "\r\n\r\n") + 4) : NULL;
    }
    if (result == NULL) {
        log_error("POST %s: %.*s", path, (int) strcspn(text->str, "\r\n"), text->str);
    }
    g_string_free(text, TRUE);
    g_free(request);
    close(fd);
    return result;
}

// The mask is zero: its purpose is to protect proxies, and there is none here.
static void
send_frame(struct bench_socket *socket, uint8_t opcode, const void *data, size_t size)
{
    uint8_t head[14] = { IS_FINAL | opcode };
    size_t length = 2;
    if (size < 126) {
        head[1] = (uint8_t) (IS_MASKED | size);
    } else if (size < 65536) {
        head[1] = IS_MASKED | 126;
        hp_bytes_put_u16(head + 2, (uint16_t) size);
        length = 4;
    } else {
        head[1] = IS_MASKED | 127;
        hp_bytes_put_u64(head + 2, size);
        length = 10;
    }
    if (!send_all(socket->fd, head, length + 4) || !send_all(socket->fd, data, size)) {
        log_warn("a message could not be sent: %s", g_strerror(errno));
    }
}

void
bench_socket_send(struct bench_socket *socket, const char *text)
{
    send_frame(socket, OPCODE_TEXT, text, strlen(text));
}

// Reads what has come. False: the other side has ended the connection.
static bool
handle_frame(struct bench_socket *socket, uint8_t first, const uint8_t *data, size_t size)
{
    uint8_t opcode = first & 0x0f;
    if (opcode == OPCODE_CLOSE) {
        return false;
    }
    if (opcode == OPCODE_PING) {
        send_frame(socket, OPCODE_PONG, data, size);
        return true;
    }
    if (opcode == OPCODE_PONG) {
        return true;
    }
    g_byte_array_append(socket->message, data, (unsigned) size);
    if ((first & IS_FINAL) == 0) {
        return socket->message->len < MESSAGE_MAX;
    }
    g_byte_array_append(socket->message, (const uint8_t *) "", 1);
    socket->params.on_text(socket->params.arg, (const char *) socket->message->data);
    g_byte_array_set_size(socket->message, 0);
    return true;
}

// The size, with its head, of the frame at the start of the received bytes; 0: not complete yet.
static size_t
frame_size(const GByteArray *received, size_t *head)
{
    const uint8_t *data = received->data;
    if (received->len < 2) {
        return 0;
    }
    uint64_t size = data[1] & 0x7f;
    *head = size < 126 ? 2 : size == 126 ? 4 : 10;
    if (received->len < *head) {
        return 0;
    }
    if (size >= 126) {
        size = size == 126 ? hp_bytes_u16(data + 2) : hp_bytes_u64(data + 2);
    }
    return size <= MESSAGE_MAX && received->len >= *head + size ? *head + (size_t) size : 0;
}

static gboolean
on_readable(int fd, GIOCondition condition, gpointer arg)
{
    struct bench_socket *socket = arg;
    uint8_t part[16 * 1024];
    size_t whole, head;
    ssize_t size = recv(fd, part, sizeof(part), MSG_DONTWAIT);
    bool is_open = size > 0 || (size < 0 && errno == EAGAIN);
    if (size > 0) {
        g_byte_array_append(socket->received, part, (unsigned) size);
    }
    while (is_open && (whole = frame_size(socket->received, &head)) > 0) {
        is_open = handle_frame(
                socket, socket->received->data[0], socket->received->data + head, whole - head);
        g_byte_array_remove_range(socket->received, 0, (unsigned) whole);
    }
    if (!is_open) {
        socket->params.on_closed(socket->params.arg);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static bool
upgrade(struct bench_socket *socket)
{
    char address[INET_ADDRSTRLEN];
    const struct bench_socket_params *params = &socket->params;
    inet_ntop(AF_INET, &params->server->sin_addr, address, sizeof(address));
    GString *text = g_string_new(NULL);
    g_string_printf(text,
            "GET %s HTTP/1.1\r\nHost: %s:%u\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            params->path, address, ntohs(params->server->sin_port));
    if (params->protocol != NULL) {
        g_string_append_printf(text, "Sec-WebSocket-Protocol: %s\r\n", params->protocol);
    }
    g_string_append(text, "\r\n");
    bool is_sent = send_all(socket->fd, text->str, text->len);
    g_string_truncate(text, 0);
    char *rest = is_sent ? read_head(socket->fd, text) : NULL;
    bool is_good = rest != NULL && strncmp(text->str, "HTTP/1.1 101", 12) == 0;
    if (is_good) {
        g_byte_array_append(socket->received, (const uint8_t *) rest,
                (unsigned) (text->len - (size_t) (rest - text->str)));
    } else {
        log_error("no WebSocket: %.*s", (int) strcspn(text->str, "\r\n"), text->str);
    }
    g_string_free(text, TRUE);
    return is_good;
}

// Handles bytes that came together with the server's 101.
static void
on_opened(void *arg)
{
    struct bench_socket *socket = arg;
    on_readable(socket->fd, G_IO_IN, socket);
}

struct bench_socket *
bench_socket_create(const struct bench_socket_params *params)
{
    struct bench_socket *socket = g_new0(struct bench_socket, 1);
    socket->params = *params;
    socket->received = g_byte_array_new();
    socket->message = g_byte_array_new();
    socket->fd = open_connection(params->server);
    if (socket->fd < 0 || !upgrade(socket)) {
        bench_socket_destroy(socket);
        return NULL;
    }
    socket->watch = g_unix_fd_source_new(socket->fd, G_IO_IN | G_IO_HUP);
    g_source_set_callback(socket->watch, G_SOURCE_FUNC(on_readable), socket, NULL);
    g_source_attach(socket->watch, hp_worker_context(params->worker));
    hp_timer_init(&socket->opened, params->worker, on_opened, socket);
    hp_timer_start(&socket->opened, 0);
    return socket;
}

void
bench_socket_destroy(struct bench_socket *socket)
{
    if (socket == NULL) {
        return;
    }
    hp_timer_stop(&socket->opened);
    if (socket->watch != NULL) {
        g_source_destroy(socket->watch);
        g_source_unref(socket->watch);
    }
    if (socket->fd >= 0) {
        close(socket->fd);
    }
    g_byte_array_unref(socket->received);
    g_byte_array_unref(socket->message);
    g_free(socket);
}
