// fake_transport.h - test: an RTP transport that shows each packet to the test and remembers it.
// Two texts under one number, which AES-GCM must never see, fail the test.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/rtp_transport.h"

struct fake_transport {
    struct hp_rtp_transport rtp; // first
    bool is_connected;
    unsigned room; // packets that it still takes
    unsigned calls; // of send_rtp
    unsigned packet_count, rtcp_count;
    unsigned same_count; // packets that were the same as one before, byte for byte
    bool is_same; // is the last packet one of these?
    GHashTable *packets; // by SSRC and sequence number: GBytes
    GBytes *last_rtcp; // NULL: none
    // Sees each packet; may be NULL.
    void (*on_rtp)(void *arg, const uint8_t *data, size_t size);
    void *arg;
};

// Connected, with endless room.
void fake_transport_init(struct fake_transport *transport);
void fake_transport_finish(struct fake_transport *transport);
