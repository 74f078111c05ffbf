// channels.c - the data channels of one browser by label, over an SCTP association of its own.
// Owner: the endpoint.  Thread: the peer's worker, always.
// RFC 8831 (data channels), RFC 8832 (DCEP).
//
//   ours: PENDING -association-> OPENING -ACK or data-> OPEN -close-> CLOSING -reset-> gone
//   theirs:                           --OPEN--> OPEN --the peer's reset, then ours--> gone
#include "sctp/channels.h"

#include <assert.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "channels"
#include "base/guard.h"
#include "base/log.h"
#include "base/worker.h"
#include "sctp/data_channel.h"
#include "sctp/sctp.h"
#include "wire/dcep.h"

struct hp_channels {
    char *id;
    struct hp_worker *worker;
    struct hp_sctp_stack *stack;
    struct hp_sctp *sctp; // NULL before start()
    unsigned parity; // of the stream numbers that we open
    unsigned next_stream;
    GPtrArray *list; // of struct hp_data_channel, in the order of opening
    const char *bound_label; // NULL: none
    hp_channels_message_fn bound_fn;
    void *bound_arg;
    struct hp_guard guard; // a callback may destroy the object
    struct hp_channels_stats stats;
    uint64_t heard; // packets of the peer
    const struct hp_channels_cbs *cbs;
    void *cbs_arg;
};

static void
free_channels(struct hp_channels *channels)
{
    hp_sctp_destroy(channels->sctp);
    g_ptr_array_unref(channels->list);
    g_free(channels->id);
    g_free(channels);
}

static void
enter(struct hp_channels *channels)
{
    assert(hp_worker_is_current(channels->worker));
    hp_guard_enter(&channels->guard);
}

static void
leave(struct hp_channels *channels)
{
    if (hp_guard_leave(&channels->guard)) {
        free_channels(channels);
    }
}

static struct hp_data_channel *
add_channel(struct hp_channels *channels, const struct hp_dcep_open *facts)
{
    if (channels->list->len == HP_CHANNELS_MAX) {
        return NULL;
    }
    struct hp_data_channel *channel = g_new0(struct hp_data_channel, 1);
    channel->facts = *facts;
    channel->is_bound =
            channels->bound_label != NULL && strcmp(facts->label, channels->bound_label) == 0;
    g_ptr_array_add(channels->list, channel);
    return channel;
}

static void
tell_open(struct hp_channels *channels, struct hp_data_channel *channel)
{
    channel->state = HP_DATA_CHANNEL_OPEN;
    if (hp_data_channel_find_open(channels->list, channel->facts.label, channel) == NULL) {
        channels->cbs->on_open(channels->cbs_arg, channel->facts.label);
    }
}

// Removes the channel from the list, and tells so if no channel of that label is open any more.
static void
remove_channel(struct hp_channels *channels, struct hp_data_channel *channel)
{
    struct hp_dcep_open facts = channel->facts;
    bool was_open = channel->state == HP_DATA_CHANNEL_OPEN;
    g_ptr_array_remove(channels->list, channel); // the list frees the channel
    if (was_open && !channels->guard.is_destroyed
            && hp_data_channel_find_open(channels->list, facts.label, NULL) == NULL) {
        channels->cbs->on_close(channels->cbs_arg, facts.label);
    }
}

static bool
send_control(struct hp_channels *channels, uint16_t stream, const uint8_t *data, size_t size)
{
    // DCEP messages are always ordered and reliable (RFC 8832 section 6).
    struct hp_sctp_message message = {
        .stream = stream, .ppid = HP_DCEP_PPID, .data = data, .size = size
    };
    return hp_sctp_send(channels->sctp, &message);
}

// Finds a free stream of our parity, preferably not one used a moment ago, whose reset may be under
// way. -1: there is none.
static int
find_stream(struct hp_channels *channels)
{
    unsigned count = hp_sctp_stream_count(channels->sctp);
    for (unsigned tries = 0; tries < count; tries++) {
        if (channels->next_stream >= count) {
            channels->next_stream = channels->parity;
        }
        unsigned stream = channels->next_stream;
        channels->next_stream += 2;
        if (stream < count
                && hp_data_channel_find_stream(channels->list, (uint16_t) stream) == NULL) {
            return (int) stream;
        }
    }
    return -1;
}

