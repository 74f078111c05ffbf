// two_ends.h - test: two transports with DTLS and SRTP up, over paths that are lists in memory.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/path.h"
#include "base/worker.h"
#include "rtc/cert.h"
#include "rtc/dtls.h"
#include "rtc/transport.h"

struct two_ends;

struct one_end {
    struct hp_path path; // first
    struct two_ends *ends;
    struct one_end *other;
    struct hp_transport *transport;
    bool is_connected;
    unsigned rtp_count, rtcp_count, data_count;
    bool is_blocked; // takes nothing
    GByteArray *last_rtp, *last_rtcp; // plain
    void (*on_rtp)(void *arg, const uint8_t *data, size_t size); // may be NULL
    void *on_rtp_arg;
};

struct two_ends {
    struct hp_worker *worker;
    struct hp_cert *cert;
    struct hp_dtls_context *context;
    struct one_end a, b; // a is the DTLS client
    GQueue under_way;
};

// Connects both, ready to send.
void two_ends_init(struct two_ends *ends);
void two_ends_finish(struct two_ends *ends);

// Delivers all that is under way.
void two_ends_deliver(struct two_ends *ends);
