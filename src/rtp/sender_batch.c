// sender_batch.c - packets of a track, their headers built before they are sent together.
// Owner: hp_tracks.  Thread: the peer's worker.
// RFC 3550 (RTP), RFC 8285 (extensions).
#include "rtp/sender_parts.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/frame.h"
#include "dtls/transport.h"

uint32_t
hp_sender_send_time(int64_t now_us)
{
    return (uint32_t) (hp_clock_ntp(now_us) >> 14) & 0xffffff;
}

uint16_t
hp_sender_take_numbers(struct hp_sender *sender, unsigned count)
{
    bool has_numbers = sender->ext_ids.transport_seq != 0;
    return hp_transport_take_numbers(sender->transport, has_numbers ? count : 0);
}

void
hp_sender_fill_header(const struct hp_sender *sender, const struct hp_frame *frame,
        const struct hp_packet *packet, struct hp_rtp *rtp)
{
    *rtp = (struct hp_rtp){
        .is_last = packet->is_last,
        .payload_type = sender->payload_type,
        .timestamp = frame->rtp_time + sender->time_offset,
        .ssrc = sender->ssrc,
        .has_transport_seq = true,
        .has_playout_delay = true, // 0..0: show it at once
        // Where the transport-wide number is agreed, the send time would say the same again.
        .has_abs_send_time = sender->ext_ids.transport_seq == 0,
    };
    memcpy(rtp->mid, sender->mid, sizeof(rtp->mid));
}

void
hp_sender_add_to_batch(struct hp_sender_batch *batch, const struct hp_sender *sender,
        const struct hp_rtp *rtp, const struct hp_frame *frame, const struct hp_packet *packet)
{
    uint8_t *header = batch->headers[batch->count];
    ssize_t size = hp_rtp_write(header, HP_RTP_HEADER_SIZE_MAX, &sender->ext_ids, rtp);
    assert(size > 0);
    batch->packets[batch->count++] = (struct hp_srtp_packet){
        .header = header,
        .header_size = (size_t) size,
        .payload = frame->payload + packet->offset,
        .payload_size = packet->size,
    };
}
