// probe.c - asks one STUN or TURN server whether it serves us.
// Owner: hp_ice_prober.  Thread: its worker.
// RFC 8489 (STUN; section 9.2 says how a long-term credential is asked for), RFC 8656 (TURN).
#include "ice/probe.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>
#include <nice/address.h>
#include <stun/usages/bind.h>
#include <stun/usages/turn.h>

#include "ice/config.h"

enum {
    HEADER_SIZE = 20,
    UNAUTHENTICATED = 401,
    STALE_NONCE = 438,
    MAX_CHALLENGES = 3,
    LIFETIME_S = 60, // of an allocation whose end gets lost
};

// How long to wait after each send of a request over UDP: HP_ICE_PROBE_MS in all.
static const int waits_ms[] = { 500, 1000, 1500, 2000 };

void
hp_ice_probe_stop(struct hp_ice_probe *probe)
{
    hp_timer_stop(&probe->timer);
    if (probe->source != NULL) {
        g_source_destroy(probe->source);
        g_source_unref(probe->source);
        probe->source = NULL;
    }
    if (probe->fd >= 0) {
        close(probe->fd);
        probe->fd = -1;
    }
}

static void
tell(struct hp_ice_probe *probe, enum hp_ice_verdict_kind kind, int number)
{
    hp_ice_probe_stop(probe);
    probe->fn(probe->arg, (struct hp_ice_verdict) { .kind = kind, .number = number });
}

static bool
is_stream(const struct hp_ice_probe *probe)
{
    return probe->server->kind == HP_ICE_TURN_TCP;
}

// False: the probe has ended.
static bool
send_request(struct hp_ice_probe *probe)
{
    ssize_t sent = send(probe->fd, probe->request, probe->request_size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        tell(probe, HP_ICE_UNREACHABLE, errno);
        return false;
    }
    probe->sends++;
    return true;
}

static uint8_t *
bytes_of(const char *text)
{
    return (uint8_t *) (uintptr_t) text; // libnice only reads them
}

