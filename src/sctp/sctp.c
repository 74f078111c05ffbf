// sctp.c - the SCTP association of one browser.
// Owner: hp_channels.  Thread: the peer's worker, always.
// RFC 9260 (SCTP), RFC 8261 (over DTLS), RFC 6525 (stream reset), RFC 3758 (partial reliability).
#include "sctp/sctp.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <glib.h>
#include <usrsctp.h>

#define LOG_TAG "sctp"
#include "base/fallback.h"
#include "base/guard.h"
#include "base/log.h"
#include "base/worker.h"
#include "sctp/sctp_socket.h"
#include "sctp/sctp_stack.h"

enum {
    READ_SIZE = 16 * 1024, // bytes of one read
    DEFAULT_MAX_SEND = 64 * 1024, // RFC 8841 section 6.1
    WAITING_OVERHEAD = 128, // about what a waiting message costs besides its bytes
    MIN_MTU = 256,
};

enum sctp_state {
    STATE_CONNECTING,
    STATE_CONNECTED,
    STATE_ENDED
};

struct waiting {
    struct hp_sctp_message message; // its data follows the struct
    uint8_t data[];
};

struct hp_sctp {
    char *id;
    struct hp_worker *worker;
    struct hp_sctp_stack *stack;
    uintptr_t association; // the id by which usrsctp knows the association
    struct socket *socket; // NULL once the association has ended
    enum sctp_state state;
    uint16_t stream_count, remote_port;
    size_t max_send_size;
    GByteArray *partial; // the message that is being read; there is only one (no interleaving)
    GQueue waiting; // of struct waiting: messages that did not fit into the library's buffer
    size_t waiting_size;
    bool has_refused; // a send was refused: on_writable has to follow
    GArray *resets; // of uint16_t: streams to reset as soon as possible
    struct hp_guard guard; // a callback may destroy the object
    const struct hp_sctp_cbs *cbs;
    void *cbs_arg;
};

static void
close_socket(struct hp_sctp *sctp)
{
    if (sctp->socket != NULL) {
        hp_sctp_socket_close(sctp->socket, sctp->association);
        sctp->socket = NULL;
    }
}

static void
free_sctp(struct hp_sctp *sctp)
{
    hp_sctp_stack_remove(sctp->stack, sctp->association);
    close_socket(sctp);
    g_queue_clear_full(&sctp->waiting, g_free);
    if (sctp->partial != NULL) {
        g_byte_array_unref(sctp->partial);
    }
    g_array_unref(sctp->resets);
    g_free(sctp->id);
    g_free(sctp);
}

static void
enter(struct hp_sctp *sctp)
{
    assert(hp_worker_is_current(sctp->worker));
    hp_guard_enter(&sctp->guard);
}

static void
leave(struct hp_sctp *sctp)
{
    if (hp_guard_leave(&sctp->guard)) {
        free_sctp(sctp);
    }
}

static bool
is_alive(const struct hp_sctp *sctp)
{
    return sctp->state != STATE_ENDED && !sctp->guard.is_destroyed;
}

// Sends the packets that the library has put out so far. False: there was no news besides them.
static bool
send_packets(struct hp_sctp *sctp)
{
    GQueue packets = G_QUEUE_INIT;
    bool has_news = hp_sctp_stack_take(sctp->association, &packets);
    GBytes *packet;
    while ((packet = g_queue_pop_head(&packets)) != NULL) {
        gsize size = 0;
        const uint8_t *data = g_bytes_get_data(packet, &size);
        if (!sctp->guard.is_destroyed) {
            sctp->cbs->on_send(sctp->cbs_arg, data, size);
        }
        g_bytes_unref(packet);
    }
    return has_news;
}

// Aborts the association; the peer is told.
static void
shut(struct hp_sctp *sctp)
{
    sctp->state = STATE_ENDED;
    hp_sctp_stack_hold(sctp->association);
    close_socket(sctp);
    send_packets(sctp);
    hp_sctp_stack_remove(sctp->stack, sctp->association);
}

