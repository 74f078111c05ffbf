// batch.c - packets of one track whose headers are written before the packets are sent together.
// Owner: the function that sends them.  Thread: the peer's worker.
// RFC 3550 (RTP), RFC 4588 (RTX), RFC 8285 (header extensions).
#include "rtp/batch.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/frame.h"
#include "rtp/agreed.h"

bool
hp_batch_track_configure(struct hp_batch_track *track, const struct hp_agreed *agreed)
{
    bool is_same = track->payload_type == agreed->payload_type
            && memcmp(&track->ext_ids, &agreed->ext_ids, sizeof(track->ext_ids)) == 0
            && strcmp(track->mid, agreed->mid) == 0;
    track->payload_type = agreed->payload_type;
    track->rtx_payload_type = agreed->rtx_payload_type;
    track->ext_ids = agreed->ext_ids;
    memcpy(track->mid, agreed->mid, sizeof(track->mid));
    return is_same;
}

void
hp_batch_init(struct hp_batch *batch, const struct hp_batch_track *track)
{
    batch->track = track;
    batch->count = 0;
    batch->rtp = (struct hp_rtp){
        .has_transport_seq = true,
        .has_playout_delay = true, // 0..0: the browser shows the picture at once
        // Where the transport-wide number is agreed, the send time adds nothing for the browser.
        .has_abs_send_time = track->ext_ids.transport_seq == 0,
    };
    memcpy(batch->rtp.mid, track->mid, sizeof(batch->rtp.mid));
}

static void
add(struct hp_batch *batch, const struct hp_batch_numbers *numbers, const struct hp_frame *frame,
        unsigned index)
{
    const struct hp_packet *packet = &frame->packets[index];
    uint8_t *header = batch->headers[batch->count];
    batch->rtp.is_last = packet->is_last;
    batch->rtp.seq = numbers->seq;
    batch->rtp.timestamp = numbers->timestamp;
    batch->rtp.transport_seq = numbers->transport_seq;
    batch->rtp.abs_send_time = numbers->abs_send_time;
    ssize_t size =
            hp_rtp_write(header, HP_RTP_HEADER_SIZE_MAX, &batch->track->ext_ids, &batch->rtp);
    assert(size > 0);
    batch->packets[batch->count++] = (struct hp_rtp_packet){
        .header = header,
        .header_size = (size_t) size,
        .payload = frame->payload + packet->offset,
        .payload_size = packet->size,
    };
}

void
hp_batch_add(struct hp_batch *batch, const struct hp_batch_numbers *numbers,
        const struct hp_frame *frame, unsigned index)
{
    batch->rtp.ssrc = batch->track->ssrc;
    batch->rtp.payload_type = batch->track->payload_type;
    add(batch, numbers, frame, index);
}

void
hp_batch_add_rtx(struct hp_batch *batch, const struct hp_batch_numbers *numbers,
        uint16_t original_seq, const struct hp_frame *frame, unsigned index)
{
    uint8_t *prefix = batch->prefixes[batch->count];
    struct hp_rtp_packet *packet = &batch->packets[batch->count];
    batch->rtp.ssrc = batch->track->rtx_ssrc;
    batch->rtp.payload_type = (uint8_t) batch->track->rtx_payload_type;
    add(batch, numbers, frame, index);
    hp_rtp_write_osn(prefix, original_seq);
    packet->prefix = prefix;
    packet->prefix_size = HP_RTP_OSN_SIZE;
}

uint32_t
hp_batch_send_time(int64_t now_us)
{
    return (uint32_t) (hp_clock_ntp(now_us) >> 14) & 0xffffff;
}
