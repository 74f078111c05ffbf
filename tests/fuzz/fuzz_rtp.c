// Fuzzes hp_rtp_parse(): what is read can be written, and is then read the same.
#include "wire/rtp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct hp_rtp_ext_ids ids = {
        .mid = 4,
        .transport_seq = 3,
        .playout_delay = 5,
        .abs_send_time = 2,
    };
    struct hp_rtp rtp;
    hp_rtp_is_rtcp(data, size);
    ssize_t header_size = hp_rtp_parse(data, size, &ids, &rtp);
    if (header_size < 0) {
        return 0;
    }
    if ((size_t) header_size + rtp.payload_size > size) {
        abort();
    }
    uint8_t header[HP_RTP_HEADER_SIZE_MAX];
    struct hp_rtp again;
    ssize_t written = hp_rtp_write(header, sizeof(header), &ids, &rtp);
    if (written < 0 || hp_rtp_parse(header, (size_t) written, &ids, &again) != written) {
        abort();
    }
    bool is_same = again.seq == rtp.seq && again.ssrc == rtp.ssrc && strcmp(again.mid, rtp.mid) == 0
            && again.transport_seq == rtp.transport_seq && again.playout_max == rtp.playout_max
            && again.abs_send_time == rtp.abs_send_time;
    if (!is_same) {
        abort();
    }
    uint16_t seq;
    hp_rtp_parse_osn(data + header_size, rtp.payload_size, &seq);
    return 0;
}
