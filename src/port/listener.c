// listener.c - accepts TCP connections, looks at their first bytes and hands them over.
// Owner: http.  Thread: main.
//
//   accept -> pending --first bytes--> handler of their kind
//                |--5 s, junk, evicted--> closed and counted
#include "port/listener.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <glib-unix.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOG_TAG "listener"
#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "port/remote.h"
#include "port/limits.h"

enum {
    BACKLOG = 512,
    ACCEPTS_PER_TURN = 64,
    MAX_PENDING_PER_ADDRESS = 512,
    MAX_ADDRESSES = 16,
    PEEK_TIMEOUT_US = 5000000,
    LOG_INTERVAL_US = 60000000, // of the line that says that descriptors are short
};

struct handler {
    hp_listener_fn fn;
    void *arg;
};

struct pending {
    struct hp_listener *listener;
    int fd;
    GSource *source;
    int64_t since_us;
    bool is_partial; // the kernel wakes us only when HP_PEEK_SIZE bytes are there
    char address[HP_REMOTE_SIZE];
    GList link; // in listener->pending, oldest first
};

struct server_socket {
    struct hp_listener *listener;
    int fd;
    GSource *source;
};

struct hp_listener {
    struct hp_worker *main;
    struct server_socket sockets[MAX_ADDRESSES];
    unsigned socket_count;
    int spare_fd; // closed to accept and refuse a connection when descriptors run out
    struct handler handlers[HP_PEEK_KINDS];
    struct hp_limits *limits;
    GQueue pending;
    struct hp_timer timer; // due when the oldest pending connection times out
    struct hp_listener_counters counters;
    int64_t next_log_us;
    GString *addresses; // where it listens, joined by commas
};

static GSource *
watch_fd(struct hp_listener *listener, int fd, GUnixFDSourceFunc fn, void *arg)
{
    GSource *source = g_unix_fd_source_new(fd, G_IO_IN);
    g_source_set_callback(source, G_SOURCE_FUNC(fn), arg, NULL);
    g_source_attach(source, hp_worker_context(listener->main));
    return source;
}

static void
unwatch(GSource **source)
{
    if (*source != NULL) {
        g_source_destroy(*source);
        g_source_unref(*source);
        *source = NULL;
    }
}

static void
set_low_water(int fd, int size)
{
    setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &size, sizeof(size));
}

static void
arm_timer(struct hp_listener *listener)
{
    const struct pending *oldest = g_queue_peek_head(&listener->pending);
    if (oldest == NULL) {
        hp_timer_stop(&listener->timer);
    } else if (!hp_timer_is_running(&listener->timer)) {
        int64_t left_us = PEEK_TIMEOUT_US - hp_clock_silence_us(oldest->since_us);
        hp_timer_start(&listener->timer, MAX(left_us, 0));
    }
}

// Ends the wait and returns the descriptor, which the caller owns now.
static int
remove_pending(struct pending *pending)
{
    struct hp_listener *listener = pending->listener;
    int fd = pending->fd;
    g_queue_unlink(&listener->pending, &pending->link);
    hp_limits_remove(listener->limits, pending->address);
    unwatch(&pending->source);
    g_free(pending);
    return fd;
}

static void
on_timeout(void *arg)
{
    struct hp_listener *listener = arg;
    struct pending *oldest;
    while ((oldest = g_queue_peek_head(&listener->pending)) != NULL
            && hp_clock_silence_us(oldest->since_us) >= PEEK_TIMEOUT_US) {
        listener->counters.timeouts++;
        close(remove_pending(oldest));
    }
    arm_timer(listener);
}

static void
hand_over(struct pending *pending, enum hp_peek kind)
{
    struct hp_listener *listener = pending->listener;
    char address[HP_REMOTE_SIZE];
    g_strlcpy(address, pending->address, sizeof(address));
    if (pending->is_partial) {
        set_low_water(pending->fd, 1);
    }
    int fd = remove_pending(pending);
    if ((int) kind >= HP_PEEK_KINDS || listener->handlers[kind].fn == NULL) {
        listener->counters.junk++;
        close(fd);
        return;
    }
    listener->handlers[kind].fn(listener->handlers[kind].arg, fd, kind, address);
}

