// sctp_socket.c - a socket of usrsctp with all the settings that a data channel needs.
// Owner: hp_sctp.  Thread: the association's worker, always.
// RFC 8831 section 6.2 (the parts of SCTP in use), RFC 6458 (its socket API).
#include "sctp/sctp_socket.h"

#include <errno.h>
#include <string.h>

#include <glib.h>
#include <usrsctp.h>

#define LOG_TAG "sctp"
#include "base/log.h"
#include "sctp/sctp_message.h"
#include "sctp/sctp_stack.h"

enum {
    COMMON_HEADER_SIZE = 12, // usrsctp does not count it as a part of the path's MTU
    SEND_BUFFER_SIZE = HP_SCTP_MESSAGE_MAX + 64 * 1024, // a message has to fit as a whole
    RECEIVE_BUFFER_SIZE = HP_SCTP_MESSAGE_MAX + 128 * 1024,
};

// May be called on the thread that runs the timers, with locks of the library held.
static void
on_news(struct socket *socket, void *arg, int flags)
{
    (void) socket;
    (void) flags;
    hp_sctp_stack_wake(GPOINTER_TO_SIZE(arg));
}

static bool
set_option(struct socket *socket, int level, int option, const void *value, socklen_t size)
{
    return usrsctp_setsockopt(socket, level, option, value, size) == 0;
}

static bool
set_number(struct socket *socket, int level, int option, int value)
{
    return set_option(socket, level, option, &value, sizeof(value));
}

static bool
subscribe(struct socket *socket)
{
    static const uint16_t types[] = { SCTP_ASSOC_CHANGE, SCTP_SHUTDOWN_EVENT,
        SCTP_STREAM_RESET_EVENT, SCTP_PARTIAL_DELIVERY_EVENT };
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        struct sctp_event event = {
            .se_assoc_id = SCTP_ALL_ASSOC, .se_type = types[i], .se_on = 1
        };
        if (!set_option(socket, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof(event))) {
            return false;
        }
    }
    return true;
}

static bool
set_path(struct socket *socket, size_t mtu)
{
    struct sctp_paddrparams path = {
        .spp_flags = SPP_PMTUD_DISABLE,
        .spp_pathmtu = (uint32_t) (mtu - COMMON_HEADER_SIZE) & ~3u,
    };
    return set_option(socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path, sizeof(path));
}

static bool
set_up(struct socket *socket, const struct hp_sctp_socket_params *params)
{
    struct linger linger = { .l_onoff = 1, .l_linger = 0 }; // closing the socket sends ABORT
    struct sctp_assoc_value resets = { .assoc_id = SCTP_ALL_ASSOC,
        .assoc_value = SCTP_ENABLE_RESET_STREAM_REQ };
    struct sctp_initmsg init = { .sinit_num_ostreams = HP_SCTP_STREAMS,
        .sinit_max_instreams = HP_SCTP_STREAMS };
    return usrsctp_set_non_blocking(socket, 1) == 0
            && set_option(socket, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger))
            && set_number(socket, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_SIZE)
            && set_number(socket, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_SIZE)
            && set_number(socket, IPPROTO_SCTP, SCTP_NODELAY, 1)
            && set_number(socket, IPPROTO_SCTP, SCTP_RECVRCVINFO, 1)
            && set_number(socket, IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, 0)
            && set_option(socket, IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET, &resets, sizeof(resets))
            && set_option(socket, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof(init))
            && subscribe(socket) && set_path(socket, params->mtu);
}

static struct sockaddr_conn
make_address(uintptr_t association, uint16_t port)
{
    return (struct sockaddr_conn){ .sconn_family = AF_CONN,
        .sconn_port = g_htons(port == 0 ? HP_SCTP_PORT : port),
        .sconn_addr = GSIZE_TO_POINTER(association) };
}

