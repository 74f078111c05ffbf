// client.c - a small HTTP and WebSocket client for tests, on the thread and loop of the server.
#include "edge/client.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static gboolean
set_flag(gpointer arg)
{
    *(bool *) arg = true;
    return G_SOURCE_REMOVE;
}

static gboolean
set_fd_flag(gint fd, GIOCondition condition, gpointer arg)
{
    (void) fd;
    (void) condition;
    *(bool *) arg = true;
    return G_SOURCE_REMOVE;
}

bool
server_run_until(bool (*is_met)(void *arg), void *arg, int timeout_ms)
{
    bool is_over = false;
    guint timer = g_timeout_add((guint) timeout_ms, set_flag, &is_over);
    while (!is_over && !is_met(arg)) {
        g_main_context_iteration(NULL, TRUE);
    }
    if (!is_over) {
        g_source_remove(timer);
    }
    return is_met(arg);
}

static bool
never(void *arg)
{
    (void) arg;
    return false;
}

void
server_run_for(int ms)
{
    server_run_until(never, NULL, ms);
}

static bool
is_set(void *arg)
{
    return *(bool *) arg;
}

static bool
wait_fd(int fd, GIOCondition condition, int timeout_ms)
{
    bool is_ready = false;
    guint watch = g_unix_fd_add(fd, condition, set_fd_flag, &is_ready);
    server_run_until(is_set, &is_ready, timeout_ms);
    if (!is_ready) {
        g_source_remove(watch);
    }
    return is_ready;
}

void
server_init(struct server *server)
{
    memset(server, 0, sizeof(*server));
    signal(SIGPIPE, SIG_IGN); // as main() does
    server->main = hp_worker_create_main();
    server->folder = g_dir_make_tmp("hairpin-edge-XXXXXX", NULL);
    char *web = g_build_filename(server->folder, "web", NULL);
    assert_int_equal(g_mkdir(web, 0700), 0);
    server->params.bind = "127.0.0.1:0";
    server->params.state_dir = server->folder;
    server->params.web_dir = web;
}

void
server_start(struct server *server)
{
    server->http = hp_http_create(server->main, &server->params);
    assert_non_null(server->http);
}

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void) status;
    (void) type;
    (void) ftw;
    return remove(path);
}