// Opens the channel. False: that failed, and the channel was removed.
static bool
open_channel(struct hp_channels *channels, struct hp_data_channel *channel)
{
    uint8_t data[HP_DCEP_OPEN_SIZE_MAX];
    int stream = find_stream(channels);
    ssize_t size = hp_dcep_write_open(data, sizeof(data), &channel->facts);
    if (stream < 0 || size < 0 || !send_control(channels, (uint16_t) stream, data, (size_t) size)) {
        log_debug("peer %s: the channel %s cannot be opened: no stream is free, or too much waits",
                channels->id, channel->facts.label);
        g_ptr_array_remove(channels->list, channel);
        return false;
    }
    channel->stream = (uint16_t) stream;
    channel->state = HP_DATA_CHANNEL_OPENING;
    return true;
}

static void
on_connected(void *arg)
{
    struct hp_channels *channels = arg;
    enter(channels);
    for (unsigned i = 0; i < channels->list->len;) {
        struct hp_data_channel *channel = g_ptr_array_index(channels->list, i);
        if (channel->state != HP_DATA_CHANNEL_PENDING || open_channel(channels, channel)) {
            i++;
        }
    }
    leave(channels);
}

static void
handle_open(struct hp_channels *channels, uint16_t stream, const struct hp_dcep_open *facts)
{
    if (hp_data_channel_find_stream(channels->list, stream) != NULL) {
        channels->stats.bad_messages++;
        return;
    }
    struct hp_data_channel *channel = add_channel(channels, facts);
    if (channel == NULL) {
        channels->stats.bad_messages++;
        hp_sctp_reset_stream(channels->sctp, stream); // tells the peer that the channel is closed
        return;
    }
    uint8_t ack[HP_DCEP_ACK_SIZE];
    channel->stream = stream;
    send_control(channels, stream, ack, hp_dcep_write_ack(ack));
    tell_open(channels, channel);
}

static void
handle_control(struct hp_channels *channels, const struct hp_sctp_message *message)
{
    struct hp_dcep_open facts;
    if (hp_dcep_parse_open(message->data, message->size, &facts) >= 0) {
        handle_open(channels, message->stream, &facts);
        return;
    }
    struct hp_data_channel *channel = hp_data_channel_find_stream(channels->list, message->stream);
    if (hp_dcep_parse_ack(message->data, message->size) < 0 || channel == NULL) {
        channels->stats.bad_messages++;
        return;
    }
    if (channel->state == HP_DATA_CHANNEL_OPENING) {
        tell_open(channels, channel);
    }
}

static void
handle_data(struct hp_channels *channels, const struct hp_sctp_message *message)
{
    bool is_text =
            message->ppid == HP_DCEP_PPID_STRING || message->ppid == HP_DCEP_PPID_STRING_EMPTY;
    bool is_empty = message->ppid == HP_DCEP_PPID_STRING_EMPTY
            || message->ppid == HP_DCEP_PPID_BINARY_EMPTY;
    struct hp_data_channel *channel = hp_data_channel_find_stream(channels->list, message->stream);
    if (channel == NULL || (!is_text && !is_empty && message->ppid != HP_DCEP_PPID_BINARY)) {
        channels->stats.bad_messages++;
        return;
    }
    if (channel->state == HP_DATA_CHANNEL_CLOSING) {
        return;
    }
    uint16_t stream = message->stream;
    if (channel->state == HP_DATA_CHANNEL_OPENING) { // data has overtaken the ACK
        tell_open(channels, channel);
        channel = channels->guard.is_destroyed
                ? NULL
                : hp_data_channel_find_stream(channels->list, stream);
    }
    if (channel == NULL || channel->state != HP_DATA_CHANNEL_OPEN) {
        return;
    }
    size_t size = is_empty ? 0 : message->size;
    if (channel->is_bound) {
        channels->bound_fn(channels->bound_arg, message->data, size);
        return;
    }
    channels->cbs->on_message(
            channels->cbs_arg, channel->facts.label, message->data, size, is_text);
}