static size_t
size_of(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

static void
write_request(struct hp_ice_probe *probe)
{
    const struct hp_ice_endpoint *server = probe->server;
    StunMessage message;
    if (server->kind == HP_ICE_STUN) {
        probe->request_size = stun_usage_bind_create(
                &probe->agent, &message, probe->request, sizeof(probe->request));
    } else {
        probe->request_size = stun_usage_turn_create(&probe->agent, &message, probe->request,
                sizeof(probe->request), probe->challenges > 0 ? &probe->challenge : NULL,
                STUN_USAGE_TURN_REQUEST_PORT_NORMAL, -1, LIFETIME_S, bytes_of(server->username),
                size_of(server->username), bytes_of(server->credential),
                size_of(server->credential), STUN_USAGE_TURN_COMPATIBILITY_RFC5766);
    }
    probe->sends = 0;
}

static void
ask(struct hp_ice_probe *probe)
{
    write_request(probe);
    if (send_request(probe)) {
        hp_timer_start(&probe->timer,
                (int64_t) (is_stream(probe) ? HP_ICE_PROBE_MS : waits_ms[0]) * 1000);
    }
}

// Once is enough: an allocation whose end gets lost runs out by itself.
static void
give_back(struct hp_ice_probe *probe)
{
    const struct hp_ice_endpoint *server = probe->server;
    StunMessage message;
    probe->request_size = stun_usage_turn_create_refresh(&probe->agent, &message, probe->request,
            sizeof(probe->request), probe->challenges > 0 ? &probe->challenge : NULL, 0,
            bytes_of(server->username), size_of(server->username), bytes_of(server->credential),
            size_of(server->credential), STUN_USAGE_TURN_COMPATIBILITY_RFC5766);
    ssize_t sent = send(probe->fd, probe->request, probe->request_size, MSG_NOSIGNAL);
    (void) sent;
}

static void
keep_challenge(struct hp_ice_probe *probe, const StunMessage *message, size_t size)
{
    memcpy(probe->challenge_bytes, message->buffer, size);
    probe->challenge = *message;
    probe->challenge.buffer = probe->challenge_bytes;
    probe->challenge.buffer_len = sizeof(probe->challenge_bytes);
    probe->challenge.key = NULL;
    probe->challenge.key_len = 0;
    probe->challenges++;
}

static void
handle_error(struct hp_ice_probe *probe, const StunMessage *message, size_t size)
{
    int code = 0;
    uint16_t realm_size = 0;
    bool has_realm = stun_message_find(message, STUN_ATTRIBUTE_REALM, &realm_size) != NULL;
    bool has_code = stun_message_find_error(message, &code) == STUN_MESSAGE_RETURN_SUCCESS;
    bool is_challenge = has_code && has_realm && probe->server->kind != HP_ICE_STUN
            && ((code == UNAUTHENTICATED && probe->challenges == 0)
                    || (code == STALE_NONCE && probe->challenges < MAX_CHALLENGES));
    if (is_challenge) {
        keep_challenge(probe, message, size);
        ask(probe);
    } else if (has_code) {
        tell(probe, HP_ICE_REFUSES, code);
    }
}

static bool
is_served(const StunMessage *message, enum hp_ice_server_kind kind)
{
    struct sockaddr_storage relay, mapped, other;
    socklen_t relay_size = sizeof(relay), mapped_size = sizeof(mapped), other_size = sizeof(other);
    uint32_t bandwidth, lifetime;
    StunMessage copy = *message;
    if (kind == HP_ICE_STUN) {
        return stun_usage_bind_process(&copy, (struct sockaddr *) &mapped, &mapped_size,
                       (struct sockaddr *) &other, &other_size)
                == STUN_USAGE_BIND_RETURN_SUCCESS;
    }
    StunUsageTurnReturn result = stun_usage_turn_process(&copy, &relay,
            &relay_size, &mapped, &mapped_size, &other, &other_size, &bandwidth, &lifetime,
            STUN_USAGE_TURN_COMPATIBILITY_RFC5766);
    return result == STUN_USAGE_TURN_RETURN_RELAY_SUCCESS
            || result == STUN_USAGE_TURN_RETURN_MAPPED_SUCCESS; // the relay's address and ours
}

// What is no answer to our request is ignored: anybody may send to this port.
static void
handle_message(struct hp_ice_probe *probe, const uint8_t *bytes, size_t size)
{
    StunMessage message;
    StunValidationStatus status =
            stun_agent_validate(&probe->agent, &message, bytes, size, NULL, NULL);
    // A server signs a refusal only if it knows the password. The transaction's id is right here.
    bool is_unsigned = status == STUN_VALIDATION_UNAUTHORIZED
            || status == STUN_VALIDATION_UNAUTHORIZED_BAD_REQUEST;
    if (status != STUN_VALIDATION_SUCCESS && !is_unsigned) {
        return;
    }
    if (stun_message_get_class(&message) == STUN_ERROR) {
        handle_error(probe, &message, size);
    } else if (!is_unsigned && is_served(&message, probe->server->kind)) {
        if (probe->server->kind != HP_ICE_STUN) {
            give_back(probe);
        }
        tell(probe, HP_ICE_SERVES, 0);
    }
}

// The size of the message that the input begins with; 0: it has not come in whole.
static size_t
find_size(const struct hp_ice_probe *probe)
{
    if (!is_stream(probe)) {
        return probe->input_size;
    }
    if (probe->input_size < HEADER_SIZE) {
        return 0;
    }
    size_t size = HEADER_SIZE + (size_t) (probe->input[2] << 8 | probe->input[3]);
    return size <= probe->input_size ? size : 0;
}

static gboolean
on_readable(int fd, GIOCondition condition, void *arg)
{
    struct hp_ice_probe *probe = arg;
    (void) condition;
    size_t room = sizeof(probe->input) - probe->input_size;
    ssize_t got = recv(fd, probe->input + probe->input_size, room, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return G_SOURCE_CONTINUE;
    }
    if (got < 0 || (got == 0 && is_stream(probe))) { // a full buffer is no answer of ours either
        tell(probe, HP_ICE_UNREACHABLE, got < 0 ? errno : ECONNRESET);
        return G_SOURCE_CONTINUE;
    }
    probe->input_size += (size_t) got;
    size_t size = find_size(probe);
    if (size > 0) {
        probe->input_size = 0; // one request, one answer
        handle_message(probe, probe->input, size);
    }
    return G_SOURCE_CONTINUE;
}

static void
watch(struct hp_ice_probe *probe, GIOCondition condition, GUnixFDSourceFunc fn)
{
    if (probe->source != NULL) {
        g_source_destroy(probe->source);
        g_source_unref(probe->source);
    }
    probe->source = g_unix_fd_source_new(probe->fd, condition);
    g_source_set_callback(probe->source, G_SOURCE_FUNC(fn), probe, NULL);
    g_source_attach(probe->source, hp_worker_context(probe->worker));
}

static gboolean
on_connected(int fd, GIOCondition condition, void *arg)
{
    struct hp_ice_probe *probe = arg;
    int error = 0;
    socklen_t size = sizeof(error);
    (void) condition;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
        tell(probe, HP_ICE_UNREACHABLE, error);
        return G_SOURCE_CONTINUE;
    }
    watch(probe, G_IO_IN, on_readable);
    ask(probe);
    return G_SOURCE_CONTINUE;
}

