// mdns_socket.c - port 5353, open only while somebody asks.
// Owner: hp_reach.  Thread: home.
// RFC 6762 sections 5.2 and 15 (the port is shared), 11 (time to live 255).
#include "reach/mdns_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>

#define LOG_TAG "mdns"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "reach/own.h"
#include "wire/address.h"

enum {
    PORT = 5353,
    TIME_TO_LIVE = 255,
    OPEN_US = 10 * 1000 * 1000,
    MESSAGE_MAX = 9000, // RFC 6762 section 17
    MESSAGES_A_TURN = 16, // a flood in the group does not starve the loop
};

struct end {
    struct hp_mdns_socket *socket;
    int family;
    int fd; // -1: closed
    GSource *source;
    bool has_failed;
};

struct hp_mdns_socket {
    struct hp_worker *home;
    void (*on_message)(void *arg, const char *from, const uint8_t *data, size_t size);
    void *arg;
    struct end ends[2]; // IPv4, IPv6
    struct hp_timer idle;
};

static void
close_end(struct end *end)
{
    if (end->fd < 0) {
        return;
    }
    g_source_destroy(end->source);
    g_source_unref(end->source);
    close(end->fd);
    end->fd = -1;
}

static void
on_idle(void *arg)
{
    struct hp_mdns_socket *socket = arg;
    close_end(&socket->ends[0]);
    close_end(&socket->ends[1]);
}

struct hp_mdns_socket *
hp_mdns_socket_create(struct hp_worker *home,
        void (*on_message)(void *arg, const char *from, const uint8_t *data, size_t size),
        void *arg)
{
    struct hp_mdns_socket *socket = g_new0(struct hp_mdns_socket, 1);
    socket->home = home;
    socket->on_message = on_message;
    socket->arg = arg;
    socket->ends[0] = (struct end){ .socket = socket, .family = AF_INET, .fd = -1 };
    socket->ends[1] = (struct end){ .socket = socket, .family = AF_INET6, .fd = -1 };
    hp_timer_init(&socket->idle, home, on_idle, socket);
    return socket;
}

void
hp_mdns_socket_destroy(struct hp_mdns_socket *socket)
{
    if (socket == NULL) {
        return;
    }
    hp_timer_stop(&socket->idle);
    on_idle(socket);
    g_free(socket);
}

static void
write_address(const struct sockaddr_storage *address, char text[HP_ADDRESS_TEXT_SIZE])
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *) (const void *) address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *) (const void *) address;
    if (address->ss_family == AF_INET) {
        inet_ntop(AF_INET, &v4->sin_addr, text, HP_ADDRESS_TEXT_SIZE);
    } else {
        inet_ntop(AF_INET6, &v6->sin6_addr, text, HP_ADDRESS_TEXT_SIZE);
    }
}

static gboolean
on_readable(gint fd, GIOCondition condition, gpointer arg)
{
    struct end *end = arg;
    (void) condition;
    for (unsigned i = 0; i < MESSAGES_A_TURN && end->fd == fd; i++) {
        uint8_t data[MESSAGE_MAX];
        struct sockaddr_storage from = { 0 };
        socklen_t from_size = sizeof(from);
        ssize_t size = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *) &from, &from_size);
        if (size < 0) {
            break;
        }
        char text[HP_ADDRESS_TEXT_SIZE];
        write_address(&from, text);
        end->socket->on_message(end->socket->arg, text, data, (size_t) size);
    }
    return G_SOURCE_CONTINUE;
}

static bool
bind_port(int fd, int family)
{
    static const int yes = 1;
    static const int hops = TIME_TO_LIVE;
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0) {
        return false;
    }
    if (family == AF_INET) {
        return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof(hops)) == 0
                && bind(fd, (struct sockaddr *) &v4, sizeof(v4)) == 0;
    }
    return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) == 0
            && setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) == 0
            && bind(fd, (struct sockaddr *) &v6, sizeof(v6)) == 0;
}

static bool
open_end(struct end *end)
{
    if (end->fd >= 0) {
        return true;
    }
    int fd = socket(end->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || !bind_port(fd, end->family)) {
        if (!end->has_failed) {
            log_warn("the names of browsers in this network cannot be looked up: port 5353: %s",
                    strerror(errno));
        }
        end->has_failed = true;
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    end->fd = fd;
    end->source = g_unix_fd_source_new(fd, G_IO_IN);
    g_source_set_callback(end->source, G_SOURCE_FUNC(on_readable), end, NULL);
    g_source_attach(end->source, hp_worker_context(end->socket->home));
    return true;
}

// To be a member already is an error, but no fault.
static void
send_ipv4(int fd, unsigned interface, const uint8_t *data, size_t size)
{
    struct sockaddr_in group = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    inet_pton(AF_INET, "224.0.0.251", &group.sin_addr);
    struct ip_mreqn member = { .imr_multiaddr = group.sin_addr, .imr_ifindex = (int) interface };
    (void) setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &member, sizeof(member));
    (void) setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &member, sizeof(member));
    (void) sendto(fd, data, size, 0, (struct sockaddr *) &group, sizeof(group));
}

static void
send_ipv6(int fd, unsigned interface, const uint8_t *data, size_t size)
{
    struct sockaddr_in6 group = {
        .sin6_family = AF_INET6,
        .sin6_port = htons(PORT),
        .sin6_scope_id = interface,
    };
    inet_pton(AF_INET6, "ff02::fb", &group.sin6_addr);
    struct ipv6_mreq member = {
        .ipv6mr_multiaddr = group.sin6_addr,
        .ipv6mr_interface = interface,
    };
    (void) setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &member, sizeof(member));
    (void) sendto(fd, data, size, 0, (struct sockaddr *) &group, sizeof(group));
}

void
hp_mdns_socket_send(
        void *arg, const struct hp_own_address *via, const uint8_t *data, size_t size)
{
    struct hp_mdns_socket *socket = arg;
    struct end *end = &socket->ends[via->is_ipv6];
    if (!open_end(end)) {
        return;
    }
    hp_timer_start(&socket->idle, OPEN_US);
    if (via->is_ipv6) {
        send_ipv6(end->fd, via->interface, data, size);
    } else {
        send_ipv4(end->fd, via->interface, data, size);
    }
}