static void
on_message(void *arg, const struct hp_sctp_message *message)
{
    struct hp_channels *channels = arg;
    enter(channels);
    if (message->ppid == HP_DCEP_PPID) {
        handle_control(channels, message);
    } else {
        handle_data(channels, message);
    }
    leave(channels);
}

static void
on_stream_reset(void *arg, uint16_t stream)
{
    struct hp_channels *channels = arg;
    enter(channels);
    struct hp_data_channel *channel = hp_data_channel_find_stream(channels->list, stream);
    if (channel != NULL) {
        // RFC 8831 section 6.7: answer the reset with ours
        if (channel->state != HP_DATA_CHANNEL_CLOSING) {
            hp_sctp_reset_stream(channels->sctp, stream);
        }
        remove_channel(channels, channel);
    }
    leave(channels);
}

static void
on_lost(void *arg, const char *reason)
{
    struct hp_channels *channels = arg;
    enter(channels);
    while (!channels->guard.is_destroyed && channels->list->len > 0) {
        remove_channel(channels, g_ptr_array_index(channels->list, 0));
    }
    if (!channels->guard.is_destroyed) {
        channels->cbs->on_lost(channels->cbs_arg, reason);
    }
    leave(channels);
}

static void
on_send(void *arg, const uint8_t *data, size_t size)
{
    struct hp_channels *channels = arg;
    if (!channels->guard.is_destroyed) {
        channels->cbs->on_send(channels->cbs_arg, data, size);
    }
}

static void
on_writable(void *arg)
{
    (void) arg; // a message that does not fit is dropped, so no sender waits
}

static const struct hp_sctp_cbs sctp_cbs = {
    .on_send = on_send,
    .on_connected = on_connected,
    .on_message = on_message,
    .on_stream_reset = on_stream_reset,
    .on_writable = on_writable,
    .on_closed = on_lost,
};

struct hp_channels *
hp_channels_create(
        const struct hp_channels_params *params, const struct hp_channels_cbs *cbs, void *arg)
{
    struct hp_channels *channels = g_new0(struct hp_channels, 1);
    channels->id = g_strdup(params->id);
    channels->worker = params->worker;
    channels->stack = params->stack;
    channels->list = g_ptr_array_new_with_free_func(g_free);
    channels->cbs = cbs;
    channels->cbs_arg = arg;
    return channels;
}

void
hp_channels_destroy(struct hp_channels *channels)
{
    if (channels == NULL) {
        return;
    }
    assert(hp_worker_is_current(channels->worker));
    if (hp_guard_destroy(&channels->guard)) {
        free_channels(channels);
    }
}

void
hp_channels_bind(
        struct hp_channels *channels, const char *label, hp_channels_message_fn fn, void *arg)
{
    assert(channels->bound_label == NULL && channels->list->len == 0);
    channels->bound_label = label;
    channels->bound_fn = fn;
    channels->bound_arg = arg;
}

bool
hp_channels_start(struct hp_channels *channels, const struct hp_channels_start *start)
{
    assert(channels->sctp == NULL);
    struct hp_sctp_params params = { .id = channels->id,
        .worker = channels->worker,
        .stack = channels->stack,
        .local_port = start->local_port,
        .remote_port = start->remote_port,
        .mtu = start->mtu,
        .max_send_size = start->max_send_size };
    channels->parity = start->opens_even_streams ? 0 : 1;
    channels->next_stream = channels->parity;
    channels->sctp = hp_sctp_create(&params, &sctp_cbs, channels);
    return channels->sctp != NULL;
}

void
hp_channels_recv(struct hp_channels *channels, const uint8_t *data, size_t size)
{
    if (channels->sctp == NULL || channels->guard.is_destroyed) {
        return;
    }
    channels->heard++;
    enter(channels);
    hp_sctp_recv(channels->sctp, data, size);
    leave(channels);
}

