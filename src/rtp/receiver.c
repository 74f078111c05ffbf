// receiver.c - the RTCP packets of one browser.
// Owner: hp_tracks.  Thread: the peer's worker.
// RFC 3550, RFC 4585, RFC 5104, draft-alvestrand-rmcat-remb, draft-holmer-rmcat-transport-wide-cc.
#include "rtp/receiver.h"

#include "base/clock.h"
#include "wire/rtcp.h"
#include "wire/twcc.h"

enum {
    WORK_WINDOW_US = 1000 * 1000,
    MAX_WORK = 20000, // packet numbers a second: ten times what a browser sends at 20 Mbit/s
};

// Feedback is short but names many packets: the limit keeps one browser from using up a worker's
// time.
static bool
may_look_at(struct hp_receiver *receiver, unsigned numbers)
{
    int64_t now_us = hp_clock_now_us();
    if (receiver->work == 0 || now_us - receiver->work_begin_us >= WORK_WINDOW_US) {
        receiver->work_begin_us = now_us;
        receiver->work = 0;
    }
    if (numbers > MAX_WORK - receiver->work) {
        receiver->bad_packets++;
        return false;
    }
    receiver->work += numbers;
    return true;
}

static void
handle_reports(struct hp_receiver *receiver, const struct hp_rtcp_packet *packet)
{
    struct hp_rtcp_report reports[HP_RTCP_REPORTS_MAX];
    int count = hp_rtcp_parse_reports(packet, reports);
    if (count < 0) {
        receiver->bad_packets++;
        return;
    }
    uint64_t now_ntp = hp_clock_ntp(hp_clock_now_us());
    for (int i = 0; i < count; i++) {
        int64_t round_trip_us = hp_rtcp_round_trip_us(&reports[i], now_ntp);
        receiver->cbs->on_report(
                receiver->cbs_arg, &reports[i], round_trip_us > 0 ? round_trip_us : 0);
    }
}

static void
handle_twcc(struct hp_receiver *receiver, const struct hp_rtcp_packet *packet)
{
    static _Thread_local struct hp_twcc twcc; // 48 KB, too much for a stack; dead after the call
    if (!may_look_at(receiver, hp_twcc_count(packet))) {
        return;
    }
    if (hp_twcc_parse(packet, &twcc) < 0) {
        receiver->bad_packets++;
        return;
    }
    receiver->feedback_packets++;
    receiver->cbs->on_feedback(receiver->cbs_arg, &twcc);
}

static void
handle_rtpfb(struct hp_receiver *receiver, const struct hp_rtcp_packet *packet)
{
    if (packet->count == HP_RTCP_TWCC) {
        handle_twcc(receiver, packet);
        return;
    }
    struct hp_rtcp_nack nack;
    if (packet->count != HP_RTCP_NACK || hp_rtcp_parse_nack(packet, &nack) < 0) {
        receiver->bad_packets++;
        return;
    }
    if (may_look_at(receiver, hp_rtcp_nack_count(&nack))) {
        receiver->cbs->on_nack(receiver->cbs_arg, &nack);
    }
}

static void
handle_firs(struct hp_receiver *receiver, const struct hp_rtcp_packet *packet)
{
    struct hp_rtcp_fir firs[HP_RTCP_FIRS_MAX];
    int count = hp_rtcp_parse_fir(packet, firs);
    if (count < 0) {
        receiver->bad_packets++;
        return;
    }
    for (int i = 0; i < count; i++) {
        if (firs[i].seq != receiver->last_fir_seq) {
            receiver->last_fir_seq = firs[i].seq;
            receiver->cbs->on_keyframe_request(receiver->cbs_arg, firs[i].ssrc);
        }
    }
}

static void
handle_psfb(struct hp_receiver *receiver, const struct hp_rtcp_packet *packet)
{
    uint32_t ssrc;
    struct hp_rtcp_remb remb;
    switch (packet->count) {
    case HP_RTCP_PLI:
        if (hp_rtcp_parse_pli(packet, &ssrc) >= 0) {
            receiver->cbs->on_keyframe_request(receiver->cbs_arg, ssrc);
            return;
        }
        break;
    case HP_RTCP_FIR: handle_firs(receiver, packet); return;
    case HP_RTCP_AFB:
        if (hp_rtcp_parse_remb(packet, &remb) >= 0) {
            receiver->remb_bps = remb.rate_bps;
        }
        return; // other application feedback is not for us
    default: break;
    }
    receiver->bad_packets++;
}

void
hp_receiver_init(struct hp_receiver *receiver, const struct hp_receiver_cbs *cbs, void *arg)
{
    *receiver = (struct hp_receiver){ .cbs = cbs, .cbs_arg = arg, .last_fir_seq = -1 };
}

void
hp_receiver_handle_rtcp(struct hp_receiver *receiver, const uint8_t *data, size_t size)
{
    while (size > 0) {
        struct hp_rtcp_packet packet;
        ssize_t used = hp_rtcp_next(data, size, &packet);
        if (used <= 0) {
            receiver->bad_packets++;
            return;
        }
        switch (packet.type) {
        case HP_RTCP_SR:
        case HP_RTCP_RR: handle_reports(receiver, &packet); break;
        case HP_RTCP_RTPFB: handle_rtpfb(receiver, &packet); break;
        case HP_RTCP_PSFB: handle_psfb(receiver, &packet); break;
        default: break; // SDES, BYE, APP, XR: the server needs nothing of them
        }
        data += used;
        size -= (size_t) used;
    }
}