static bool
connect_to(struct socket *socket, const struct hp_sctp_socket_params *params, uintptr_t association)
{
    struct sockaddr_conn local = make_address(association, params->local_port);
    struct sockaddr_conn remote = make_address(association, params->remote_port);
    if (usrsctp_bind(socket, (struct sockaddr *) &local, sizeof(local)) != 0) {
        return false;
    }
    return usrsctp_connect(socket, (struct sockaddr *) &remote, sizeof(remote)) == 0
            || errno == EINPROGRESS;
}

struct socket *
hp_sctp_socket_open(const struct hp_sctp_socket_params *params, uintptr_t association)
{
    usrsctp_register_address(GSIZE_TO_POINTER(association));
    struct socket *socket = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
    if (socket == NULL || usrsctp_set_upcall(socket, on_news, GSIZE_TO_POINTER(association)) != 0
            || !set_up(socket, params) || !connect_to(socket, params, association)) {
        log_error("peer %s: the SCTP association cannot be opened: %s",
                params->id, g_strerror(errno));
        hp_sctp_socket_close(socket, association);
        return NULL;
    }
    return socket;
}

void
hp_sctp_socket_close(struct socket *socket, uintptr_t association)
{
    if (socket != NULL) {
        usrsctp_close(socket);
    }
    usrsctp_deregister_address(GSIZE_TO_POINTER(association));
}

enum hp_sctp_sent
hp_sctp_socket_send(struct socket *socket, const struct hp_sctp_message *message)
{
    struct sctp_sendv_spa spa = { .sendv_flags = SCTP_SEND_SNDINFO_VALID,
        .sendv_sndinfo = { .snd_sid = message->stream,
                .snd_flags = message->is_unordered ? SCTP_UNORDERED : 0,
                .snd_ppid = g_htonl(message->ppid) } };
    switch (message->reliability) {
    case HP_SCTP_RELIABLE: break;
    case HP_SCTP_MAX_RETRANSMITS: spa.sendv_prinfo.pr_policy = SCTP_PR_SCTP_RTX; break;
    case HP_SCTP_MAX_LIFETIME: spa.sendv_prinfo.pr_policy = SCTP_PR_SCTP_TTL; break;
    }
    if (message->reliability != HP_SCTP_RELIABLE) {
        spa.sendv_flags |= SCTP_SEND_PRINFO_VALID;
        spa.sendv_prinfo.pr_value = message->reliability_value;
    }
    ssize_t size = usrsctp_sendv(
            socket, message->data, message->size, NULL, 0, &spa, sizeof(spa), SCTP_SENDV_SPA, 0);
    if (size >= 0) {
        return HP_SCTP_SENT;
    }
    bool is_blocked = errno == EWOULDBLOCK || errno == EAGAIN || errno == ENOBUFS;
    return is_blocked ? HP_SCTP_BLOCKED : HP_SCTP_REFUSED;
}

void
hp_sctp_socket_probe(struct socket *socket, uintptr_t association, uint16_t remote_port)
{
    struct sockaddr_conn remote = make_address(association, remote_port);
    struct sctp_paddrparams path = { .spp_flags = SPP_HB_DEMAND };
    memcpy(&path.spp_address, &remote, sizeof(remote));
    set_option(socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path, sizeof(path));
}

bool
hp_sctp_socket_reset(struct socket *socket, uint16_t stream)
{
    // The list is a flexible array of 16-bit numbers at the end of the struct.
    uint8_t request[sizeof(struct sctp_reset_streams) + sizeof(uint16_t)];
    struct sctp_reset_streams head = { .srs_assoc_id = SCTP_ALL_ASSOC,
        .srs_flags = SCTP_STREAM_RESET_OUTGOING,
        .srs_number_streams = 1 };
    memcpy(request, &head, sizeof(head));
    memcpy(request + offsetof(struct sctp_reset_streams, srs_stream_list), &stream, sizeof(stream));
    return set_option(socket, IPPROTO_SCTP, SCTP_RESET_STREAMS, request, sizeof(request));
}