uint64_t
hp_channels_heard(const struct hp_channels *channels)
{
    return channels->heard;
}

void
hp_channels_probe(struct hp_channels *channels)
{
    if (channels->sctp == NULL || channels->guard.is_destroyed) {
        return;
    }
    enter(channels);
    hp_sctp_probe(channels->sctp);
    leave(channels);
}

bool
hp_channels_open(
        struct hp_channels *channels, const char *label, const struct hp_channel_options *options)
{
    assert(hp_worker_is_current(channels->worker));
    struct hp_dcep_open facts;
    if (!hp_data_channel_describe(label, options, &facts)
            || hp_data_channel_find_ours(channels->list, label) != NULL) {
        return false;
    }
    struct hp_data_channel *channel = add_channel(channels, &facts);
    if (channel == NULL) {
        return false;
    }
    channel->is_ours = true;
    if (channels->sctp != NULL && hp_sctp_is_connected(channels->sctp)) {
        return open_channel(channels, channel);
    }
    return true;
}

// Closes a channel of the list: at once if the peer does not know of the channel yet.
static void
close_channel(struct hp_channels *channels, struct hp_data_channel *channel)
{
    if (channel->state == HP_DATA_CHANNEL_PENDING) {
        remove_channel(channels, channel);
        return;
    }
    bool was_open = channel->state == HP_DATA_CHANNEL_OPEN;
    struct hp_dcep_open facts = channel->facts;
    channel->state = HP_DATA_CHANNEL_CLOSING; // until the peer's reset comes
    hp_sctp_reset_stream(channels->sctp, channel->stream);
    if (was_open && hp_data_channel_find_open(channels->list, facts.label, NULL) == NULL) {
        channels->cbs->on_close(channels->cbs_arg, facts.label);
    }
}

void
hp_channels_close_label(struct hp_channels *channels, const char *label)
{
    enter(channels);
    for (unsigned i = channels->list->len; i > 0 && !channels->guard.is_destroyed; i--) {
        if (i > channels->list->len) {
            continue; // a callback has closed some channels
        }
        struct hp_data_channel *channel = g_ptr_array_index(channels->list, i - 1);
        if (channel->state != HP_DATA_CHANNEL_CLOSING && strcmp(channel->facts.label, label) == 0) {
            close_channel(channels, channel);
        }
    }
    leave(channels);
}

bool
hp_channels_send(struct hp_channels *channels, const char *label, const void *data, size_t size,
        bool is_text)
{
    const struct hp_data_channel *channel = hp_data_channel_find_open(channels->list, label, NULL);
    if (channel == NULL) {
        channels->stats.dropped_messages++;
        return false;
    }
    struct hp_sctp_message message;
    hp_data_channel_write(channel, data, size, is_text, &message);
    bool is_sent = hp_sctp_send(channels->sctp, &message);
    if (!is_sent) {
        channels->stats.dropped_messages++;
    }
    return is_sent;
}

bool
hp_channels_send_brief(
        struct hp_channels *channels, const char *label, const void *data, size_t size)
{
    const struct hp_data_channel *channel = hp_data_channel_find_open(channels->list, label, NULL);
    struct hp_sctp_message message = { .stream = channel == NULL ? 0 : channel->stream,
        .ppid = HP_DCEP_PPID_BINARY,
        .is_unordered = channel != NULL && channel->facts.is_unordered,
        .reliability = HP_SCTP_MAX_LIFETIME,
        .reliability_value = HP_CHANNELS_BRIEF_MS,
        .is_brief = true,
        .data = data,
        .size = size };
    bool is_sent = channel != NULL && hp_sctp_send(channels->sctp, &message);
    if (!is_sent) {
        channels->stats.dropped_messages++;
    }
    return is_sent;
}

void
hp_channels_close(struct hp_channels *channels)
{
    if (channels->sctp == NULL || channels->guard.is_destroyed) {
        return;
    }
    enter(channels);
    hp_sctp_close(channels->sctp);
    leave(channels);
}

const struct hp_channels_stats *
hp_channels_stats(const struct hp_channels *channels)
{
    return &channels->stats;
}
