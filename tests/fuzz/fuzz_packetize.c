// Fuzzes hp_packetize(): the first byte chooses the codec. Payloads keep to the limits.
#include "wire/packetize.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    enum hp_codec codec = (enum hp_codec)(data[0] % HP_CODECS);
    struct hp_frame *frame = hp_packetize(codec, data + 1, size - 1);
    if (frame == NULL) {
        return 0;
    }
    bool is_picture = codec != HP_CODEC_OPUS;
    size_t total_size = 0;
    for (unsigned i = 0; i < frame->packet_count; i++) {
        const struct hp_packet *packet = &frame->packets[i];
        bool is_last = i == frame->packet_count - 1;
        bool is_fine = packet->size > 0 && packet->size <= HP_PAYLOAD_MAX
                && packet->offset == total_size && packet->is_last == (is_picture && is_last);
        if (!is_fine) {
            abort();
        }
        total_size += packet->size;
    }
    if (frame->packet_count == 0 || total_size != frame->size) {
        abort();
    }
    hp_frame_unref(frame);
    return 0;
}