// Looks at the first bytes. False: the connection is not pending any more.
static bool
look(struct pending *pending)
{
    uint8_t data[HP_PEEK_SIZE];
    ssize_t size = recv(pending->fd, data, sizeof(data), MSG_PEEK | MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return true;
    }
    enum hp_peek kind = size <= 0 ? HP_PEEK_JUNK : hp_peek_classify(data, (size_t) size);
    if (kind == HP_PEEK_MORE && !pending->is_partial) {
        // The peeked bytes stay in the kernel: without this the loop would spin on them.
        pending->is_partial = true;
        set_low_water(pending->fd, HP_PEEK_SIZE);
        return true;
    }
    // The kernel woke us with too few bytes: the other side has ended, so no more bytes will come.
    hand_over(pending, kind == HP_PEEK_MORE ? HP_PEEK_JUNK : kind);
    return false;
}

static gboolean
on_readable(gint fd, GIOCondition condition, gpointer arg)
{
    (void) fd;
    (void) condition;
    return look(arg) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

// The oldest pending connection of that address; with NULL the oldest of all.
static struct pending *
find_oldest(struct hp_listener *listener, const char *address)
{
    for (GList *link = listener->pending.head; link != NULL; link = link->next) {
        struct pending *pending = link->data;
        if (address == NULL || hp_remote_is_same_network(pending->address, address)) {
            return pending;
        }
    }
    return NULL;
}

static void
make_room(struct hp_listener *listener, const char *address)
{
    enum hp_limits_verdict verdict = hp_limits_add(listener->limits, address);
    while (verdict != HP_LIMITS_OK) {
        bool is_total = verdict == HP_LIMITS_FULL;
        struct pending *oldest = find_oldest(listener, is_total ? NULL : address);
        assert(oldest != NULL);
        listener->counters.evicted++;
        close(remove_pending(oldest));
        verdict = hp_limits_add(listener->limits, address);
    }
}

static void
add_pending(struct hp_listener *listener, int fd, const struct sockaddr_storage *peer)
{
    int on = 1;
    struct pending *pending = g_new0(struct pending, 1);
    pending->listener = listener;
    pending->fd = fd;
    pending->since_us = hp_clock_now_us();
    pending->link.data = pending;
    hp_remote_write(peer, pending->address);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    make_room(listener, pending->address);
    g_queue_push_tail_link(&listener->pending, &pending->link);
    listener->counters.accepted++;
    if (look(pending)) {
        pending->source = watch_fd(listener, fd, on_readable, pending);
        arm_timer(listener);
    }
}

// No descriptor is free: a connection left in the backlog would wake the loop for ever.
static void
refuse_one(struct hp_listener *listener, int server_fd)
{
    listener->counters.no_descriptor++;
    if (hp_clock_now_us() >= listener->next_log_us) {
        log_error("new connections are refused, no descriptor is left: raise the limit of open "
                  "files (ulimit -n)");
        listener->next_log_us = hp_clock_now_us() + LOG_INTERVAL_US;
    }
    close(listener->spare_fd);
    int fd = accept4(server_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        close(fd);
    }
    listener->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static gboolean
on_connection(gint server_fd, GIOCondition condition, gpointer arg)
{
    struct server_socket *socket = arg;
    struct hp_listener *listener = socket->listener;
    (void) condition;
    for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct sockaddr_storage peer = { 0 };
        socklen_t size = sizeof(peer);
        int fd = accept4(server_fd, (struct sockaddr *) &peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            add_pending(listener, fd, &peer);
        } else if (errno == EMFILE || errno == ENFILE) {
            refuse_one(listener, server_fd);
        } else if (errno == EAGAIN) {
            break;
        } // else: that one went away while it waited
    }
    return G_SOURCE_CONTINUE;
}

// Returns the socket, or -1 with errno set.
static int
open_socket(const struct addrinfo *info, bool is_dual)
{
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    int v6_only = !is_dual;
    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (info->ai_family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof(v6_only));
    }
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0) {
        return fd;
    }
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static void
add_socket(struct hp_listener *listener, int fd)
{
    struct server_socket *socket = &listener->sockets[listener->socket_count++];
    socket->listener = listener;
    socket->fd = fd;
    socket->source = watch_fd(listener, fd, on_connection, socket);
}