static void
end(struct hp_sctp *sctp, const char *reason)
{
    if (!is_alive(sctp)) {
        return;
    }
    log_debug("peer %s: SCTP ended: %s", sctp->id, reason);
    shut(sctp);
    if (!sctp->guard.is_destroyed) {
        sctp->cbs->on_closed(sctp->cbs_arg, reason);
    }
}

static void
handle_change(struct hp_sctp *sctp, const struct sctp_assoc_change *change)
{
    switch (change->sac_state) {
    case SCTP_COMM_UP:
        if (sctp->state == STATE_CONNECTING) {
            sctp->state = STATE_CONNECTED;
            sctp->stream_count = MIN(change->sac_outbound_streams, change->sac_inbound_streams);
            sctp->cbs->on_connected(sctp->cbs_arg);
        }
        return;
    case SCTP_COMM_LOST: end(sctp, "lost or aborted by the peer"); return;
    case SCTP_RESTART: end(sctp, "restarted by the peer"); return; // all channels are void
    case SCTP_SHUTDOWN_COMP: end(sctp, "ended by the peer"); return;
    case SCTP_CANT_STR_ASSOC: end(sctp, "no answer"); return;
    default: return;
    }
}

static void
handle_reset(struct hp_sctp *sctp, const union sctp_notification *news, size_t size)
{
    const struct sctp_stream_reset_event *event = &news->sn_strreset_event;
    size_t head = offsetof(struct sctp_stream_reset_event, strreset_stream_list);
    if (size < head || (event->strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN) == 0
            || (event->strreset_flags & (SCTP_STREAM_RESET_DENIED | SCTP_STREAM_RESET_FAILED))) {
        return;
    }
    size_t count = (size - head) / sizeof(uint16_t);
    for (size_t i = 0; i < count && is_alive(sctp); i++) {
        sctp->cbs->on_stream_reset(sctp->cbs_arg, event->strreset_stream_list[i]);
    }
}

static void
handle_news(struct hp_sctp *sctp, const uint8_t *data, size_t size)
{
    const union sctp_notification *news = (const union sctp_notification *) (const void *) data;
    if (size < sizeof(news->sn_header) || news->sn_header.sn_length != size) {
        return;
    }
    switch (news->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
        if (size >= sizeof(news->sn_assoc_change)) {
            handle_change(sctp, &news->sn_assoc_change);
        }
        return;
    case SCTP_SHUTDOWN_EVENT: end(sctp, "ended by the peer"); return;
    case SCTP_STREAM_RESET_EVENT: handle_reset(sctp, news, size); return;
    case SCTP_PARTIAL_DELIVERY_EVENT: g_byte_array_set_size(sctp->partial, 0); return;
    default: return;
    }
}

// Reads a message, or a part of one.
static void
handle_data(struct hp_sctp *sctp, const uint8_t *data, size_t size,
        const struct sctp_rcvinfo *facts, bool is_complete)
{
    struct hp_sctp_message message = { .stream = facts->rcv_sid,
        .ppid = g_ntohl(facts->rcv_ppid),
        .is_unordered = (facts->rcv_flags & SCTP_UNORDERED) != 0,
        .data = data,
        .size = size };
    if (sctp->partial->len + size > HP_SCTP_MESSAGE_MAX) {
        end(sctp, "the peer sent a message that is too large");
        return;
    }
    if (!is_complete || sctp->partial->len > 0) {
        g_byte_array_append(sctp->partial, data, (guint) size);
    }
    if (!is_complete) {
        return;
    }
    if (sctp->partial->len > 0) {
        GByteArray *whole = sctp->partial; // a large message leaves no large buffer behind
        sctp->partial = g_byte_array_new();
        message.data = whole->data;
        message.size = whole->len;
        sctp->cbs->on_message(sctp->cbs_arg, &message);
        g_byte_array_unref(whole);
        return;
    }
    sctp->cbs->on_message(sctp->cbs_arg, &message);
}

