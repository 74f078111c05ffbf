// channels.h - the data channels of one browser by label (RFC 8831, RFC 8832), over an SCTP
// association of its own. Does not interpret messages. Everything on the peer's worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_channel_options;
struct hp_channels;
struct hp_sctp_stack;
struct hp_worker;

enum {
    HP_CHANNELS_MAX = 32,
    HP_CHANNELS_BRIEF_MS = 100,
}; // labels are at most HP_DCEP_TEXT_MAX bytes

struct hp_channels_params {
    const char *id; // for logs; copied
    struct hp_worker *worker;
    struct hp_sctp_stack *stack;
};

// The values known once DTLS is connected and the remote description has come.
struct hp_channels_start {
    bool opens_even_streams; // we are the DTLS client; a server opens the odd ones (RFC 8832)
    uint16_t local_port, remote_port; // a=sctp-port; 0: 5000
    size_t mtu; // bytes of the largest packet
    size_t max_send_size; // the peer's a=max-message-size; 0: 64 KB
};

// Callbacks may call any function here, even hp_channels_destroy().
struct hp_channels_cbs {
    void (*on_send)(void *arg, const uint8_t *data, size_t size); // a packet for DTLS; borrowed
    // Messages may flow: the peer has opened the channel, or has acknowledged ours. Called once per
    // label until on_close, even if two channels have the same label (each side opened one).
    void (*on_open)(void *arg, const char *label);
    void (*on_close)(void *arg, const char *label);
    void (*on_message)(
            void *arg, const char *label, const uint8_t *data, size_t size, bool is_text);
    // The association has ended; on_close came before for each open label.
    void (*on_lost)(void *arg, const char *reason);
};

// Takes a message of a bound label; borrowed.
typedef void (*hp_channels_message_fn)(void *arg, const uint8_t *data, size_t size);

// Counters for a metrics page; the server does not act on them.
struct hp_channels_stats {
    uint64_t bad_messages; // DCEP that does not parse, or messages on streams without a channel
    uint64_t dropped_messages; // sent to a channel that is full or not open
};

// Owner: the endpoint. Never NULL.
struct hp_channels *hp_channels_create(
        const struct hp_channels_params *params, const struct hp_channels_cbs *cbs, void *arg);

// Frees the channels without a message to the peer; no callback follows.
void hp_channels_destroy(struct hp_channels *channels);

// From now on messages of that label go straight to fn(arg) instead of on_message; on_open and
// on_close are called all the same. `label` is kept. Only one label, before any channel is opened.
void hp_channels_bind(
        struct hp_channels *channels, const char *label, hp_channels_message_fn fn, void *arg);

// DTLS is connected: the association begins. To be called once; false: the reason has been logged.
bool hp_channels_start(struct hp_channels *channels, const struct hp_channels_start *start);

// Takes the content of a DTLS record.
void hp_channels_recv(struct hp_channels *channels, const uint8_t *data, size_t size);

// Number of packets that the peer has sent so far, whatever they carry.
uint64_t hp_channels_heard(const struct hp_channels *channels);
// Makes the peer send a packet, which no application there notices. Before the association stands
// nothing happens.
void hp_channels_probe(struct hp_channels *channels);

// Opens a channel; before start() the request is kept. False: the label is too long, ours is open
// already, or there are too many. `options` are copied; NULL: ordered and reliable.
bool hp_channels_open(
        struct hp_channels *channels, const char *label, const struct hp_channel_options *options);

// Closes all channels of that label (stream reset, RFC 6525); on_close follows.
void hp_channels_close_label(struct hp_channels *channels, const char *label);

// Sends a message on the channel of that label; if both sides have opened one, on the newer one.
// False: there is no such channel, or more than 1 MiB waits; the message was dropped and counted.
bool hp_channels_send(struct hp_channels *channels, const char *label, const void *data,
        size_t size, bool is_text);

// The same for a binary message that is worth nothing after HP_CHANNELS_BRIEF_MS, whatever the
// channel's own reliability (RFC 3758 lets each message have its own): it does not wait behind
// others, and is given up rather than sent late.
bool hp_channels_send_brief(
        struct hp_channels *channels, const char *label, const void *data, size_t size);

// Tells the peer that the association ends (ABORT through on_send). No other callback follows.
void hp_channels_close(struct hp_channels *channels);

const struct hp_channels_stats *hp_channels_stats(const struct hp_channels *channels);
