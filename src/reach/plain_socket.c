// plain_socket.c - a UDP socket of each family for asking STUN servers.
// Owner: hp_reach.  Thread: home.
#include "reach/plain_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>

#include "base/worker.h"

enum {
    DATAGRAM_MAX = 1500,
    DATAGRAMS_A_TURN = 8,
};

struct hp_plain_socket {
    struct hp_worker *home;
    void (*on_datagram)(void *arg, const struct sockaddr_storage *from, const uint8_t *data,
            size_t size);
    void *arg;
    int fds[2]; // IPv4, IPv6; -1: not open
    GSource *sources[2];
};

struct hp_plain_socket *
hp_plain_socket_create(struct hp_worker *home,
        void (*on_datagram)(void *arg, const struct sockaddr_storage *from, const uint8_t *data,
                size_t size),
        void *arg)
{
    struct hp_plain_socket *plain = g_new0(struct hp_plain_socket, 1);
    plain->home = home;
    plain->on_datagram = on_datagram;
    plain->arg = arg;
    plain->fds[0] = plain->fds[1] = -1;
    return plain;
}

void
hp_plain_socket_destroy(struct hp_plain_socket *plain)
{
    if (plain == NULL) {
        return;
    }
    for (unsigned i = 0; i < 2; i++) {
        if (plain->fds[i] >= 0) {
            g_source_destroy(plain->sources[i]);
            g_source_unref(plain->sources[i]);
            close(plain->fds[i]);
        }
    }
    g_free(plain);
}

static gboolean
on_readable(gint fd, GIOCondition condition, gpointer arg)
{
    struct hp_plain_socket *plain = arg;
    (void) condition;
    for (unsigned i = 0; i < DATAGRAMS_A_TURN; i++) {
        uint8_t data[DATAGRAM_MAX];
        struct sockaddr_storage from = { 0 };
        socklen_t from_size = sizeof(from);
        ssize_t size = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *) &from, &from_size);
        if (size < 0) {
            break;
        }
        plain->on_datagram(plain->arg, &from, data, (size_t) size);
    }
    return G_SOURCE_CONTINUE;
}

static bool
open_socket(struct hp_plain_socket *plain, int family)
{
    unsigned i = family == AF_INET6;
    if (plain->fds[i] >= 0) {
        return true;
    }
    plain->fds[i] = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (plain->fds[i] < 0) {
        return false;
    }
    plain->sources[i] = g_unix_fd_source_new(plain->fds[i], G_IO_IN);
    g_source_set_callback(plain->sources[i], G_SOURCE_FUNC(on_readable), plain, NULL);
    g_source_attach(plain->sources[i], hp_worker_context(plain->home));
    return true;
}

void
hp_plain_socket_send(
        void *arg, const struct sockaddr_storage *to, const uint8_t *data, size_t size)
{
    struct hp_plain_socket *plain = arg;
    socklen_t to_size = to->ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                                 : sizeof(struct sockaddr_in6);
    if (open_socket(plain, to->ss_family)) {
        (void) sendto(plain->fds[to->ss_family == AF_INET6], data, size, 0,
                (const struct sockaddr *) to, to_size);
    }
}