static void
on_timer(void *arg)
{
    struct hp_ice_probe *probe = arg;
    if (probe->error != 0) {
        tell(probe, HP_ICE_UNREACHABLE, probe->error);
    } else if (is_stream(probe) || probe->sends == G_N_ELEMENTS(waits_ms)) {
        tell(probe, HP_ICE_SILENT, 0);
    } else if (send_request(probe)) {
        hp_timer_start(&probe->timer, (int64_t) waits_ms[probe->sends - 1] * 1000);
    }
}

void
hp_ice_probe_init(
        struct hp_ice_probe *probe, struct hp_worker *worker, hp_ice_probe_fn fn, void *arg)
{
    *probe = (struct hp_ice_probe) { .worker = worker, .fn = fn, .arg = arg, .fd = -1 };
    hp_timer_init(&probe->timer, worker, on_timer, probe);
}

// errno, or 0.
static int
open_socket(struct hp_ice_probe *probe)
{
    union {
        struct sockaddr any;
        struct sockaddr_storage storage;
    } address = { 0 };
    NiceAddress server;
    nice_address_init(&server);
    if (!nice_address_set_from_string(&server, probe->server->address)) {
        return EAFNOSUPPORT;
    }
    nice_address_set_port(&server, probe->server->port);
    nice_address_copy_to_sockaddr(&server, &address.any);
    int type = is_stream(probe) ? SOCK_STREAM : SOCK_DGRAM;
    probe->fd = socket(address.any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (probe->fd < 0) {
        return errno;
    }
    bool is_open = connect(probe->fd, &address.any, sizeof(address.storage)) == 0
            || errno == EINPROGRESS;
    return is_open ? 0 : errno;
}

void
hp_ice_probe_start(struct hp_ice_probe *probe, const struct hp_ice_endpoint *server)
{
    bool is_turn = server->kind != HP_ICE_STUN;
    hp_ice_probe_stop(probe);
    probe->server = server;
    probe->challenges = 0;
    probe->input_size = 0;
    stun_agent_init(&probe->agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
            is_turn ? STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS
                    : STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
    probe->error = open_socket(probe);
    if (probe->error != 0) {
        hp_timer_start(&probe->timer, 0);
    } else if (is_stream(probe)) {
        watch(probe, G_IO_OUT, on_connected);
        hp_timer_start(&probe->timer, HP_ICE_PROBE_MS * 1000);
    } else {
        watch(probe, G_IO_IN, on_readable);
        write_request(probe);
        hp_timer_start(&probe->timer, 0);
    }
}
