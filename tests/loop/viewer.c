// viewer.c - test: what a browser does with RTP.
// Owner: a test.  Thread: the peer's worker.
#include "loop/viewer.h"

#include <string.h>

#include "loop/studio.h"
#include "wire/rtcp.h"

enum {
    VIDEO = 96,
    VIDEO_RTX = 97,
    AUDIO = 111,
    OWN_SSRC = 1,
    NACK_EVERY = 16,      // packets
    REPORT_EVERY = 64,    // packets
    GIVE_UP_AFTER = 800,  // packets behind the newest
};

// As our own offers number them.
static const struct hp_rtp_ext_ids ext_ids = {
    .mid = 1, .transport_seq = 2, .playout_delay = 3, .abs_send_time = 4,
};

static void
advance(struct viewer *viewer)
{
    while (viewer->next_seq <= viewer->highest_seq && viewer->got[viewer->next_seq % VIEWER_WINDOW]) {
        viewer->got[viewer->next_seq % VIEWER_WINDOW] = 0;
        viewer->next_seq++;
        viewer->complete_packets++;
    }
}

static void
send_pli(struct viewer *viewer)
{
    uint8_t data[VIEWER_SEND_MAX];
    ssize_t rr = hp_rtcp_write_rr(data, sizeof(data), OWN_SSRC, NULL, 0);
    ssize_t pli = hp_rtcp_write_pli(
            data + rr, sizeof(data) - (size_t) rr, OWN_SSRC, viewer->video_ssrc);
    viewer->pli_count++;
    viewer->send_rtcp(viewer->arg, data, (size_t) (rr + pli));
}

static void
give_up(struct viewer *viewer)
{
    viewer->given_up++;
    memset(viewer->got, 0, sizeof(viewer->got));
    viewer->next_seq = viewer->highest_seq + 1;
    send_pli(viewer);
}

static void
send_nack(struct viewer *viewer)
{
    uint16_t seqs[64];
    unsigned count = 0;
    // The newest may just be late: wait until eight have overtaken it.
    for (int64_t seq = viewer->next_seq; seq < viewer->highest_seq - 8 && count < 64; seq++) {
        if (!viewer->got[seq % VIEWER_WINDOW]) {
            seqs[count++] = (uint16_t) seq;
        }
    }
    if (count == 0 || !viewer->wants_repeats) {
        return;
    }
    uint8_t data[VIEWER_SEND_MAX * 2];
    struct hp_rtcp_nack head = { .sender_ssrc = OWN_SSRC, .media_ssrc = viewer->video_ssrc };
    ssize_t rr = hp_rtcp_write_rr(data, sizeof(data), OWN_SSRC, NULL, 0);
    ssize_t nack = hp_rtcp_write_nack(data + rr, sizeof(data) - (size_t) rr, &head, seqs, count);
    viewer->nack_count++;
    viewer->send_rtcp(viewer->arg, data, (size_t) (rr + nack));
}

static void
send_report(struct viewer *viewer)
{
    uint8_t data[VIEWER_SEND_MAX];
    struct hp_rtcp_report report = {
        .ssrc = viewer->video_ssrc, .highest_seq = (uint32_t) viewer->highest_seq,
    };
    ssize_t size = hp_rtcp_write_rr(data, sizeof(data), OWN_SSRC, &report, 1);
    viewer->send_rtcp(viewer->arg, data, (size_t) size);
}

static void
note_video(struct viewer *viewer, uint16_t seq16, const uint8_t *payload, size_t size)
{
    struct studio_packet packet;
    if (!studio_parse(payload, size, &packet)) {
        viewer->broken_packets++;
        return;
    }
    int64_t seq = hp_rtp_unwrap(&viewer->unwrapper, seq16);
    if (!viewer->has_video) {
        viewer->has_video = true;
        viewer->has_begun_with_keyframe = packet.is_keyframe;
        viewer->next_seq = seq;
        viewer->highest_seq = seq;
    }
    if (seq < viewer->next_seq || (seq <= viewer->highest_seq && viewer->got[seq % VIEWER_WINDOW])) {
        viewer->duplicates++;
        return;
    }
    viewer->highest_seq = seq > viewer->highest_seq ? seq : viewer->highest_seq;
    if (viewer->highest_seq - viewer->next_seq > GIVE_UP_AFTER) {
        give_up(viewer);
        return;
    }
    viewer->got[seq % VIEWER_WINDOW] = 1;
    advance(viewer);
}

static void
take_rtx(struct viewer *viewer, const uint8_t *payload, size_t size)
{
    uint16_t seq;
    ssize_t used = hp_rtp_parse_osn(payload, size, &seq);
    if (used < 0) {
        viewer->broken_packets++;
        return;
    }
    viewer->repeated_packets++;
    note_video(viewer, seq, payload + used, size - (size_t) used);
}

void
viewer_handle_rtp(struct viewer *viewer, const uint8_t *data, size_t size)
{
    struct hp_rtp rtp;
    ssize_t header = hp_rtp_parse(data, size, &ext_ids, &rtp);
    if (header < 0 || rtp.mid[0] == '\0' || !rtp.has_transport_seq) {
        viewer->broken_packets++;
        return;
    }
    const uint8_t *payload = data + header;
    switch (rtp.payload_type) {
    case AUDIO: viewer->audio_packets++; return;
    case VIDEO_RTX: take_rtx(viewer, payload, rtp.payload_size); return;
    case VIDEO: break;
    default: viewer->broken_packets++; return;
    }
    viewer->video_ssrc = rtp.ssrc;
    viewer->video_packets++;
    note_video(viewer, rtp.seq, payload, rtp.payload_size);
    if (++viewer->packets_since_nack >= NACK_EVERY) {
        viewer->packets_since_nack = 0;
        send_nack(viewer);
    }
    if (++viewer->packets_since_report >= REPORT_EVERY && viewer->wants_reports) {
        viewer->packets_since_report = 0;
        send_report(viewer);
    }
}