// Splits "host:port"; an empty host means all addresses.
static bool
split_bind(const char *text, char **host, char **port)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon[1] == '\0' || strspn(colon + 1, "0123456789") != strlen(colon + 1)
            || g_ascii_strtoull(colon + 1, NULL, 10) > G_MAXUINT16) {
        return false;
    }
    bool is_bracketed = text[0] == '[' && colon > text && colon[-1] == ']';
    if (!is_bracketed && memchr(text, ':', (size_t) (colon - text)) != NULL) {
        return false;
    }
    *host = is_bracketed ? g_strndup(text + 1, (gsize) (colon - text - 2))
                         : g_strndup(text, (gsize) (colon - text));
    *port = g_strdup(colon + 1);
    return true;
}

bool
hp_listener_is_address(const char *text)
{
    char *host = NULL;
    char *port = NULL;
    bool is_address = split_bind(text, &host, &port);
    g_free(host);
    g_free(port);
    return is_address;
}

static int
try_open(const char *host, const char *port, bool is_dual)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *infos = NULL;
    int error = getaddrinfo(host, port, &hints, &infos); // may block: the loop does not run yet
    if (error != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    int fd = open_socket(infos, is_dual);
    freeaddrinfo(infos);
    return fd;
}

// Returns the socket, or -1 with errno set; EINVAL: the text is no address.
static int
open_text(const char *text, bool is_only)
{
    char *host = NULL;
    char *port = NULL;
    if (!split_bind(text, &host, &port)) {
        errno = EINVAL;
        return -1;
    }
    int fd;
    if (host[0] == '\0') {
        fd = try_open("::", port, true);
        if (fd < 0 && errno != EADDRINUSE && errno != EACCES) {
            fd = try_open("0.0.0.0", port, false); // this machine has no IPv6
        }
    } else {
        fd = try_open(host, port, is_only);
    }
    int error = errno;
    g_free(host);
    g_free(port);
    errno = error;
    return fd;
}

static uint16_t
find_port(int fd)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof(address);
    if (getsockname(fd, (struct sockaddr *) &address, &size) != 0) {
        return 0;
    }
    return address.ss_family == AF_INET6
            ? ntohs(((struct sockaddr_in6 *) (void *) &address)->sin6_port)
            : ntohs(((struct sockaddr_in *) (void *) &address)->sin_port);
}

// The port may have been 0.
static void
add_address(struct hp_listener *listener, const char *text, int fd)
{
    int host_length = (int) (strrchr(text, ':') - text);
    g_string_append_printf(listener->addresses, "%s%.*s:%u",
            listener->addresses->len == 0 ? "" : ",", host_length, text, find_port(fd));
}

static bool
open_address(struct hp_listener *listener, const char *text, const char *option, bool is_only)
{
    int fd = open_text(text, is_only);
    if (fd >= 0) {
        add_socket(listener, fd);
        add_address(listener, text, fd);
    } else if (errno == EINVAL) {
        log_error("the server cannot listen at \"%s\": expected address:port, like :8080 or "
                  "[::]:8080",
                text);
    } else {
        log_error("the server cannot listen at %s: %s; free that port, or set %s to another one",
                text, g_strerror(errno), option);
    }
    return fd >= 0;
}

const char *
hp_listener_find_fault(const char *text)
{
    int fd = open_text(text, false);
    if (fd >= 0) {
        close(fd);
        return NULL;
    }
    switch (errno) {
    case EADDRINUSE: return NULL;
    case EACCES: return "a port from 1024 on, or the right to use that one (CAP_NET_BIND_SERVICE)";
    case EINVAL: return "address:port, like :8080 or [::]:8080";
    }
    return "an address of this machine (ip address shows them), or :PORT alone for all";
}