static void
read_messages(struct hp_sctp *sctp)
{
    _Alignas(union sctp_notification) uint8_t data[READ_SIZE];
    while (is_alive(sctp)) {
        struct sctp_rcvinfo facts = { 0 };
        socklen_t facts_size = sizeof(facts), from_size = 0;
        unsigned kind = 0;
        int flags = 0;
        ssize_t size = usrsctp_recvv(sctp->socket, data, sizeof(data), NULL, &from_size, &facts,
                &facts_size, &kind, &flags);
        if (size < 0 && (errno == EWOULDBLOCK || errno == EAGAIN || errno == ENOTCONN)) {
            return; // nothing more to read, or not connected yet: our INIT is under way
        }
        if (size <= 0) {
            end(sctp, size == 0 ? "ended by the peer" : g_strerror(errno));
        } else if (flags & MSG_NOTIFICATION) {
            handle_news(sctp, data, (size_t) size);
        } else if (kind == SCTP_RECVV_RCVINFO) {
            handle_data(sctp, data, (size_t) size, &facts, (flags & MSG_EOR) != 0);
        }
    }
}

static void
send_waiting(struct hp_sctp *sctp)
{
    struct waiting *waiting;
    while (is_alive(sctp) && (waiting = g_queue_peek_head(&sctp->waiting)) != NULL) {
        if (hp_sctp_socket_send(sctp->socket, &waiting->message) == HP_SCTP_BLOCKED) {
            break;
        }
        sctp->waiting_size -= waiting->message.size + WAITING_OVERHEAD;
        g_queue_pop_head(&sctp->waiting);
        g_free(waiting);
    }
    if (is_alive(sctp) && sctp->has_refused && sctp->waiting_size < HP_SCTP_SEND_BUFFER_MAX / 2) {
        sctp->has_refused = false;
        sctp->cbs->on_writable(sctp->cbs_arg);
    }
}

static bool
has_waiting_for(const struct hp_sctp *sctp, uint16_t stream)
{
    for (const GList *item = sctp->waiting.head; item != NULL; item = item->next) {
        const struct waiting *waiting = item->data;
        if (waiting->message.stream == stream) {
            return true;
        }
    }
    return false;
}

// Only one request may be under way at a time; the other streams wait for its answer.
static void
reset_streams(struct hp_sctp *sctp)
{
    for (unsigned i = 0; is_alive(sctp) && i < sctp->resets->len; i++) {
        uint16_t stream = g_array_index(sctp->resets, uint16_t, i);
        if (!has_waiting_for(sctp, stream) && hp_sctp_socket_reset(sctp->socket, stream)) {
            g_array_remove_index(sctp->resets, i);
            i--;
        }
    }
}

// Sends, reads, resets and tells, until the library has no news any more.
static void
look_after(struct hp_sctp *sctp)
{
    while (is_alive(sctp) && send_packets(sctp)) {
        read_messages(sctp);
        send_waiting(sctp);
        reset_streams(sctp);
    }
}

static void
on_wake(void *arg)
{
    struct hp_sctp *sctp = arg;
    enter(sctp);
    look_after(sctp);
    leave(sctp);
}

struct hp_sctp *
hp_sctp_create(const struct hp_sctp_params *params, const struct hp_sctp_cbs *cbs, void *arg)
{
    assert(hp_worker_is_current(params->worker));
    assert(params->mtu >= MIN_MTU);
    struct hp_sctp *sctp = g_new0(struct hp_sctp, 1);
    sctp->id = g_strdup(params->id);
    sctp->worker = params->worker;
    sctp->stack = params->stack;
    sctp->remote_port = params->remote_port;
    sctp->max_send_size = hp_fallback_apply(params->max_send_size, DEFAULT_MAX_SEND);
    sctp->max_send_size = MIN(sctp->max_send_size, (size_t) HP_SCTP_MESSAGE_MAX);
    sctp->partial = g_byte_array_new();
    sctp->resets = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    g_queue_init(&sctp->waiting);
    sctp->cbs = cbs;
    sctp->cbs_arg = arg;
    sctp->association = hp_sctp_stack_add(params->stack, params->worker, on_wake, sctp);
    struct hp_sctp_socket_params socket_params = {
        .id = sctp->id,
        .local_port = params->local_port,
        .remote_port = params->remote_port,
        .mtu = params->mtu,
    };
    sctp->socket = hp_sctp_socket_open(&socket_params, sctp->association);
    if (sctp->socket == NULL) {
        hp_sctp_destroy(sctp); // hp_sctp_socket_open() has logged the reason
        return NULL;
    }
    return sctp;
}