void
server_finish(struct server *server)
{
    hp_http_destroy(server->http);
    hp_worker_destroy(server->main);
    nftw(server->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    g_free((char *) (uintptr_t) server->params.web_dir);
    g_free(server->folder);
}

void
server_write_file(struct server *server, const char *name, const char *text, size_t size)
{
    char *path = g_build_filename(server->params.web_dir, name, NULL);
    char *folder = g_path_get_dirname(path);
    g_mkdir_with_parents(folder, 0700);
    assert_true(g_file_set_contents(path, text, (gssize) size, NULL));
    g_free(folder);
    g_free(path);
}

struct client
client_connect(uint16_t port)
{
    return client_connect_from(port, 1);
}

struct client
client_connect_from(uint16_t port, uint8_t host)
{
    struct client client = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct sockaddr_in own = { .sin_family = AF_INET };
    int on = 1;
    own.sin_addr.s_addr = htonl((INADDR_LOOPBACK & ~0xffu) | host);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(client.fd >= 0);
    assert_int_equal(bind(client.fd, (struct sockaddr *) &own, sizeof(own)), 0);
    assert_int_equal(connect(client.fd, (struct sockaddr *) &address, sizeof(address)), 0);
    setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    fcntl(client.fd, F_SETFL, O_NONBLOCK);
    client.in = g_byte_array_new();
    return client;
}

// Waits for what the TLS connection wants; false: it has failed.
static bool
wait_ssl(struct client *client, int result)
{
    int error = SSL_get_error(client->ssl, result);
    if (error == SSL_ERROR_WANT_READ) {
        return wait_fd(client->fd, G_IO_IN, CLIENT_WAIT_MS);
    }
    return error == SSL_ERROR_WANT_WRITE && wait_fd(client->fd, G_IO_OUT, CLIENT_WAIT_MS);
}

struct client
client_connect_tls(uint16_t port)
{
    struct client client = client_connect(port);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    client.ssl = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set_fd(client.ssl, client.fd);
    int result;
    while ((result = SSL_connect(client.ssl)) != 1) {
        assert_true(wait_ssl(&client, result));
    }
    return client;
}

void
client_close(struct client *client)
{
    SSL_free(client->ssl);
    close(client->fd);
    g_byte_array_free(client->in, TRUE);
    memset(client, 0, sizeof(*client));
}

bool
client_send(struct client *client, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    while (size > 0) {
        ssize_t count;
        if (client->ssl != NULL) {
            count = SSL_write(client->ssl, bytes, (int) size);
            if (count <= 0 && !wait_ssl(client, (int) count)) {
                return false;
            }
        } else {
            count = send(client->fd, bytes, size, MSG_NOSIGNAL);
            if (count < 0 && (errno != EAGAIN || !wait_fd(client->fd, G_IO_OUT, CLIENT_WAIT_MS))) {
                return false;
            }
        }
        if (count > 0) {
            bytes += count;
            size -= (size_t) count;
        }
    }
    return true;
}

bool
client_print(struct client *client, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    bool is_sent = client_send(client, text, strlen(text));
    g_free(text);
    return is_sent;
}

// Takes what is there; false: nothing.
static bool
take(struct client *client)
{
    uint8_t data[16384];
    ssize_t count = client->ssl != NULL ? SSL_read(client->ssl, data, sizeof(data))
                                        : recv(client->fd, data, sizeof(data), 0);
    if (count > 0) {
        g_byte_array_append(client->in, data, (guint) count);
        return true;
    }
    bool is_waiting = client->ssl != NULL
            ? SSL_get_error(client->ssl, (int) count) == SSL_ERROR_WANT_READ
            : count < 0 && errno == EAGAIN;
    client->is_ended = !is_waiting;
    return false;
}

static bool
wait_more(struct client *client, int timeout_ms)
{
    while (!take(client)) {
        if (client->is_ended || !wait_fd(client->fd, G_IO_IN, timeout_ms)) {
            return false;
        }
    }
    return true;
}

bool
client_wait(struct client *client, size_t size)
{
    while (client->in->len < size) {
        if (!wait_more(client, CLIENT_WAIT_MS)) {
            return false;
        }
    }
    return true;
}

bool
client_wait_end(struct client *client, int timeout_ms)
{
    while (wait_more(client, timeout_ms)) {
    }
    return client->is_ended;
}

const char *
answer_header(const struct answer *answer, const char *name, char value[512])
{
    char *wanted = g_strdup_printf("\r\n%s: ", name);
    const char *at = answer->head == NULL ? NULL : strcasestr(answer->head, wanted);
    if (at != NULL) {
        at += strlen(wanted);
        g_strlcpy(value, at, MIN(512, strcspn(at, "\r") + 1));
    }
    g_free(wanted);
    return at == NULL ? NULL : value;
}

struct answer
client_read_answer(struct client *client, bool has_body)
{
    struct answer answer = { .body = g_byte_array_new() };
    const char *end = NULL;
    char value[512];
    while (end == NULL) {
        end = client->in->len == 0
                ? NULL
                : g_strstr_len((const char *) client->in->data, client->in->len, "\r\n\r\n");
        if (end == NULL && !client_wait(client, client->in->len + 1)) {
            return answer;
        }
    }
    guint head_size = (guint) (end + 4 - (const char *) client->in->data);
    answer.head = g_strndup((const char *) client->in->data, head_size);
    answer.status = atoi(answer.head + 9);
    g_byte_array_remove_range(client->in, 0, head_size);
    const char *length = answer_header(&answer, "Content-Length", value);
    guint size = length == NULL || !has_body ? 0 : (guint) atoi(length);
    if (size > 0 && client_wait(client, size)) {
        g_byte_array_append(answer.body, client->in->data, size);
        g_byte_array_remove_range(client->in, 0, size);
    }
    return answer;
}

void
answer_free(struct answer *answer)
{
    g_free(answer->head);
    g_byte_array_free(answer->body, TRUE);
    memset(answer, 0, sizeof(*answer));
}

struct answer
client_get(uint16_t port, const char *path, const char *extra)
{
    struct client client = client_connect(port);
    client_print(&client, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, extra);
    struct answer answer = client_read_answer(&client, true);
    client_close(&client);
    return answer;
}

bool
client_upgrade(struct client *client, const char *path, const char *extra, int *status)
{
    client_print(client,
            "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
            path, extra);
    struct answer answer = client_read_answer(client, true);
    *status = answer.status;
    answer_free(&answer);
    return *status == 101;
}

bool
client_send_frame(struct client *client, uint8_t first, const void *data, size_t size)
{
    static const uint8_t mask[4] = { 1, 2, 3, 4 };
    GByteArray *frame = g_byte_array_new();
    uint8_t head[10] = { first, 0x80 | (uint8_t) MIN(size, 126) };
    unsigned head_size = 2;
    if (size >= 65536) {
        head[1] = 0x80 | 127;
        for (unsigned i = 0; i < 8; i++) {
            head[2 + i] = (uint8_t) (size >> (56 - 8 * i));
        }
        head_size = 10;
    } else if (size >= 126) {
        head[2] = (uint8_t) (size >> 8);
        head[3] = (uint8_t) size;
        head_size = 4;
    }
    g_byte_array_append(frame, head, head_size);
    g_byte_array_append(frame, mask, 4);
    guint start = frame->len;
    g_byte_array_append(frame, data, (guint) size);
    for (size_t i = 0; i < size; i++) {
        frame->data[start + i] ^= mask[i % 4];
    }
    bool is_sent = client_send(client, frame->data, frame->len);
    g_byte_array_free(frame, TRUE);
    return is_sent;
}

bool
client_read_frame(struct client *client, uint8_t *first, GByteArray **data)
{
    *data = NULL;
    if (!client_wait(client, 2)) {
        return false;
    }
    unsigned head_size = client->in->data[1] == 127 ? 10 : client->in->data[1] == 126 ? 4 : 2;
    if (!client_wait(client, head_size)) {
        return false;
    }
    size_t size = head_size == 2 ? client->in->data[1] : 0;
    for (unsigned i = 2; i < head_size; i++) {
        size = size << 8 | client->in->data[i];
    }
    if (!client_wait(client, head_size + size)) {
        return false;
    }
    *first = client->in->data[0];
    *data = g_byte_array_new();
    g_byte_array_append(*data, client->in->data + head_size, (guint) size);
    g_byte_array_remove_range(client->in, 0, head_size + (guint) size);
    return true;
}