static bool
open_addresses(struct hp_listener *listener, const struct hp_listener_params *params)
{
    const char *option = params->option == NULL ? "server.bind" : params->option;
    char **texts = g_strsplit(params->bind, ",", MAX_ADDRESSES);
    unsigned count = g_strv_length(texts);
    bool is_open = count > 0;
    for (unsigned i = 0; is_open && i < count; i++) {
        is_open = open_address(listener, g_strstrip(texts[i]), option, count == 1);
    }
    if (count == 0) {
        log_error("the server has no address to listen at: expected %s like :8080", option);
    }
    g_strfreev(texts);
    return is_open;
}

struct hp_listener *
hp_listener_create(struct hp_worker *main, const struct hp_listener_params *params)
{
    struct hp_listener *listener = g_new0(struct hp_listener, 1);
    unsigned max = params->max_pending == 0 ? HP_LISTENER_MAX_PENDING : params->max_pending;
    unsigned max_each = params->max_per_address;
    listener->main = main;
    listener->addresses = g_string_new(NULL);
    listener->limits = hp_limits_create(max, max_each == 0 ? MAX_PENDING_PER_ADDRESS : max_each);
    g_queue_init(&listener->pending);
    hp_timer_init(&listener->timer, main, on_timeout, listener);
    listener->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (!open_addresses(listener, params)) {
        hp_listener_destroy(listener);
        return NULL;
    }
    return listener;
}

void
hp_listener_stop(struct hp_listener *listener)
{
    for (unsigned i = 0; i < listener->socket_count; i++) {
        unwatch(&listener->sockets[i].source);
        if (listener->sockets[i].fd >= 0) {
            close(listener->sockets[i].fd);
            listener->sockets[i].fd = -1;
        }
    }
    struct pending *pending;
    while ((pending = g_queue_peek_head(&listener->pending)) != NULL) {
        close(remove_pending(pending));
    }
    hp_timer_stop(&listener->timer);
}

void
hp_listener_destroy(struct hp_listener *listener)
{
    if (listener == NULL) {
        return;
    }
    hp_listener_stop(listener);
    hp_limits_destroy(listener->limits);
    g_string_free(listener->addresses, TRUE);
    if (listener->spare_fd >= 0) {
        close(listener->spare_fd);
    }
    g_free(listener);
}

void
hp_listener_set_handler(
        struct hp_listener *listener, enum hp_peek kind, hp_listener_fn fn, void *arg)
{
    assert((int) kind < HP_PEEK_KINDS);
    listener->handlers[kind] = (struct handler){ .fn = fn, .arg = arg };
}

static bool
is_for_both(int fd, const struct sockaddr_storage *place)
{
    const struct sockaddr_in6 *in6 = (const void *) place;
    int v6_only = 1;
    socklen_t size = sizeof(v6_only);
    return place->ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr)
            && getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, &size) == 0 && v6_only == 0;
}

unsigned
hp_listener_places(
        const struct hp_listener *listener, struct sockaddr_storage *places, unsigned max)
{
    unsigned count = 0;
    for (unsigned i = 0; i < listener->socket_count && count < max; i++) {
        int fd = listener->sockets[i].fd;
        struct sockaddr_storage *place = &places[count];
        socklen_t size = sizeof(*place);
        memset(place, 0, sizeof(*place));
        if (getsockname(fd, (struct sockaddr *) place, &size) != 0) {
            continue;
        }
        count++;
        if (count < max && is_for_both(fd, place)) {
            struct sockaddr_in *both = (void *) &places[count++];
            *both = (struct sockaddr_in){
                .sin_family = AF_INET,
                .sin_port = ((const struct sockaddr_in6 *) (const void *) place)->sin6_port,
            };
        }
    }
    return count;
}

uint16_t
hp_listener_port(const struct hp_listener *listener)
{
    return find_port(listener->sockets[0].fd);
}

const char *
hp_listener_addresses(const struct hp_listener *listener)
{
    return listener->addresses->str;
}

const struct hp_listener_counters *
hp_listener_counters(const struct hp_listener *listener)
{
    return &listener->counters;
}