void
hp_sctp_destroy(struct hp_sctp *sctp)
{
    if (sctp == NULL) {
        return;
    }
    assert(hp_worker_is_current(sctp->worker));
    if (hp_guard_destroy(&sctp->guard)) {
        free_sctp(sctp);
    }
}

void
hp_sctp_close(struct hp_sctp *sctp)
{
    if (!is_alive(sctp)) {
        return;
    }
    enter(sctp);
    shut(sctp);
    leave(sctp);
}

void
hp_sctp_recv(struct hp_sctp *sctp, const uint8_t *data, size_t size)
{
    if (!is_alive(sctp)) {
        return;
    }
    enter(sctp);
    hp_sctp_stack_hold(sctp->association);
    usrsctp_conninput(GSIZE_TO_POINTER(sctp->association), data, size, 0);
    look_after(sctp);
    leave(sctp);
}

void
hp_sctp_probe(struct hp_sctp *sctp)
{
    if (!is_alive(sctp) || sctp->state != STATE_CONNECTED) {
        return;
    }
    enter(sctp);
    hp_sctp_stack_hold(sctp->association);
    hp_sctp_socket_probe(sctp->socket, sctp->association, sctp->remote_port);
    look_after(sctp);
    leave(sctp);
}

static bool
keep_waiting(struct hp_sctp *sctp, const struct hp_sctp_message *message)
{
    size_t cost = message->size + WAITING_OVERHEAD;
    if (sctp->waiting_size + cost > HP_SCTP_SEND_BUFFER_MAX) {
        sctp->has_refused = true;
        return false;
    }
    struct waiting *waiting = g_malloc(sizeof(*waiting) + message->size);
    waiting->message = *message;
    waiting->message.data = waiting->data;
    memcpy(waiting->data, message->data, message->size);
    g_queue_push_tail(&sctp->waiting, waiting);
    sctp->waiting_size += cost;
    return true;
}

// Sends what the library puts out for the message without a detour through the loop; below another
// call of ours that is done at the end of that call.
static enum hp_sctp_sent
send_now(struct hp_sctp *sctp, const struct hp_sctp_message *message)
{
    bool is_outermost = sctp->guard.depth == 0;
    enter(sctp);
    if (is_outermost) {
        hp_sctp_stack_await(sctp->association);
    }
    enum hp_sctp_sent result = hp_sctp_socket_send(sctp->socket, message);
    if (is_outermost && send_packets(sctp) && is_alive(sctp)) {
        hp_sctp_stack_defer(sctp->association); // nobody expects callbacks with news here
    }
    leave(sctp);
    return result;
}

bool
hp_sctp_send(struct hp_sctp *sctp, const struct hp_sctp_message *message)
{
    assert(hp_worker_is_current(sctp->worker));
    if (sctp->state != STATE_CONNECTED || sctp->guard.is_destroyed || message->size == 0
            || message->size > sctp->max_send_size || message->stream >= sctp->stream_count) {
        return false;
    }
    if (!g_queue_is_empty(&sctp->waiting)) {
        // behind the waiting messages: order is kept
        return !message->is_brief && keep_waiting(sctp, message);
    }
    switch (send_now(sctp, message)) {
    case HP_SCTP_SENT: return true;
    case HP_SCTP_BLOCKED: return !message->is_brief && keep_waiting(sctp, message);
    case HP_SCTP_REFUSED: return false;
    }
    return false;
}

void
hp_sctp_reset_stream(struct hp_sctp *sctp, uint16_t stream)
{
    if (sctp->state != STATE_CONNECTED || sctp->guard.is_destroyed
            || stream >= sctp->stream_count) {
        return;
    }
    for (unsigned i = 0; i < sctp->resets->len; i++) {
        if (g_array_index(sctp->resets, uint16_t, i) == stream) {
            return;
        }
    }
    g_array_append_val(sctp->resets, stream);
    reset_streams(sctp);
}

bool
hp_sctp_is_connected(const struct hp_sctp *sctp)
{
    return sctp->state == STATE_CONNECTED;
}

uint16_t
hp_sctp_stream_count(const struct hp_sctp *sctp)
{
    return sctp->stream_count;
}
